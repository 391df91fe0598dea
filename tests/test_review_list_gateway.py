"""The review list and the thumbs in the gateway: what was heard is noted and shown to nobody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from cases import conversations, messages
from cases.clock import utc_now
from cases.db import Database
from cases.messages import Door
from cases.models import Message
from cases.settings import read_settings
from gateway.app import create_app
from gateway.state import State
from gateway.turns import Turns
from tests.review_talk import CANDIDATES, Talk, heard, items


@pytest.fixture
def turn(database: Database, door: Door, tmp_path: Path) -> Callable[..., Awaitable[str]]:
    """Runs a new conversation's first turn, in which Rasa says one thing; gives its id."""

    async def run(said: str, **answer: Any) -> str:
        state = State(read_settings({"VAR_DIR": str(tmp_path), "COALESCE_SECONDS": "0"}), database, door)
        rasa = httpx.MockTransport(lambda _: httpx.Response(200, json={"messages": [answer]}))
        turns = Turns(state, httpx.AsyncClient(base_url="http://rasa", transport=rasa))
        with database.write() as session:
            conversation_id = conversations.open_conversation(session, utc_now()).conversation_id
            conversations.post_text(session, conversation_id, "a", said, utc_now())
        turns.wake(conversation_id)
        while turns._running:
            await asyncio.sleep(0.005)
        return conversation_id

    return run


async def test_the_gateway_notes_what_was_heard_and_shows_it_to_nobody(
    database: Database, turn: Callable[..., Awaitable[str]]
) -> None:
    """It stays with the customer's message and the list."""
    custom = {"route": "clarify", "heard": heard("not_understood")}
    conversation_id = await turn("啥", text="请换个说法", custom=custom)
    with database.read() as session:
        asked, said = messages.after(session, conversation_id, 0)
        assert said.meta == {"route": "clarify"}
        assert "candidates" not in json.dumps([said.data, said.meta, said.choices, asked.data, asked.meta])
        assert asked.heard["intent"] == "not_understood"
        assert [item.text for item in items(session)] == ["啥"]


@pytest.mark.parametrize("told", ["x", 5, [1], {"intent": 5}, {"intent": "not_understood", "candidates": "x"}, {}])
async def test_an_odd_note_does_not_cost_the_answer(
    database: Database, turn: Callable[..., Awaitable[str]], told: Any
) -> None:
    """The customer comes first."""
    conversation_id = await turn("你好", text="您好", custom={"route": "faq", "heard": told})
    with database.read() as session:
        assert [row.text for row in messages.after(session, conversation_id, 1)] == ["您好"]


@pytest.mark.parametrize(
    ("decision", "form", "custom", "intent"),
    [
        ({"intent": "ask_faq", "candidates": CANDIDATES}, None, {"faq_id": "time.payment"}, "ask_faq"),
        ({"intent": "ask_follow_up"}, None, {"heard_as": "not_understood"}, "not_understood"),
        ({"intent": "ask_faq"}, "complaint_form", {"faq_id": "time.payment"}, "ask_faq"),
        ({"intent": "not_understood"}, "complaint_form", {}, None),
        (None, None, {"faq_id": "time.payment"}, None),
    ],
)
def test_the_bot_tells_what_it_heard(
    decision: Any, form: str | None, custom: dict[str, Any], intent: str | None
) -> None:
    """Not for a tapped choice, and not for the details that a form gathers."""
    from bot.nlg import heard_of

    latest = SimpleNamespace(parse_data={"decision": decision}, metadata={"model_id": "m1"})
    told = heard_of(SimpleNamespace(latest_message=latest, active_loop_name=form), custom)  # type: ignore[arg-type]  # a stand-in
    assert (told or {}).get("intent") == intent
    assert "heard_as" not in custom
    if told:
        assert told["model"] == "m1"


@pytest.fixture
def client(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """The application on the test's database."""
    url = str(database.engine.url)
    settings = read_settings({"VAR_DIR": str(tmp_path), "DATABASE_URL": url, "RASA_URL": "http://127.0.0.1:9"})
    with TestClient(create_app(settings)) as made:
        yield made


@pytest.fixture
def give(client: TestClient, database: Database, door: Door) -> Callable[..., httpx.Response]:
    """Open a conversation with a question and its answer (seq 2), and give thumbs in it."""
    opened = client.post("/api/chat/sessions").json()
    with database.write() as session:
        one = Talk(session, door, conversations.get(session, opened["conversation_id"]), utc_now())
        one.answer("十日内", one.say("钱呢"), taken_for=heard("ask_faq"), faq_id="time.payment")
    token = {"authorization": f"Bearer {opened['token']}"}

    def post(body: Any, headers: dict[str, str] = token) -> Any:
        return client.post("/api/chat/feedback", json=body, headers=headers)

    return post


def test_thumbs_over_http(give: Callable[..., httpx.Response], database: Database) -> None:
    """Given once; the same again is no error, another way is."""
    for _ in range(2):
        answer = give({"seq": 2, "useful": False})
        assert (answer.status_code, answer.json()) == (200, {"seq": 2, "useful": False})
    assert give({"seq": 2, "useful": True}).status_code == 422
    with database.read() as session:
        assert [item.kind for item in items(session)] == ["thumbed_down"]
        assert session.execute(select(func.count()).select_from(Message)).scalar_one() == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"seq": 1, "useful": False}, 404),
        ({"seq": 99, "useful": False}, 404),
        ({"seq": 0, "useful": False}, 422),
        ({"seq": 10**30, "useful": False}, 422),
        ({"seq": "2", "useful": False}, 422),
        ({"seq": 2, "useful": "no"}, 422),
        ({"seq": 2}, 422),
        ({}, 422),
        ([], 400),
    ],
)
def test_thumbs_that_are_refused(give: Callable[..., httpx.Response], body: Any, status: int) -> None:
    """With a sentence."""
    answer = give(body)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_thumbs_need_the_key_to_the_conversation(give: Callable[..., httpx.Response]) -> None:
    """As everything in it."""
    assert give({"seq": 2, "useful": False}, {}).status_code == 401
    assert give({"seq": 2, "useful": False}, {"authorization": "Bearer x"}).status_code == 401
