"""The audit log: who did what to which record, when, with which outcome (PIPL 51)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cases.models import AuditEntry


def record(
    session: Session,
    now: datetime,
    *,
    actor: str,
    action: str,
    subject: str,
    outcome: str = "ok",
    reason: str | None = None,
    **data: Any,
) -> None:
    """Add one line. `actor` is `customer:KEY`, `guest:CONVERSATION`, `agent:USERNAME` or `system`."""
    session.add(
        AuditEntry(at=now, actor=actor, action=action, subject=subject, outcome=outcome, reason=reason, data=data)
    )
