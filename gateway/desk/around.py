"""What stands around a conversation: earlier stays with people, notes, call-backs, ratings, earlier contacts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import roles
from cases.models import Agent, Callback, Conversation, Handover, Note, Rating
from gateway.chat import shown_time

MOST_EARLIER = 20


def stay(session: Session, row: Handover) -> dict[str, Any]:
    """One stay with people."""
    return {
        "reason": row.reason.value,
        "state": row.state.value,
        "flags": row.flags,
        "summary": row.summary,
        "requested_at": shown_time(row.requested_at),
        "accepted_at": shown_time(row.accepted_at) if row.accepted_at else None,
        "ended_at": shown_time(row.ended_at) if row.ended_at else None,
        "agent_id": row.agent_id,
        "agent": _name(session, row.agent_id),
        "note": row.note,
    }


def _name(session: Session, agent_id: int | None) -> str | None:
    agent = session.get(Agent, agent_id) if agent_id else None
    return agent.name if agent else None


def notes(session: Session, row: Conversation, by: Agent | None = None) -> list[dict[str, Any]]:
    """What agents wrote for colleagues, or only what one of them wrote."""
    rows = select(Note).where(Note.conversation_id == row.id).order_by(Note.id)
    found = session.execute(rows.where(Note.agent_id == by.id) if by else rows).scalars()
    return [
        {
            "text": note.text,
            "at": shown_time(note.at),
            "agent_id": note.agent_id,
            "agent": _name(session, note.agent_id),
        }
        for note in found
    ]


def callbacks(session: Session, row: Conversation) -> list[dict[str, Any]]:
    """The calls that were promised here."""
    from gateway.desk.tools import shown_callback

    found = select(Callback).where(Callback.conversation_id == row.id).order_by(Callback.id)
    return [shown_callback(call) for call in session.execute(found).scalars()]


def ratings(session: Session, row: Conversation) -> list[dict[str, Any]]:
    """What the customer thought of this conversation."""
    found = session.execute(select(Rating).where(Rating.conversation_id == row.id).order_by(Rating.id)).scalars()
    return [
        {
            "score": rating.score,
            "dimensions": rating.dimensions or {},
            "comment": rating.comment,
            "at": shown_time(rating.at),
            "agent": _name(session, rating.agent_id),
        }
        for rating in found
    ]


def earlier(session: Session, row: Conversation, agent: Agent) -> list[dict[str, Any]]:
    """The customer's earlier contacts, newest first, with what they were about; none with a complaint about the agent
    himself.
    """
    if not row.customer_key:
        return []
    others = select(Conversation).where(
        Conversation.customer_key == row.customer_key, Conversation.id != row.id, Conversation.last_seq > 0
    )
    found = session.execute(others.order_by(Conversation.active_at.desc()).limit(MOST_EARLIER)).scalars()
    return [_contact(session, other) for other in found if not roles.kept_from(session, agent, other)]


def _contact(session: Session, row: Conversation) -> dict[str, Any]:
    stays = select(Handover).where(Handover.conversation_id == row.id).order_by(Handover.id.desc())
    last = session.execute(stays).scalars().first()
    return {
        "conversation_id": row.id,
        "at": shown_time(row.active_at),
        "channel": row.channel.value,
        "summary": last.summary if last else "",
        "reason": last.reason.value if last else None,
    }
