"""Time limits that run, stand still while the customer is to act, warn before they pass, and pass.

What was warned of and what passed is kept once for each due time (`ClockMark`), so that a sweep can run as often as it
likes and catches up after a pause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.clock import add_business_days, add_days, end_of_day, is_business_day, local
from cases.enums import Clock, Mark
from cases.models import ClockMark

WARN_SHARE = 0.8


@dataclass(frozen=True)
class Limit:
    """A length of time: hours, business days, or the law's calendar days."""

    hours: int = 0
    business_days: int = 0
    days: int = 0


@dataclass(frozen=True)
class Pause:
    """A time in which the customer was to act."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it took."""
        return self.end - self.start

    @property
    def business_days(self) -> int:
        """How many business days ended in it."""
        return business_days_between(self.start, self.end)


def business_days_between(start: datetime, end: datetime) -> int:
    """The business days behind the first day, up to and with the last one."""
    first, last = local(start).date(), local(end).date()
    return sum(is_business_day(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def due_at(start: datetime, limit: Limit, pauses: Sequence[Pause] = ()) -> datetime:
    """When a limit passes. It stands still in a pause that began before it passed; the law's days never do."""
    due = _due(start, limit, ())
    for count, pause in enumerate(pauses, 1):
        if pause.start >= due:
            break
        due = _due(start, limit, pauses[:count])
    return due


def _due(start: datetime, limit: Limit, pauses: Sequence[Pause]) -> datetime:
    if limit.hours:
        return start + timedelta(hours=limit.hours) + paused(pauses)
    if limit.business_days:
        return add_business_days(start, limit.business_days + sum(pause.business_days for pause in pauses))
    return add_days(start, limit.days)


def paused(pauses: Sequence[Pause]) -> timedelta:
    """How long all pauses took."""
    return sum((pause.length for pause in pauses), timedelta())


def warn_at(start: datetime, due: datetime, share: float, pauses: Sequence[Pause] = ()) -> datetime:
    """When that share of the running time is used up."""
    still = paused(pauses)
    return start + still + (due - start - still) * share


def moved(due: datetime, pause: Pause, limit: Limit) -> datetime:
    """A due time after a pause that began before it; one that had passed stays passed."""
    if pause.start >= due:
        return due
    if limit.hours:
        return due + pause.length
    left = business_days_between(pause.start, due - timedelta(microseconds=1))
    day = local(pause.end).date()
    while left == 0 and not is_business_day(day):
        day += timedelta(days=1)
    return add_business_days(pause.end, left) if left else end_of_day(day)


class Watch:
    """One round of looking at clocks: what is new about each, and which marks are history."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now
        self._open: dict[str, list[ClockMark]] = {}
        for row in session.execute(select(ClockMark).where(ClockMark.ended_at.is_(None))).scalars():
            self._open.setdefault(row.subject, []).append(row)

    def look(self, subject: str, clock: Clock, warn: datetime, due: datetime) -> Mark | None:
        """That a running clock warns or has passed, the first time that it is seen; None otherwise."""
        self.end(subject, clock, but=due)
        kind = self._missing(subject, clock, warn, due)
        return kind if kind and mark(self._session, self._now, subject, clock, kind, due) else None

    def _missing(self, subject: str, clock: Clock, warn: datetime, due: datetime) -> Mark | None:
        """The mark that a clock should have by now and has not."""
        if self._now < warn and self._now <= due:
            return None
        kind = Mark.BREACHED if self._now > due else Mark.WARNED
        known = (row for row in self._open.get(subject, ()) if row.clock is clock and row.mark is kind)
        return None if any(row.due_at == due for row in known) else kind

    def has_news(self, subject: str, clock: Clock, warn: datetime, due: datetime) -> bool:
        """Whether `look` would find or end something; reads only."""
        stale = any(row.clock is clock and row.due_at != due for row in self._open.get(subject, ()))
        return stale or self._missing(subject, clock, warn, due) is not None

    def end(self, subject: str, *which: Clock, but: datetime | None = None) -> None:
        """These clocks were met, stopped, or run to another due time; without `which`, all of the subject's."""
        for row in self._open.get(subject, ()):
            if (not which or row.clock in which) and row.due_at != but:
                row.ended_at = self._now

    def subjects(self, clock: Clock) -> set[str]:
        """What has open marks of a clock."""
        return {subject for subject, rows in self._open.items() if any(row.clock is clock for row in rows)}


def mark(session: Session, now: datetime, subject: str, clock: Clock, kind: Mark, due: datetime) -> bool:
    """Keep that a clock came so far; False when that was kept before for this due time, which is then open again."""
    same = (ClockMark.subject == subject, ClockMark.clock == clock, ClockMark.mark == kind, ClockMark.due_at == due)
    known = session.execute(select(ClockMark).where(*same)).scalar_one_or_none()
    if known is not None:
        known.ended_at = None
        return False
    session.add(ClockMark(subject=subject, clock=clock, mark=kind, due_at=due, at=now))
    session.flush()
    return True


def end_marks(session: Session, now: datetime, subject: str) -> None:
    """Nothing runs any more for this subject: its marks are history."""
    which = (ClockMark.subject == subject, ClockMark.ended_at.is_(None))
    session.execute(update(ClockMark).where(*which).values(ended_at=now))


def open_marks(session: Session) -> list[ClockMark]:
    """What is near its end or late now; of a clock that passed, not the warning before."""
    rows = session.execute(select(ClockMark).where(ClockMark.ended_at.is_(None)).order_by(ClockMark.due_at)).scalars()
    latest: dict[tuple[str, Clock, datetime], ClockMark] = {}
    for row in rows:
        key = (row.subject, row.clock, row.due_at)
        if key not in latest or row.mark is Mark.BREACHED:
            latest[key] = row
    return list(latest.values())
