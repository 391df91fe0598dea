"""Waiting for a person: one place in the queue and its order; a call-back outside the hours (law.md B.7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import conversations, handover
from cases.clock import parse_moment
from cases.enums import HandoverReason, HandoverState, Owner
from cases.handover import Outcome
from cases.models import Callback
from tests.conftest import Open
from tests.desk_rows import ASKED, COMPLAINT, INJURY, NIGHT, OFFICE, ask, stays
from tests.rows import MINUTE


def test_asking_again_keeps_the_one_place(session: Session, opened: Open, now: datetime) -> None:
    """Twenty times; what is new is added: flags, the summary, a more urgent reason but never a less urgent one."""
    row = opened()
    assert ask(session, row, now, summary="查进度").outcome is Outcome.QUEUED
    for _ in range(20):
        assert ask(session, row, now, summary="查进度").outcome is Outcome.ALREADY_QUEUED
    ask(session, row, now, INJURY, summary="有人受伤", flags=["injury"])
    ask(session, row, now, COMPLAINT)
    (stay,) = stays(session, row)
    assert (stay.reason, stay.priority) == (INJURY, handover.PRIORITIES[INJURY])
    assert (stay.summary, stay.flags) == ("查进度\n有人受伤", ["injury"])


def test_those_who_came_at_once_have_different_places(session: Session, opened: Open, now: datetime) -> None:
    """The one whose row was first."""
    rows = [opened() for _ in range(3)]
    for row in rows:
        ask(session, row, now)
    assert [handover.position(session, row.id) for row in rows] == [1, 2, 3]


def test_urgent_ones_go_first(session: Session, opened: Open, now: datetime) -> None:
    """Self-harm, injury, outside bodies, fraud, complaint, anger, the rest; within one by waiting."""
    reasons = [
        HandoverReason.ASKED,
        HandoverReason.ANGRY,
        HandoverReason.COMPLAINT,
        HandoverReason.FRAUD,
        HandoverReason.ESCALATED_OUTSIDE,
        HandoverReason.INJURY,
        HandoverReason.SELF_HARM,
        HandoverReason.REPORT,
    ]
    rows = [opened() for _ in reasons]
    for n, (row, reason) in enumerate(zip(rows, reasons, strict=True)):
        ask(session, row, now + n * MINUTE, reason)
    assert [handover.position(session, row.id) for row in rows] == [7, 6, 5, 4, 3, 2, 1, 8]


def test_cancelling_leaves_the_queue_once(session: Session, opened: Open, now: datetime) -> None:
    """The second time there is nothing to leave."""
    row = opened()
    ask(session, row, now)
    assert handover.cancel(session, row.id, now)
    assert not handover.cancel(session, row.id, now)
    assert stays(session, row)[0].state is HandoverState.CANCELLED


# Nobody there


@pytest.mark.parametrize(
    ("asked", "hours", "due"),
    [
        ("2026-11-22T08:00:00", OFFICE, "2026-11-22T11:00:00"),
        ("2026-11-22T18:00:00", OFFICE, "2026-11-23T11:00:00"),
        ("2026-11-22T23:59:00", OFFICE, "2026-11-23T11:00:00"),
        ("2026-11-22T06:00:00", NIGHT, "2026-11-23T00:00:00"),
    ],
)
def test_outside_the_hours_a_call_back_is_recorded(
    session: Session, opened: Open, asked: str, hours: Any, due: str
) -> None:
    """Due two hours after the next opening; the conversation stays with the bot."""
    row = opened()
    conversations.post_text(session, row.id, "1", "打13800001234", parse_moment(asked))
    done = handover.request(session, row.id, ASKED, parse_moment(asked), hours, summary="想问进度", flags=["media"])
    assert (done.outcome, done.callback_at) == (Outcome.CALLBACK, parse_moment(due))
    assert (row.owner, row.epoch, row.flags) == (Owner.BOT, 0, ["media"])
    (kept,) = session.execute(select(Callback)).scalars()
    assert (kept.phone, kept.summary, kept.due_at) == ("13800001234", "想问进度", parse_moment(due))


def test_asking_again_outside_the_hours_adds_to_the_one_call_back(session: Session, opened: Open) -> None:
    """Its due time stays; a new summary is added, the same one is not."""
    row, at = opened(), parse_moment("2026-11-22T20:00:00")
    for summary in ("一", "二", "一"):
        handover.request(session, row.id, ASKED, at, OFFICE, summary=summary)
    (kept,) = session.execute(select(Callback)).scalars()
    assert kept.summary == "一\n二"


def test_within_the_hours_there_is_no_call_back(session: Session, opened: Open) -> None:
    """09:00 sharp."""
    done = handover.request(session, opened().id, ASKED, parse_moment("2026-11-22T09:00:00"), OFFICE)
    assert done.outcome is Outcome.QUEUED
    assert session.execute(select(func.count()).select_from(Callback)).scalar_one() == 0
