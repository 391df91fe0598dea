"""Which agents had a conversation: who took it, who was given it, who spoke in it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Agent, AuditEntry, Handover, Message

# Passing on empties the stay's agent, and who is given it next takes his place; the audit log still knows them.
TAKEN = "desk.accept"
GIVEN = "desk.reassign"  # to whom stands in its data


def of(session: Session, conversation_id: str, until: datetime) -> list[str]:
    """Their usernames, as far as they had it by then. Whoever is meant from another conversation is named by hand: to
    have closed one is no reason to be kept from a customer's complaints.
    """
    stays = select(Handover.agent_id).where(
        Handover.conversation_id == conversation_id, Handover.agent_id.is_not(None), Handover.accepted_at <= until
    )
    spoke = select(Message.agent_id).where(
        Message.conversation_id == conversation_id, Message.agent_id.is_not(None), Message.at <= until
    )
    ids = {*session.execute(stays).scalars(), *session.execute(spoke).scalars()}
    named = set(session.execute(select(Agent.username).where(Agent.id.in_(ids))).scalars())
    lines = select(AuditEntry).where(
        AuditEntry.action.in_([TAKEN, GIVEN]), AuditEntry.subject == conversation_id, AuditEntry.at <= until
    )
    return sorted(named | {_holder(line) for line in session.execute(lines).scalars()})


def _holder(line: AuditEntry) -> str:
    return str(line.data["to"]) if line.action == GIVEN else str(line.actor).partition(":")[2]
