"""A platform's access token in the database, fetched by one process at a time, and its rests (WeChat, WeCom).

Whoever wants a new token names the one that failed. The first takes the row's lock and fetches; the others wait.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from cases.models import Platform, SeenSignature

EARLY, ALMOST = timedelta(minutes=5), timedelta(seconds=5)
LEAST_USE = timedelta(seconds=30)
LOCK = timedelta(seconds=20)
FORCE_EVERY = timedelta(minutes=5)
SIGNATURES_KEPT = timedelta(minutes=30)


def insert_new(session: Session, model: Any, **values: Any) -> bool:
    """Insert a row unless its key is there; whether it is new. Safe between processes."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(model).values(**values).on_conflict_do_nothing()  # type: ignore[attr-defined]  # either dialect
    return bool(session.execute(statement.execution_options(synchronize_session=False)).rowcount == 1)


def row(session: Session, name: str) -> Platform:
    """The platform's row, made on first use."""
    found = session.get(Platform, name, populate_existing=True)
    if found is None:
        insert_new(session, Platform, name=name)
        found = session.get(Platform, name, populate_existing=True)
    return found


def good_token(session: Session, name: str, now: datetime, *, fresh: bool = False) -> str | None:
    """The token, unless it is missing, over, or known to be refused; `fresh`: nor due to be renewed. Only reads."""
    found = session.get(Platform, name, populate_existing=True)
    if found is None or found.token is None or found.token == found.bad_token:
        return None
    until = found.renew_at if fresh else found.token_expires_at - ALMOST
    return str(found.token) if until > now else None


def refuse_token(session: Session, name: str, token: str) -> None:
    """Note that the platform refused a token, if it is the one that we hold."""
    session.execute(
        update(Platform)
        .where(Platform.name == name, Platform.token == token)
        .values(bad_token=token)
        .execution_options(synchronize_session=False)
    )


def take_refresh(session: Session, name: str, me: str, now: datetime) -> bool:
    """Become the one that fetches a new token; False while another does."""
    row(session, name)
    changed = session.execute(
        update(Platform)
        .where(Platform.name == name, or_(Platform.refresher.is_(None), Platform.refresher_until < now))
        .values(refresher=me, refresher_until=now + LOCK)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)


def may_force(session: Session, name: str, now: datetime) -> bool:
    """Whether a forced refresh is due: the platform allows only a few a day."""
    found = row(session, name)
    if found.forced_at is not None and found.forced_at > now - FORCE_EVERY:
        return False
    found.forced_at = now
    return True


def store_token(session: Session, name: str, me: str, token: str, now: datetime, life: timedelta) -> bool:
    """Keep a new token and give the lock back; False when the lock was lost meanwhile."""
    renew_at = now + max(life - EARLY, min(life / 2, LEAST_USE))
    changed = session.execute(
        update(Platform)
        .where(Platform.name == name, Platform.refresher == me)
        .values(token=token, token_expires_at=now + life, renew_at=renew_at, refresher=None, refresher_until=None)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)


def give_up_refresh(session: Session, name: str, me: str) -> None:
    """Give the lock back without a new token."""
    session.execute(
        update(Platform)
        .where(Platform.name == name, Platform.refresher == me)
        .values(refresher=None, refresher_until=None)
        .execution_options(synchronize_session=False)
    )


def pause(session: Session, name: str, code: str, until: datetime) -> None:
    """Let the platform's API rest until then."""
    found = row(session, name)
    found.paused_until, found.pause_code = until, code
    session.flush()


def paused(session: Session, name: str, now: datetime) -> str | None:
    """Why the platform's API rests, or None."""
    found = session.get(Platform, name, populate_existing=True)
    if found is None or found.paused_until is None or found.paused_until <= now:
        return None
    return str(found.pause_code)


def use_signature(session: Session, signature: str, key: str, now: datetime) -> str | None:
    """Note that a signature was used for something; what it was used for before, or None."""
    if insert_new(session, SeenSignature, signature=signature, key=key, at=now):
        return None
    return str(session.get(SeenSignature, signature).key)


def forget_signatures(session: Session, now: datetime) -> None:
    """Remove what is so old that its time stamp alone would be refused."""
    old = SeenSignature.__table__.delete().where(SeenSignature.at < now - SIGNATURES_KEPT)
    session.execute(old)
