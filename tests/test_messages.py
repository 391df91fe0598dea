"""The one door out, and reading a conversation back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases import conversations, handover, messages
from cases.db import Database
from cases.enums import HandoverReason, Kind, Sender, Turn
from cases.errors import NotFound
from cases.messages import Door, Draft
from cases.models import Message
from cases.settings import parse_hours
from tests.conftest import MakeAgent, Open

FORBIDDEN = "我保证三天内一定全赔到账"
ALL_DAY = parse_hours("00:00-24:00")


@pytest.mark.parametrize("sender", [Sender.BOT, Sender.AGENT, Sender.SYSTEM])
def test_every_text_is_reviewed_whoever_wrote_it(
    session: Session, door: Door, opened: Open, now: datetime, sender: Sender
) -> None:
    """What is stored is what may be sent, with the version of the rules."""
    (row,) = messages.send(session, door, opened().id, [Draft(FORBIDDEN)], now, sender=sender)
    assert row.text == door.review(FORBIDDEN).out
    assert "保证" not in row.text
    assert row.ruleset == door.version


def test_labels_of_choices_are_reviewed_too(session: Session, door: Door, opened: Open, now: datetime) -> None:
    """They are texts to a customer."""
    (row,) = messages.send(session, door, opened().id, [Draft("请选择", choices=[(FORBIDDEN, "/x")])], now)
    assert row.choices[0]["label"] == door.review(FORBIDDEN).out


def test_a_compliant_text_leaves_as_it_is(session: Session, door: Door, opened: Open, now: datetime) -> None:
    """Word for word."""
    text = "您好，案件的资料已收到，正在审核。"
    (row,) = messages.send(session, door, opened().id, [Draft(text, meta={"route": "faq"}, data={"a": 1})], now)
    assert (row.text, row.meta, row.data, row.kind) == (text, {"route": "faq"}, {"a": 1}, Kind.TEXT)


def test_choices_get_ids_and_their_payloads_stay_apart(
    session: Session, door: Door, opened: Open, now: datetime
) -> None:
    """What the customer sees holds no payload."""
    drafts = [Draft("一"), Draft("请选择", choices=[("查进度", "/check"), ("转人工", "/human")])]
    row = messages.send(session, door, opened().id, drafts, now)[1]
    assert row.kind is Kind.CHOICES
    assert row.choices == [{"id": "2-1", "label": "查进度"}, {"id": "2-2", "label": "转人工"}]
    assert row.payloads == {"2-1": "/check", "2-2": "/human"}


def test_several_drafts_are_written_in_order(session: Session, door: Door, opened: Open, now: datetime) -> None:
    """One place after the other, behind what was there."""
    row = opened()
    conversations.post_text(session, row.id, "1", "你好", now)
    sent = messages.send(session, door, row.id, [Draft("一"), Draft("二"), Draft("三")], now, answers=1)
    assert [(one.seq, one.text, one.answers) for one in sent] == [(2, "一", 1), (3, "二", 1), (4, "三", 1)]
    assert [one.seq for one in messages.after(session, row.id, 0)] == [1, 2, 3, 4]
    assert [one.seq for one in messages.after(session, row.id, 2)] == [3, 4]
    assert [one.seq for one in messages.after(session, row.id, 0, limit=2)] == [1, 2]


def test_a_review_that_fails_sends_nothing(session: Session, opened: Open, now: datetime) -> None:
    """A door that cannot judge stays shut."""

    def broken(text: str) -> messages.Reviewed:
        raise ZeroDivisionError(text)

    row = opened()
    with pytest.raises(ZeroDivisionError):
        messages.send(session, Door(broken, "0"), row.id, [Draft("一")], now)
    assert messages.after(session, row.id, 0) == []


def test_an_unknown_conversation_is_not_found(session: Session, door: Door, now: datetime) -> None:
    """There is nobody to tell."""
    with pytest.raises(NotFound):
        messages.send(session, door, "nobody", [Draft("一")], now)


# Overtaken turns


def test_a_turn_that_a_person_overtook_says_nothing(
    session: Session, door: Door, opened: Open, make_agent: MakeAgent, now: datetime
) -> None:
    """While the person has it, after it came back, and after it was closed."""
    row, agent = opened(), make_agent()
    epoch = row.epoch
    handover.take_over(session, row.id, agent, now)
    assert messages.send(session, door, row.id, [Draft("晚了")], now, turn_epoch=epoch) == []
    handover.hand_back(session, row.id, agent, "", now)
    assert messages.send(session, door, row.id, [Draft("晚了")], now, turn_epoch=epoch) == []
    assert messages.send(session, door, row.id, [Draft("新的")], now, turn_epoch=row.epoch)
    handover.take_over(session, row.id, agent, now)
    handover.close(session, row.id, agent, "", now)
    assert messages.send(session, door, row.id, [Draft("晚了")], now, turn_epoch=row.epoch) == []
    assert [one.text for one in messages.after(session, row.id, 0)] == ["新的"]


def test_joining_and_leaving_the_queue_overtakes_no_turn(
    session: Session, door: Door, opened: Open, now: datetime
) -> None:
    """While it waits the bot still answers; the turn that asked for the person may say so."""
    row = opened()
    epoch = row.epoch
    handover.request(session, row.id, HandoverReason.ASKED, now, ALL_DAY)
    assert messages.send(session, door, row.id, [Draft("正在为您转接")], now, turn_epoch=epoch)
    handover.cancel(session, row.id, now)
    assert messages.send(session, door, row.id, [Draft("已取消排队")], now, turn_epoch=epoch)


def test_a_person_is_never_overtaken(
    session: Session, door: Door, opened: Open, make_agent: MakeAgent, now: datetime
) -> None:
    """Agents and the system name no epoch."""
    row, agent = opened(), make_agent()
    handover.take_over(session, row.id, agent, now)
    (sent,) = messages.send(session, door, row.id, [Draft("您好")], now, sender=Sender.AGENT, agent_id=agent.id)
    assert (sent.sender, sent.agent_id) == (Sender.AGENT, agent.id)


# Numbers and ids


def test_places_have_no_gap_and_no_double_under_concurrency(database: Database, door: Door, now: datetime) -> None:
    """Customer, bot and system write at once."""
    with database.write() as session:
        conversation_id = conversations.open_conversation(session, now).conversation_id

    def write(n: int) -> None:
        with database.write() as session:
            if n % 2:
                conversations.post_text(session, conversation_id, f"c{n}", "你好", now)
            else:
                messages.send(session, door, conversation_id, [Draft("一"), Draft("二")], now)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with database.read() as session:
        assert [row.seq for row in messages.after(session, conversation_id, 0)] == list(range(1, 61))


def test_a_client_id_is_kept_once(session: Session, door: Door, opened: Open, now: datetime) -> None:
    """The database itself refuses the second; another sender's is another matter."""
    row = opened()
    conversations.post_text(session, row.id, "same", "你好", now)
    (sent,) = messages.send(session, door, row.id, [Draft("一")], now, sender=Sender.AGENT, client_id="same")
    assert messages.by_client_id(session, row.id, Sender.AGENT, "same") is sent
    assert messages.by_client_id(session, row.id, Sender.AGENT, "other") is None
    with pytest.raises(IntegrityError), session.begin_nested():
        messages.send(session, door, row.id, [Draft("二")], now, sender=Sender.AGENT, client_id="same")


# Turns


def test_what_waits_is_found_in_order_and_finished_once(session: Session, opened: Open, now: datetime) -> None:
    """Whoever finishes second is told."""
    row = opened()
    for n in range(3):
        conversations.post_text(session, row.id, str(n), f"第{n}条", now)
    assert [one.seq for one in messages.pending(session, row.id)] == [1, 2, 3]
    assert messages.conversations_with_pending(session) == [row.id]
    assert messages.finish_turn(session, row.id, [1, 2])
    assert not messages.finish_turn(session, row.id, [1, 2], Turn.FAILED)
    session.expire_all()
    assert [one.turn for one in messages.after(session, row.id, 0)] == [Turn.DONE, Turn.DONE, Turn.PENDING]
    assert messages.finish_turn(session, row.id, [3], Turn.FAILED)
    assert messages.conversations_with_pending(session) == []


def test_the_bots_own_messages_wait_for_nothing(session: Session, door: Door, opened: Open, now: datetime) -> None:
    """Only customers are answered."""
    row = opened()
    (sent,) = messages.send(session, door, row.id, [Draft("您好")], now)
    assert isinstance(sent, Message)
    assert sent.turn is None
    assert messages.pending(session, row.id) == []
