"""The escalation ladder: first line → claims specialists → cross-department group → outside (service-rules A081–A083).

Two business days a level; every step with its reason in the log. Time limits that pass escalate by themselves, except
to the outside, which only follows from the customer's word.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, clocks, complaints, roles
from cases.clocks import Watch
from cases.complaint_work import LEVEL, record, take_up, tell, written
from cases.enums import Clock, ComplaintLevel, ComplaintState, Mark
from cases.errors import Refused
from cases.models import Agent, Complaint, ComplaintEvent

LADDER = list(ComplaintLevel)
SYSTEM = "system"
Running = tuple[Clock, datetime, datetime]  # which, since when, until when


def escalate(session: Session, no: str, agent: Agent, reason: str, now: datetime) -> Complaint:
    """One level up, by whoever works on it, with the basis of the decision. Raises Refused at the last level."""
    complaint = take_up(session, no, agent)
    basis = written(reason, "reason")
    record(session, complaint, agent, now, "escalate", basis, **_step(complaint))
    raise_level(session, complaint, now)
    return complaint


def escalate_alone(session: Session, complaint: Complaint, reason: str, now: datetime) -> bool:
    """One level up because a clock passed or the customer is not satisfied; False where there is none inside."""
    if complaint.level in (ComplaintLevel.CROSS_DEPARTMENT, ComplaintLevel.OUTSIDE):
        return False
    complaints.log(session, complaint.no, now, SYSTEM, "escalate", reason, **_step(complaint))
    audit.record(session, now, actor=SYSTEM, action="complaint.escalate", subject=complaint.no, reason=reason)
    raise_level(session, complaint, now)
    return True


def raise_level(session: Session, complaint: Complaint, now: datetime) -> None:
    """The next level with a clock of its own; the customer is told, at the last one of the ways outside."""
    following = next_level(complaint.level)
    if following is None:
        raise Refused("last_level")
    complaint.level, complaint.state, complaint.level_since = following, ComplaintState.OPEN, now
    complaint.waiting_since = None
    complaint.level_due = None if following is ComplaintLevel.OUTSIDE else clocks.due_at(now, LEVEL)
    name = "outside" if following is ComplaintLevel.OUTSIDE else "escalated"
    occasion = f"level:{following}:{now.isoformat()}"
    tell(session, complaint, now, occasion, name, level=following.value, at=now.isoformat())


def next_level(level: ComplaintLevel) -> ComplaintLevel | None:
    """The level above, or None at the last one."""
    place = LADDER.index(level) + 1
    return LADDER[place] if place < len(LADDER) else None


def _step(complaint: Complaint) -> dict[str, str | None]:
    """What the log keeps of a step: from where to where, and when the level was due (A082)."""
    following = next_level(complaint.level)
    due = complaint.level_due.isoformat() if complaint.level_due else None
    return {"from": complaint.level.value, "to": following.value if following else None, "level_due": due}


def running_clocks(complaint: Complaint) -> list[Running]:
    """The clocks of a complaint that run now. The legal one stops with the first answer only, for no pause (B.5)."""
    found: list[Running] = []
    if complaint.waiting_since is None and complaint.state is ComplaintState.OPEN:
        found += _service_clocks(complaint)
    if complaint.answered_at is None:
        found.append((Clock.LEGAL, complaint.created_at, complaint.legal_due))
    return found


def _service_clocks(complaint: Complaint) -> list[Running]:
    found: list[Running] = []
    if complaint.first_feedback_at is None:
        due = complaint.first_feedback_due
        found.append((Clock.FIRST_FEEDBACK, due - complaints.FIRST_FEEDBACK, due))
    elif complaint.promised_at is not None:
        found.append((Clock.PROMISED, complaint.first_feedback_at, complaint.promised_at))
    if complaint.level_due is not None:
        found.append((Clock.LEVEL, complaint.level_since or complaint.created_at, complaint.level_due))
    return found


def sweep(session: Session, now: datetime, watch: Watch, share: float) -> list[str]:
    """Warn of what is near its end, escalate what has passed; a line for each."""
    running = select(Complaint).where(Complaint.state.in_(complaints.OPEN)).order_by(Complaint.no)
    done: list[str] = []
    for complaint in list(session.execute(running.with_for_update()).scalars()):
        done += _sweep_one(session, complaint, now, watch, share)
    return done


def _sweep_one(session: Session, complaint: Complaint, now: datetime, watch: Watch, share: float) -> list[str]:
    running = running_clocks(complaint)
    watch.end(complaint.no, *(set(Clock) - {clock for clock, _, _ in running}))
    passed, done = [], []
    for clock, start, due in running:
        new = watch.look(complaint.no, clock, clocks.warn_at(start, due, share), due)
        if new is Mark.BREACHED:
            passed.append(clock.value)
            complaints.log(session, complaint.no, now, SYSTEM, "overdue", "", clock=clock.value, due=due.isoformat())
        if new:
            done.append(f"{new} {complaint.no} {clock}")
    if passed and escalate_alone(session, complaint, f"overdue: {' '.join(passed)}", now):
        done.append(f"escalated {complaint.no} {complaint.level}")
    return done


def log_system(session: Session, complaint: Complaint, now: datetime, action: str) -> None:
    """A line in the log that no person wrote."""
    complaints.log(session, complaint.no, now, SYSTEM, action)


def needs_supervisor(session: Session, complaint: Complaint) -> bool:
    """Whether the press, a regulator or a lawyer came into it and no supervisor has looked after it since (A089)."""
    if not complaints.OUTSIDE_FLAGS & set(complaint.flags):
        return False
    rows = select(ComplaintEvent).where(ComplaintEvent.complaint_no == complaint.no).order_by(ComplaintEvent.id)
    agents = session.execute(select(Agent)).scalars()
    supervisors = {roles.actor(agent) for agent in agents if roles.allows(agent, roles.May.BOARD)}
    waits = True
    for row in session.execute(rows).scalars():
        if row.action in ("filed", "added") and complaints.OUTSIDE_FLAGS & set(row.data.get("flags", ())):
            waits = True
        elif row.actor in supervisors:
            waits = False
    return waits
