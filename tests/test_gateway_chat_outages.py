"""The app's chat while Rasa is away, slow or silent, and over a restart of the gateway."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.gateway_server import Chat, Gateway, until
from tests.rasa_stand_in import RasaStandIn

pytestmark = pytest.mark.usefixtures("obliging")

# Rasa away, slow, silent


def test_when_rasa_is_down_the_customer_is_told_and_a_person_is_asked_for(chat: Chat, rasa: RasaStandIn) -> None:
    """One apology; the conversation waits for an agent, with its place."""
    rasa.status = 500
    chat.say("你好")
    (said,) = chat.answered()
    assert "转接人工" in said
    assert chat.get()["owner"] == "queued"
    assert chat.get()["position"] >= 1
    rasa.reset()
    chat.say("还在吗")
    assert chat.answered(2)[1] == "收到：还在吗"


def test_a_rasa_that_is_back_in_time_answers(chat: Chat, rasa: RasaStandIn) -> None:
    """The customer notices a delay only."""
    rasa.status = 503
    chat.say("你好")
    until(lambda: rasa.calls_of(chat.id))
    rasa.status = 200
    assert chat.answered() == ["收到：你好"]
    assert chat.owner() == "bot"


def test_when_rasa_is_too_slow_its_late_answer_is_not_said(chat: Chat, rasa: RasaStandIn) -> None:
    """The apology was said at the time limit; one answer a message."""
    rasa.gate.clear()
    chat.say("你好")
    (said,) = chat.answered()
    assert "转接人工" in said
    rasa.gate.set()
    time.sleep(0.2)
    assert len(chat.messages("bot")) == 1


def test_when_rasa_says_nothing_the_gateway_answers(chat: Chat, rasa: RasaStandIn) -> None:
    """Without calling a person."""
    rasa.answer = lambda call: {"messages": []}
    chat.say("你好")
    assert "消息已经保存" in chat.answered()[0]
    assert chat.owner() == "bot"


# Restarts


def test_a_restart_in_the_middle_of_turns_loses_and_doubles_nothing(
    rasa: RasaStandIn, empty_database: Path, tmp_path: Path
) -> None:
    """Five conversations wait for Rasa while the gateway is stopped; each is answered once by the next process."""
    gateway = Gateway(tmp_path / "var", empty_database, rasa.url, TURN_TIMEOUT="20")
    try:
        chats = [gateway.chat() for _ in range(5)]
        rasa.gate.clear()
        for number, chat in enumerate(chats):
            chat.say(f"第{number}位")
        until(lambda: all(rasa.calls_of(chat.id) for chat in chats))
        chats[0].say("还有一句")
        gateway.stop()
        rasa.gate.set()
        gateway.start()
        for number, chat in enumerate(chats):
            heard = f"第{number}位，还有一句" if number == 0 else f"第{number}位"
            assert chat.answered() == [f"收到：{heard}"]
            assert len(chat.messages()) == (3 if number == 0 else 2)
        chats[1].say("你好")
        assert chats[1].answered(2)[1] == "收到：你好"
    finally:
        gateway.close()
