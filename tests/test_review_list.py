"""The review list: what goes on it, what does not, and that nothing on it leads back to a customer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from cases import conversations, handover, messages, review_commands, review_list
from cases.__main__ import parser
from cases.clock import utc_now
from cases.db import Database
from cases.enums import HandoverReason, ReviewKind, ReviewState, Sender
from cases.errors import Conflict, NotFound
from cases.messages import Door, Draft
from cases.models import Conversation, Feedback, Message, ReviewItem
from cases.review_text import without_person
from cases.settings import parse_hours, read_settings
from gateway.app import create_app
from gateway.state import State
from gateway.turns import Turns
from tests.conftest import Load, Open
from tests.rows import CLAIM, PHONE, PLATE, WANG

CANDIDATES = [{"faq_id": "time.payment", "score": 0.3}, {"faq_id": "time.legal", "score": 0.2}]


def heard(intent: str, **more: Any) -> dict[str, Any]:
    return {"intent": intent, "candidates": CANDIDATES, "model": "m1", **more}


def items(session: Session) -> list[ReviewItem]:
    return list(session.execute(select(ReviewItem).order_by(ReviewItem.id)).scalars())


class Talk:
    """A conversation in which the bot's answers are written by hand."""

    def __init__(self, session: Session, door: Door, row: Conversation, now: datetime) -> None:
        self.session, self.door, self.row, self.now = session, door, row, now

    def say(self, text: str) -> int:
        client_id = f"c{self.row.last_seq}"
        return conversations.post_text(self.session, self.row.id, client_id, text, self.now).seq

    def tap(self, choice: str) -> int:
        client_id = f"c{self.row.last_seq}"
        return conversations.post_choice(self.session, self.row.id, client_id, choice, self.now).seq

    def answer(
        self, text: str, *seqs: int, taken_for: dict[str, Any] | None = None, choices: Any = (), **meta: Any
    ) -> int:
        (sent,) = messages.send(
            self.session, self.door, self.row.id, [Draft(text, choices=choices, meta=meta)], self.now, answers=seqs[-1]
        )
        messages.finish_turn(self.session, self.row.id, seqs)
        review_list.note_turn(self.session, self.row.id, seqs, taken_for, self.now)
        return int(sent.seq)


@pytest.fixture
def talk(session: Session, opened: Open, door: Door, now: datetime) -> Talk:
    return Talk(session, door, opened(), now)


# Without the customer


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"车牌{PLATE}，案件{CLAIM}，电话{PHONE}", "车牌某车牌,案件某编号,电话某号码"),
        ("京a·12345被刮了", "某车牌被刮了"),
        ("身份证110101199003071234，卡6222021234567890123", "身份证某号码,卡某号码"),
        ("我叫王小芳，想问赔款多久到", "我叫某某,想问赔款多久到"),
        ("张先生说赔不了，查勘员王师傅也这么说", "某先生说赔不了,查勘员某师傅也这么说"),
        ("加我微信abc_12345", "加我微信某号码"),
        ("看 https://x.cn/a?b=1 这个", "看 某链接 这个"),
        ("发到a.b@c.com", "发到某链接"),
        ("车架号LSVAA1234A1234567", "车架号某编号"),
        ("TS20261121000001有结果了吗", "某编号有结果了吗"),
    ],
)
def test_numbers_names_and_plates_go(text: str, left: str) -> None:
    """Each becomes a word."""
    assert without_person(text) == left


@pytest.mark.parametrize(
    "text", ["我是被追尾的", "我叫救护车了", "我是何时能拿到", "2026年买的车险", "赔了1500块", "高速上撞了怎么办"]
)
def test_what_is_no_name_stays(text: str) -> None:
    """Years and sums too."""
    assert without_person(text) == text


def test_the_customers_own_name_goes_wherever_it_stands(session: Session, talk: Talk, load: Load) -> None:
    """It is on file."""
    load()
    talk.row.customer_key = WANG
    talk.answer("请换个说法", talk.say("保单上王芳那个怎么弄"), taken_for=heard("not_understood"))
    assert items(session)[0].text == "保单上某某那个怎么弄"


def test_an_item_leads_back_to_nobody(session: Session, talk: Talk) -> None:
    """The conversation is a hash."""
    talk.answer("请换个说法", talk.say("啥"), taken_for=heard("not_understood"))
    (line,) = review_list.listed(session)
    assert talk.row.id not in line
    assert len(json.loads(line)["conversation"]) == 16


# What goes on it


@pytest.mark.parametrize("intent", ["not_understood", "clarify_topic", "out_of_scope"])
def test_what_was_not_certain_is_listed(session: Session, talk: Talk, intent: str) -> None:
    """With what it could have been, and the model that said so."""
    talk.answer("您想问哪一项", talk.say("那个钱的事"), taken_for=heard(intent))
    (item,) = items(session)
    assert (item.text, item.candidates, item.model, item.state) == ("那个钱的事", CANDIDATES, "m1", ReviewState.OPEN)
    kinds = {"not_understood": "not_understood", "clarify_topic": "clarified", "out_of_scope": "out_of_scope"}
    assert item.kind == kinds[intent]


