"""Call-backs: recorded when nobody is there, or when a customer is to be rung (law.md B.7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import conversations
from cases.clock import local, utc_now
from cases.enums import HandoverReason
from cases.models import Callback
from cases.settings import ServiceHours

WITHIN = timedelta(hours=2)


def record(session: Session, conversation_id: str, reason: HandoverReason, summary: str, start: datetime) -> datetime:
    """Record a call-back, or add to the one that is open; when it is due."""
    known = (
        session.execute(select(Callback).where(Callback.conversation_id == conversation_id, Callback.done_at.is_(None)))
        .scalars()
        .first()
    )
    if known is None:
        phone = conversations.get(session, conversation_id).contact_phone
        known = Callback(
            conversation_id=conversation_id,
            reason=reason,
            phone=phone,
            summary="",
            due_at=start + WITHIN,
            created_at=utc_now(),
        )
        session.add(known)
    if summary and summary not in known.summary:
        known.summary = f"{known.summary}\n{summary}".strip()
    session.flush()
    due: datetime = known.due_at
    return due


def end_about(session: Session, no: str, said: str, now: datetime) -> list[int]:
    """End the open call-backs about nothing but what has that number; from others its lines are taken out. `said` is
    what the customer said with it. The ids of those that ended.
    """
    rows = select(Callback).where(Callback.done_at.is_(None), Callback.summary.contains(no)).order_by(Callback.id)
    about, ended = {line.strip() for line in said.splitlines()}, []
    for row in session.execute(rows.with_for_update().execution_options(populate_existing=True)).scalars():
        rest = [line for line in row.summary.splitlines() if no not in line and line.strip() not in {*about, ""}]
        if rest:
            row.summary = "\n".join(rest)
        else:
            row.done_at = now
            ended.append(row.id)
    session.flush()
    return ended


def next_opening(now: datetime, hours: ServiceHours) -> datetime:
    """The next moment at which people are there."""
    moment = local(now)
    opening = moment.replace(hour=hours.start.hour, minute=hours.start.minute, second=0, microsecond=0)
    return opening if opening >= moment else opening + timedelta(days=1)
