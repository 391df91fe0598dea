"""Time: Shanghai's days, business days by the public calendar, the ends of time limits."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from cases import clock


def shanghai(text: str) -> datetime:
    return clock.parse_moment(text)


def test_a_time_without_an_offset_is_shanghais() -> None:
    """All are kept in UTC."""
    noon = datetime(2026, 11, 22, 4, 0, tzinfo=timezone.utc)
    for text in (
        "2026-11-22T12:00:00",
        "2026-11-22T12:00:00+08:00",
        "2026-11-22T04:00:00Z",
        "2026-11-22T05:00:00+01:00",
    ):
        assert clock.parse_moment(text) == noon
        assert clock.parse_moment(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2026-11-22T25:00:00", "0001-01-01T00:00:00+08:00"])
def test_what_is_no_time_is_a_value_error(text: str) -> None:
    """Nothing else escapes, whatever is sent."""
    with pytest.raises(ValueError):
        clock.parse_moment(text)


def test_the_present_is_aware() -> None:
    """A naive time could mean either clock."""
    assert clock.utc_now().utcoffset() == timedelta(0)
    assert clock.local(clock.utc_now()).utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-20", True),  # a Friday
        ("2026-11-21", False),
        ("2026-01-01", False),
        ("2026-02-14", True),  # a Saturday that makes up for the Spring Festival
        ("2026-02-17", False),
        ("2026-10-01", False),
        ("2026-10-10", True),  # a Saturday that makes up for the National Day
    ],
)
def test_business_days_of_2026(day: str, works: bool) -> None:
    """As the State Council arranged them."""
    assert clock.is_business_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(("day", "works"), [("2031-10-01", True), ("2031-10-04", False), ("1999-01-01", True)])
def test_beyond_the_calendar_monday_to_friday_are_business_days(day: str, works: bool) -> None:
    """The stated default until the package knows better."""
    assert clock.is_business_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-16T09:00:00", 1, "2026-11-18T00:00:00"),  # Monday: the end of Tuesday
        ("2026-11-20T23:59:59", 1, "2026-11-24T00:00:00"),  # Friday night: the end of Monday
        ("2026-11-21T00:00:00", 1, "2026-11-24T00:00:00"),  # Saturday
        ("2026-11-16T09:00:00", 10, "2026-12-01T00:00:00"),
        ("2026-09-30T10:00:00", 1, "2026-10-09T00:00:00"),  # over the National Day
        ("2026-09-30T10:00:00", 3, "2026-10-11T00:00:00"),  # … with the Saturday that makes up for it
        ("2026-12-31T10:00:00", 1, "2027-01-02T00:00:00"),  # into a year that the calendar does not know
    ],
)
def test_business_days_end_with_the_last_of_them(start: str, days: int, end: str) -> None:
    """The first day does not count; the last one counts whole (Civil Code 201)."""
    assert clock.add_business_days(shanghai(start), days) == shanghai(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-22T10:00:00", 15, "2026-12-08T00:00:00"),
        ("2026-11-22T23:59:59", 15, "2026-12-08T00:00:00"),
        ("2026-11-23T00:00:00", 15, "2026-12-09T00:00:00"),
        ("2026-11-20T10:00:00", 15, "2026-12-08T00:00:00"),  # the fifteenth day is a Saturday
        ("2026-09-16T10:00:00", 15, "2026-10-09T00:00:00"),  # the fifteenth day is the National Day
    ],
)
def test_calendar_days_move_past_a_holiday_at_their_end(start: str, days: int, end: str) -> None:
    """Civil Code 203."""
    assert clock.add_days(shanghai(start), days) == shanghai(end)


def test_a_day_ends_at_midnight_in_shanghai() -> None:
    """16:00 UTC."""
    assert clock.end_of_day(date(2026, 11, 22)) == datetime(2026, 11, 22, 16, 0, tzinfo=timezone.utc)
