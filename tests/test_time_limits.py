"""Time limits of claims and complaints: warnings, escalation, follow-ups, once (A036–A042, A078, A082, A110)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import clocks, complaint_desk, conversations, handover, loading, sla, sweep
from cases.enums import ClaimStatus, Clock, ComplaintLevel, HandoverReason, HandoverState, Mark, Owner
from cases.models import Agent, Claim, ClockMark, Complaint, ComplaintEvent, Conversation, Handover, Notice
from cases.settings import parse_hours, read_settings
from gateway.telling import draft_of
from tests.conftest import Load, Open
from tests.desk_rows import told
from tests.rows import CLAIM, DAY, HOUR, MONDAY, SECOND, at, claim

NORMAL = {"estimated_loss_yuan": 5000}


def push(session: Session, status: str, moment: str, **changes: Any) -> None:
    """The core system pushes a claim."""
    row = claim(status=status, status_at=f"2026-{moment}:00+08:00", **{**NORMAL, **changes})
    loading.load(session, {"claims": [row]})


def marks(session: Session, subject: str) -> list[tuple[Clock, Mark]]:
    rows = select(ClockMark).where(ClockMark.subject == subject).order_by(ClockMark.id)
    return [(row.clock, row.mark) for row in session.execute(rows).scalars()]


# Claims


def test_a_claims_clock_runs_from_the_first_state_of_its_stage(session: Session, load: Load) -> None:
    """Not anew with each state: reported on Monday, three business days, whatever happened in between."""
    load(claims=[])
    push(session, "REGISTERED", "11-23T10:00")
    push(session, "SURVEYED", "11-24T10:00")
    push(session, "ASSESSING", "11-25T10:00")
    assert sla.target_of(session.get(Claim, CLAIM)).due_at == at("11-27T00:00")


def test_a_claims_clock_stands_still_while_papers_are_missing(session: Session, load: Load) -> None:
    """Nothing is warned of or late meanwhile; afterwards the days are added."""
    load(claims=[])
    push(session, "REGISTERED", "11-23T10:00")
    push(session, "DOCS_PARTIAL", "11-24T10:00")
    assert sla.target_of(session.get(Claim, CLAIM)) is None
    assert [line for line in sweep.run(session, at("12-20T10:00")) if "warned" in line or "escalated" in line] == []
    push(session, "DOCS_SUBMITTED", "11-26T10:00")
    assert sla.target_of(session.get(Claim, CLAIM)).due_at == at("12-01T00:00")


def test_a_new_stage_begins_a_new_clock(session: Session, load: Load) -> None:
    """Assessed in time; disputed, and assessed again; then agreed."""
    load(claims=[])
    for status, moment in (("ASSESSING", "11-23T10:00"), ("ASSESSED", "11-24T10:00"), ("DISPUTED", "11-25T10:00")):
        push(session, status, moment)
    push(session, "ASSESSING", "11-30T10:00")
    assert sla.target_of(session.get(Claim, CLAIM)).started_at == at("11-30T10:00")
    push(session, "AGREED", "12-02T10:00")
    push(session, "PAYING", "12-03T10:00")
    assert sla.target_of(session.get(Claim, CLAIM)).due_at == at("12-12T00:00")  # seven business days


@pytest.mark.parametrize(
    ("changes", "warned", "late"),
    [
        ({"estimated_loss_yuan": 800}, "11-23T22:00", "11-24T10:00"),  # twelve hours inside, 24 in public (conflict 5)
        ({"estimated_loss_yuan": 5000}, "11-26T06:48", "11-27T00:00"),  # 80 % of 86 hours
    ],
)
def test_a_claim_is_warned_of_before_and_escalated_behind(
    session: Session, load: Load, changes: dict[str, Any], warned: str, late: str
) -> None:
    """Each once, however often the clocks run."""
    load(claims=[])
    push(session, "ASSESSING", "11-23T10:00", **changes)

    def lines(moment: datetime) -> list[str]:
        return [line.split()[0] for line in sweep.run(session, moment)]

    early = at(warned) - 15 * timedelta(minutes=1)
    assert (lines(early), lines(at(warned) + SECOND), lines(at(late))) == ([], ["warned"], [])
    assert (lines(at(late) + SECOND), lines(at(late) + 9 * DAY)) == (["escalated"], [])
    assert marks(session, CLAIM) == [(Clock.CLAIM, Mark.WARNED), (Clock.CLAIM, Mark.BREACHED)]
    assert [row.mark for row in clocks.open_marks(session)] == [Mark.BREACHED]
    push(session, "ASSESSED", "12-01T10:00", **changes)
    sweep.run(session, at("12-01T11:00"))
    assert clocks.open_marks(session) == []


def test_the_share_that_warns_can_be_set(session: Session, load: Load) -> None:
    """SLA_WARN_SHARE; a wrong one stops the start."""
    load(claims=[])
    push(session, "ASSESSING", "11-23T10:00")
    assert sweep.run(session, at("11-25T06:00"), 0.5) == [f"warned {CLAIM} assessment"]


def test_a_late_claim_has_one_escalation_for_one_target(session: Session, load: Load) -> None:
    """A further state of the same stage is not late a second time."""
    load(claims=[])
    push(session, "REGISTERED", "11-23T10:00")
    sweep.run(session, at("12-01T10:00"))
    push(session, "SURVEYED", "12-02T10:00")
    lines = [line for line in sweep.run(session, at("12-03T10:00")) if line.startswith("escalated")]
    assert lines == []
    assert told(session).count("claim_overdue") == 1


# Complaints


def test_a_missed_first_feedback_warns_and_escalates(session: Session, complaint: Complaint) -> None:
    """80 % of 24 hours, then one level up, told, with the reason in the log."""
    assert sweep.run(session, MONDAY + 19 * HOUR) == []
    assert sweep.run(session, MONDAY + 20 * HOUR) == [f"warned {complaint.no} first_feedback"]
    lines = sweep.run(session, MONDAY + DAY + SECOND)
    assert lines == [f"breached {complaint.no} first_feedback", f"escalated {complaint.no} specialist"]
    assert complaint.level is ComplaintLevel.SPECIALIST
    assert sweep.run(session, MONDAY + DAY + HOUR) == []
    assert "complaint.escalated" in told(session)


def test_each_level_has_two_business_days_and_never_goes_outside_by_itself(
    session: Session, complaint: Complaint
) -> None:
    """The way outside follows from the customer's word only (A081)."""
    for n in range(60):
        sweep.run(session, MONDAY + n * 12 * HOUR)
    assert complaint.level is ComplaintLevel.CROSS_DEPARTMENT
    steps = select(ComplaintEvent.data).where(ComplaintEvent.action == "escalate").order_by(ComplaintEvent.id)
    assert [(row["from"], row["to"]) for row in session.execute(steps).scalars()] == [
        ("first_line", "specialist"),
        ("specialist", "cross_department"),
    ]
    breached = [clock for clock, mark in marks(session, complaint.no) if mark is Mark.BREACHED]
    assert breached == [Clock.FIRST_FEEDBACK, Clock.LEVEL, Clock.LEVEL, Clock.LEGAL]


