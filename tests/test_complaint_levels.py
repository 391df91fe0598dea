"""Levels of a complaint, its legal limit, and what may be offered for it (A076, A077, A081–A083, conflicts 1 to 3)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import complaint_levels, complaint_replies, schemes
from cases.clock import parse_moment
from cases.enums import ComplaintLevel, SchemeKind
from cases.errors import BadWording, Invalid, NotAllowed, NotFound, Refused
from cases.messages import Door
from cases.models import Callback, Complaint
from tests.conftest import Open
from tests.desk_rows import Staff, filed, log_of, told
from tests.rows import DAY, MONDAY

# Levels


def test_the_ladder_has_four_steps_with_two_business_days_each(
    session: Session, complaint: Complaint, people: Staff
) -> None:
    """First line, specialists, cross-department, outside (A081, A082); the reason is logged, the customer told."""
    at = parse_moment("2026-11-27T10:00:00+08:00")  # a Friday
    seen = []
    for name in ("chen", "zhou", "lead"):
        complaint_levels.escalate(session, complaint.no, people[name], "本级无法解决", at)
        seen.append((complaint.level, complaint.level_due))
    due = parse_moment("2026-12-02T00:00:00+08:00")
    assert seen == [
        (ComplaintLevel.SPECIALIST, due),
        (ComplaintLevel.CROSS_DEPARTMENT, due),
        (ComplaintLevel.OUTSIDE, None),
    ]
    assert told(session) == ["complaint.escalated", "complaint.escalated", "complaint.outside"]
    with pytest.raises(Refused):
        complaint_levels.escalate(session, complaint.no, people["lead"], "再升级", at)


def test_escalating_needs_a_reason(session: Session, complaint: Complaint, people: Staff) -> None:
    """The basis of the decision stands in the log (A083)."""
    with pytest.raises(Invalid):
        complaint_levels.escalate(session, complaint.no, people["chen"], "", MONDAY)


# The legal limit


def test_the_legal_limit_is_extended_by_a_supervisor_step_by_step(
    session: Session, complaint: Complaint, people: Staff, door: Door
) -> None:
    """15, 30, 60 calendar days from the day it came; told each time; a service clock is not moved by it."""
    extend = complaint_replies.extend
    with pytest.raises(NotAllowed):
        extend(session, door, complaint.no, people["zhou"], 30, "情况复杂", MONDAY)
    with pytest.raises(Invalid):
        extend(session, door, complaint.no, people["lead"], 60, "情况复杂", MONDAY)
    level_due = complaint.level_due
    extend(session, door, complaint.no, people["lead"], 30, "需要第三方评估", MONDAY + DAY)
    assert complaint.legal_due == parse_moment("2026-12-24T00:00:00+08:00")
    extend(session, door, complaint.no, people["lead"], 60, "评估尚未完成", MONDAY + 20 * DAY)
    assert complaint.legal_due == parse_moment("2027-01-23T00:00:00+08:00")
    assert complaint.level_due == level_due
    assert told(session) == ["complaint.extended", "complaint.extended"]
    with pytest.raises(Invalid):
        extend(session, door, complaint.no, people["lead"], 90, "再延长", MONDAY + 20 * DAY)


def test_a_limit_that_has_passed_is_not_extended(
    session: Session, complaint: Complaint, people: Staff, door: Door
) -> None:
    """It would hide that it was missed."""
    with pytest.raises(Refused) as caught:
        complaint_replies.extend(session, door, complaint.no, people["lead"], 30, "情况复杂", MONDAY + 40 * DAY)
    assert caught.value.code == "legal_limit_over"


def test_an_extension_that_the_chat_cannot_tell_is_told_by_a_person(
    session: Session, opened: Open, people: Staff, door: Door
) -> None:
    """A guest whose session is over: a call is recorded, because the extension has to be told."""
    guest = opened(None, MONDAY)
    row = filed(session, guest, MONDAY, claim_no=None)
    complaint_replies.extend(session, door, row.no, people["lead"], 30, "情况复杂", MONDAY + 3 * DAY)
    assert session.execute(select(Callback.summary)).scalar_one() == row.no


# Compensation


def test_schemes_are_off_until_a_supervisor_approves_one(
    session: Session, complaint: Complaint, people: Staff, door: Door
) -> None:
    """With the legal department's reference; ended, it is off again (A076, A077, conflict 2)."""
    assert schemes.approved(session) == []
    with pytest.raises(NotAllowed):
        schemes.approve(session, door, people["zhou"], SchemeKind.PRIORITY, "优先加急处理", "法务2026-01", MONDAY)
    with pytest.raises(Invalid):
        schemes.approve(session, door, people["lead"], SchemeKind.PRIORITY, "优先加急处理", "", MONDAY)
    made = schemes.approve(session, door, people["lead"], SchemeKind.PRIORITY, "优先加急处理", "法务2026-01", MONDAY)
    with pytest.raises(NotAllowed):
        schemes.apply(session, complaint.no, people["chen"], made.id, "客户等待较久", MONDAY)
    schemes.apply(session, complaint.no, people["lead"], made.id, "客户等待较久", MONDAY)
    assert log_of(session, complaint.no)[-1] == ("agent:lead", "scheme")
    schemes.end(session, people["lead"], made.id, MONDAY)
    with pytest.raises(NotFound):
        schemes.apply(session, complaint.no, people["lead"], made.id, "再次", MONDAY)


@pytest.mark.parametrize(
    "name",
    [
        "全额赔付",
        "返现200元",
        "赠送代金券",
        "次年保费折扣",
        "主动延长赔付周期1天",
        "免费保养一次",
        "减免手续费",
        "现金红包",
    ],
)
def test_what_the_conflicts_section_forbids_is_no_scheme(
    session: Session, people: Staff, door: Door, name: str
) -> None:
    """Conflicts 1 to 3, Insurance Law 116(4): whoever approves it."""
    with pytest.raises((Invalid, BadWording)):
        schemes.approve(session, door, people["root"], SchemeKind.PRIORITY, name, "法务2026-01", MONDAY)
