"""Agents: accounts, log-in at the desk, lock-out, sessions that end."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import agents
from cases.agents import LoggedIn
from cases.enums import Role
from cases.errors import Locked, NotAllowed, NotFound
from cases.models import Agent, AgentSession, AuditEntry
from tests.conftest import MakeAgent
from tests.rows import PASSWORD

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def chen(make_agent: MakeAgent) -> Agent:
    return make_agent("chen")


def log_in(session: Session, at: datetime, password: str = PASSWORD) -> LoggedIn | None:
    return agents.log_in(session, "chen", password, at)


def enter(session: Session, at: datetime) -> LoggedIn:
    done = log_in(session, at)
    assert done is not None
    return done


def test_the_right_password_begins_a_session(session: Session, chen: Agent, now: datetime) -> None:
    """Cookie and CSRF token are new each time and not stored as they are."""
    one, two = enter(session, now), enter(session, now)
    assert one.agent is chen
    assert len({one.token, two.token, one.csrf, two.csrf}) == 4
    assert agents.by_token(session, one.token, now) == (chen, one.csrf)
    assert session.get(AgentSession, one.token) is None
    assert PASSWORD not in chen.password_hash
    assert chen.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize("password", ["", "x", PASSWORD + " ", PASSWORD.upper(), PASSWORD[:-1]])
def test_a_wrong_password_begins_none(session: Session, chen: Agent, now: datetime, password: str) -> None:
    """Not even a near one."""
    assert log_in(session, now, password) is None


def test_an_unknown_name_and_a_wrong_password_look_the_same(session: Session, chen: Agent, now: datetime) -> None:
    """None for both, after about the same time: the hash is computed for nobody too."""

    def took(username: str) -> float:
        began = time.perf_counter()
        assert agents.log_in(session, username, "wrong", now) is None
        return time.perf_counter() - began

    agents.log_in(session, "nobody", "wrong", now)
    unknown = min(took("nobody") for _ in range(4))
    known = min(took("chen") for _ in range(4))
    assert unknown > known / 3


def test_five_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(
    session: Session, chen: Agent, now: datetime
) -> None:
    """The right one is refused too, until the time is over."""
    for _ in range(5):
        assert log_in(session, now, "wrong") is None
    with pytest.raises(Locked) as caught:
        log_in(session, now + 15 * MINUTE - SECOND)
    assert caught.value.until == now + 15 * MINUTE
    assert log_in(session, now + 15 * MINUTE)


def test_a_right_password_forgives_the_wrong_ones(session: Session, chen: Agent, now: datetime) -> None:
    """Four and four are not eight."""
    for _ in range(2):
        for _ in range(4):
            log_in(session, now, "wrong")
        assert log_in(session, now)


def test_log_ins_are_audited(session: Session, chen: Agent, now: datetime) -> None:
    """Right, wrong and unknown; never the password."""
    log_in(session, now)
    log_in(session, now, "wrong-word")
    agents.log_in(session, "nobody" * 20, "x", now)
    entries = session.execute(select(AuditEntry).order_by(AuditEntry.id)).scalars().all()
    assert [(entry.actor[:12], entry.outcome) for entry in entries] == [
        ("agent:chen", "ok"),
        ("agent:chen", "refused"),
        ("agent:nobody", "refused"),
    ]
    assert all("wrong-word" not in f"{entry.subject}{entry.reason}{entry.data}" for entry in entries)


def test_a_session_ends_after_two_idle_hours(session: Session, chen: Agent, now: datetime) -> None:
    """To the second; work keeps it."""
    token = enter(session, now).token
    agents.by_token(session, token, now + 120 * MINUTE - SECOND)
    with pytest.raises(NotFound):
        agents.by_token(session, token, now + 120 * MINUTE)
    agents.touch(session, token, now + 90 * MINUTE)
    agents.by_token(session, token, now + 200 * MINUTE)


def test_a_session_ends_after_twelve_hours_of_work(session: Session, chen: Agent, now: datetime) -> None:
    """However busy."""
    token = enter(session, now).token
    for hour in range(12):
        agents.touch(session, token, now + timedelta(hours=hour))
    agents.by_token(session, token, now + timedelta(hours=12) - SECOND)
    with pytest.raises(NotFound):
        agents.by_token(session, token, now + timedelta(hours=12))


def test_touching_writes_at_most_once_a_minute(session: Session, chen: Agent, now: datetime) -> None:
    """A desk that polls is no load; an unknown token is no error."""
    token = enter(session, now).token
    row = session.execute(select(AgentSession)).scalar_one()
    agents.touch(session, token, now + MINUTE)
    assert row.seen_at == now
    agents.touch(session, token, now + MINUTE + SECOND)
    assert row.seen_at == now + MINUTE + SECOND
    agents.touch(session, "unknown", now)


def test_logging_out_ends_this_session_only(session: Session, chen: Agent, now: datetime) -> None:
    """The other browser stays."""
    here, there = enter(session, now), enter(session, now)
    agents.log_out(session, here.token)
    agents.log_out(session, here.token)
    with pytest.raises(NotFound):
        agents.by_token(session, here.token, now)
    assert agents.by_token(session, there.token, now)


def test_a_closed_account_ends_its_sessions(session: Session, chen: Agent, now: datetime) -> None:
    """And begins none."""
    token = enter(session, now).token
    chen.active = False
    session.flush()
    with pytest.raises(NotFound):
        agents.by_token(session, token, now)
    assert log_in(session, now) is None


def test_a_new_password_logs_out_and_unlocks(session: Session, chen: Agent, now: datetime) -> None:
    """Name and role stay unless they are given."""
    token = enter(session, now).token
    for _ in range(5):
        log_in(session, now, "wrong")
    agents.set_password(session, "chen", "another good one", role=Role.SPECIALIST)
    with pytest.raises(NotFound):
        agents.by_token(session, token, now)
    assert log_in(session, now) is None
    assert log_in(session, now, "another good one")
    assert (chen.name, chen.role) == ("小陈", Role.SPECIALIST)


@pytest.mark.parametrize("token", ["", "x", "x" * 10000, "令牌"])
def test_an_unknown_token_is_no_session(session: Session, chen: Agent, now: datetime, token: str) -> None:
    """Of whatever shape."""
    with pytest.raises(NotFound):
        agents.by_token(session, token, now)


def test_what_needs_a_role(session: Session, make_agent: MakeAgent) -> None:
    """One of those named; an administrator has all."""
    agents.require(make_agent("a", Role.SUPERVISOR), Role.SUPERVISOR, Role.SPECIALIST)
    agents.require(make_agent("b", Role.ADMINISTRATOR), Role.SUPERVISOR)
    with pytest.raises(NotAllowed):
        agents.require(make_agent("c", Role.FIRST_LINE), Role.SUPERVISOR)
