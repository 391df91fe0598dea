"""Running turns: one at a time, and what happens when there is no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from cases import conversations, messages
from cases.clock import utc_now
from cases.db import Database
from cases.enums import Owner, Sender
from cases.messages import Door
from cases.models import Message
from cases.settings import read_settings
from gateway import turns
from gateway.state import State
from gateway.turns import Turns

Handle = Callable[[dict[str, Any]], Any]


class Rasa:
    """Stands in for Rasa without a network: `handle` gives the answer to a call, or raises."""

    def __init__(self, handle: Handle) -> None:
        self.calls: list[dict[str, Any]] = []
        self._handle = handle

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        import json

        self.calls.append(json.loads(request.content))
        answer = self._handle(self.calls[-1])
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)


class Line:
    """A conversation with the turns running."""

    def __init__(self, database: Database, door: Door, folder: Path, handle: Handle) -> None:
        settings = read_settings({"VAR_DIR": str(folder), "TURN_TIMEOUT": "0.2", "COALESCE_SECONDS": "0"})
        self.state = State(settings, database, door)
        self.rasa = Rasa(handle)
        client = httpx.AsyncClient(base_url="http://rasa", transport=httpx.MockTransport(self.rasa))
        self.state.turns = self.turns = Turns(self.state, client)
        with database.write() as session:
            self.id = conversations.open_conversation(session, utc_now()).conversation_id

    def say(self, *texts: str) -> None:
        with self.state.database.write() as session:
            for text in texts:
                conversations.post_text(session, self.id, text, text, utc_now())

    async def settle(self) -> list[Message]:
        """Wake the turns, wait until none runs; what the bot said."""
        self.turns.wake(self.id)
        while self.turns._running:
            await asyncio.sleep(0.005)
        with self.state.database.read() as session:
            return [row for row in messages.after(session, self.id, 0) if row.sender is not Sender.CUSTOMER]

    def owner(self) -> Owner:
        with self.state.database.read() as session:
            return conversations.get(session, self.id).owner

    def waiting(self) -> int:
        with self.state.database.read() as session:
            return len(messages.pending(session, self.id))


@pytest.fixture
def line(database: Database, door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Handle], Line]:
    monkeypatch.setattr(turns, "PAUSES", (0.01, 0.01))
    return lambda handle: Line(database, door, tmp_path, handle)


def echo(call: dict[str, Any]) -> Any:
    return {"messages": [{"text": f"收到{call.get('text') or call.get('payload')}"}]}


async def test_an_answer_names_the_message_that_it_answers(line: Callable[[Handle], Line]) -> None:
    """And everything is done."""
    talk = line(echo)
    talk.say("一", "二")
    (row,) = await talk.settle()
    assert (row.text, row.answers, row.seq) == ("收到一，二", 2, 3)
    assert talk.waiting() == 0


async def test_a_message_that_comes_during_a_turn_is_the_next_turn(line: Callable[[Handle], Line]) -> None:
    """One at a time, in order."""

    def handle(call: dict[str, Any]) -> Any:
        if call["turn"] == 1:
            talk.say("二")
            talk.turns.wake(talk.id)
        return echo(call)

    talk = line(handle)
    talk.say("一")
    assert [row.text for row in await talk.settle()] == ["收到一", "收到二"]
    assert [call["turn"] for call in talk.rasa.calls] == [1, 2]


async def test_silence_is_answered_by_the_gateway(line: Callable[[Handle], Line]) -> None:
    """Rasa says nothing when an action times out; nobody is called for."""
    talk = line(lambda call: {"messages": []})
    talk.say("一")
    (row,) = await talk.settle()
    assert row.meta["route"] == "clarify"
    assert "消息已经保存" in row.text
    assert talk.owner() is Owner.BOT


BROKEN: dict[str, Any] = {
    "status 500": httpx.Response(500),
    "status 401": httpx.Response(401),
    "no JSON": httpx.Response(200, text="<html>"),
    "a list": [],
    "no messages": {},
    "messages of nothing": {"messages": None},
    "a message that is a text": {"messages": ["x"]},
    "a text that is a number": {"messages": [{"text": 5}]},
    "a button without payload": {"messages": [{"text": "一", "buttons": [{"title": "x"}]}]},
    "an unknown kind": {"messages": [{"text": "一", "custom": {"kind": "hologram"}}]},
    "custom that is a list": {"messages": [{"text": "一", "custom": [1]}]},
    "a part without text": {"messages": [{"text": "一", "custom": {"more": [{}]}}]},
}


@pytest.mark.parametrize("name", BROKEN)
async def test_whatever_rasa_answers_the_customer_is_not_left_in_silence(
    line: Callable[[Handle], Line], name: str
) -> None:
    """An apology, and a person is asked for; nothing waits for ever."""
    talk = line(lambda call: BROKEN[name])
    talk.say("一")
    (row,) = await talk.settle()
    assert row.meta == {"route": "human"}
    assert talk.owner() is Owner.QUEUED
    assert talk.waiting() == 0


async def test_rasa_is_asked_again_while_there_is_time(line: Callable[[Handle], Line]) -> None:
    """With the same call, so that it may repeat its answer."""

    def handle(call: dict[str, Any]) -> Any:
        if len(talk.rasa.calls) < 3:
            raise httpx.ConnectError("away")
        return echo(call)

    talk = line(handle)
    talk.say("一")
    assert [row.text for row in await talk.settle()] == ["收到一"]
    assert talk.rasa.calls[0] == talk.rasa.calls[1] == talk.rasa.calls[2]
    assert talk.owner() is Owner.BOT


async def test_a_locked_database_delays_an_answer_and_loses_nothing(
    line: Callable[[Handle], Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hostile case 28: the first try to store fails."""
    talk = line(echo)
    talk.say("一")
    finish, tried = talk.turns._finish, []

    def busy(*args: Any) -> None:
        tried.append(args)
        if len(tried) == 1:
            raise OperationalError("INSERT", {}, Exception("database is locked"))
        finish(*args)

    monkeypatch.setattr(talk.turns, "_finish", busy)
    assert [row.text for row in await talk.settle()] == ["收到一"]
    assert len(tried) == 2


