"""Where a dialogue stands, for Rasa: the few last turns and the slots, one row a conversation."""

from __future__ import annotations

from sqlalchemy import Column, String, Text

from cases.models.base import Base, UtcDateTime


class TrackerState(Base):
    """The bounded tracker of one conversation as JSON. Its texts are the masked ones."""

    __tablename__ = "tracker_states"
    conversation_id = Column(String(64), primary_key=True)
    state = Column(Text, nullable=False)
    at = Column(UtcDateTime, nullable=False)
