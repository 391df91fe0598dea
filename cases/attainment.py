"""How often published targets were kept (A036, A135): claims by speed and stage, complaints by clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import clock, sla
from cases.enums import ClaimStatus
from cases.models import Claim, ClaimEvent, Complaint, ComplaintEvent
from cases.sla import Stage

MET_BY = {
    Stage.ASSESSMENT: frozenset({ClaimStatus.ASSESSED, ClaimStatus.AGREED, ClaimStatus.REJECTED}),
    Stage.PAYMENT: frozenset({ClaimStatus.PAID, ClaimStatus.CLOSED}),
}
Kept = tuple[str, datetime, bool]  # which target, when it was met or passed, whether it was met in time


def of_week(session: Session, start: datetime, end: datetime, now: datetime) -> list[dict[str, Any]]:
    """Each target that was met or missed between two moments: how often, and how often in time."""
    counted: defaultdict[str, list[bool]] = defaultdict(list)
    for name, at, kept in (*_claims(session, now), *_complaints(session, now)):
        if start <= at < end:
            counted[name].append(kept)
    return [
        {"name": name, "total": len(kept), "attained": sum(kept), "rate": round(sum(kept) / len(kept), 4)}
        for name, kept in sorted(counted.items())
    ]


def _claims(session: Session, now: datetime) -> Iterator[Kept]:
    histories: defaultdict[str, list[ClaimEvent]] = defaultdict(list)
    for event in session.execute(select(ClaimEvent).order_by(ClaimEvent.at, ClaimEvent.id)).scalars():
        histories[event.claim_no].append(event)
    claims = {claim.claim_no: claim for claim in session.execute(select(Claim)).scalars()}
    for no, events in histories.items():
        yield from _stages(claims[no], events, now)


def _stages(claim: Claim, events: list[ClaimEvent], now: datetime) -> Iterator[Kept]:
    """The stages of one claim that came to their end, and the one that is late now."""
    for place, event in enumerate(events):
        for stage, ends in MET_BY.items():
            run = sla.run_before(stage, events, place) if event.status in ends else []
            if run and place and events[place - 1] is run[-1]:
                due = sla.target_for(claim, stage, run).due_at
                yield _name(claim, stage), event.at, event.at <= due
    target = sla.target_of(claim, events)
    if target is not None and target.due_at < now:
        yield _name(claim, target.stage), target.due_at, False


def _name(claim: Claim, stage: Stage) -> str:
    tier = sla.tier_of(claim)
    return f"{tier or 'unknown'}_{stage}"


def _complaints(session: Session, now: datetime) -> Iterator[Kept]:
    """First feedback within 24 hours (A078), a level within two business days (A082), the answer within the law."""
    for row in session.execute(select(Complaint)).scalars():
        if row.first_feedback_at:
            yield "first_feedback", row.first_feedback_at, row.first_feedback_at <= row.first_feedback_due
        elif row.first_feedback_due < now and row.closed_at is None:
            yield "first_feedback", row.first_feedback_due, False
    yield from _steps(session)


def _steps(session: Session) -> Iterator[Kept]:
    """Levels and legal limits, as the log has them: met by an answer or a step up, in time or not."""
    rows = select(ComplaintEvent).where(ComplaintEvent.action.in_(["answer", "escalate"])).order_by(ComplaintEvent.id)
    answered: set[str] = set()
    for row in session.execute(rows).scalars():
        if due := row.data.get("level_due"):
            yield "level", row.at, row.at <= clock.parse_moment(due)
        if row.action == "answer" and row.complaint_no not in answered:
            answered.add(row.complaint_no)
            yield "legal", row.at, row.at <= clock.parse_moment(row.data["legal_due"])
