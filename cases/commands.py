"""What `python -m cases` can do: load data, run the clocks, keep the agents' accounts, make the database.

Each function does one thing and returns the lines to print. Errors are the family of `cases.errors`.
"""

from __future__ import annotations

import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cases import agents, audit, clock, loading
from cases.db import Database
from cases.enums import Role
from cases.errors import Invalid, LoadError, NotFound, SettingsError
from cases.models import Agent, AgentSession, Customer
from cases.settings import ROOT, Settings

DEMO = ROOT / "deploy" / "demo.json"
DEMO_AGENTS = ROOT / "deploy" / "demo_agents.json"
MIN_PASSWORD = 10

# --- The database


def is_behind(url: str) -> bool:
    """Whether the database lacks a migration. Raises SettingsError when it does not answer."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and not path.exists():
        return True
    engine = create_engine(url, future=True)
    try:
        with engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_heads()
    except OperationalError as error:
        raise SettingsError(f"DATABASE_URL names a database that does not answer: {_first_line(error)}") from None
    finally:
        engine.dispose()
    return set(present) != set(ScriptDirectory.from_config(_alembic(url)).get_heads())


def migrate(url: str) -> list[str]:
    """Bring the database to the newest schema. Raises SettingsError when it does not answer."""
    from alembic import command

    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    try:
        command.upgrade(_alembic(url), "head")
    except OperationalError as error:
        raise SettingsError(f"DATABASE_URL names a database that does not answer: {_first_line(error)}") from None
    return ["the database is up to date"]


def open_database(settings: Settings) -> Database:
    """The database for a command. With the embedded default it is made on first use; another one has to be migrated."""
    if is_behind(settings.database_url):
        if not settings.embedded:
            raise SettingsError("The database lacks a migration: run python -m cases migrate")
        migrate(settings.database_url)
    return Database(settings.database_url)


def _alembic(url: str) -> Any:
    from alembic.config import Config

    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["url"] = url
    return config


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", error)).strip().splitlines()[0]


# --- Data


def load_file(settings: Settings, path: Path) -> list[str]:
    """Insert or update everything in a load file, or nothing. Raises LoadError, which names the first wrong row."""
    with open_database(settings).write() as session:
        loaded = loading.load(session, _read_json(path))
    counts = f"{loaded.customers} customers, {loaded.policies} policies, {loaded.claims} claims"
    return [f"loaded {counts}; {len(loaded.changed)} claims changed state"]


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise LoadError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise LoadError(f"{path} is not JSON: {error}") from None


def sweep(settings: Settings, now: datetime) -> list[str]:
    """Run the clocks, the reminders and the follow-ups once."""
    from cases import sweep as sweeping

    with open_database(settings).write() as session:
        return sweeping.run(session, now, settings.sla_warn_share)


# --- Agents


def add_agent(settings: Settings, username: str, role: str | None, name: str | None, password: str | None) -> list[str]:
    """Make an account or change its password, name and role; a password that is not given is made and printed once.

    An account keeps the role that it has where none is given; a new one begins at the first line.
    """
    word = password or secrets.token_urlsafe(12)
    if len(word) < MIN_PASSWORD:
        raise Invalid("password", f"the password must have at least {MIN_PASSWORD} characters")
    if not 0 < len(username) <= 32 or not username.isprintable():
        raise Invalid("username", "the user name must have 1 to 32 printable characters")
    with open_database(settings).write() as session:
        agent = agents.set_password(session, username, word, name=name, role=Role(role) if role else None)
        agent.active = True
        _audit(session, "agent.set", username, role=agent.role.value)
    return [f"{username} ({agent.role})" + ("" if password else f": password {word}")]


def _audit(session: Session, action: str, username: str, **data: str) -> None:
    audit.record(session, clock.utc_now(), actor="system", action=action, subject=username, **data)


def list_agents(settings: Settings) -> list[str]:
    """One line an account."""
    with open_database(settings).read() as session:
        rows = session.execute(select(Agent).order_by(Agent.username)).scalars().all()
    return [f"{row.username}\t{row.role}\t{row.name}\t{'active' if row.active else 'disabled'}" for row in rows]


def change_role(settings: Settings, username: str, role: str) -> list[str]:
    """Give an account another role; it counts with the next request. Raises NotFound."""
    with open_database(settings).write() as session:
        agent = session.execute(select(Agent).where(Agent.username == username)).scalar_one_or_none()
        if agent is None:
            raise NotFound(f"there is no agent {username}")
        before, agent.role = agent.role, Role(role)
        _audit(session, "agent.role", username, before=before.value, after=role)
    return [f"{username} ({role})"]


def disable_agent(settings: Settings, username: str) -> list[str]:
    """Close an account and end its sessions. Raises NotFound."""
    with open_database(settings).write() as session:
        agent = session.execute(select(Agent).where(Agent.username == username)).scalar_one_or_none()
        if agent is None:
            raise NotFound(f"there is no agent {username}")
        agent.active = False
        _audit(session, "agent.disable", username)
        for row in session.execute(select(AgentSession).where(AgentSession.agent_id == agent.id)).scalars():
            session.delete(row)
    return [f"{username} is disabled"]


# --- The demo


def load_demo(settings: Settings) -> list[str]:
    """The demo's customers, claims and agents, once. Raises SettingsError with a database server."""
    if not settings.embedded:
        raise SettingsError("The demo data belongs to the embedded default; DATABASE_URL names a database server")
    done = []
    with open_database(settings).write() as session:
        if session.execute(select(func.count()).select_from(Customer)).scalar_one() == 0:
            loaded = loading.load(session, _read_json(DEMO))
            done.append(f"demo data: {loaded.customers} customers, {loaded.policies} policies, {loaded.claims} claims")
        made = _demo_agents(session, settings.var / "secrets" / "demo_logins.json")
    return done + ([f"demo agents: {' '.join(made)}"] if made else [])


def _demo_agents(session: Session, kept: Path) -> list[str]:
    """Make the demo's agents that are missing; their passwords are kept in a file for `make run` to print."""
    words = json.loads(kept.read_text()) if kept.exists() else {}
    present = set(session.execute(select(Agent.username)).scalars())
    made = []
    for row in json.loads(DEMO_AGENTS.read_text(encoding="utf-8")):
        if row["username"] not in present or row["username"] not in words:
            words.setdefault(row["username"], secrets.token_urlsafe(9))
            agents.set_password(
                session, row["username"], words[row["username"]], name=row["name"], role=Role(row["role"])
            )
            made.append(row["username"])
    if made:
        _write_private(kept, json.dumps(words, indent=2) + "\n")
    return made


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(text)
    os.replace(fresh, path)
