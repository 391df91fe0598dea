"""Time: aware UTC inside, Asia/Shanghai at the edge, business days by the public calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(timezone.utc)


def local(moment: datetime) -> datetime:
    """The same moment on a clock in Shanghai."""
    return moment.astimezone(SHANGHAI)


def parse_moment(text: str) -> datetime:
    """An ISO 8601 text as aware UTC; a text without an offset is Shanghai time. Raises ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
    try:
        return aware.astimezone(timezone.utc)
    except OverflowError:
        raise ValueError(f"out of range: {text}") from None


@lru_cache(maxsize=4096)
def is_business_day(day: date) -> bool:
    """Whether offices work on that day.

    Public holidays and make-up days come from `chinese_calendar`. Beyond the years it knows, Monday to Friday
    counts as working: the stated default until the State Council's notice is in the package (law.md B.1).
    """
    from chinese_calendar import is_workday

    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def add_business_days(start: datetime, days: int) -> datetime:
    """The end of the last of `days` business days after `start`; the first day does not count (Civil Code 201)."""
    day = local(start).date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_business_day(day)
    return end_of_day(day)


def add_days(start: datetime, days: int) -> datetime:
    """The end of the calendar day `days` after `start`, moved past a holiday at its end (Civil Code 201, 203)."""
    day = local(start).date() + timedelta(days=days)
    while not is_business_day(day):
        day += timedelta(days=1)
    return end_of_day(day)


def end_of_day(day: date) -> datetime:
    """24:00 of that day in Shanghai, as UTC."""
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI)
    return midnight.astimezone(timezone.utc)