async def test_a_turn_that_breaks_is_tried_again(
    line: Callable[[Handle], Line], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself: the customer need not write once more, and the answer is said once."""
    monkeypatch.setattr(turns, "RETRY_SECONDS", 0.01)
    talk = line(echo)
    talk.say("一")
    finish, tried = talk.turns._finish, []

    def broken(*args: Any) -> None:
        tried.append(args)
        if len(tried) == 1:
            raise ZeroDivisionError
        finish(*args)

    monkeypatch.setattr(talk.turns, "_finish", broken)
    await talk.settle()
    await asyncio.sleep(0.1)
    assert [row.text for row in await talk.settle()] == ["收到一"]
    assert len(tried) == 2


async def test_stopping_leaves_what_was_not_answered(line: Callable[[Handle], Line]) -> None:
    """And starts nothing new; the next process takes it up, in order, once."""
    talk = line(echo)
    asked = asyncio.Event()

    async def hang(request: httpx.Request) -> httpx.Response:
        asked.set()
        await asyncio.sleep(60)
        raise AssertionError

    talk.turns._client = httpx.AsyncClient(base_url="http://rasa", transport=httpx.MockTransport(hang))
    talk.state.settings = read_settings({"VAR_DIR": str(talk.state.settings.var), "TURN_TIMEOUT": "30"})
    talk.say("一")
    talk.turns.wake(talk.id)
    await asked.wait()
    talk.say("二")
    talk.turns.wake(talk.id)
    await talk.turns.close()
    await asyncio.sleep(0.05)
    assert not talk.turns._running
    assert talk.waiting() == 2
    after = Turns(talk.state, httpx.AsyncClient(base_url="http://rasa", transport=httpx.MockTransport(talk.rasa)))
    talk.turns = after
    await after.recover()
    assert [row.text for row in await talk.settle()] == ["收到一，二"]
