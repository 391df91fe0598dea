"""Ratings: one for each stay with a person, one for the bot's part; never doubled (A111, conflicts: once a case).

Who was rated is fixed when the customer was asked (`cases.satisfaction`). A low score opens a follow-up (A113, A114).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import callbacks, conversations
from cases.enums import Dimension, HandoverReason, HandoverState, Rated
from cases.errors import Invalid
from cases.masking import mask
from cases.models import Handover, Invitation, Rating
from cases.schemes import words

LOW = 2
LONGEST = 500
ASKED_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class Score:
    """What a customer gave: the whole, the dimensions that he named, a comment."""

    points: int
    comment: str = ""
    dimensions: Mapping[str, int] = field(default_factory=dict)


def read(text: str) -> Score | None:
    """“4分 流程便捷性5分 沟通效率3分 评论” as a score; None for a text that does not begin with points."""
    found = re.match(words()["rating"]["score"], text)
    if found is None:
        return None
    comment, dimensions = split(text[found.end() :])
    return Score(words()["rating"]["numerals"].get(found[1]) or int(found[1]), comment, dimensions)


def split(text: str) -> tuple[str, dict[str, int]]:
    """A comment without the points of dimensions that stand in it, and those points."""
    given: dict[str, int] = {}
    for name, expression in words()["rating"]["dimensions"].items():
        pattern = re.compile(f"(?:{expression}){words()['rating']['points']}")
        if found := pattern.search(text):
            given[Dimension(name).value] = int(found[1])
            text = text[: found.start()] + text[found.end() :]
    return " ".join(text.split()), given


def rate(session: Session, conversation_id: str, score: int, comment: str, now: datetime) -> Rating:
    """Keep a rating that the customer began or was asked for; a second one of the same case replaces the first."""
    rest, dimensions = split(comment)
    return give(session, conversation_id, asked_in(session, conversation_id, now), Score(score, rest, dimensions), now)


def asked_in(session: Session, conversation_id: str, now: datetime) -> Invitation | None:
    """The newest invitation in a conversation that may still be answered."""
    rows = select(Invitation).where(
        Invitation.conversation_id == conversation_id, Invitation.created_at > now - ASKED_WITHIN
    )
    return session.execute(rows.order_by(Invitation.id.desc())).scalars().first()


def give(session: Session, conversation_id: str, asked: Invitation | None, score: Score, now: datetime) -> Rating:
    """Keep a score for what was asked about, or for the last stay with a person, or for the bot. Raises Invalid."""
    if not all(1 <= points <= 5 for points in (score.points, *score.dimensions.values())):
        raise Invalid("score")
    conversations.lock(session, conversation_id)
    stay = session.get(Handover, asked.handover_id) if asked and asked.handover_id else None
    stay = stay or (None if asked else _last_stay(session, conversation_id))
    rating = _earlier(session, conversation_id, asked, stay) or _new(session, conversation_id, asked, stay)
    rating.score, rating.comment, rating.at = score.points, mask(score.comment).text[:LONGEST], now
    rating.dimensions = dict(score.dimensions) or rating.dimensions
    session.flush()
    if asked:
        asked.answered_at = asked.answered_at or now
    if score.points <= LOW:
        callbacks.record(session, conversation_id, HandoverReason.LOW_RATING, rating.comment, now)
    return rating


def _new(session: Session, conversation_id: str, asked: Invitation | None, stay: Handover | None) -> Rating:
    subject = asked.subject if asked else Rated.HUMAN if stay else Rated.BOT
    agent_id = asked.agent_id if asked else stay.agent_id if stay else None
    rating = Rating(
        conversation_id=conversation_id,
        handover_id=stay.id if stay else None,
        agent_id=agent_id,
        subject=subject,
        invitation_id=asked.id if asked else None,
    )
    session.add(rating)
    return rating


def _last_stay(session: Session, conversation_id: str) -> Handover | None:
    return (
        session.execute(
            select(Handover)
            .where(
                Handover.conversation_id == conversation_id,
                Handover.agent_id.is_not(None),
                Handover.state.in_([HandoverState.RETURNED, HandoverState.CLOSED]),
            )
            .order_by(Handover.id.desc())
        )
        .scalars()
        .first()
    )


def _earlier(session: Session, conversation_id: str, asked: Invitation | None, stay: Handover | None) -> Rating | None:
    if asked:
        known = session.execute(select(Rating).where(Rating.invitation_id == asked.id)).scalars().first()
        if known is not None:
            return known
    if stay is None and asked is not None:
        return None
    same = Rating.handover_id == stay.id if stay else Rating.handover_id.is_(None) & Rating.invitation_id.is_(None)
    found = session.execute(select(Rating).where(Rating.conversation_id == conversation_id, same)).scalars().first()
    if found is not None and asked is not None:
        found.invitation_id, found.agent_id = asked.id, asked.agent_id
    return found
