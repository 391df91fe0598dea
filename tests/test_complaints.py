"""Complaints: written once, added to rather than doubled, with their time limits (A070–A083, law.md B.5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import complaints
from cases.clock import parse_moment
from cases.complaints import Details, Filed
from cases.db import Database
from cases.enums import ComplaintCategory, ComplaintLevel, ComplaintState, ReplyBy, Severity
from cases.errors import NotFound
from cases.models import AuditEntry, Complaint, ComplaintEvent, Conversation
from tests.conftest import Open
from tests.rows import CLAIM, LI, OTHER_CLAIM, WANG, load_two

DAY = timedelta(days=1)


@pytest.fixture
def two(session: Session) -> Any:
    """Ms Wang and Mr Li with a claim each."""
    return load_two(session)


def details(request_id: str = "r1", **changes: Any) -> Details:
    values: dict[str, Any] = {
        "category": ComplaintCategory.DELAY,
        "what_happened": "三周没有人联系我",
        "wanted": "尽快处理",
        "reply_by": ReplyBy.PHONE,
        "claim_no": CLAIM,
    }
    return Details(request_id=request_id, **{**values, **changes})


def file(session: Session, row: Conversation, at: datetime, request_id: str = "r1", **changes: Any) -> Filed:
    return complaints.file(session, row.id, details(request_id, **changes), at)


def actions(session: Session, no: str) -> list[str]:
    rows = select(ComplaintEvent.action).where(ComplaintEvent.complaint_no == no).order_by(ComplaintEvent.id)
    return list(session.execute(rows).scalars())


def count(session: Session) -> int:
    return int(session.execute(select(func.count()).select_from(Complaint)).scalar_one())


def test_a_complaint_gets_number_state_and_time_limits(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """24 hours of service, 15 calendar days by law, two business days a level."""
    filed = file(session, opened(WANG), now)
    row = filed.complaint
    assert filed.new
    assert row.no == "TS20261122000001"
    assert (row.state, row.level) == (ComplaintState.OPEN, ComplaintLevel.FIRST_LINE)
    assert row.first_feedback_due == now + DAY
    assert row.legal_due == parse_moment("2026-12-08T00:00:00")
    assert row.level_due == parse_moment("2026-11-25T00:00:00")
    assert (row.customer_key, row.claim_no) == (WANG, CLAIM)


def test_the_legal_limit_moves_past_a_holiday(session: Session, opened: Open, two: Any) -> None:
    """The fifteenth day after 16 September is the National Day; work begins on the 8th."""
    row = file(session, opened(WANG), parse_moment("2026-09-16T10:00:00")).complaint
    assert row.legal_due == parse_moment("2026-10-09T00:00:00")


def test_a_retry_writes_nothing_new(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """However often: one complaint, one log line, the same number, told as new again."""
    row = opened(WANG)
    filed = [file(session, row, now + n * timedelta(minutes=1)) for n in range(4)]
    assert {one.complaint.no for one in filed} == {"TS20261122000001"}
    assert all(one.new for one in filed)
    assert actions(session, "TS20261122000001") == ["filed"]


def test_a_retry_after_the_end_writes_nothing_new(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """Neither of the complaint nor of what was added to it."""
    row = opened(WANG)
    no = file(session, row, now).complaint.no
    file(session, row, now, "r2")
    session.get(Complaint, no).state = ComplaintState.CLOSED
    session.flush()
    assert file(session, row, now, "r1").complaint.no == no
    assert file(session, row, now, "r2").complaint.no == no
    assert count(session) == 1


def test_filing_at_once_from_many_threads_writes_one(database: Database, now: datetime) -> None:
    """The action server may run the same turn twice."""
    from cases import conversations

    with database.write() as session:
        load_two(session)
        conversation_id = conversations.open_conversation(session, now, customer_key=WANG).conversation_id

    def once(_: int) -> str:
        with database.write() as session:
            return str(complaints.file(session, conversation_id, details(), now).complaint.no)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(once, range(16))) == {"TS20261122000001"}
    with database.read() as session:
        assert count(session) == 1


def test_the_same_matter_is_added_to(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """Another conversation of the same customer, the same claim and category: one complaint, flagged as repeated."""
    first = file(session, opened(WANG), now)
    again = file(session, opened(WANG), now + DAY, "r2", what_happened="还是没有人", flags=("media",))
    assert not again.new
    assert again.complaint.no == first.complaint.no
    assert actions(session, first.complaint.no) == ["filed", "added"]
    assert again.complaint.flags == ["media", "repeated"]
    assert again.complaint.severity is Severity.SERIOUS
    assert again.complaint.first_feedback_due == now + DAY


def test_adding_is_no_new_complaint(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """Only an earlier one makes a complaint the same claim again, or the third lately."""
    row = opened(WANG)
    first = file(session, row, now).complaint
    file(session, row, now, "r2")
    assert not complaints.repeated(session, row, CLAIM, now, first)
    second = file(session, row, now, "r3", category=ComplaintCategory.AMOUNT).complaint
    assert not complaints.repeated(session, row, CLAIM, now, first)
    assert complaints.repeated(session, row, CLAIM, now, second)


def test_adding_is_retried_without_doubling(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """One line in the log for one request."""
    row = opened(WANG)
    no = file(session, row, now).complaint.no
    for _ in range(3):
        assert not file(session, row, now, "r2").new
    assert actions(session, no) == ["filed", "added"]


@pytest.mark.parametrize(
    "changes", [{"claim_no": OTHER_CLAIM}, {"claim_no": None}, {"category": ComplaintCategory.AMOUNT}]
)
def test_another_matter_is_another_complaint(
    session: Session, opened: Open, two: Any, now: datetime, changes: dict[str, Any]
) -> None:
    """Another claim, no claim, another category."""
    row = opened(WANG)
    file(session, row, now)
    assert file(session, row, now, "r2", **changes).new
    assert count(session) == 2


def test_another_customer_has_another_matter(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """Guests too: what two strangers say is not one complaint."""
    for number, row in enumerate([opened(WANG), opened(LI), opened(), opened()]):
        assert file(session, row, now, f"r{number}").new
    assert count(session) == 4


@pytest.mark.parametrize("state", [ComplaintState.CLOSED, ComplaintState.CONFIRMED, ComplaintState.WITHDRAWN])
def test_a_closed_complaint_is_not_added_to(
    session: Session, opened: Open, two: Any, now: datetime, state: ComplaintState
) -> None:
    """A new one begins with new time limits."""
    row = opened(WANG)
    file(session, row, now).complaint.state = state
    session.flush()
    assert file(session, row, now, "r2").new


@pytest.mark.parametrize(
    ("flags", "category", "severity"),
    [
        ((), ComplaintCategory.DELAY, Severity.MINOR),
        ((), ComplaintCategory.OTHER, Severity.MINOR),
        ((), ComplaintCategory.AMOUNT, Severity.MEDIUM),
        ((), ComplaintCategory.ATTITUDE, Severity.MEDIUM),
        (("repeated",), ComplaintCategory.DELAY, Severity.MEDIUM),
        (("injury",), ComplaintCategory.DELAY, Severity.SERIOUS),
        (("regulator",), ComplaintCategory.DELAY, Severity.SERIOUS),
        (("media",), ComplaintCategory.OTHER, Severity.SERIOUS),
        (("lawyer", "repeated"), ComplaintCategory.AMOUNT, Severity.SERIOUS),
    ],
)
def test_how_serious_a_complaint_is(flags: tuple[str, ...], category: ComplaintCategory, severity: Severity) -> None:
    """Outside bodies and harm before sums and manners before the rest."""
    assert complaints.severity_of(flags, category) is severity


def test_being_repeated_never_makes_it_less_serious(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """The higher of the two stays."""
    row = opened(WANG)
    file(session, row, now, flags=("injury",))
    assert file(session, row, now, "r2").complaint.severity is Severity.SERIOUS


def test_a_complaint_is_shown_to_its_customer_only(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """In any of her conversations; another customer and a guest get the answer for a number that never was."""
    no = file(session, opened(WANG), now).complaint.no
    assert complaints.own_complaint(session, opened(WANG).id, f" {no.lower()} ", now).no == no
    told = []
    for row, asked in ((opened(LI), no), (opened(), no), (opened(WANG), "TS20991231000001"), (opened(WANG), "x" * 99)):
        with pytest.raises(NotFound) as caught:
            complaints.own_complaint(session, row.id, asked, now)
        told.append(str(caught.value))
    assert set(told) == {"complaint"}


def test_a_guest_sees_what_he_filed_in_this_conversation(
    session: Session, opened: Open, two: Any, now: datetime
) -> None:
    """There is nothing else that he is known by."""
    mine, other = opened(), opened()
    no = file(session, mine, now).complaint.no
    assert [row.no for row in complaints.of_customer(session, mine)] == [no]
    assert complaints.of_customer(session, other) == []


def test_filing_and_reading_are_audited(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """Who, which, with which outcome."""
    row = opened(WANG)
    no = file(session, row, now).complaint.no
    complaints.own_complaint(session, row.id, no, now)
    with pytest.raises(NotFound):
        complaints.own_complaint(session, opened(LI).id, no, now)
    entries = session.execute(select(AuditEntry).where(AuditEntry.subject == no).order_by(AuditEntry.id)).scalars()
    assert [(entry.actor, entry.action, entry.outcome) for entry in entries] == [
        (f"customer:{WANG}", "complaint.file", "ok"),
        (f"customer:{WANG}", "complaint.read", "ok"),
        (f"customer:{LI}", "complaint.read", "refused"),
    ]
