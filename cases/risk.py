"""Who is followed up first (service-rules A117): an internal label that makes itself, with its reason.

It puts a customer first in the agents' queue among equals and on the specialists' list, and does nothing else: it is
never shown or told to him and no reason to refuse or slow anything (conflict 4). A supervisor removes it with a reason;
the same complaint or claim does not bring it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, roles
from cases.desk_enums import RiskKind
from cases.desk_texts import written
from cases.enums import AccidentKind, Coverage, HandoverState
from cases.errors import NotFound
from cases.models import Agent, Claim, Complaint, Conversation, Handover, Policy, RiskLabel
from cases.owners import owner_of
from cases.platforms import insert_new
from cases.roles import May

REPEATED = "repeated"  # the flag of a complaint (`cases.complaints.repeated` states the rule)
# What pays for a loss of a kind; of injuries no single limit says anything.
PAID_BY = {
    AccidentKind.SINGLE: {Coverage.OWN_DAMAGE},
    AccidentKind.THEFT: {Coverage.OWN_DAMAGE},
    AccidentKind.GLASS: {Coverage.OWN_DAMAGE},
    AccidentKind.FLOOD: {Coverage.OWN_DAMAGE},
    AccidentKind.FIRE: {Coverage.OWN_DAMAGE},
    AccidentKind.SCRATCH: {Coverage.SCRATCH},
    AccidentKind.TWO_PARTY: {Coverage.OWN_DAMAGE, Coverage.THIRD_PARTY, Coverage.COMPULSORY},
    AccidentKind.PROPERTY: {Coverage.THIRD_PARTY, Coverage.COMPULSORY},
}


def note_complaint(session: Session, conversation: Conversation, complaint: Complaint, now: datetime) -> None:
    """Label a customer whose complaint is a repeated one."""
    if REPEATED in complaint.flags:
        _label(session, owner_of(conversation), RiskKind.REPEATED, complaint.no, {}, now)


def note_claim(session: Session, claim: Claim, policy: Policy, now: datetime) -> None:
    """Label a customer whose claim is estimated above its policy's limit, with the figures of now; a corrected estimate
    takes it away until it is above the limit again.
    """
    limit, owner = limit_of(claim, policy), f"customer:{policy.customer_key}"
    if limit is not None and claim.estimated_loss_yuan is not None and claim.estimated_loss_yuan > limit:
        figures = {"loss": claim.estimated_loss_yuan, "limit": limit}
        _label(session, owner, RiskKind.AMOUNT, claim.claim_no, figures, now)
    elif (known := _known(session, owner, RiskKind.AMOUNT, claim.claim_no)) and known.removed_at is None:
        known.removed_at = now  # by nobody: what was followed up stays so when it comes back
        session.flush()
        _audit(session, now, "remove", known)
        _put_ahead(session, owner)


def limit_of(claim: Claim, policy: Policy) -> float | None:
    """What the covers that pay for this kind of loss pay at most; None where a limit is not known."""
    paying = [row for row in policy.coverages if row["code"] in PAID_BY.get(claim.kind, ())]
    limits = [row.get("limit_yuan") for row in paying]
    return sum(limits) if limits and all(limit is not None for limit in limits) else None


def _label(session: Session, owner: str, kind: RiskKind, subject: str, data: dict[str, Any], now: datetime) -> None:
    """Once for a reason, with its newest figures; one that an agent removed does not come back."""
    values = {"owner": owner, "kind": kind, "subject": subject}
    new = insert_new(session, RiskLabel, **values, data=data, at=now)
    label: RiskLabel = session.execute(_of_reason(owner, kind, subject)).scalar_one()
    label.data = data
    if not new and (label.removed_at is None or label.removed_by is not None):
        return
    label.removed_at = None
    session.flush()
    _audit(session, now, "label", label)
    _put_ahead(session, owner)


def _audit(session: Session, now: datetime, what: str, label: RiskLabel) -> None:
    """What the label did by itself."""
    audit.record(
        session, now, actor="system", action=f"risk.{what}", subject=label.owner[:64],
        kind=label.kind.value, of=label.subject,
    )  # fmt: skip


def _known(session: Session, owner: str, kind: RiskKind, subject: str) -> RiskLabel | None:
    row: RiskLabel | None = session.execute(_of_reason(owner, kind, subject)).scalar_one_or_none()
    return row


def _of_reason(owner: str, kind: RiskKind, subject: str) -> Any:
    return select(RiskLabel).where(RiskLabel.owner == owner, RiskLabel.kind == kind, RiskLabel.subject == subject)


def _put_ahead(session: Session, owner: str) -> None:
    """Give what waits of this customer its place among equals."""
    whose, _, key = owner.partition(":")
    mine = Conversation.customer_key == key if whose == "customer" else Conversation.id == key
    waiting = select(Handover).join(Conversation, Conversation.id == Handover.conversation_id)
    ahead = int(bool(_active(session, owner)))
    for stay in session.execute(waiting.where(mine, Handover.state == HandoverState.WAITING)).scalars():
        stay.ahead = ahead
    session.flush()


def _active(session: Session, owner: str) -> list[RiskLabel]:
    rows = select(RiskLabel).where(RiskLabel.owner == owner, RiskLabel.removed_at.is_(None)).order_by(RiskLabel.id)
    return list(session.execute(rows).scalars())


def is_first(session: Session, conversation: Conversation) -> bool:
    """Whether this customer goes first among equals."""
    return bool(_active(session, owner_of(conversation)))


def of(session: Session, conversation: Conversation, agent: Agent) -> list[RiskLabel]:
    """Why a customer is followed up first; a complaint about the agent himself is not named to him."""
    return _nameable(session, _active(session, owner_of(conversation)), agent)


def _nameable(session: Session, labels: Sequence[RiskLabel], agent: Agent) -> list[RiskLabel]:
    complaints = {label.subject: session.get(Complaint, label.subject) for label in labels}
    return [
        label for label in labels if not ((row := complaints[label.subject]) is not None and roles.is_party(agent, row))
    ]


def to_follow_up(session: Session, agent: Agent) -> list[RiskLabel]:
    """What specialists have still to follow up, the oldest first."""
    roles.require(agent, May.FOLLOW_UP_FIRST)
    rows = select(RiskLabel).where(RiskLabel.removed_at.is_(None), RiskLabel.followed_up_at.is_(None))
    return _nameable(session, list(session.execute(rows.order_by(RiskLabel.id)).scalars()), agent)


def follow_up(session: Session, label_id: int, agent: Agent, text: str, now: datetime) -> RiskLabel:
    """A specialist followed the customer up; the label stays."""
    roles.require(agent, May.FOLLOW_UP_FIRST)
    label = _found(session, label_id, agent)
    label.followed_up_at, label.followed_up_by = label.followed_up_at or now, label.followed_up_by or agent.id
    audit.record(
        session, now, actor=roles.actor(agent), action="risk.follow_up", subject=label.owner[:64],
        reason=written(text, "note"), kind=label.kind.value, of=label.subject,
    )  # fmt: skip
    return label


def remove(session: Session, label_id: int, agent: Agent, reason: str, now: datetime) -> RiskLabel:
    """A supervisor takes it away, with the reason; the same complaint or claim does not bring it back."""
    roles.require(agent, May.REMOVE_RISK)
    label, why = _found(session, label_id, agent), written(reason, "reason")
    label.removed_at, label.removed_by = now, agent.id
    session.flush()
    _put_ahead(session, label.owner)
    audit.record(
        session, now, actor=roles.actor(agent), action="risk.remove", subject=label.owner[:64],
        reason=why, kind=label.kind.value, of=label.subject,
    )  # fmt: skip
    return label


def _found(session: Session, label_id: int, agent: Agent) -> RiskLabel:
    row = session.execute(select(RiskLabel).where(RiskLabel.id == label_id).with_for_update()).scalar_one_or_none()
    if row is None or row.removed_at is not None or not _nameable(session, [row], agent):
        raise NotFound("label")
    return row