def test_after_a_long_pause_one_run_catches_up_and_the_next_does_nothing(
    session: Session, complaint: Complaint
) -> None:
    """Everything that passed is kept; the complaint goes up one level, whose clock begins now."""
    later = MONDAY + 40 * DAY
    lines = sweep.run(session, later)
    assert lines == [
        f"breached {complaint.no} first_feedback",
        f"breached {complaint.no} level",
        f"breached {complaint.no} legal",
        f"escalated {complaint.no} specialist",
    ]
    assert complaint.level_due > later
    assert sweep.run(session, later) == []


def test_waiting_for_the_customer_stops_the_service_clocks_but_not_the_law(
    session: Session, complaint: Complaint, people: dict[str, Agent]
) -> None:
    """Until he writes; then they run on by what was left."""
    complaint_desk.wait_for_customer(session, complaint.no, people["chen"], "请客户补充照片", MONDAY + HOUR)
    assert sweep.run(session, MONDAY + 9 * DAY) == []
    conversations.post_text(session, complaint.conversation_id, "m1", "照片已经上传", MONDAY + 9 * DAY)
    assert sweep.run(session, MONDAY + 9 * DAY + HOUR) == [f"resumed {complaint.no}"]
    assert complaint.waiting_since is None
    assert complaint.first_feedback_due == MONDAY + 10 * DAY - HOUR
    assert complaint.level_due == at("12-05T00:00")
    assert complaint.legal_due == at("12-09T00:00")
    assert f"warned {complaint.no} legal" in sweep.run(session, at("12-06T10:00"))


