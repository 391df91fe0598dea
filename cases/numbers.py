"""Numbers that customers are told: a series, the day in Shanghai, six digits (contract: TS20261121000001)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.clock import local
from cases.models import Counter

COMPLAINT = "TS"
REPORT = "BA"
APPOINTMENT = "YY"
ESCALATION = "SJ"


def next_number(session: Session, series: str, now: datetime) -> str:
    """The next number of a series for that day; the row lock makes two callers get two numbers."""
    day = f"{local(now):%Y%m%d}"
    bump = update(Counter).where(Counter.series == series, Counter.day == day).values(value=Counter.value + 1)
    if session.execute(bump.execution_options(synchronize_session=False)).rowcount == 0:
        _start(session, series, day)
        session.execute(bump.execution_options(synchronize_session=False))
    value = session.execute(select(Counter.value).where(Counter.series == series, Counter.day == day)).scalar_one()
    return f"{series}{day}{value:06d}"


def _start(session: Session, series: str, day: str) -> None:
    """Begin a day's series at zero, unless another process just did."""
    from sqlalchemy.dialects import postgresql, sqlite

    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(Counter).values(series=series, day=day, value=0).on_conflict_do_nothing())