@pytest.mark.parametrize("taken_for", [None, heard("ask_faq"), heard("check_claim_status")])
def test_what_was_understood_is_not(session: Session, talk: Talk, taken_for: dict[str, Any] | None) -> None:
    """Nor what a form gathers, for which nothing is told."""
    talk.answer("好的", talk.say("赔款多久到账"), taken_for=taken_for)
    assert items(session) == []


def test_messages_of_one_turn_are_one_text(session: Session, talk: Talk) -> None:
    """In their order."""
    talk.answer("请换个说法", talk.say("追尾了"), talk.say("那个咋整"), taken_for=heard("not_understood"))
    assert [item.text for item in items(session)] == ["追尾了,那个咋整"]


def test_an_occasion_is_noted_once(session: Session, talk: Talk) -> None:
    """However often it is told."""
    seq = talk.say("啥")
    for _ in range(2):
        talk.answer("请换个说法", seq, taken_for=heard("not_understood"))
    assert len(items(session)) == 1


def test_what_led_to_a_person_says_so(session: Session, talk: Talk, now: datetime) -> None:
    """The second time in a row; also when it became a call-back."""
    for hours in ("00:00-24:00", "00:00-01:00"):
        handover.request(session, talk.row.id, HandoverReason.NOT_UNDERSTOOD, now, parse_hours(hours))
        talk.answer("为您转接人工客服", talk.say("啥" + hours[6]), taken_for=heard("not_understood"))
    assert {item.kind for item in items(session)} == {ReviewKind.HANDED_OVER}


def test_what_was_picked_is_noted_with_the_question(session: Session, talk: Talk) -> None:
    """Whichever of the questions that were asked back it belongs to."""
    offered = [("多久到账", '/ask_faq{"faq_id": "time.payment"}'), ("转人工", "/request_human")]
    first = talk.answer("哪一项", talk.say("钱的事"), taken_for=heard("clarify_topic"), choices=offered)
    talk.answer("哪一项", talk.say("还有那个事"), taken_for=heard("clarify_topic"), choices=offered)
    talk.answer("赔款…", talk.tap(f"{first}-1"), faq_id="time.payment")
    session.expire_all()
    assert [item.picked for item in items(session)] == ["time.payment", None]


def test_a_typed_choice_counts_as_picked(session: Session, talk: Talk) -> None:
    """“1”, or its words."""
    offered = [("多久到账", '/ask_faq{"faq_id": "time.payment"}'), ("法定期限", '/ask_faq{"faq_id": "time.legal"}')]
    talk.answer("哪一项", talk.say("钱的事"), taken_for=heard("clarify_topic"), choices=offered)
    talk.answer("法定…", talk.say("2"), faq_id="time.legal")
    session.expire_all()
    assert [item.picked for item in items(session)] == ["time.legal"]


def test_something_else_than_a_topic_is_no_pick(session: Session, talk: Talk) -> None:
    """A person, for instance."""
    asked = talk.answer(
        "哪一项", talk.say("钱的事"), taken_for=heard("clarify_topic"), choices=[("转人工", "/request_human")]
    )
    talk.answer("正在转接", talk.tap(f"{asked}-1"))
    assert [item.picked for item in items(session)] == [None]


# Thumbs


def test_a_thumb_down_lists_the_question_and_what_was_answered(session: Session, talk: Talk, now: datetime) -> None:
    """Once."""
    answer = talk.answer("十日内", talk.say("钱呢"), taken_for=heard("ask_faq"), faq_id="time.payment")
    for _ in range(2):
        review_list.give_feedback(session, talk.row.id, answer, False, now)
    (item,) = items(session)
    assert (item.kind, item.text, item.answered, item.candidates) == (
        "thumbed_down",
        "钱呢",
        "time.payment",
        CANDIDATES,
    )
    assert session.execute(select(func.count()).select_from(Feedback)).scalar_one() == 1


def test_a_thumb_down_after_a_tap_lists_what_was_typed(session: Session, talk: Talk, now: datetime) -> None:
    """Not the title that was tapped."""
    offered = [("多久到账", '/ask_faq{"faq_id": "time.payment"}')]
    asked = talk.answer("哪一项", talk.say("钱的事"), taken_for=heard("clarify_topic"), choices=offered)
    answer = talk.answer("十日内", talk.tap(f"{asked}-1"), faq_id="time.payment")
    review_list.give_feedback(session, talk.row.id, answer, False, now)
    assert [(item.kind, item.text) for item in items(session)] == [("clarified", "钱的事"), ("thumbed_down", "钱的事")]


