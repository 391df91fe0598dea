"""The weekly review (service-rules A130–A137): figures from the rows themselves, Monday to Sunday in Shanghai.

Codes are left for the edge to name. Counted is what happened in the week; a time limit belongs to the week in which it
was met or, where it was missed, passed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import attainment
from cases.clock import SHANGHAI, local
from cases.desk_enums import SuggestionState
from cases.enums import Clock, EventKind, HandoverState, Mark, Rated, ReviewKind, Sender
from cases.errors import Invalid
from cases.models import Callback, ClockMark, Complaint, Event, Handover, Message, Rating, ReviewItem, Suggestion
from cases.ratings import LOW

NO_ANSWER = frozenset({"clarify", "out_of_scope", "smalltalk", "human"})
UNANSWERED = (ReviewKind.NOT_UNDERSTOOD, ReviewKind.HANDED_OVER, ReviewKind.OUT_OF_SCOPE)
MOST = 50


@dataclass(frozen=True)
class Week:
    """A week: its name, its Monday, and its moments."""

    name: str
    monday: date

    @property
    def start(self) -> datetime:
        """Monday 00:00 in Shanghai."""
        return datetime.combine(self.monday, datetime.min.time(), SHANGHAI)

    @property
    def end(self) -> datetime:
        """The Monday after, 00:00."""
        return self.start + timedelta(days=7)

    def of(self, column: Any) -> Any:
        """The condition that a moment lies in the week."""
        return (column >= self.start) & (column < self.end)


def parse_week(text: str) -> Week:
    """`2026-W47`. Raises Invalid."""
    match = re.fullmatch(r"(\d{4})-W(\d{2})", text, re.ASCII)
    try:
        if match is None:
            raise ValueError(text)
        return Week(text, date.fromisocalendar(int(match[1]), int(match[2]), 1))
    except ValueError:
        raise Invalid("week") from None


def weekly(session: Session, week: Week, now: datetime) -> dict[str, Any]:
    """Everything that the review shows."""
    return {
        "week": week.name,
        "from": week.monday.isoformat(),
        "to": (week.monday + timedelta(days=6)).isoformat(),
        "volume": _volume(session, week),
        "topics": _topics(session, week),
        "self_service": _self_service(session, week),
        "handover_reasons": _counted("reason", (row.reason.value for row in _handovers(session, week))),
        "first_response": _first_response(session, week),
        "resolution": _resolution(session, week),
        "targets": attainment.of_week(session, week.start, week.end, now),
        "complaints": _complaints(session, week, now),
        "satisfaction": _satisfaction(session, week),
        "unanswered": _unanswered(session, week),
        "wording": _wording(session, week),
        "suggestions": _suggestions(session, week),
    }


def _said_by_customers(session: Session, week: Week) -> Sequence[tuple[str, datetime]]:
    rows = select(Message.conversation_id, Message.at).where(Message.sender == Sender.CUSTOMER, week.of(Message.at))
    return [(row.conversation_id, row.at) for row in session.execute(rows)]


def _handovers(session: Session, week: Week) -> Sequence[Handover]:
    return list(session.execute(select(Handover).where(week.of(Handover.requested_at)).order_by(Handover.id)).scalars())


def _volume(session: Session, week: Week) -> dict[str, Any]:
    """Conversations in which a customer spoke, their messages, both by day beside the hand-overs."""
    said = _said_by_customers(session, week)
    by_day = Counter(day for _, day in {(conversation, local(at).date()) for conversation, at in said})
    handed = Counter(local(row.requested_at).date() for row in _handovers(session, week))
    days = [week.monday + timedelta(days=n) for n in range(7)]
    return {
        "conversations": len({conversation for conversation, _ in said}),
        "messages": len(said),
        "by_day": [{"day": day.isoformat(), "conversations": by_day[day], "handovers": handed[day]} for day in days],
    }


def _bot_said(session: Session, week: Week) -> Sequence[tuple[str, int, dict[str, Any]]]:
    rows = select(Message.conversation_id, Message.answers, Message.meta).where(
        Message.sender == Sender.BOT, week.of(Message.at)
    )
    return [(row.conversation_id, row.answers or 0, row.meta or {}) for row in session.execute(rows)]


def _topics(session: Session, week: Week) -> list[dict[str, Any]]:
    """The topics that were answered, once for each question; an answer in two bubbles counts once."""
    answered = {
        (conversation, seq, meta["faq_id"])
        for conversation, seq, meta in _bot_said(session, week)
        if meta.get("faq_id")
    }
    return _counted("id", (topic for _, _, topic in answered))[:MOST]


def _self_service(session: Session, week: Week) -> dict[str, Any]:
    """Served without a person: the bot answered something, and neither a hand-over nor a call-back was asked for."""
    conversations = {conversation for conversation, _ in _said_by_customers(session, week)}
    answered = {
        conversation
        for conversation, _, meta in _bot_said(session, week)
        if meta.get("route") and meta["route"] not in NO_ANSWER
    }
    to_people = set(session.execute(select(Handover.conversation_id).where(Handover.requested_at < week.end)).scalars())
    to_people |= set(session.execute(select(Callback.conversation_id).where(Callback.created_at < week.end)).scalars())
    served = len((conversations & answered) - to_people)
    return {"conversations": len(conversations), "self_served": served, "rate": rate(served, len(conversations))}


def _first_response(session: Session, week: Week) -> dict[str, Any]:
    """From the wish for a person to that person's first words."""
    waits = []
    for stay in _handovers(session, week):
        said = (
            select(Message.at)
            .where(
                Message.conversation_id == stay.conversation_id,
                Message.sender == Sender.AGENT,
                Message.at >= stay.requested_at,
            )
            .order_by(Message.seq)
        )
        first = session.execute(said).scalars().first()
        if first is not None and (stay.ended_at is None or first <= stay.ended_at):
            waits.append((first - stay.requested_at).total_seconds())
    return _timing(waits)


