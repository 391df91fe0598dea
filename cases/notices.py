"""Reminders: recorded once for an occasion, told in the customer's newest conversation (service-rules A035, A110)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.enums import Owner
from cases.models import Conversation, Notice


def record(
    session: Session,
    now: datetime,
    key: str,
    name: str,
    *,
    customer_key: str | None = None,
    conversation_id: str | None = None,
    **values: Any,
) -> bool:
    """Record a reminder unless its occasion was recorded before."""
    if session.execute(select(Notice.id).where(Notice.key == key)).first():
        return False
    session.add(
        Notice(
            key=key,
            name=name,
            customer_key=customer_key,
            conversation_id=conversation_id,
            values=values,
            created_at=now,
        )
    )
    session.flush()
    return True


def due(session: Session, now: datetime, limit: int = 100) -> list[Notice]:
    """What has not been told yet and can be told now, oldest first; who cannot be reached holds nobody up."""
    reachable = select(Conversation.id).where(
        Conversation.customer_key == Notice.customer_key,
        Conversation.expires_at > now,
        Conversation.owner != Owner.CLOSED,
    )
    rows = select(Notice).where(Notice.sent_at.is_(None), Notice.conversation_id.is_not(None) | reachable.exists())
    locked = (
        rows.order_by(Notice.id).limit(limit).with_for_update(of=Notice, skip_locked=True)
    )  # worker and desk both tell
    return list(session.execute(locked).scalars())


def conversation_for(session: Session, notice: Notice, now: datetime) -> Conversation | None:
    """Where a reminder can be told: its own conversation, or the customer's newest that is still open."""
    if notice.conversation_id:
        return session.get(Conversation, notice.conversation_id)
    mine = select(Conversation).where(
        Conversation.customer_key == notice.customer_key,
        Conversation.expires_at > now,
        Conversation.owner != Owner.CLOSED,
    )
    return session.execute(mine.order_by(Conversation.active_at.desc())).scalars().first()
