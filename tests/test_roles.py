"""Who at the desk may see and do what: the one table, in the services and not only in the routes (A048, A077)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from cases import (
    callbacks,
    complaint_desk,
    complaint_levels,
    complaint_replies,
    conversations,
    handover,
    roles,
    schemes,
)
from cases.enums import (
    ComplaintCategory,
    ComplaintLevel,
    ComplaintState,
    HandoverReason,
    ReplyBy,
    Role,
    SchemeKind,
    Severity,
)
from cases.errors import NotAllowed, NotFound
from cases.messages import Door
from cases.models import Agent, Complaint
from cases.roles import May
from cases.settings import ROOT, parse_hours
from tests.conftest import MakeAgent, Open
from tests.desk_rows import filed, staff
from tests.rows import WANG, load_two

ORDER = ("chen", "zhou", "lead", "root")
ALL_DAY = parse_hours("00:00-24:00")


@pytest.fixture
def people(make_agent: MakeAgent) -> dict[str, Agent]:
    return staff(make_agent)


@pytest.fixture
def complaint(session: Session, opened: Open, now: datetime) -> Complaint:
    load_two(session)
    return filed(session, opened(WANG), now)


def allowed(people: dict[str, Agent], work: Callable[[Agent], Any]) -> list[str]:
    """Who was allowed to do it."""
    found = []
    for name in ORDER:
        try:
            work(people[name])
            found.append(name)
        except (NotAllowed, NotFound):
            continue
    return found


def test_the_documentation_shows_the_table() -> None:
    """`python -m cases roles` prints it; what is written is what is asked."""
    assert (ROOT / "docs" / "roles.md").read_text(encoding="utf-8") == roles.as_markdown()


def test_every_permission_stands_in_the_table_and_grows_with_the_rank() -> None:
    """No role loses what a lower one has."""
    assert set(roles.TABLE) == set(May)
    for what, (who, words) in roles.TABLE.items():
        lowest = min(roles.RANK.index(role) for role in who)
        assert who == frozenset(roles.RANK[lowest:]), what
        assert words


@pytest.mark.parametrize(
    ("level", "may"),
    [
        (ComplaintLevel.FIRST_LINE, ["chen", "zhou", "lead", "root"]),
        (ComplaintLevel.SPECIALIST, ["zhou", "lead", "root"]),
        (ComplaintLevel.CROSS_DEPARTMENT, ["lead", "root"]),
        (ComplaintLevel.OUTSIDE, ["lead", "root"]),
    ],
)
def test_who_sees_and_works_on_a_complaint(
    session: Session,
    complaint: Complaint,
    people: dict[str, Agent],
    now: datetime,
    level: ComplaintLevel,
    may: list[str],
) -> None:
    """For the others it does not exist."""
    complaint.level = level
    seen = [name for name in ORDER if roles.sees(session, people[name], complaint)]
    worked = allowed(
        people,
        lambda agent: complaint_desk.check(
            session, complaint.no, agent, next(iter(complaint_desk.ComplaintCheck)), True, "", now
        ),
    )
    assert (seen, worked) == (may, may)


def test_who_worked_on_a_complaint_still_sees_it(
    session: Session, complaint: Complaint, people: dict[str, Agent], now: datetime
) -> None:
    """And may leave a note, but no longer decides."""
    complaint_levels.escalate(session, complaint.no, people["chen"], "本级无法解决", now)
    assert roles.sees(session, people["chen"], complaint)
    assert complaint_desk.note(session, complaint.no, people["chen"], "补充说明", now)
    with pytest.raises(NotAllowed):
        complaint_levels.escalate(session, complaint.no, people["chen"], "再升级", now)


def test_a_serious_complaint_is_answered_by_a_specialist(
    session: Session, complaint: Complaint, people: dict[str, Agent], door: Door, now: datetime
) -> None:
    """Though it stands at the first line (A048, A076)."""
    complaint.severity = Severity.SERIOUS

    def answer(agent: Agent) -> None:
        complaint.state = ComplaintState.OPEN
        complaint_replies.answer(session, door, complaint.no, agent, "处理意见已出具", ReplyBy.PHONE, now)

    assert allowed(people, answer) == ["zhou", "lead", "root"]


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("first_line", ["chen", "zhou", "lead", "root"]),
        ("specialist", ["zhou", "lead", "root"]),
        ("supervisor", ["lead", "root"]),
    ],
)
def test_who_takes_what_was_passed_on(
    session: Session,
    opened: Open,
    people: dict[str, Agent],
    make_agent: MakeAgent,
    now: datetime,
    role: str,
    may: list[str],
) -> None:
    """To specialists, to supervisors: not by a lower role, who does not read it either."""
    row = opened()
    first = make_agent("first", Role.SUPERVISOR, "first")
    handover.request(session, row.id, HandoverReason.ASKED, now, ALL_DAY)
    handover.accept(session, row.id, first, now)
    handover.requeue(session, row.id, first, role, "", now)
    assert allowed(people, lambda agent: roles.require_readable(session, row, agent)) == may

    def take(agent: Agent) -> None:
        handover.accept(session, row.id, agent, now)
        handover.requeue(session, row.id, agent, role, "", now)

    assert allowed(people, take) == may


def test_a_conversation_of_another_is_not_read(
    session: Session, opened: Open, people: dict[str, Agent], make_agent: MakeAgent, now: datetime
) -> None:
    """Nor one that the bot has; supervisors read all; who had it once reads it still."""
    row = opened()
    readers = lambda: allowed(people, lambda agent: roles.require_readable(session, row, agent))  # noqa: E731 - asked thrice
    assert readers() == ["lead", "root"]
    handover.take_over(session, row.id, people["chen"], now)
    assert readers() == ["chen", "lead", "root"]
    handover.hand_back(session, row.id, people["chen"], "", now)
    assert readers() == ["chen", "lead", "root"]


def test_a_call_that_is_owed_lets_one_read_unless_another_has_the_conversation(
    session: Session, opened: Open, people: dict[str, Agent], make_agent: MakeAgent, now: datetime
) -> None:
    """Read by whoever may make the call: all while the bot has it, then only its holder and supervisors."""
    row, first = opened(), make_agent("first", Role.FIRST_LINE, "first")
    callbacks.record(session, row.id, HandoverReason.LOW_RATING, "回访", now)
    readers = lambda: allowed(people, lambda agent: roles.require_readable(session, row, agent))  # noqa: E731 - asked twice
    assert readers() == ["chen", "zhou", "lead", "root"]
    handover.take_over(session, row.id, first, now)
    assert readers() == ["lead", "root"]
    roles.require_readable(session, row, first)


def test_a_call_owed_to_who_waited_for_a_higher_role_is_that_roles(
    session: Session, opened: Open, people: dict[str, Agent], make_agent: MakeAgent, now: datetime
) -> None:
    """While it waits and after nobody came; not after one of them had it."""
    row, first = opened(), make_agent("first", Role.FIRST_LINE, "first")
    handover.take_over(session, row.id, first, now)
    handover.requeue(session, row.id, first, "specialist", "", now)
    callbacks.record(session, row.id, HandoverReason.ASKED, "回电", now)
    readers = lambda: allowed(people, lambda agent: roles.require_readable(session, row, agent))  # noqa: E731 - asked thrice
    assert readers() == ["zhou", "lead", "root"]
    handover.cancel(session, row.id, now)
    assert readers() == ["zhou", "lead", "root"]
    handover.request(session, row.id, HandoverReason.ASKED, now, ALL_DAY)
    handover.accept(session, row.id, first, now)
    handover.hand_back(session, row.id, first, "", now)
    assert readers() == ["chen", "zhou", "lead", "root"]


def test_only_supervisors_reassign_extend_and_approve(
    session: Session,
    complaint: Complaint,
    opened: Open,
    people: dict[str, Agent],
    make_agent: MakeAgent,
    door: Door,
    now: datetime,
) -> None:
    """Asked in the services, whatever a route lets through."""
    row, someone, other = opened(), make_agent("a", Role.FIRST_LINE, "a"), make_agent("b", Role.FIRST_LINE, "b")
    handover.take_over(session, row.id, someone, now)

    def reassign(agent: Agent) -> None:
        to = other if row.agent_id == someone.id else someone
        handover.reassign(session, row.id, agent, to, "", now)

    def extend(agent: Agent) -> None:
        complaint.legal_days = 15
        complaint_replies.extend(session, door, complaint.no, agent, 30, "情况复杂", now)

    def approve(agent: Agent) -> None:
        schemes.approve(session, door, agent, SchemeKind.PRIORITY, "优先加急处理", "法务2026-01", now)

    for work in (reassign, extend, approve):
        assert allowed(people, work) == ["lead", "root"]
    assert conversations.get(session, row.id).agent_id in (someone.id, other.id)


def test_everybody_registers_classifies_and_takes_a_withdrawal(
    session: Session, opened: Open, people: dict[str, Agent], now: datetime
) -> None:
    """Nobody sends a customer away with his complaint."""
    load_two(session)
    for name in ORDER:
        row = filed(session, opened(WANG), now, f"r-{name}", claim_no=None, category=ComplaintCategory.OTHER)
        row.severity = Severity.SERIOUS
        complaint_desk.classify(
            session, row.no, people[name], ComplaintCategory.OTHER, Severity.SERIOUS, "核对无误", now
        )
        assert complaint_desk.withdraw(session, row.no, people[name], "客户撤回", now).closed_at == now
