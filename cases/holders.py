"""Which agents had a customer's conversations: who took one, who was given it, who spoke in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.models import Agent, AuditEntry, Conversation, Handover, Message

# Passing on empties the stay's agent, and who is given it next takes his place; the audit log still knows them.
TAKEN = "desk.accept"
GIVEN = "desk.reassign"  # to whom stands in its data
LATELY = timedelta(days=30)


def of(session: Session, conversation_id: str, until: datetime) -> list[str]:
    """Their usernames, as far as they had it by then; of a known customer, all his conversations of the last 30 days
    count.
    """
    which = _conversations(session, conversation_id, until)
    stays = select(Handover.agent_id).where(
        Handover.conversation_id.in_(which), Handover.agent_id.is_not(None), Handover.accepted_at <= until
    )
    spoke = select(Message.agent_id).where(
        Message.conversation_id.in_(which), Message.agent_id.is_not(None), Message.at <= until
    )
    ids = {*session.execute(stays).scalars(), *session.execute(spoke).scalars()}
    named = set(session.execute(select(Agent.username).where(Agent.id.in_(ids))).scalars())
    lines = select(AuditEntry).where(
        AuditEntry.action.in_([TAKEN, GIVEN]), AuditEntry.subject.in_(which), AuditEntry.at <= until
    )
    return sorted(named | {_holder(line) for line in session.execute(lines).scalars()})


def _conversations(session: Session, conversation_id: str, until: datetime) -> list[str]:
    which = Conversation.id == conversation_id
    known = session.execute(select(Conversation.customer_key).where(which)).scalar_one_or_none()
    if known:
        which = which | ((Conversation.customer_key == known) & (Conversation.active_at > until - LATELY))
    return list(session.execute(select(Conversation.id).where(which)).scalars())


def _holder(line: AuditEntry) -> str:
    return str(line.data["to"]) if line.action == GIVEN else str(line.actor).partition(":")[2]
