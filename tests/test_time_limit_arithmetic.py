"""When a time limit passes: business days, pauses, the end of the calendar."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from cases import clocks
from cases.clock import parse_moment
from cases.clocks import Limit, Pause
from tests.rows import at


@pytest.mark.parametrize(
    ("start", "limit", "pauses", "due"),
    [
        ("11-23T10:00", Limit(hours=24), [], "11-24T10:00"),
        ("11-23T10:00", Limit(hours=24), [("11-23T12:00", "11-25T12:00")], "11-26T10:00"),
        ("11-23T10:00", Limit(hours=24), [("11-24T11:00", "11-28T11:00")], "11-24T10:00"),  # too late to count
        ("11-23T10:00", Limit(business_days=3), [], "11-27T00:00"),
        ("11-23T10:00", Limit(business_days=3), [("11-24T09:00", "11-25T09:00")], "11-28T00:00"),
        ("11-23T10:00", Limit(business_days=3), [("11-24T09:00", "11-24T18:00")], "11-27T00:00"),  # within a day
        ("11-26T10:00", Limit(business_days=2), [("11-27T12:00", "11-30T12:00")], "12-02T00:00"),  # over a week-end
        ("09-30T10:00", Limit(business_days=1), [], "10-09T00:00"),  # over the National Day
        ("11-23T10:00", Limit(days=10), [("11-24T09:00", "11-30T09:00")], "12-04T00:00"),  # the law knows no pause
    ],
)
def test_when_a_limit_passes(start: str, limit: Limit, pauses: list[tuple[str, str]], due: str) -> None:
    """Hours and business days stand still while the customer is to act."""
    stood = [Pause(at(first), at(last)) for first, last in pauses]
    assert clocks.due_at(at(start), limit, stood) == at(due)


@pytest.mark.parametrize(
    ("due", "pause", "limit", "moved"),
    [
        ("11-24T10:00", ("11-23T12:00", "11-23T15:00"), Limit(hours=24), "11-24T13:00"),
        ("11-24T10:00", ("11-24T12:00", "11-26T15:00"), Limit(hours=24), "11-24T10:00"),  # it had passed
        ("11-26T00:00", ("11-24T10:00", "11-26T10:00"), Limit(business_days=2), "11-28T00:00"),
        ("11-26T00:00", ("11-25T10:00", "11-28T10:00"), Limit(business_days=2), "12-01T00:00"),  # ends on a Saturday
    ],
)
def test_a_due_time_moves_by_a_pause(due: str, pause: tuple[str, str], limit: Limit, moved: str) -> None:
    """What was left of it is left behind the pause too."""
    assert clocks.moved(at(due), Pause(at(pause[0]), at(pause[1])), limit) == at(moved)


def test_beyond_the_calendar_monday_to_friday_count(session: Session) -> None:
    """The stated default: New Year's Day 2031 counts, a Saturday does not."""
    start = parse_moment("2030-12-31T10:00:00+08:00")
    assert clocks.due_at(start, Limit(business_days=3)) == parse_moment("2031-01-04T00:00:00+08:00")
