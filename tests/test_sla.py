"""Service targets: which speed, until when, escalated once (service-rules A036–A042, conflicts 5, 6 and 9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import sla
from cases.clock import parse_moment
from cases.db import Database
from cases.enums import ClaimStatus
from cases.models import Claim, Escalation
from cases.sla import Stage, Tier
from tests.conftest import Load
from tests.rows import CLAIM, claim, load_rows

SECOND = timedelta(seconds=1)
WITHOUT_TARGET = {
    "DOCS_PARTIAL",
    "ASSESSED",
    "DISPUTED",
    "PAID",
    "CLOSED",
    "REJECTED",
    "WITHDRAWN",
    "SUBROGATION",
}


@pytest.fixture
def loaded(session: Session, load: Load) -> Any:
    """Load one claim with these values and give its row."""

    def make(**values: Any) -> Claim:
        load(claims=[claim(**values)])
        return session.get(Claim, CLAIM)

    return make


@pytest.mark.parametrize(
    ("values", "tier"),
    [
        ({"kind": "single", "estimated_loss_yuan": 999.99}, Tier.SIMPLE),
        ({"kind": "single", "estimated_loss_yuan": 0}, Tier.SIMPLE),
        ({"kind": "glass", "estimated_loss_yuan": 800}, Tier.SIMPLE),
        ({"kind": "single", "estimated_loss_yuan": 1000}, Tier.NORMAL),
        ({"kind": "single", "estimated_loss_yuan": 42000}, Tier.NORMAL),
        ({"kind": "two_party", "estimated_loss_yuan": 300}, Tier.NORMAL),
        ({"kind": "property", "estimated_loss_yuan": 300}, Tier.NORMAL),
        ({"kind": "single", "estimated_loss_yuan": 100, "injured": True}, Tier.COMPLEX),
        ({"kind": "injury", "estimated_loss_yuan": 100}, Tier.COMPLEX),
        ({"kind": "injury", "estimated_loss_yuan": None}, Tier.COMPLEX),
        ({"kind": "single", "estimated_loss_yuan": None}, None),
        ({"kind": "theft", "estimated_loss_yuan": None}, None),
    ],
)
def test_the_speed_of_a_claim(loaded: Any, values: dict[str, Any], tier: Tier | None) -> None:
    """Conflict 6: two parties are never simple, anybody hurt is complex, an unknown loss names no speed."""
    assert sla.tier_of(loaded(**values)) is tier


@pytest.mark.parametrize(
    ("values", "due"),
    [
        ({"estimated_loss_yuan": 800}, "2026-11-21T10:30:00"),  # 24 hours, over a Saturday too
        ({"estimated_loss_yuan": 5000}, "2026-11-26T00:00:00"),  # the end of the third business day
        ({"injured": True}, "2026-12-05T00:00:00"),  # … of the tenth
        (
            {"estimated_loss_yuan": None},
            "2026-12-05T00:00:00",
        ),  # unknown: not measured by a promise that may not be his
    ],
)
def test_when_the_assessment_is_due(loaded: Any, values: dict[str, Any], due: str) -> None:
    """From Friday 10:30 on; the public commitment, not the internal one (conflict 5)."""
    target = sla.target_of(loaded(status="ASSESSING", status_at="2026-11-20T10:30:00+08:00", **values))
    assert (target.stage, target.due_at) == (Stage.ASSESSMENT, parse_moment(due))


@pytest.mark.parametrize(
    ("values", "due"),
    [
        ({"estimated_loss_yuan": 800}, "2026-11-26T00:00:00"),  # three business days
        ({"estimated_loss_yuan": 5000}, "2026-12-02T00:00:00"),  # seven
        ({"injured": True}, "2026-12-01T00:00:00"),  # the statutory ten days
        ({"estimated_loss_yuan": None}, "2026-12-01T00:00:00"),
    ],
)
def test_when_the_payment_is_due(loaded: Any, values: dict[str, Any], due: str) -> None:
    """From the agreement on."""
    target = sla.target_of(loaded(status="AGREED", status_at="2026-11-20T10:30:00+08:00", **values))
    assert (target.stage, target.due_at) == (Stage.PAYMENT, parse_moment(due))


@pytest.mark.parametrize("status", list(ClaimStatus))
def test_no_target_runs_while_the_customer_or_an_outsider_is_to_act(loaded: Any, status: ClaimStatus) -> None:
    """Missing papers, a finished case, a dispute."""
    assert (sla.target_of(loaded(status=status.value)) is None) == (status.value in WITHOUT_TARGET)


def test_a_claim_is_late_only_behind_its_due_time(session: Session, loaded: Any) -> None:
    """To the second."""
    row = loaded(status="ASSESSING", status_at="2026-11-20T10:30:00+08:00")
    due = parse_moment("2026-11-21T10:30:00")
    assert sla.escalate_if_late(session, row, due) is None
    assert sla.escalate_if_late(session, row, due + SECOND) == "SJ20261121000001"


def test_a_late_claim_is_escalated_once(session: Session, loaded: Any, now: datetime) -> None:
    """Asking again tells the same number; a new state that is late too gets its own."""
    row = loaded(status="ASSESSING", status_at="2026-11-10T10:30:00+08:00")
    first = sla.escalate_if_late(session, row, now)
    assert first
    assert sla.escalate_if_late(session, row, now + timedelta(days=3)) == first
    row = loaded(status="AGREED", status_at="2026-11-11T10:30:00+08:00")
    assert sla.escalate_if_late(session, row, now) not in (None, first)
    assert session.execute(select(func.count()).select_from(Escalation)).scalar_one() == 2


def test_a_claim_without_a_target_is_never_late(session: Session, loaded: Any, now: datetime) -> None:
    """However old."""
    assert sla.escalate_if_late(session, loaded(status="DOCS_PARTIAL"), now + timedelta(days=900)) is None


def test_an_escalation_is_kept_with_what_was_missed(database: Database, now: datetime) -> None:
    """State and due time, for the weekly figures."""
    with database.write() as session:
        load_rows(session, claims=[claim(status="PAYING", status_at="2026-11-02T10:30:00+08:00")])
    with database.write() as session:
        no = sla.escalate_if_late(session, session.get(Claim, CLAIM), now)
    with database.read() as session:
        row = session.get(Escalation, no)
    assert (row.claim_no, row.status, row.created_at) == (CLAIM, ClaimStatus.PAYING, now)
    assert row.due_at == parse_moment("2026-11-06T00:00:00")
