"""Agents: accounts, log-in at the desk, and who holds which session."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cases import audit
from cases.enums import Role
from cases.errors import Locked, NotAllowed, NotFound
from cases.models import Agent, AgentSession

LIFETIME = timedelta(hours=12)
IDLE = timedelta(hours=2)
MAX_FAILURES = 5
LOCK = timedelta(minutes=15)
_HASHER = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)  # OWASP's floor for argon2id


@dataclass(frozen=True)
class LoggedIn:
    """What the browser gets: the cookie's token and the CSRF token; the agent for the page."""

    agent: Agent
    token: str
    csrf: str


def set_password(
    session: Session, username: str, password: str, *, name: str | None = None, role: Role | None = None
) -> Agent:
    """Make an account, or change the password, name or role of one; an account whose password changed is logged out."""
    agent = session.execute(select(Agent).where(Agent.username == username)).scalar_one_or_none()
    if agent is None:
        agent = Agent(
            username=username, name=name or username, role=role or Role.FIRST_LINE, active=True, failed_logins=0
        )
        session.add(agent)
    agent.password_hash = _HASHER.hash(password)
    agent.name, agent.role = name or agent.name, role or agent.role
    agent.failed_logins, agent.locked_until = 0, None
    session.flush()
    session.execute(delete(AgentSession).where(AgentSession.agent_id == agent.id))
    return agent


def log_in(session: Session, username: str, password: str, now: datetime) -> LoggedIn | None:
    """Begin a session; None for a wrong name or password, which take the same time. Raises Locked."""
    agent = session.execute(select(Agent).where(Agent.username == username)).scalar_one_or_none()
    if agent is not None and agent.locked_until and agent.locked_until > now:
        raise Locked(agent.locked_until)
    right = _verify(agent.password_hash if agent else _nobody(), password)
    audit.record(
        session,
        now,
        actor=f"agent:{username[:32]}",
        action="desk.login",
        subject=username[:32],
        outcome="ok" if right and agent and agent.active else "refused",
    )
    if agent is None or not right or not agent.active:
        _count_failure(agent, now)
        return None
    agent.failed_logins, agent.seen_at = 0, now
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(
        AgentSession(
            token_hash=_hash(token),
            agent_id=agent.id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return LoggedIn(agent, token, csrf)


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash to compare with when there is no such account, so that the answer takes as long."""
    return _HASHER.hash(secrets.token_urlsafe(16))


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except VerificationError:
        return False


def _count_failure(agent: Agent | None, now: datetime) -> None:
    if agent is None:
        return
    agent.failed_logins += 1
    if agent.failed_logins >= MAX_FAILURES:
        agent.failed_logins, agent.locked_until = 0, now + LOCK


def by_token(session: Session, token: str, now: datetime) -> tuple[Agent, str]:
    """The agent behind a cookie and his CSRF token. Raises NotFound for an ended, idle or unknown session."""
    row = session.get(AgentSession, _hash(token))
    if row is None or row.expires_at <= now or row.seen_at + IDLE <= now:
        raise NotFound("session")
    agent = session.get(Agent, row.agent_id)
    if agent is None or not agent.active:
        raise NotFound("session")
    return agent, row.csrf


def touch(session: Session, token: str, now: datetime) -> None:
    """Note that the session is in use."""
    row = session.get(AgentSession, _hash(token))
    if row is not None and now - row.seen_at > timedelta(minutes=1):
        row.seen_at = now
        present(session, row.agent_id, now)


def present(session: Session, agent_id: int, now: datetime) -> None:
    """Note that the agent is at the desk; an open page counts, though it does not keep the session from expiring."""
    agent = session.get(Agent, agent_id)
    if agent is not None and (agent.seen_at is None or now - agent.seen_at > timedelta(minutes=1)):
        agent.seen_at = now


def log_out(session: Session, token: str) -> None:
    """End a session; the agent is away unless he has another."""
    row = session.get(AgentSession, _hash(token))
    if row is not None and (agent := session.get(Agent, row.agent_id)) is not None:
        agent.seen_at = None
    session.execute(delete(AgentSession).where(AgentSession.token_hash == _hash(token)))


def require(agent: Agent, *roles: Role) -> None:
    """Raise NotAllowed unless the agent has one of the roles; an administrator has all."""
    if agent.role is not Role.ADMINISTRATOR and agent.role not in roles:
        raise NotAllowed(f"needs {' or '.join(roles)}")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
