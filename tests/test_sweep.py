"""The clocks: everything that is due, once however often they run, caught up after a pause."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import conversations, handover, loading, sweep
from cases.enums import HandoverReason, HandoverState, Owner
from cases.models import Callback, Conversation, Escalation, Handover, Notice
from cases.settings import parse_hours
from tests.conftest import Load, MakeAgent, Open
from tests.rows import CLAIM, WANG, claim

ALL_DAY = parse_hours("00:00-24:00")
MINUTE, SECOND, DAY = timedelta(minutes=1), timedelta(seconds=1), timedelta(days=1)


def notices(session: Session) -> list[str]:
    return list(session.execute(select(Notice.name).order_by(Notice.id)).scalars())


def push(session: Session, status: str, at: str, **changes: Any) -> None:
    """The core system pushes a claim."""
    loading.load(session, {"claims": [claim(status=status, status_at=at, **changes)]})


def run(session: Session, at: datetime) -> list[str]:
    """What the clocks did, warnings aside (tests/test_time_limits.py)."""
    return [line for line in sweep.run(session, at) if not line.startswith("warned ")]


def queue(session: Session, row: Conversation, at: datetime) -> None:
    handover.request(session, row.id, HandoverReason.ASKED, at, ALL_DAY, summary="查进度")


def test_nothing_due_is_nothing_done(session: Session, load: Load, now: datetime) -> None:
    """The first state that we hear of is no news."""
    load()
    assert sweep.run(session, now) == []
    assert notices(session) == []


# Queue


def test_who_waited_half_an_hour_leaves_the_queue_with_a_call_back(
    session: Session, opened: Open, now: datetime
) -> None:
    """To the second; the bot goes on and the customer is told."""
    row = opened()
    conversations.post_text(session, row.id, "1", "打13800001234", now)
    queue(session, row, now)
    assert sweep.run(session, now + 30 * MINUTE - SECOND) == []
    assert sweep.run(session, now + 30 * MINUTE) == [f"queue_timeout {row.id}"]
    assert row.owner is Owner.BOT
    assert session.execute(select(Handover.state)).scalar_one() is HandoverState.TIMED_OUT
    back = session.execute(select(Callback)).scalar_one()
    assert (back.phone, back.summary) == ("13800001234", "查进度")
    assert notices(session) == ["conversation.queue_timeout"]


def test_a_conversation_with_a_person_never_times_out(
    session: Session, opened: Open, make_agent: MakeAgent, now: datetime
) -> None:
    """However long it takes."""
    row = opened()
    queue(session, row, now)
    handover.accept(session, row.id, make_agent(), now)
    assert sweep.run(session, now + DAY) == []
    assert row.owner is Owner.HUMAN


def test_each_time_out_is_told(session: Session, opened: Open, now: datetime) -> None:
    """The second wait in one conversation is another occasion."""
    row = opened()
    for n in range(2):
        queue(session, row, now + n * DAY)
        assert len(sweep.run(session, now + n * DAY + 31 * MINUTE)) == 1
    assert notices(session) == ["conversation.queue_timeout"] * 2


# Late claims


def test_a_late_claim_is_escalated_and_told_once(session: Session, load: Load, now: datetime) -> None:
    """However often the clocks run, and for days."""
    load(claims=[claim(status="ASSESSING", status_at="2026-11-10T10:00:00+08:00")])
    assert sweep.run(session, now) == [f"escalated {CLAIM} SJ20261122000001"]
    for n in range(5):
        assert sweep.run(session, now + n * DAY) == []
    assert len(session.execute(select(Escalation)).all()) == 1
    assert notices(session) == ["claim_overdue"]


def test_a_claim_is_late_behind_its_target_only(session: Session, load: Load) -> None:
    """Shanghai's midnight at the end of the third business day, to the second."""
    from cases.clock import parse_moment

    load(claims=[claim(status="ASSESSING", status_at="2026-11-20T10:00:00+08:00", estimated_loss_yuan=5000)])
    due = parse_moment("2026-11-26T00:00:00")
    assert run(session, due) == []
    assert len(run(session, due + SECOND)) == 1


