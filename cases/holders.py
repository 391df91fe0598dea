"""Which agents had a conversation: who took it, who was given it, who spoke in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Agent, AuditEntry, Handover, Message

TAKEN = "desk.accept"  # passing on empties the stay's agent; the audit log still knows who took it


def of(session: Session, conversation_id: str, until: datetime) -> list[str]:
    """Their usernames, as far as they had it by then."""
    stays = select(Handover.agent_id).where(
        Handover.conversation_id == conversation_id, Handover.agent_id.is_not(None), Handover.accepted_at <= until
    )
    spoke = select(Message.agent_id).where(
        Message.conversation_id == conversation_id, Message.agent_id.is_not(None), Message.at <= until
    )
    ids = {*session.execute(stays).scalars(), *session.execute(spoke).scalars()}
    named = set(session.execute(select(Agent.username).where(Agent.id.in_(ids))).scalars())
    took = select(AuditEntry.actor).where(
        AuditEntry.action == TAKEN, AuditEntry.subject == conversation_id, AuditEntry.at <= until
    )
    return sorted(named | {actor.partition(":")[2] for actor in session.execute(took).scalars()})
