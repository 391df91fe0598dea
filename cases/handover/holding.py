"""What an agent does with a conversation's ownership: take it, pass it on, hand it back, end it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases import conversations, risk, roles
from cases.enums import HandoverReason, HandoverState, Owner, Turn
from cases.errors import AlreadyTaken, Conflict, NotAllowed, Refused
from cases.handover.queue import change_owner, open_handover
from cases.models import Agent, Conversation, Handover, Message
from cases.roles import May


def accept(session: Session, conversation_id: str, agent: Agent, now: datetime) -> Conversation:
    """An agent takes a queued conversation. Raises AlreadyTaken when another agent did, Conflict otherwise."""
    conversation = conversations.lock(session, conversation_id)
    if conversation.owner is Owner.HUMAN:
        raise _taken(session, conversation)
    if conversation.owner is not Owner.QUEUED:
        raise Conflict("not queued")
    waiting = open_handover(session, conversation_id)
    if not roles.may_take(session, agent, waiting):
        raise NotAllowed("passed on to another role, or a complaint about him")
    _take(session, conversation, Owner.QUEUED, agent)
    waiting.state, waiting.accepted_at, waiting.agent_id = HandoverState.ACCEPTED, now, agent.id
    return conversation


def take_over(session: Session, conversation_id: str, agent: Agent, now: datetime) -> Conversation:
    """An agent takes a conversation that the bot has, without being asked."""
    conversation = conversations.lock(session, conversation_id)
    if conversation.owner is Owner.QUEUED:
        return accept(session, conversation_id, agent, now)
    if conversation.owner is Owner.HUMAN:
        raise _taken(session, conversation)
    if conversation.owner is not Owner.BOT:
        raise Conflict("closed")
    if roles.kept_from(session, agent, conversation, ended=False):
        raise NotAllowed("a complaint about him")
    _take(session, conversation, Owner.BOT, agent)
    session.add(
        Handover(
            conversation_id=conversation_id,
            reason=HandoverReason.TAKEN_OVER,
            priority=10,
            ahead=int(risk.is_first(session, conversation)),
            flags=[],
            summary="",
            state=HandoverState.ACCEPTED,
            requested_at=now,
            accepted_at=now,
            agent_id=agent.id,
        )
    )
    session.flush()
    return conversation


def _taken(session: Session, conversation: Conversation) -> AlreadyTaken:
    holder = session.get(Agent, conversation.agent_id) if conversation.agent_id else None
    return AlreadyTaken(conversation.id, holder.name if holder else None)


def reassign(session: Session, conversation_id: str, by: Agent, to: Agent, note: str, now: datetime) -> Conversation:
    """A supervisor gives a conversation that waits or that an agent has to another agent."""
    roles.require(by, May.REASSIGN)
    conversation = conversations.lock(session, conversation_id)
    if conversation.owner not in (Owner.HUMAN, Owner.QUEUED) or conversation.agent_id == to.id:
        raise Conflict("no person's, not waiting, or his already")
    if not to.active:
        raise NotAllowed("a closed account")
    stay = open_handover(session, conversation_id)
    if roles.kept_from(session, by, conversation, stay.reason):
        raise NotAllowed("a complaint about him")
    if roles.kept_from(session, to, conversation, stay.reason, ended=False):
        raise Refused("party")
    _take(session, conversation, conversation.owner, to)
    stay.state, stay.agent_id, stay.accepted_at = HandoverState.ACCEPTED, to.id, stay.accepted_at or now
    stay.summary, stay.wanted_role = f"{stay.summary}\n{note}".strip(), None
    session.flush()
    return conversation


def _take(session: Session, conversation: Conversation, old: Owner, agent: Agent) -> None:
    change_owner(session, conversation, old, Owner.HUMAN, agent_id=agent.id, human_epoch=Conversation.epoch + 1)
    session.execute(
        update(Message)
        .where(Message.conversation_id == conversation.id, Message.turn == Turn.PENDING)
        .values(turn=Turn.DONE)
        .execution_options(synchronize_session=False)
    )


def held_by(session: Session, conversation_id: str, agent: Agent) -> Conversation:
    """The conversation, locked, if that agent has it. Raises NotAllowed for another's, Conflict if no person has it."""
    conversation = conversations.lock(session, conversation_id)
    if conversation.owner is not Owner.HUMAN:
        raise Conflict("no person has it")
    if conversation.agent_id != agent.id:
        raise NotAllowed("another agent has it")
    return conversation


def hand_back(session: Session, conversation_id: str, agent: Agent, note: str, now: datetime) -> Handover:
    """Give a conversation back to the bot, with a note that the bot may use."""
    return _end(session, conversation_id, agent, Owner.BOT, HandoverState.RETURNED, note, now)


def close(session: Session, conversation_id: str, agent: Agent, summary: str, now: datetime) -> Handover:
    """End a conversation with a service summary."""
    return _end(session, conversation_id, agent, Owner.CLOSED, HandoverState.CLOSED, summary, now)


def _end(
    session: Session, conversation_id: str, agent: Agent, owner: Owner, state: HandoverState, note: str, now: datetime
) -> Handover:
    conversation = held_by(session, conversation_id, agent)
    stay = open_handover(session, conversation_id)
    stay.state, stay.ended_at, stay.note = state, now, note
    change_owner(session, conversation, Owner.HUMAN, owner, agent_id=None)
    return stay


def expire(session: Session, conversation_id: str, now: datetime) -> None:
    """End a conversation by itself, long after the customer's session was over; nobody is asked for a rating then."""
    conversation = conversations.lock(session, conversation_id)
    stay = open_handover(session, conversation_id)
    stay.state, stay.ended_at = HandoverState.EXPIRED, now
    change_owner(session, conversation, Owner.HUMAN, Owner.CLOSED, agent_id=None)


def requeue(session: Session, conversation_id: str, agent: Agent, role: str, note: str, now: datetime) -> None:
    """Pass a conversation on to another role or colleague: back into the queue with a note."""
    conversation = held_by(session, conversation_id, agent)
    stay = open_handover(session, conversation_id)
    stay.state, stay.wanted_role, stay.agent_id, stay.accepted_at = HandoverState.WAITING, role, None, None
    stay.queued_at = now  # the queue's time-out starts anew; the place in the queue stays that of who waited longest
    stay.summary = f"{stay.summary}\n{note}".strip()
    change_owner(session, conversation, Owner.HUMAN, Owner.QUEUED, agent_id=None)


def last_note(session: Session, conversation_id: str) -> str:
    """What the agent noted when the conversation came back last, or an empty text."""
    row = (
        session.execute(
            select(Handover.note)
            .where(Handover.conversation_id == conversation_id, Handover.state == HandoverState.RETURNED)
            .order_by(Handover.id.desc())
        )
        .scalars()
        .first()
    )
    return row or ""
