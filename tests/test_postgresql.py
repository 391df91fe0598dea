"""The services on a real PostgreSQL: the migrations, the row locks, and what its triggers refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from cases import commands, complaints, conversations, handover, loading, numbers
from cases.db import Database
from cases.enums import ComplaintCategory, HandoverReason, ReplyBy, Role
from cases.errors import ClaimsError
from cases.models import Agent, Complaint, Handover, Message
from cases.settings import parse_hours
from tests.postgres_server import postgres
from tests.rows import CLAIM, NOW, WANG, claim, customer, policy

ALL_DAY = parse_hours("00:00-24:00")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server of the tests' own."""
    with postgres() as url:
        yield url


@pytest.fixture(scope="module")
def database(server: str) -> Iterator[Database]:
    """Migrated, with Ms Wang's claim."""
    commands.migrate(server)
    database = Database(server)
    with database.write() as session:
        loading.load(session, {"customers": [customer()], "policies": [policy()], "claims": [claim()]})
    yield database
    database.dispose()


def open_conversation(database: Database) -> str:
    """A conversation of Ms Wang's."""
    with database.write() as session:
        return conversations.open_conversation(session, NOW, customer_key=WANG).conversation_id


def race(times: int, work: Callable[[int], object]) -> list[object]:
    """What each of many simultaneous calls came to; business errors are results."""

    def attempt(number: int) -> object:
        try:
            return work(number)
        except ClaimsError as error:
            return error

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(attempt, range(times)))


def test_simultaneous_callers_get_different_numbers(database: Database) -> None:
    """Forty callers, forty numbers without a gap."""

    def number(_: int) -> str:
        with database.write() as session:
            return numbers.next_number(session, "XX", NOW)

    assert sorted(race(40, number)) == [f"XX20261122{n:06d}" for n in range(1, 41)]


def test_one_of_many_agents_gets_the_conversation(database: Database) -> None:
    """The others are told; the hand-over has one agent."""
    conversation_id = open_conversation(database)
    with database.write() as session:
        staff = [
            Agent(username=f"a{n}", name=f"a{n}", role=Role.SUPERVISOR, password_hash="-", active=True, failed_logins=0)
            for n in range(8)
        ]
        session.add_all(staff)
        handover.request(session, conversation_id, HandoverReason.ASKED, NOW, ALL_DAY)

    def take(number: int) -> str:
        with database.write() as session:
            return str(handover.accept(session, conversation_id, session.merge(staff[number]), NOW).owner)

    results = race(8, take)
    assert results.count("human") == 1
    assert sum(isinstance(result, ClaimsError) for result in results) == 7
    with database.read() as session:
        assert (
            session.execute(
                select(func.count()).select_from(Handover).where(Handover.accepted_at.is_not(None))
            ).scalar_one()
            == 1
        )


def test_a_message_that_is_posted_twice_at_once_is_one_row(database: Database) -> None:
    """Twenty retries of one client_id get the same place in the conversation."""
    conversation_id = open_conversation(database)

    def post(_: int) -> int:
        with database.write() as session:
            return conversations.post_text(session, conversation_id, "same", "免赔额怎么扣", NOW).seq

    assert set(race(20, post)) == {1}
    with database.read() as session:
        assert session.execute(select(func.count()).where(Message.conversation_id == conversation_id)).scalar_one() == 1


def test_a_complaint_that_is_retried_at_once_is_written_once(database: Database) -> None:
    """Ten attempts of one form, one complaint."""
    conversation_id = open_conversation(database)
    details = complaints.Details(
        "form", ComplaintCategory.DELAY, "一直没人联系", "尽快处理", ReplyBy.APP, claim_no=CLAIM
    )

    def file(_: int) -> str:
        with database.write() as session:
            return str(complaints.file(session, conversation_id, details, NOW).complaint.no)

    assert len(set(race(10, file))) == 1
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(Complaint)).scalar_one() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE complaint_events SET text = 'x'",
        "DELETE FROM complaint_events",
        "UPDATE audit_log SET actor = 'x'",
        "DELETE FROM audit_log",
    ],
)
def test_logs_cannot_be_edited(database: Database, statement: str) -> None:
    """The database itself refuses (A083)."""
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(text(statement))