def test_a_thumb_up_is_kept_and_lists_nothing(session: Session, talk: Talk, now: datetime) -> None:
    """It counts for the reports."""
    answer = talk.answer("十日内", talk.say("钱呢"), taken_for=heard("ask_faq"))
    review_list.give_feedback(session, talk.row.id, answer, True, now)
    assert items(session) == []
    assert session.execute(select(Feedback.useful)).scalar_one() is True


def test_a_thumb_cannot_be_turned_round(session: Session, talk: Talk, now: datetime) -> None:
    """Once means once."""
    answer = talk.answer("十日内", talk.say("钱呢"), taken_for=heard("ask_faq"))
    review_list.give_feedback(session, talk.row.id, answer, True, now)
    with pytest.raises(Conflict):
        review_list.give_feedback(session, talk.row.id, answer, False, now)


def test_thumbs_are_for_messages_of_the_bot(
    session: Session, talk: Talk, door: Door, opened: Open, now: datetime
) -> None:
    """Not for the customer's own, an agent's, a foreign or an unknown one."""
    answer = talk.answer("十日内", talk.say("钱呢"))
    (agents,) = messages.send(session, door, talk.row.id, [Draft("您好")], now, sender=Sender.AGENT)
    for conversation_id, seq in ((talk.row.id, 1), (talk.row.id, agents.seq), (opened().id, answer), (talk.row.id, 99)):
        with pytest.raises(NotFound):
            review_list.give_feedback(session, conversation_id, seq, False, now)


# The list as it is given out


def run(database: Database, *words: str) -> list[str]:
    options = parser().parse_args(["review-list", *words])
    settings = read_settings({"DATABASE_URL": str(database.engine.url)})
    return review_commands.run(options, settings)


def test_the_list_is_given_out_and_marked(database: Database, door: Door, now: datetime, monkeypatch: Any) -> None:
    """By day and by state."""
    monkeypatch.setattr(review_commands, "open_database", lambda settings: database)
    with database.write() as session:
        opened = conversations.open_conversation(session, now)
        for day, text in enumerate(["啥", "那个事"]):
            at = now + timedelta(days=day)
            one = Talk(session, door, conversations.get(session, opened.conversation_id), at)
            one.answer("请换个说法", one.say(text), taken_for=heard("not_understood"))
    assert [json.loads(line)["text"] for line in run(database)] == ["啥", "那个事"]
    assert [json.loads(line)["id"] for line in run(database, "--since", "2026-11-23")] == [2]
    assert run(database, "--mark", "accepted", "1", "7") == ["1 items are accepted"]
    assert [json.loads(line)["id"] for line in run(database)] == [2]
    assert [json.loads(line)["id"] for line in run(database, "--state", "accepted")] == [1]


# In the gateway


async def test_the_gateway_notes_what_was_heard_and_shows_it_to_nobody(
    database: Database, door: Door, tmp_path: Path
) -> None:
    """It stays with the customer's message and the list."""

    async def rasa(request: httpx.Request) -> httpx.Response:
        custom = {"route": "clarify", "heard": heard("not_understood")}
        return httpx.Response(200, json={"messages": [{"text": "请换个说法", "custom": custom}]})

    state = State(read_settings({"VAR_DIR": str(tmp_path), "COALESCE_SECONDS": "0"}), database, door)
    turns = Turns(state, httpx.AsyncClient(base_url="http://rasa", transport=httpx.MockTransport(rasa)))
    with database.write() as session:
        conversation_id = conversations.open_conversation(session, utc_now()).conversation_id
        conversations.post_text(session, conversation_id, "a", "啥", utc_now())
    turns.wake(conversation_id)
    while turns._running:
        await asyncio.sleep(0.005)
    with database.read() as session:
        asked, said = messages.after(session, conversation_id, 0)
        assert said.meta == {"route": "clarify"}
        assert "candidates" not in json.dumps([said.data, said.meta, said.choices, asked.data, asked.meta])
        assert asked.heard["intent"] == "not_understood"
        assert [item.text for item in items(session)] == ["啥"]


@pytest.mark.parametrize("told", ["x", 5, [1], {"intent": 5}, {"intent": "not_understood", "candidates": "x"}, {}])
async def test_an_odd_note_does_not_cost_the_answer(database: Database, door: Door, tmp_path: Path, told: Any) -> None:
    """The customer comes first."""

    async def rasa(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"messages": [{"text": "您好", "custom": {"route": "faq", "heard": told}}]})

    state = State(read_settings({"VAR_DIR": str(tmp_path), "COALESCE_SECONDS": "0"}), database, door)
    turns = Turns(state, httpx.AsyncClient(base_url="http://rasa", transport=httpx.MockTransport(rasa)))
    with database.write() as session:
        conversation_id = conversations.open_conversation(session, utc_now()).conversation_id
        conversations.post_text(session, conversation_id, "a", "你好", utc_now())
    turns.wake(conversation_id)
    while turns._running:
        await asyncio.sleep(0.005)
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
