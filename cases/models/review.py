"""What editors look through to make the understanding better, and what customers thought of single answers."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Text

from cases.enums import ReviewKind, ReviewState
from cases.models.base import Base, Json, UtcDateTime, code


class ReviewItem(Base):
    """One question that went wrong or may have: masked, no names or plates, no way back to the customer."""

    __tablename__ = "review_items"
    id = Column(Integer, primary_key=True)
    key = Column(String(64), nullable=False, unique=True)  # of the occasion, so that it is noted once
    kind = Column(code(ReviewKind), nullable=False)
    text = Column(Text, nullable=False)
    candidates = Column(Json, nullable=False, default=list)  # [{"faq_id", "score"}], likeliest first
    picked = Column(String(64))  # the topic that the customer chose when asked back
    answered = Column(String(64))  # the topic whose answer was no use
    conversation = Column(String(16), nullable=False, index=True)  # a hash: tells what belongs together, not to whom
    model = Column(String(64))
    at = Column(UtcDateTime, nullable=False, index=True)
    state = Column(code(ReviewState), nullable=False, index=True)


class Feedback(Base):
    """Thumbs up or down for one message of the bot, given once."""

    __tablename__ = "feedback"
    id = Column(Integer, primary_key=True)
    message_id = Column(ForeignKey("messages.id"), nullable=False, unique=True)
    useful = Column(Boolean, nullable=False)
    at = Column(UtcDateTime, nullable=False)
