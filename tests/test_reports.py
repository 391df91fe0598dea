"""First notices of loss and wishes for a visit: written once (A051, A053)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import conversations, reports
from cases.db import Database
from cases.enums import AccidentKind
from cases.models import AccidentReport, Appointment, AuditEntry
from tests.conftest import Load, Open
from tests.rows import PLATE, WANG

REPORT: dict[str, Any] = {
    "kind": AccidentKind.SINGLE,
    "injured": False,
    "plate": PLATE,
    "happened": "昨晚八点",
    "place": "建国路",
    "description": "倒车撞墙",
    "loss_band": "lt500",
    "contact": None,
}
VISIT: dict[str, Any] = {
    "service": "survey",
    "subject": PLATE,
    "wished_time": "明天上午",
    "place": "建国路",
    "contact": None,
}


def test_a_report_has_number_customer_and_what_was_said(
    session: Session, load: Load, opened: Open, now: datetime
) -> None:
    """BA and the day; in the customer's own words."""
    load()
    row = reports.report_accident(session, opened(WANG).id, "r1", now, **REPORT)
    assert (row.no, row.customer_key, row.created_at) == ("BA20261122000001", WANG, now)
    assert {name: getattr(row, name) for name in REPORT} == REPORT


def test_a_visit_is_a_wish(session: Session, opened: Open, now: datetime) -> None:
    """Staff confirm it."""
    row = reports.book_appointment(session, opened().id, "r1", now, **VISIT)
    assert (row.no, row.state, row.customer_key) == ("YY20261122000001", "wished", None)


def test_a_retry_finds_the_first(session: Session, opened: Open, now: datetime) -> None:
    """Whatever it says; another request is another one."""
    row = opened()
    first = reports.report_accident(session, row.id, "r1", now, **REPORT)
    again = reports.report_accident(session, row.id, "r1", now, **{**REPORT, "place": "别处"})
    assert again is first
    assert first.place == "建国路"
    assert reports.report_accident(session, row.id, "r2", now, **REPORT).no == "BA20261122000002"


def test_reports_and_visits_of_one_request_are_apart(session: Session, opened: Open, now: datetime) -> None:
    """Each table has its own."""
    row = opened()
    reports.report_accident(session, row.id, "r1", now, **REPORT)
    reports.book_appointment(session, row.id, "r1", now, **VISIT)
    counts = [session.execute(select(func.count()).select_from(t)).scalar_one() for t in (AccidentReport, Appointment)]
    assert counts == [1, 1]


def test_writing_at_once_writes_one(database: Database, now: datetime) -> None:
    """From eight threads."""
    with database.write() as session:
        conversation_id = conversations.open_conversation(session, now).conversation_id

    def once(_: int) -> str:
        with database.write() as session:
            return str(reports.report_accident(session, conversation_id, "r1", now, **REPORT).no)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(once, range(16))) == {"BA20261122000001"}


def test_writing_is_audited_once(session: Session, opened: Open, now: datetime) -> None:
    """A retry leaves no second line."""
    row = opened()
    for _ in range(3):
        reports.report_accident(session, row.id, "r1", now, **REPORT)
    entries = session.execute(select(AuditEntry.action, AuditEntry.subject)).all()
    assert [tuple(entry) for entry in entries] == [("accident_reports.write", "BA20261122000001")]
