"""What every step on a complaint shares: taking it up under a lock, in a state and at a level that allow it; telling
the customer; the pause while the customer is to act.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, clocks, complaints, conversations, notices, roles
from cases.clocks import Limit, Pause
from cases.desk_texts import written
from cases.enums import ComplaintState, Owner
from cases.errors import BadWording, NotFound, Refused
from cases.messages import Door
from cases.models import Agent, Complaint, Conversation

FIRST_FEEDBACK = Limit(hours=24)  # A078
LEVEL = Limit(business_days=complaints.LEVEL_BUSINESS_DAYS)  # A082


def take_up(
    session: Session,
    no: str,
    agent: Agent,
    *,
    states: Sequence[ComplaintState] = complaints.OPEN,
    deciding: bool = False,
) -> Complaint:
    """A complaint that this agent may work on, locked. Raises NotFound, NotAllowed, Refused for one that has ended."""
    complaint = found(session, no, agent)
    roles.require_level(agent, complaint, deciding=deciding)
    require_state(complaint, states)
    return complaint


def found(session: Session, no: str, agent: Agent) -> Complaint:
    """A complaint that this agent sees, locked. Raises NotFound alike for unknown and not for him."""
    complaint = lock(session, no)
    if complaint is None or not roles.sees(session, agent, complaint):
        raise NotFound("complaint")
    return complaint


def lock(session: Session, no: str) -> Complaint | None:
    """The complaint's row, locked until the transaction ends; its conversation first, as where a customer files or
    confirms, so that the two never wait for each other.
    """
    where = session.execute(select(Complaint.conversation_id).where(Complaint.no == no)).scalar_one_or_none()
    if where is None:
        return None
    conversations.lock(session, where)
    query = select(Complaint).where(Complaint.no == no).with_for_update().execution_options(populate_existing=True)
    row: Complaint | None = session.execute(query).scalar_one_or_none()
    return row


def require_state(complaint: Complaint, states: Sequence[ComplaintState]) -> None:
    """Raise Refused when the complaint is in another state."""
    if complaint.state not in states:
        raise Refused("complaint_ended" if complaint.state not in complaints.OPEN else "complaint_state")


def sayable(door: Door, text: str, field: str = "text", *, needed: bool = True) -> str:
    """A text that may be said to a customer. Raises BadWording where the review blocks it."""
    kept = written(text, field, needed=needed)
    review = door.review(kept)
    if getattr(review, "verdict", None) == "block":
        raise BadWording(review, kept)
    return review.out


def record(
    session: Session, complaint: Complaint, agent: Agent, now: datetime, action: str, text: str = "", **data: Any
) -> None:
    """A line in the complaint's log and one in the audit log (A083)."""
    complaints.log(session, complaint.no, now, roles.actor(agent), action, text, **data)
    audit.record(session, now, actor=roles.actor(agent), action=f"complaint.{action}", subject=complaint.no)


def conversation_of(session: Session, complaint: Complaint, now: datetime) -> Conversation | None:
    """Where the customer can be told in the chat now: the complaint's conversation, or his newest that is open."""
    open_ones = select(Conversation).where(Conversation.expires_at > now, Conversation.owner != Owner.CLOSED)
    own = session.execute(open_ones.where(Conversation.id == complaint.conversation_id)).scalar_one_or_none()
    if own is not None or not complaint.customer_key:
        return own
    mine = open_ones.where(Conversation.customer_key == complaint.customer_key).order_by(Conversation.active_at.desc())
    return session.execute(mine).scalars().first()


def tell(session: Session, complaint: Complaint, now: datetime, occasion: str, name: str, **values: Any) -> bool:
    """Have a notice told in the chat: now, or when the customer comes back; False for a guest who has gone."""
    where = conversation_of(session, complaint, now)
    if where is None and not complaint.customer_key:
        return False
    return notices.record(
        session,
        now,
        f"complaint:{complaint.no}:{occasion}",
        f"complaint.{name}",
        complaint=complaint.no,
        conversation_id=where.id if where else None,
        customer_key=None if where else complaint.customer_key,
        **values,
    )


def pause(complaint: Complaint, now: datetime) -> None:
    """The customer is to act: the service clocks stand. The legal clock runs on (law.md B.5 knows no pause)."""
    complaint.waiting_since = complaint.waiting_since or now


def resume(complaint: Complaint, now: datetime) -> None:
    """The customer has acted: the service clocks run again, later by as long as they stood."""
    if complaint.waiting_since is None:
        return
    stood = Pause(complaint.waiting_since, max(now, complaint.waiting_since))
    complaint.waiting_since = None
    if complaint.first_feedback_at is None:
        complaint.first_feedback_due = clocks.moved(complaint.first_feedback_due, stood, FIRST_FEEDBACK)
    if complaint.level_due is not None:
        complaint.level_due = clocks.moved(complaint.level_due, stood, LEVEL)
    if complaint.promised_at is not None:
        complaint.promised_at = clocks.moved(complaint.promised_at, stood, FIRST_FEEDBACK)
