"""Complaints on PostgreSQL, where two write at once: nothing is lost, and what has ended is not added to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cases import agents, commands, complaint_desk, complaint_work, conversations
from cases.clock import parse_moment
from cases.db import Database
from cases.enums import ComplaintCategory, ComplaintState, Role
from cases.models import Agent, Complaint
from tests.desk_rows import filed
from tests.postgres_server import postgres
from tests.rows import PASSWORD, WANG, load_two

pytestmark = pytest.mark.postgres
MONDAY = parse_moment("2026-11-23T10:00:00+08:00")


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    """A migrated database with two customers and a supervisor."""
    with postgres() as url:
        commands.migrate(url)
        database = Database(url)
        with database.write() as session:
            load_two(session)
            agents.set_password(session, "lead", PASSWORD, role=Role.SUPERVISOR)
        yield database
        database.dispose()


def begun(server: Database, category: ComplaintCategory) -> tuple[str, str]:
    """A conversation and a complaint of Ms Wang."""
    with server.write() as session:
        made = conversations.open_conversation(session, MONDAY, customer_key=WANG)
        row = conversations.get(session, made.conversation_id)
        return row.id, str(filed(session, row, MONDAY, f"first {row.id}", category=category).no)


def waits(server: Database, done: Future[Any]) -> bool:
    """Whether a transaction waits for a row that another has, before it is done."""
    query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not done.done():
        with server.read() as session:
            if session.execute(query).scalar_one():
                return True
    return False


def meanwhile(
    server: Database,
    change: Callable[[Session], Any],
    then: Callable[[Session], Any],
    after: Callable[[Session], Any] = Session.flush,
) -> Any:
    """Begin `then` before `change` is committed, which goes on with `after`; what `then` gave."""

    def run() -> Any:
        with server.write() as session:
            return then(session)

    with ThreadPoolExecutor(1) as pool:
        with server.write() as session:
            change(session)
            session.flush()
            second = pool.submit(run)
            assert waits(server, second)
            after(session)
        return second.result(timeout=30)


def lead(session: Session) -> Agent:
    found: Agent = session.query(Agent).filter_by(username="lead").one()
    return found


def test_what_is_withdrawn_meanwhile_is_not_added_to(server: Database) -> None:
    """The detail, given in another conversation, begins a complaint of its own."""
    _, no = begun(server, ComplaintCategory.DELAY)

    def add(session: Session) -> str:
        other = conversations.open_conversation(session, MONDAY, customer_key=WANG)
        row = conversations.get(session, other.conversation_id)
        return str(filed(session, row, MONDAY, "meanwhile", category=ComplaintCategory.DELAY).no)

    other = meanwhile(server, lambda s: complaint_desk.withdraw(s, no, lead(s), "客户撤回", MONDAY), add)
    assert other != no
    with server.read() as session:
        assert session.get(Complaint, no).state is ComplaintState.WITHDRAWN
        assert session.get(Complaint, other).state is ComplaintState.OPEN


def test_what_is_noted_meanwhile_is_not_lost(server: Database) -> None:
    """A party and a detail with its flag: both stand."""
    conversation_id, no = begun(server, ComplaintCategory.AMOUNT)

    def note(session: Session) -> None:
        row = complaint_work.lock(session, no)
        row.parties, row.flags = ["lead"], ["injury"]

    def add(session: Session) -> None:
        known = session.get(Complaint, no)  # as it was before
        assert known.parties == []
        row = conversations.get(session, conversation_id)
        filed(session, row, MONDAY, "lost", category=ComplaintCategory.AMOUNT, flags=("media",), about="zhou")

    meanwhile(server, note, add)
    with server.read() as session:
        row = session.get(Complaint, no)
        assert (row.parties, row.flags) == (["lead", "zhou"], ["injury", "media", "repeated"])


def test_the_customers_withdrawal_waits_for_his_conversation(server: Database) -> None:
    """As filing does: conversation first, then complaint, so that the two never wait for each other."""
    conversation_id, no = begun(server, ComplaintCategory.PROCESS)
    done = meanwhile(
        server,
        lambda s: conversations.lock(s, conversation_id),
        lambda s: complaint_desk.withdraw_by_customer(s, no, conversation_id, MONDAY).state,
    )
    assert done is ComplaintState.WITHDRAWN


def test_filing_and_the_desk_do_not_wait_for_each_other(server: Database) -> None:
    """An agent works on the complaint and tells the customer, who adds to it at that moment."""
    conversation_id, no = begun(server, ComplaintCategory.OTHER)

    def add(session: Session) -> str:
        row = conversations.get(session, conversation_id)
        return str(filed(session, row, MONDAY, "both", category=ComplaintCategory.OTHER).no)

    work, told = (lambda s: complaint_work.lock(s, no)), (lambda s: conversations.lock(s, conversation_id))
    assert meanwhile(server, work, add, told) == no
