"""The app's chat when people take over, hand back and close (contract, "App chat")."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.gateway_server import Chat, Desk, Gateway, until
from tests.rasa_stand_in import RasaStandIn, echo

pytestmark = pytest.mark.usefixtures("obliging")


def test_an_agent_who_takes_over_while_the_bot_answers_silences_it(
    gateway: Gateway, desk: Desk, rasa: RasaStandIn
) -> None:
    """Fifty times: an answer is under way, the agent accepts, the answer comes; no bot line behind the take-over."""
    chats = [gateway.chat() for _ in range(50)]
    with ThreadPoolExecutor(8) as pool:
        for number, chat in enumerate(chats):
            arrived, release = threading.Event(), threading.Event()

            def slow(
                call: dict[str, Any], arrived: threading.Event = arrived, release: threading.Event = release
            ) -> Any:
                arrived.set()
                release.wait(5)
                return echo(call)

            rasa.answer = slow
            chat.say("你好")
            assert arrived.wait(5)
            taking = pool.submit(desk.accept, chat)
            time.sleep(number * 0.0004)  # from well before the agent has it to well after
            release.set()
            taking.result()
    rasa.reset()
    until(lambda: not gateway.app.state.gateway.turns._running)
    for chat in chats:
        rows = chat.messages()
        joined = next(row["seq"] for row in rows if row["meta"].get("notice") == "agent_joined")
        assert [row for row in rows if row["from"] == "bot" and row["seq"] > joined] == []
        assert chat.owner() == "human"


def test_a_customer_with_a_person_is_not_answered_by_the_bot(
    gateway: Gateway, chat: Chat, desk: Desk, rasa: RasaStandIn
) -> None:
    """Nothing reaches Rasa, whatever is said; handed back, the bot goes on."""
    desk.accept(chat)
    for said in ("在吗", "转人工", "/restart"):
        chat.say(said)
    time.sleep(0.1)
    assert rasa.calls_of(chat.id) == []
    assert desk.do("return", chat.id, note="已说明材料清单").status_code == 200
    chat.say("谢谢")
    until(lambda: rasa.calls_of(chat.id))
    assert [call["text"] for call in rasa.calls_of(chat.id)] == ["谢谢"]
    assert chat.answered(2)[-1] == "收到：谢谢"
    assert "已说明材料清单" in chat.texts("bot")[0]


def test_a_hand_back_while_the_customer_types_loses_nothing(gateway: Gateway, desk: Desk, rasa: RasaStandIn) -> None:
    """Ten times at once: every message is stored; those that came after it are answered by the bot, once."""
    for _ in range(10):
        chat = gateway.chat()
        desk.accept(chat)
        with ThreadPoolExecutor(2) as pool:
            back = pool.submit(desk.do, "return", chat.id)
            said = pool.submit(chat.say, "还有个问题")
            assert back.result().status_code == 200
            seq = said.result()
        left = next(row["seq"] for row in chat.messages() if row["meta"].get("notice") == "agent_left")
        if seq > left:
            until(lambda chat=chat: chat.messages("bot"))
        assert len(rasa.calls_of(chat.id)) == (1 if seq > left else 0)
        assert chat.texts("customer") == ["还有个问题"]


def test_a_closed_conversation_takes_nothing_more(gateway: Gateway, chat: Chat, desk: Desk) -> None:
    """409; it can still be read."""
    desk.accept(chat)
    assert desk.do("close", chat.id, summary="已解决").status_code == 200
    answer = chat.post(client_id="late", text="你好")
    assert (answer.status_code, answer.json()["error"]) == (409, "conflict")
    assert chat.get()["owner"] == "closed"


def test_the_place_in_the_queue_is_told_and_moves(gateway: Gateway, desk: Desk, rasa: RasaStandIn) -> None:
    """Also on the stream."""
    rasa.status = 500
    first, second = gateway.chat(), gateway.chat()
    first.say("你好")
    until(lambda: first.owner() == "queued")
    second.say("你好")
    until(lambda: second.owner() == "queued")
    before = second.get()["position"]
    assert before == first.get()["position"] + 1
    with second.stream(after=10**6) as told:
        assert next(told)[2] == {"owner": "queued", "position": before}
        desk.accept(first)
        assert next(told)[2] == {"owner": "queued", "position": before - 1}
