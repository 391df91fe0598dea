"""Invitations to rate, and the labels that help to serve a customer."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, UniqueConstraint

from cases.enums import Rated
from cases.models.base import Base, UtcDateTime, code


class Invitation(Base):
    """That a customer was asked to rate a case: once a case, the agent fixed at that time."""

    __tablename__ = "invitations"
    id = Column(Integer, primary_key=True)
    case_key = Column(String(80), nullable=False, unique=True)  # claim:NO or conversation:ID
    subject = Column(code(Rated), nullable=False)
    conversation_id = Column(ForeignKey("conversations.id"), index=True)
    customer_key = Column(ForeignKey("customers.key"), index=True)
    claim_no = Column(ForeignKey("claims.claim_no"), index=True)
    handover_id = Column(ForeignKey("handovers.id"))
    agent_id = Column(ForeignKey("agents.id"))
    created_at = Column(UtcDateTime, nullable=False)
    answered_at = Column(UtcDateTime)


class ServiceTag(Base):
    """A label on a customer (or on a guest's conversation) such as “prefers online”; internal, deletable (A118)."""

    __tablename__ = "service_tags"
    id = Column(Integer, primary_key=True)
    owner = Column(String(80), nullable=False, index=True)  # customer:KEY or conversation:ID
    tag = Column(String(24), nullable=False)
    agent_id = Column(ForeignKey("agents.id"), nullable=False)
    at = Column(UtcDateTime, nullable=False)
    __table_args__ = (UniqueConstraint("owner", "tag"),)


class TagsOff(Base):
    """That labels are switched off for a customer; there are none then, and none can be added (A118)."""

    __tablename__ = "tags_off"
    owner = Column(String(80), primary_key=True)
    agent_id = Column(ForeignKey("agents.id"), nullable=False)
    at = Column(UtcDateTime, nullable=False)
