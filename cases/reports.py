"""First notices of loss and wishes for a visit: written once, for staff to act on (service-rules A051, A053)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, conversations, numbers
from cases.claims import actor
from cases.models import AccidentReport, Appointment


def report_accident(
    session: Session, conversation_id: str, request_id: str, now: datetime, **values: Any
) -> AccidentReport:
    """Write a first notice of loss. `values` are the columns of AccidentReport; a repeated `request_id` finds the
    first.
    """
    row = _once(session, AccidentReport, numbers.REPORT, conversation_id, request_id, now, values)
    assert isinstance(row, AccidentReport)
    return row


def book_appointment(
    session: Session, conversation_id: str, request_id: str, now: datetime, **values: Any
) -> Appointment:
    """Record a wish for a visit. `values` are the columns of Appointment; a repeated `request_id` finds the first."""
    row = _once(
        session, Appointment, numbers.APPOINTMENT, conversation_id, request_id, now, {"state": "wished", **values}
    )
    assert isinstance(row, Appointment)
    return row


def _once(
    session: Session,
    table: Any,
    series: str,
    conversation_id: str,
    request_id: str,
    now: datetime,
    values: dict[str, Any],
) -> Any:
    conversation = conversations.lock(session, conversation_id)
    written = session.execute(select(table).where(table.request_id == request_id)).scalar_one_or_none()
    if written is not None:
        return written
    row = table(
        no=numbers.next_number(session, series, now),
        conversation_id=conversation_id,
        customer_key=conversation.customer_key,
        created_at=now,
        request_id=request_id,
        **values,
    )
    session.add(row)
    session.flush()
    audit.record(session, now, actor=actor(conversation), action=f"{table.__tablename__}.write", subject=row.no)
    return row