def test_what_was_escalated_in_the_chat_is_still_told_by_the_clocks(
    session: Session, load: Load, now: datetime
) -> None:
    """With the number that was given there."""
    from cases import sla
    from cases.models import Claim

    load(claims=[claim(status="ASSESSING", status_at="2026-11-10T10:00:00+08:00")])
    no = sla.escalate_if_late(session, session.get(Claim, CLAIM), now)
    assert sweep.run(session, now) == [f"escalated {CLAIM} {no}"]


# Reminders


def test_a_changed_state_is_told_once(session: Session, load: Load, now: datetime) -> None:
    """To the policyholder, with what the sentence needs."""
    load()
    push(session, "AGREED", "2026-11-21T10:00:00+08:00")
    assert run(session, now) == [f"reminder {CLAIM} AGREED"]
    assert sweep.run(session, now + MINUTE) == []
    (row,) = session.execute(select(Notice)).scalars()
    assert (row.name, row.customer_key, row.values["claim"]) == ("claim_status.AGREED", WANG, CLAIM)


def test_a_payment_is_told_with_the_end_of_the_account(session: Session, load: Load, now: datetime) -> None:
    """More than that the claim is closed; without the digits only that."""
    load()
    push(session, "PAID", "2026-11-21T10:00:00+08:00")
    sweep.run(session, now)
    push(session, "PAYING", "2026-11-21T11:00:00+08:00", payee_tail=None)
    push(session, "PAID", "2026-11-21T12:00:00+08:00", payee_tail=None)
    sweep.run(session, now)
    rows = session.execute(select(Notice).order_by(Notice.id)).scalars().all()
    assert [row.name for row in rows] == ["claim_paid", "claim_status.PAID"]
    assert rows[0].values["tail"] == "6688"


def test_the_same_state_pushed_again_is_not_told_again(session: Session, load: Load, now: datetime) -> None:
    """Core systems repeat themselves."""
    load()
    for _ in range(3):
        push(session, "AGREED", "2026-11-21T10:00:00+08:00")
        sweep.run(session, now)
    assert notices(session) == ["claim_status.AGREED"]


def test_a_state_that_came_back_is_told_again(session: Session, load: Load, now: datetime) -> None:
    """Papers missing, given, missing again."""
    load()
    for n, status in enumerate(["DOCS_PARTIAL", "DOCS_SUBMITTED", "DOCS_PARTIAL"]):
        push(session, status, f"2026-11-21T1{n}:00:00+08:00")
        sweep.run(session, now)
    assert notices(session) == ["claim_status.DOCS_PARTIAL", "claim_status.DOCS_SUBMITTED", "claim_status.DOCS_PARTIAL"]


def test_after_a_pause_only_the_present_state_is_told(session: Session, load: Load, now: datetime) -> None:
    """Three changes while the worker was away: the customer hears where it stands, once."""
    load()
    for n, status in enumerate(["PAYING", "AGREED", "PAYING"]):
        push(session, status, f"2026-11-21T1{n}:00:00+08:00")
    assert run(session, now) == [f"reminder {CLAIM} PAYING"]
    assert sweep.run(session, now) == []


def test_a_long_pause_is_caught_up_in_one_run(session: Session, load: Load, opened: Open, now: datetime) -> None:
    """Queue, late claim and changed state together; the next run finds nothing."""
    load()
    row = opened()
    queue(session, row, now)
    push(session, "PAYING", "2026-11-22T10:00:00+08:00")
    done = sweep.run(session, now + 30 * DAY)
    assert [line.split()[0] for line in done] == ["queue_timeout", "escalated", "reminder"]
    assert sweep.run(session, now + 30 * DAY) == []


@pytest.mark.parametrize("back", [DAY, 400 * DAY])
def test_a_clock_that_jumps_back_repeats_nothing(session: Session, load: Load, now: datetime, back: timedelta) -> None:
    """Hostile case 30."""
    load(claims=[claim(status="ASSESSING", status_at="2026-11-10T10:00:00+08:00")])
    sweep.run(session, now)
    assert sweep.run(session, now - back) == []
    assert sweep.run(session, now) == []
