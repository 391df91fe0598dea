"""Ratings: one for each stay with a person, one for the bot's part (A111)."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import handover, ratings
from cases.enums import HandoverReason
from cases.errors import Invalid, NotFound
from cases.models import Agent, Conversation, Rating
from cases.settings import parse_hours
from tests.conftest import MakeAgent, Open


@pytest.fixture
def chen(make_agent: MakeAgent) -> Agent:
    return make_agent("chen")


def stay(session: Session, row: Conversation, agent: Agent, at: datetime) -> None:
    handover.take_over(session, row.id, agent, at)
    handover.hand_back(session, row.id, agent, "", at)


def test_without_a_person_the_bot_is_rated_once(session: Session, opened: Open, now: datetime) -> None:
    """A second rating replaces the first."""
    row = opened()
    first = ratings.rate(session, row.id, 2, "慢", now)
    second = ratings.rate(session, row.id, 4, "", now)
    assert first is second
    assert (second.score, second.comment, second.agent_id, second.handover_id) == (4, "", None, None)


def test_each_stay_with_a_person_is_rated_apart(session: Session, opened: Open, chen: Agent, now: datetime) -> None:
    """Bot and person, first and second stay."""
    row = opened()
    ratings.rate(session, row.id, 3, "", now)
    for score in (5, 1):
        stay(session, row, chen, now)
        assert ratings.rate(session, row.id, score, "", now).agent_id == chen.id
    assert session.execute(select(Rating.score).order_by(Rating.id)).scalars().all() == [3, 5, 1]


def test_the_agent_is_fixed_by_the_stay(
    session: Session, opened: Open, chen: Agent, make_agent: MakeAgent, now: datetime
) -> None:
    """Not by who has the conversation now."""
    row = opened()
    stay(session, row, chen, now)
    handover.take_over(session, row.id, make_agent("zhou"), now)
    assert ratings.rate(session, row.id, 5, "", now).agent_id == chen.id


def test_a_queue_that_was_left_is_no_stay(session: Session, opened: Open, now: datetime) -> None:
    """Nobody was there to be rated."""
    row = opened()
    handover.request(session, row.id, HandoverReason.ASKED, now, parse_hours("00:00-24:00"))
    handover.cancel(session, row.id, now)
    assert ratings.rate(session, row.id, 5, "", now).handover_id is None


def test_a_comment_is_bounded(session: Session, opened: Open, now: datetime) -> None:
    """500 characters."""
    assert len(ratings.rate(session, opened().id, 5, "好" * 9000, now).comment) == 500


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_one_to_five(session: Session, opened: Open, now: datetime, score: int) -> None:
    """Anything else is refused and kept nowhere."""
    with pytest.raises(Invalid):
        ratings.rate(session, opened().id, score, "", now)
    assert session.execute(select(func.count()).select_from(Rating)).scalar_one() == 0


def test_an_unknown_conversation_is_not_found(session: Session, now: datetime) -> None:
    """There is nothing to rate."""
    with pytest.raises(NotFound):
        ratings.rate(session, "nobody", 5, "", now)
