"""Numbers that customers are told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cases import numbers
from cases.db import Database


def test_a_number_is_series_day_and_six_digits(session: Session, now: datetime) -> None:
    """TS20261122000001, then …2."""
    assert numbers.next_number(session, "TS", now) == "TS20261122000001"
    assert numbers.next_number(session, "TS", now) == "TS20261122000002"


def test_series_and_days_count_apart(session: Session, now: datetime) -> None:
    """The day is Shanghai's: 16:00 UTC begins the next."""
    numbers.next_number(session, "TS", now)
    assert numbers.next_number(session, "BA", now) == "BA20261122000001"
    assert numbers.next_number(session, "TS", now + timedelta(hours=14)) == "TS20261123000001"
    assert numbers.next_number(session, "TS", now) == "TS20261122000002"


def test_two_that_ask_at_once_get_two_numbers(database: Database, now: datetime) -> None:
    """Forty in eight threads, without a gap."""

    def take(_: int) -> str:
        with database.write() as session:
            return numbers.next_number(session, "TS", now)

    with ThreadPoolExecutor(8) as pool:
        taken = sorted(pool.map(take, range(40)))
    assert taken == [f"TS20261122{n:06d}" for n in range(1, 41)]


def test_a_number_of_a_transaction_that_failed_is_given_again(database: Database, now: datetime) -> None:
    """Nobody was told it."""
    try:
        with database.write() as session:
            numbers.next_number(session, "TS", now)
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    with database.write() as session:
        assert numbers.next_number(session, "TS", now) == "TS20261122000001"
