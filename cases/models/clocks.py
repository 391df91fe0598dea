"""How far the watched time limits have run, and what is counted for the weekly review."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Text, UniqueConstraint

from cases.enums import Clock, EventKind, Mark
from cases.models.base import Base, Json, UtcDateTime, code


class ClockMark(Base):
    """A clock that came near its end or passed it, once for each due time. `subject` is a claim or complaint number."""

    __tablename__ = "clock_marks"
    id = Column(Integer, primary_key=True)
    subject = Column(String(32), nullable=False)
    clock = Column(code(Clock), nullable=False)
    mark = Column(code(Mark), nullable=False)
    due_at = Column(UtcDateTime, nullable=False)
    at = Column(UtcDateTime, nullable=False, index=True)
    ended_at = Column(UtcDateTime, index=True)  # when the clock no longer ran: met, paused or extended
    __table_args__ = (UniqueConstraint("subject", "clock", "mark", "due_at"),)


class Event(Base):
    """Something to be counted: a wording that was stopped or changed. Texts are masked."""

    __tablename__ = "events"
    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False)
    kind = Column(code(EventKind), nullable=False)
    conversation_id = Column(String(32))
    text = Column(Text, nullable=False, default="")
    data = Column(Json, nullable=False, default=dict)
    __table_args__ = (Index(None, "kind", "at"),)