def _resolution(session: Session, week: Week) -> dict[str, Any]:
    """From the wish for a person to the end of that stay, of those that agents ended in the week."""
    ended = select(Handover).where(
        week.of(Handover.ended_at), Handover.state.in_([HandoverState.RETURNED, HandoverState.CLOSED])
    )
    return _timing([(row.ended_at - row.requested_at).total_seconds() for row in session.execute(ended).scalars()])


def _timing(seconds: Sequence[float]) -> dict[str, Any]:
    ordered = sorted(seconds)
    return {"count": len(ordered), "p50_seconds": _rank(ordered, 0.5), "p90_seconds": _rank(ordered, 0.9)}


def _rank(ordered: Sequence[float], share: float) -> int:
    """The smallest value that at least that share do not exceed (nearest rank)."""
    return round(ordered[max(0, -int(-share * len(ordered) // 1) - 1)]) if ordered else 0


def _complaints(session: Session, week: Week, now: datetime) -> dict[str, Any]:
    """Those filed in the week; how many had their first feedback within 24 hours; how many clocks were missed."""
    rows = list(session.execute(select(Complaint).where(week.of(Complaint.created_at))).scalars())
    decided = [row for row in rows if row.first_feedback_at or row.first_feedback_due < now]
    in_time = [row for row in decided if row.first_feedback_at and row.first_feedback_at <= row.first_feedback_due]
    missed = select(ClockMark.subject).where(
        week.of(ClockMark.at), ClockMark.mark == Mark.BREACHED, ClockMark.clock != Clock.CLAIM
    )
    return {
        "total": len(rows),
        "by_category": _counted("category", (row.category.value for row in rows)),
        "by_severity": _counted("severity", (row.severity.value for row in rows)),
        "by_level": _counted("level", (row.level.value for row in rows)),
        "first_feedback_rate": rate(len(in_time), len(decided)),
        "overdue": len(set(session.execute(missed).scalars())),
    }


def _satisfaction(session: Session, week: Week) -> dict[str, Any]:
    """People and the bot apart; no answer is no figure (conflicts' hints)."""
    rows = list(session.execute(select(Rating).where(week.of(Rating.at))).scalars())
    names = sorted({name for row in rows for name in row.dimensions or {}})
    return {
        **_scored([row.score for row in rows]),
        "low": sum(row.score <= LOW for row in rows),
        **{kind.value: _scored([row.score for row in rows if subject_of(row) is kind]) for kind in Rated},
        "dimensions": [
            {"name": name, **_scored([row.dimensions[name] for row in rows if name in (row.dimensions or {})])}
            for name in names
        ],
    }


def subject_of(rating: Rating) -> Rated:
    """What a rating is about; older rows tell by their agent."""
    return rating.subject or (Rated.HUMAN if rating.agent_id else Rated.BOT)


def _scored(scores: Sequence[int]) -> dict[str, Any]:
    return {"count": len(scores), "average": round(sum(scores) / len(scores), 2) if scores else 0.0}


def _events(session: Session, week: Week, *kinds: EventKind) -> Sequence[Event]:
    rows = select(Event).where(Event.kind.in_(kinds), week.of(Event.at)).order_by(Event.id)
    return list(session.execute(rows).scalars())


def _unanswered(session: Session, week: Week) -> list[dict[str, Any]]:
    """What the bot had no answer to, from the review list, whose texts are masked and without names."""
    rows = (
        select(ReviewItem.text).where(week.of(ReviewItem.at), ReviewItem.kind.in_(UNANSWERED)).order_by(ReviewItem.id)
    )
    return _counted("text", session.execute(rows).scalars())[:MOST]


def _wording(session: Session, week: Week) -> dict[str, Any]:
    rows = _events(session, week, EventKind.WORDING_STOP, EventKind.WORDING_REWRITE)
    stops = sum(row.kind is EventKind.WORDING_STOP for row in rows)
    rules = (rule.split(".")[0] for row in rows for rule in row.data.get("rules", ()))
    return {"stops": stops, "rewrites": len(rows) - stops, "by_rule": _counted("rule", rules)}


def _suggestions(session: Session, week: Week) -> dict[str, Any]:
    """Those that agents wrote in the week; those marked in it; those that nobody has marked yet (A092)."""
    written = list(session.execute(select(Suggestion.id).where(week.of(Suggestion.at))).scalars())
    marked = Counter(session.execute(select(Suggestion.state).where(week.of(Suggestion.decided_at))).scalars())
    waiting = select(Suggestion.id).where(Suggestion.state == SuggestionState.OPEN, Suggestion.at < week.end)
    return {
        "total": len(written),
        "adopted": marked[SuggestionState.ADOPTED],
        "declined": marked[SuggestionState.DECLINED],
        "open": len(list(session.execute(waiting).scalars())),
    }


def _counted(name: str, values: Iterable[str]) -> list[dict[str, Any]]:
    """How often each value stands there, the most frequent first."""
    return [
        {name: value, "count": count}
        for value, count in sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def rate(part: int, whole: int) -> float:
    """A share between 0 and 1; 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0
