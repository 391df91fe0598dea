"""Agents and their log-ins."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String

from cases.enums import Role
from cases.models.base import Base, UtcDateTime, code


class Agent(Base):
    """A member of staff who works at the desk."""

    __tablename__ = "agents"
    id = Column(Integer, primary_key=True)
    username = Column(String(32), nullable=False, unique=True)
    name = Column(String(32), nullable=False)
    role = Column(code(Role), nullable=False)
    password_hash = Column(String(200), nullable=False)
    active = Column(Boolean, nullable=False, default=True)
    failed_logins = Column(Integer, nullable=False, default=0)
    locked_until = Column(UtcDateTime)
    seen_at = Column(UtcDateTime)


class AgentSession(Base):
    """A log-in at the desk; the cookie holds the token whose hash is kept here."""

    __tablename__ = "agent_sessions"
    token_hash = Column(String(64), primary_key=True)
    agent_id = Column(ForeignKey("agents.id"), nullable=False, index=True)
    csrf = Column(String(64), nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    seen_at = Column(UtcDateTime, nullable=False)
    expires_at = Column(UtcDateTime, nullable=False)
