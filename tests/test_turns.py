"""A turn: which messages it takes, what is made of Rasa's answer, and what happens when there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cases import conversations, handover, messages
from cases.clock import utc_now
from cases.db import Database
from cases.enums import Kind, Owner, Sender, Turn
from cases.messages import Door, Draft
from cases.models import Agent, Message
from cases.settings import read_settings
from gateway import turns
from gateway.state import State
from gateway.turns import Turns, drafts_of
from tests.conftest import Open

Handle = Callable[[dict[str, Any]], Any]

# What is made of an answer


def test_a_text_becomes_a_draft_with_its_route_and_sources() -> None:
    """Nothing else of `custom` reaches the customer."""
    custom = {"route": "faq", "faq_id": "time.pay", "citations": ["c1"], "comforted": True}
    (draft,) = drafts_of([{"text": "您好", "custom": custom}])
    assert (draft.text, list(draft.choices), draft.data) == ("您好", [], {})
    assert draft.meta == {"route": "faq", "faq_id": "time.pay", "citations": ["c1"]}


def test_buttons_become_choices() -> None:
    """In their order."""
    buttons = [{"title": "查进度", "payload": "/check"}, {"title": "转人工", "payload": "/human"}]
    (draft,) = drafts_of([{"text": "请选择", "buttons": buttons}])
    assert list(draft.choices) == [("查进度", "/check"), ("转人工", "/human")]


def test_further_parts_become_further_messages_and_choices_stand_under_the_last() -> None:
    """Each part with its own meta."""
    more = [{"text": "二", "route": "faq", "faq_id": "b"}, {"text": "三", "route": "faq", "faq_id": "c"}]
    buttons = [{"title": "转人工", "payload": "/human"}]
    drafts = drafts_of([{"text": "一", "buttons": buttons, "custom": {"route": "faq", "faq_id": "a", "more": more}}])
    assert [(draft.text, draft.meta["faq_id"], len(draft.choices)) for draft in drafts] == [
        ("一", "a", 0),
        ("二", "b", 0),
        ("三", "c", 1),
    ]


def test_a_card_and_a_kind_are_told() -> None:
    """A card lies in the data; a rating is asked for by its kind."""
    drafts = drafts_of(
        [{"text": "已登记", "custom": {"card": {"type": "ticket"}}}, {"text": "评价", "custom": {"kind": "rating"}}]
    )
    assert [(draft.kind, draft.data) for draft in drafts] == [
        (Kind.CARD, {"card": {"type": "ticket"}}),
        (Kind.RATING, {}),
    ]


@pytest.mark.parametrize("answers", [[], [{}], [{"text": ""}], [{"text": None, "custom": None, "buttons": None}]])
def test_nothing_said_is_no_draft(answers: list[dict[str, Any]]) -> None:
    """The gateway then answers itself."""
    assert drafts_of(answers) == []


def test_making_drafts_leaves_the_answer_as_it_was() -> None:
    """It may be made again."""
    answers = [{"text": "一", "custom": {"more": [{"text": "二"}], "card": {"type": "ticket"}}}]
    assert drafts_of(answers) == drafts_of(answers)


# Which messages a turn takes


def batch(session: Session, conversation_id: str) -> Any:
    return turns._next_batch(session, conversation_id)


def test_messages_that_came_close_together_are_one_turn(session: Session, opened: Open, now: datetime) -> None:
    """Joined in their order; the turn is named by the last."""
    row = opened()
    for n, said in enumerate(["追尾了", "对方全责", "要哪些材料"]):
        conversations.post_text(session, row.id, str(n), said, now)
    taken = batch(session, row.id)
    assert taken.seqs == (1, 2, 3)
    assert taken.call == {"conversation_id": row.id, "turn": 3, "text": "追尾了，对方全责，要哪些材料"}


def test_a_tapped_choice_is_a_turn_of_its_own(session: Session, opened: Open, door: Door, now: datetime) -> None:
    """What was typed before and after it too."""
    row = opened()
    messages.send(session, door, row.id, [Draft("请选择", choices=[("查进度", "/check")])], now)
    conversations.post_text(session, row.id, "a", "一", now)
    conversations.post_choice(session, row.id, "b", "1-1", now)
    conversations.post_text(session, row.id, "c", "二", now)
    calls = []
    while taken := batch(session, row.id):
        calls.append(taken.call)
        messages.finish_turn(session, row.id, taken.seqs)
    assert [(call["turn"], call.get("text"), call.get("payload")) for call in calls] == [
        (2, "一", None),
        (3, None, "/check"),
        (4, "二", None),
    ]


@pytest.mark.parametrize("said", ["/restart", "／restart", '/inform{"claim_no": "x"}', "\u200b/restart"])
def test_a_typed_command_goes_as_text(session: Session, opened: Open, now: datetime, said: str) -> None:
    """Never as a payload."""
    row = opened()
    conversations.post_text(session, row.id, "a", said, now)
    assert batch(session, row.id).call["text"] == said
    assert "payload" not in batch(session, row.id).call


def test_what_waits_for_a_person_is_no_turn(
    session: Session, opened: Open, make_agent: Callable[[], Agent], now: datetime
) -> None:
    """A row that was written as the agent came is finished without the bot."""
    row = opened()
    handover.take_over(session, row.id, make_agent(), now)
    session.add(
        Message(
            conversation_id=row.id,
            seq=conversations.take_seq(session, row),
            sender=Sender.CUSTOMER,
            kind=Kind.TEXT,
            text="在吗",
            at=now,
            turn=Turn.PENDING,
        )
    )
    session.flush()
    assert batch(session, row.id) is None
    assert messages.pending(session, row.id) == []


# Running them


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
