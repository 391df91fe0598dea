"""Reminders: recorded once for an occasion, told in the customer's newest conversation (A035)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import handover, messages, notices
from cases.enums import ClaimStatus, Sender
from cases.messages import Door
from cases.models import Notice
from cases.settings import Settings, read_settings
from faq.knowledge import phrases
from gateway import worker
from tests.conftest import Load, MakeAgent, Open
from tests.rows import CLAIM, LI, WANG, load_two

HOUR = timedelta(hours=1)


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return read_settings({"VAR_DIR": str(tmp_path)})


def remind(session: Session, at: datetime, key: str = "k1", customer: str = WANG) -> bool:
    return notices.record(session, at, key, "claim_status.ASSESSED", customer_key=customer, claim=CLAIM)


def told(session: Session, conversation_id: str) -> list[str]:
    return [row.text for row in messages.after(session, conversation_id, 0) if row.sender is Sender.SYSTEM]


def test_an_occasion_is_recorded_once(session: Session, load: Load, now: datetime) -> None:
    """Whoever records it second is told."""
    load()
    assert remind(session, now)
    assert not remind(session, now + HOUR)
    assert remind(session, now, "k2")
    assert [row.key for row in session.execute(select(Notice).order_by(Notice.id)).scalars()] == ["k1", "k2"]


def test_a_reminder_is_told_once_in_the_newest_open_conversation(
    session: Session, load: Load, opened: Open, make_agent: MakeAgent, door: Door, settings: Settings
) -> None:
    """Not in an older, an expired, a closed or another customer's one."""
    from cases.clock import utc_now

    load_two(session)
    now = utc_now()
    old, newest, other = opened(WANG, now - HOUR), opened(WANG, now), opened(LI, now)
    expired, closed = opened(WANG, now - 25 * HOUR), opened(WANG, now + HOUR)
    handover.take_over(session, closed.id, make_agent(), now)
    handover.close(session, closed.id, make_agent(), "", now)
    remind(session, now)
    assert worker.tell(session, door, settings) == 1
    assert worker.tell(session, door, settings) == 0
    assert [len(told(session, row.id)) for row in (newest, old, other, expired, closed)] == [1, 0, 0, 0, 0]
    assert CLAIM in told(session, newest.id)[0]


def test_who_cannot_be_reached_is_told_when_he_comes(
    session: Session, load: Load, opened: Open, door: Door, settings: Settings
) -> None:
    """The reminder waits."""
    from cases.clock import utc_now

    load()
    remind(session, utc_now())
    assert worker.tell(session, door, settings) == 0
    row = opened(WANG, utc_now())
    assert worker.tell(session, door, settings) == 1
    assert len(told(session, row.id)) == 1


def test_many_who_cannot_be_reached_do_not_hold_up_who_can(
    session: Session, load: Load, opened: Open, door: Door, settings: Settings
) -> None:
    """However many wait before him."""
    from cases.clock import utc_now

    load_two(session)
    for n in range(150):
        remind(session, utc_now(), f"absent {n}", LI)
    opened(LI, utc_now() - 25 * HOUR)
    row = opened(WANG, utc_now())
    remind(session, utc_now(), "present")
    assert worker.tell(session, door, settings) == 1
    assert len(told(session, row.id)) == 1


def test_a_guests_reminder_goes_to_his_conversation(
    session: Session, opened: Open, door: Door, settings: Settings, now: datetime
) -> None:
    """There is no customer to look for."""
    row = opened()
    notices.record(session, now, "q", "conversation.queue_timeout", conversation_id=row.id)
    assert worker.tell(session, door, settings) == 1
    assert "本次排队已结束" in told(session, row.id)[0]


@pytest.mark.parametrize("status", list(ClaimStatus))
def test_every_state_has_a_sentence_without_a_gap(settings: Settings, door: Door, status: ClaimStatus) -> None:
    """All placeholders are filled, and the review lets it pass as it is."""
    values = {
        "claim": CLAIM,
        "status_at": "2026-11-20T10:00:00+08:00",
        "missing": ["driving_licence"],
        "tail": "6688",
    }
    text = worker.text_of(Notice(name=f"claim_status.{status.value}", values=values), settings)
    assert CLAIM in text
    assert "{" not in text
    assert door.review(text).out == text


def test_a_late_claims_sentence_names_claim_and_number(settings: Settings, door: Door) -> None:
    """And is compliant."""
    values = {"claim": CLAIM, "complaint": "SJ20261122000001"}
    text = worker.text_of(Notice(name="claim_overdue", values=values), settings)
    assert CLAIM in text
    assert "SJ20261122000001" in text
    assert door.review(text).out == text


def test_missing_documents_are_named_in_chinese(settings: Settings) -> None:
    """As the checklist does."""
    values = {"claim": CLAIM, "missing": ["driving_licence", "bank_account"]}
    text = worker.text_of(Notice(name="claim_status.DOCS_PARTIAL", values=values), settings)
    names = phrases("statuses")["documents"]
    assert f"{names['driving_licence']}、{names['bank_account']}" in text
