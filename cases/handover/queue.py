"""The way to a person: asked for, queued by urgency, cancelled, or recorded as a call-back (law.md B.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from cases import callbacks, conversations, risk
from cases.clock import local
from cases.enums import HandoverReason, HandoverState, Owner
from cases.errors import Conflict
from cases.models import Conversation, Handover
from cases.settings import ServiceHours

PRIORITIES = {
    HandoverReason.SELF_HARM: 100,
    HandoverReason.INJURY: 90,
    HandoverReason.ESCALATED_OUTSIDE: 80,
    HandoverReason.FRAUD: 75,
    HandoverReason.COMPLAINT: 70,
    HandoverReason.ANGRY: 60,
}
QUEUE_TIMEOUT = timedelta(minutes=30)


class Outcome(str, Enum):
    """What became of a wish for a person."""

    QUEUED = "queued"
    ALREADY_QUEUED = "already_queued"
    CALLBACK = "callback"
    WITH_PERSON = "with_person"
    ELSEWHERE = "elsewhere"  # a person has the customer's other conversation


@dataclass(frozen=True)
class Requested:
    """The outcome, the place in the queue (1 = next), and when a call-back is due."""

    outcome: Outcome
    position: int = 0
    callback_at: datetime | None = None


def request(
    session: Session,
    conversation_id: str,
    reason: HandoverReason,
    now: datetime,
    hours: ServiceHours,
    *,
    summary: str = "",
    flags: Sequence[str] = (),
) -> Requested:
    """Put a conversation into the queue, or record a call-back when nobody is there.

    Asking again keeps the one place in the queue and adds what is new: flags, a more urgent reason, a summary.
    """
    conversation = conversations.lock(session, conversation_id)
    conversation.flags = sorted({*conversation.flags, *flags})
    if conversation.owner is Owner.HUMAN:
        return Requested(Outcome.WITH_PERSON)
    if conversation.owner is Owner.QUEUED:
        return _add_to_queued(session, conversation, reason, summary, flags)
    if joined := _join_other(session, conversation, reason, summary, flags):
        return joined
    if not hours.contains(local(now).time()):
        return _record_callback(session, conversation, reason, summary, now, hours)
    change_owner(session, conversation, Owner.BOT, Owner.QUEUED)
    session.add(
        Handover(
            conversation_id=conversation_id,
            reason=reason,
            priority=PRIORITIES.get(reason, 10),
            ahead=int(risk.is_first(session, conversation)),
            flags=sorted(flags),
            summary=summary,
            state=HandoverState.WAITING,
            requested_at=now,
            queued_at=now,
        )
    )
    session.flush()
    return Requested(Outcome.QUEUED, position(session, conversation_id))


def _join_other(
    session: Session, conversation: Conversation, reason: HandoverReason, summary: str, flags: Sequence[str]
) -> Requested | None:
    """A customer has one open hand-over, whichever channel he asks on: the other conversation's is added to."""
    if conversation.customer_key is None:
        return None
    mine = (Conversation.customer_key == conversation.customer_key, Conversation.id != conversation.id)
    other = (
        session.execute(
            select(Conversation).where(
                *mine, Conversation.owner.in_([Owner.QUEUED, Owner.HUMAN]), _another_channel(conversation)
            )
        )
        .scalars()
        .first()
    )
    if other is None:
        return None
    joined = _add_to_queued(session, other, reason, summary, flags)
    return joined if other.owner is Owner.QUEUED else Requested(Outcome.ELSEWHERE)


def _another_channel(conversation: Conversation) -> Any:
    """Beyond the app both sides have to be seen: two conversations in the app stay two, as before."""
    if conversation.channel_user is not None:
        return Conversation.channel.is_not(None)
    return Conversation.channel_user.is_not(None)


def _add_to_queued(
    session: Session, conversation: Conversation, reason: HandoverReason, summary: str, flags: Sequence[str]
) -> Requested:
    waiting = open_handover(session, conversation.id)
    waiting.flags = sorted({*waiting.flags, *flags})
    if PRIORITIES.get(reason, 10) > waiting.priority:
        waiting.reason, waiting.priority = reason, PRIORITIES[reason]
    if summary and summary not in waiting.summary:
        waiting.summary = f"{waiting.summary}\n{summary}".strip()
    session.flush()
    return Requested(Outcome.ALREADY_QUEUED, position(session, conversation.id))


def _record_callback(
    session: Session,
    conversation: Conversation,
    reason: HandoverReason,
    summary: str,
    now: datetime,
    hours: ServiceHours,
) -> Requested:
    due = callbacks.record(session, conversation.id, reason, summary, callbacks.next_opening(now, hours))
    return Requested(Outcome.CALLBACK, callback_at=due)


def change_owner(session: Session, conversation: Conversation, old: Owner, new: Owner, **values: Any) -> None:
    """One compare-and-set on owner and epoch. Raises Conflict when somebody else was first."""
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id, Conversation.owner == old, Conversation.epoch == conversation.epoch)
        .values(owner=new, epoch=Conversation.epoch + 1, **values)
        .execution_options(synchronize_session=False)
    ).rowcount
    if not changed:
        raise Conflict("owner")
    session.refresh(conversation)


def open_handover(session: Session, conversation_id: str) -> Handover:
    """The stay that is waiting or accepted. Raises Conflict when there is none."""
    found = (
        session.execute(
            select(Handover)
            .where(
                Handover.conversation_id == conversation_id,
                Handover.state.in_([HandoverState.WAITING, HandoverState.ACCEPTED]),
            )
            .order_by(Handover.id.desc())
        )
        .scalars()
        .first()
    )
    if found is None:
        raise Conflict("no open hand-over")
    return found


def position(session: Session, conversation_id: str) -> int:
    """The place in the queue: 1 is next. Urgent ones go first; among equals those who are followed up first (A117),
    then whoever waits longest.
    """
    mine = open_handover(session, conversation_id)
    equal = Handover.priority == mine.priority
    ahead = (
        select(func.count())
        .select_from(Handover)
        .where(
            Handover.state == HandoverState.WAITING,
            (Handover.priority > mine.priority)
            | (equal & (Handover.ahead > mine.ahead))
            | (equal & (Handover.ahead == mine.ahead) & (Handover.requested_at < mine.requested_at))
            | (
                equal
                & (Handover.ahead == mine.ahead)
                & (Handover.requested_at == mine.requested_at)
                & (Handover.id < mine.id)
            ),
        )
    )
    return int(session.execute(ahead).scalar_one()) + 1


def cancel(
    session: Session, conversation_id: str, now: datetime, state: HandoverState = HandoverState.CANCELLED
) -> bool:
    """Leave the queue, by the customer's wish or a time-out; False when the conversation is not queued."""
    conversation = conversations.lock(session, conversation_id)
    if conversation.owner is not Owner.QUEUED:
        return False
    waiting = open_handover(session, conversation_id)
    waiting.state, waiting.ended_at = state, now
    change_owner(session, conversation, Owner.QUEUED, Owner.BOT)
    return True
