"""What agents think should be done better."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Text

from cases.desk_enums import SuggestionState
from cases.models.base import Base, UtcDateTime, code


class Suggestion(Base):
    """An agent's 意见、建议 and what a supervisor made of it (A092). The text is kept masked."""

    __tablename__ = "suggestions"
    id = Column(Integer, primary_key=True)
    agent_id = Column(ForeignKey("agents.id"), nullable=False, index=True)
    text = Column(Text, nullable=False)
    topic = Column(String(40))
    complaint_no = Column(ForeignKey("complaints.no"))
    at = Column(UtcDateTime, nullable=False, index=True)
    state = Column(code(SuggestionState), nullable=False, index=True)
    note = Column(Text)
    decided_by = Column(ForeignKey("agents.id"))
    decided_at = Column(UtcDateTime, index=True)
    request_id = Column(String(80), nullable=False, unique=True)  # the form that wrote it; a retry finds the row
