"""What is to be told to a customer without having been asked."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String

from cases.models.base import Base, Json, UtcDateTime


class Notice(Base):
    """A reminder that is due. The text is made when it is sent (`faq/notices.yml`), through the one door out."""

    __tablename__ = "notices"
    id = Column(Integer, primary_key=True)
    key = Column(String(120), nullable=False, unique=True)  # names the occasion, so that it is told once
    name = Column(String(64), nullable=False)  # the path in notices.yml, dotted
    customer_key = Column(ForeignKey("customers.key"), index=True)
    conversation_id = Column(ForeignKey("conversations.id"))
    values = Column(Json, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    sent_at = Column(UtcDateTime, index=True)