def test_an_agent_says_that_the_customer_has_acted(
    session: Session, complaint: Complaint, people: dict[str, Agent]
) -> None:
    """On the telephone, for instance."""
    complaint_desk.wait_for_customer(session, complaint.no, people["chen"], "等客户回电", MONDAY)
    complaint_desk.go_on(session, complaint.no, people["chen"], "客户已来电", MONDAY + 3 * HOUR)
    assert complaint.first_feedback_due == MONDAY + DAY + 3 * HOUR


# Follow-ups


@pytest.mark.parametrize(
    ("status", "days", "name"),
    [("DOCS_SUBMITTED", 3, "after_3_days"), ("ASSESSED", 5, "after_5_days"), ("PAID", 7, "after_7_days")],
)
def test_follow_ups_come_after_calendar_days_once(
    session: Session, load: Load, tmp_path: Any, door: Any, status: str, days: int, name: str
) -> None:
    """Three, five and seven (A110); the sentence has no gap and is compliant."""
    load(claims=[])
    push(session, status, "11-20T10:00", missing_documents=["driving_licence"])
    due = at("11-20T10:00") + days * DAY
    assert [line for line in sweep.run(session, due - SECOND) if "follow_up" in line] == []
    assert f"follow_up {CLAIM} {name}" in sweep.run(session, due)
    assert [line for line in sweep.run(session, due + DAY) if "follow_up" in line] == []
    notice = session.execute(select(Notice).where(Notice.name == f"follow_up.{name}")).scalar_one()
    said = draft_of(notice, read_settings({"VAR_DIR": str(tmp_path)})).text
    assert "{" not in said
    assert door.review(said).out == said


@pytest.mark.parametrize("status", list(ClaimStatus))
def test_a_follow_up_that_no_longer_fits_is_left_out(session: Session, load: Load, status: ClaimStatus) -> None:
    """Papers of a claim that is paid by now; a payment that was a long time ago."""
    load(claims=[])
    push(session, "DOCS_SUBMITTED", "11-20T10:00")
    push(session, status.value, "11-21T10:00")
    names = [line.split()[2] for line in sweep.run(session, at("11-23T12:00")) if line.startswith("follow_up")]
    fits = status.value in ("DOCS_SUBMITTED", "DOCS_PARTIAL", "ASSESSING")
    assert names == (["after_3_days"] if fits else [])


def test_old_claims_that_are_loaded_are_not_followed_up(session: Session, load: Load) -> None:
    """A customer is not told of days long past."""
    load(claims=[claim(status="PAID", status_at="2026-06-01T10:00:00+08:00")])
    assert sweep.run(session, MONDAY) == []


# Conversations


def test_passing_on_begins_the_time_in_the_queue_anew(
    session: Session, opened: Open, people: dict[str, Agent], now: datetime
) -> None:
    """What took an hour with the first agent does not time out at once."""
    row = opened()
    handover.request(session, row.id, HandoverReason.ASKED, now, parse_hours("00:00-24:00"))
    handover.accept(session, row.id, people["chen"], now)
    handover.requeue(session, row.id, people["chen"], "specialist", "", now + HOUR)
    assert sweep.run(session, now + HOUR + SECOND) == []
    assert sweep.run(session, now + HOUR + 30 * timedelta(minutes=1)) == [f"queue_timeout {row.id}"]


def test_a_forgotten_conversation_ends_by_itself_unrated(
    session: Session, opened: Open, people: dict[str, Agent], now: datetime
) -> None:
    """Long after the customer's session; nobody is asked for a rating."""
    row: Conversation = opened(None, now)
    handover.take_over(session, row.id, people["chen"], now)
    assert sweep.run(session, row.expires_at + HOUR) == []
    assert sweep.run(session, row.expires_at + 13 * HOUR) == [f"expired {row.id}"]
    assert row.owner is Owner.CLOSED
    assert session.execute(select(Handover.state)).scalar_one() is HandoverState.EXPIRED
    assert told(session) == []
