"""Service targets of a claim and when they pass (service-rules A036–A039 with conflicts 5, 6 and 9).

The public commitment is what customers are told and measured by here; the internal twelve and twenty-four hours of A037
serve as warning marks only (conflict 5). A target runs from the first state of its stage on and stands still while
papers are missing, when the customer is to act.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from cases import clocks, numbers
from cases.clocks import Limit, Pause
from cases.enums import AccidentKind, ClaimStatus, Code
from cases.models import Claim, ClaimEvent, Escalation

SIMPLE_LOSS_YUAN = 1000  # A037; the 500 of A031 is about papers, not about time (conflict 6)
ONE_CAR = frozenset({AccidentKind.SINGLE, AccidentKind.GLASS, AccidentKind.SCRATCH})
ASSESSMENT = frozenset(
    {
        ClaimStatus.REGISTERED,
        ClaimStatus.DISPATCHED,
        ClaimStatus.SURVEYED,
        ClaimStatus.DOCS_SUBMITTED,
        ClaimStatus.ASSESSING,
        ClaimStatus.UNDERWRITTEN,
    }
)
PAYMENT = frozenset({ClaimStatus.AGREED, ClaimStatus.PAYING})
WATCHED = ASSESSMENT | PAYMENT
WAITING = ClaimStatus.DOCS_PARTIAL


class Tier(Code):
    """The three speeds of A037–A039."""

    SIMPLE = "simple"
    NORMAL = "normal"
    COMPLEX = "complex"


class Stage(Code):
    """What a target is about."""

    ASSESSMENT = "assessment"
    PAYMENT = "payment"


STATES = {Stage.ASSESSMENT: ASSESSMENT, Stage.PAYMENT: PAYMENT}
PUBLIC = {
    (Stage.ASSESSMENT, Tier.SIMPLE): Limit(hours=24),  # A036
    (Stage.ASSESSMENT, Tier.NORMAL): Limit(business_days=3),  # A038
    (Stage.ASSESSMENT, Tier.COMPLEX): Limit(business_days=10),  # A039
    (Stage.PAYMENT, Tier.SIMPLE): Limit(business_days=3),  # A036
    (Stage.PAYMENT, Tier.NORMAL): Limit(business_days=7),  # A038
    (Stage.PAYMENT, Tier.COMPLEX): Limit(days=10),  # the statutory ten days (Insurance Law 23): no target is shorter
}
INTERNAL = {Stage.ASSESSMENT: Limit(hours=12), Stage.PAYMENT: Limit(hours=24)}  # A037, simple claims (conflict 5)


@dataclass(frozen=True)
class Target:
    """The target that a claim stands under. `tier` is None while the loss is not known (conflict 6)."""

    stage: Stage
    tier: Tier | None
    due_at: datetime
    started_at: datetime
    pauses: tuple[Pause, ...] = ()

    def warn_at(self, share: float = clocks.WARN_SHARE) -> datetime:
        """When staff are warned: a share of the time, for simple claims the internal target (conflict 5)."""
        if self.tier is Tier.SIMPLE:
            return clocks.due_at(self.started_at, INTERNAL[self.stage], self.pauses)
        return clocks.warn_at(self.started_at, self.due_at, share, self.pauses)


def tier_of(claim: Claim) -> Tier | None:
    """The speed of a claim; anybody hurt makes it complex whatever the sum (conflict 6)."""
    if claim.injured or claim.kind is AccidentKind.INJURY:
        return Tier.COMPLEX
    if claim.estimated_loss_yuan is None:
        return None
    small = claim.kind in ONE_CAR and claim.estimated_loss_yuan < SIMPLE_LOSS_YUAN
    return Tier.SIMPLE if small else Tier.NORMAL


def target_of(claim: Claim, events: Sequence[ClaimEvent] | None = None) -> Target | None:
    """The target of the state that a claim is in; None where the customer or an outsider is to act."""
    stage = stage_of(claim.status)
    if stage is None:
        return None
    run = _run(claim, stage, history(claim) if events is None else events)
    return target_for(claim, stage, run)


def target_for(claim: Claim, stage: Stage, run: Sequence[ClaimEvent]) -> Target:
    """The target of a stage whose states were these; the newest state alone where no history is known."""
    started = run[0].at if run else claim.status_at
    pauses = tuple(Pause(row.at, after.at) for row, after in pairwise(run) if row.status is WAITING)
    limit = PUBLIC[stage, tier_of(claim) or Tier.COMPLEX]
    return Target(stage, tier_of(claim), clocks.due_at(started, limit, pauses), started, pauses)


def stage_of(status: ClaimStatus) -> Stage | None:
    """The stage that a state belongs to."""
    return next((stage for stage, states in STATES.items() if status in states), None)


def history(claim: Claim) -> list[ClaimEvent]:
    """The states that a claim went through, oldest first."""
    session = object_session(claim)
    if session is None:
        return []
    rows = select(ClaimEvent).where(ClaimEvent.claim_no == claim.claim_no).order_by(ClaimEvent.at, ClaimEvent.id)
    return list(session.execute(rows).scalars())


def _run(claim: Claim, stage: Stage, events: Sequence[ClaimEvent]) -> list[ClaimEvent]:
    """The latest unbroken run of a stage's states, missing papers in between included."""
    if not events or events[-1].status is not claim.status:
        return []
    return run_before(stage, events, len(events))


def run_before(stage: Stage, events: Sequence[ClaimEvent], end: int) -> list[ClaimEvent]:
    """The states of a stage directly before place `end`, from the first that is the company's turn."""
    start = end
    while start and (events[start - 1].status in STATES[stage] or events[start - 1].status is WAITING):
        start -= 1
    run = list(events[start:end])
    while run and run[0].status is WAITING:
        run.pop(0)
    return run


def escalate_if_late(
    session: Session, claim: Claim, now: datetime, events: Sequence[ClaimEvent] | None = None
) -> str | None:
    """The number of the escalation of a claim that is past its target, made on first sight; None for one in time."""
    target = target_of(claim, events)
    if target is None or now <= target.due_at:
        return None
    known = (
        session.execute(
            select(Escalation.no).where(Escalation.claim_no == claim.claim_no, Escalation.due_at == target.due_at)
        )
        .scalars()
        .first()
    )
    if known:
        return str(known)
    no = numbers.next_number(session, numbers.ESCALATION, now)
    session.add(Escalation(no=no, claim_no=claim.claim_no, status=claim.status, due_at=target.due_at, created_at=now))
    session.flush()
    return no
