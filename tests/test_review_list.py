"""The review list: what goes on it, what does not, and that nothing on it leads back to a customer."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import conversations, handover, messages, review_commands, review_list
from cases.__main__ import parser
from cases.db import Database
from cases.enums import HandoverReason, ReviewKind, ReviewState, Sender
from cases.errors import Conflict, NotFound
from cases.messages import Door, Draft
from cases.models import Feedback
from cases.review_text import without_person
from cases.settings import parse_hours, read_settings
from tests.conftest import Load, Open
from tests.review_talk import CANDIDATES, Talk, heard, items
from tests.rows import CLAIM, PHONE, PLATE, WANG


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
        ("TS2O26112lOOOOO1和RDAA 20261105-0000000001", "某编号和某编号"),
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
