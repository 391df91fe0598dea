"""Satisfaction: asked once a case, agent fixed at sending, bot and human apart, a low score followed up (A110–A114)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import conversations, handover, messages, notices, ratings, satisfaction, sweep
from cases.clock import utc_now
from cases.enums import HandoverReason, Kind, Owner, Rated
from cases.errors import Conflict, Invalid
from cases.messages import Door
from cases.models import Agent, Callback, Claim, Conversation, Invitation, Message, Notice, Rating
from cases.ratings import Score
from cases.settings import Settings, read_settings
from gateway.telling import draft_of, tell
from tests.conftest import Load, MakeAgent, Open
from tests.desk_rows import filed
from tests.rows import CLAIM, WANG, claim, load_two

DAY = timedelta(days=1)
FULL = "4分 流程便捷性5分 沟通效率3分 电话13800001234可以联系"


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return read_settings({"VAR_DIR": str(tmp_path)})


@pytest.fixture
def chen(make_agent: MakeAgent) -> Agent:
    return make_agent("chen")


@pytest.fixture
def at() -> datetime:
    """Notices are told at the present time."""
    return utc_now()


@pytest.fixture
def row(session: Session, opened: Open, at: datetime) -> Conversation:
    """Ms Wang's conversation."""
    load_two(session)
    return opened(WANG, at)


def close(session: Session, row: Conversation, agent: Agent, at: datetime) -> Invitation | None:
    """As the desk closes a conversation."""
    handover.take_over(session, row.id, agent, at)
    stay = handover.close(session, row.id, agent, "已处理", at)
    return satisfaction.ask_after(session, stay, agent.id, at)


def card(session: Session, row: Conversation) -> Message:
    return next(one for one in reversed(messages.after(session, row.id, 0)) if one.kind is Kind.RATING)


def only(session: Session) -> Rating:
    return session.execute(select(Rating)).scalar_one()


def test_a_closed_conversation_is_asked_about_once(
    session: Session, row: Conversation, chen: Agent, door: Door, settings: Settings, at: datetime
) -> None:
    """With five points to tap and the three dimensions; compliant, and inviting nobody to a good mark."""
    assert close(session, row, chen, at)
    tell(session, door, settings)
    shown = card(session, row)
    assert [choice["label"][0] for choice in shown.choices] == list("12345")
    assert shown.data["dimensions"] == ["流程便捷性", "沟通效率", "金额合理性"]
    assert door.review(shown.text).out == shown.text
    assert tell(session, door, settings) == 0


def test_a_case_is_asked_about_once_only(session: Session, opened: Open, chen: Agent, at: datetime) -> None:
    """One claim, two conversations and the payment: one question (conflicts' hint)."""
    load_two(session)
    asked = []
    for n in range(2):
        row = opened(WANG, at)
        filed(session, row, at, f"r{n}")
        asked.append(close(session, row, chen, at + n * DAY))
    assert [one is not None for one in asked] == [True, False]
    assert satisfaction.ask_about_claim(session, session.get(Claim, CLAIM), at + 30 * DAY) is None


def test_conversations_about_nothing_named_are_cases_of_their_own(
    session: Session, opened: Open, chen: Agent, at: datetime
) -> None:
    """Two guests, two questions."""
    assert all(close(session, opened(None, at), chen, at) for _ in range(2))


def test_a_hand_back_and_an_automatic_end_are_not_asked_about(
    session: Session, opened: Open, chen: Agent, at: datetime
) -> None:
    """Only what a person ended."""
    back, forgotten = opened(None, at), opened(None, at)
    for row in (back, forgotten):
        handover.take_over(session, row.id, chen, at)
    stay = handover.hand_back(session, back.id, chen, "", at)
    assert satisfaction.ask_after(session, stay, chen.id, at) is None
    sweep.run(session, at + 3 * DAY)
    assert forgotten.owner is Owner.CLOSED
    assert session.execute(select(Invitation)).first() is None


def test_a_tap_after_the_end_counts(
    session: Session, row: Conversation, chen: Agent, door: Door, settings: Settings, at: datetime
) -> None:
    """The closed conversation takes a rating, and nothing else."""
    close(session, row, chen, at)
    tell(session, door, settings)
    conversations.post_choice(session, row.id, "tap", card(session, row).choices[4]["id"], at)
    assert (only(session).score, only(session).agent_id, only(session).subject) == (5, chen.id, Rated.HUMAN)
    with pytest.raises(Conflict):
        conversations.post_text(session, row.id, "more", "还有一个问题", at)
    tell(session, door, settings)
    assert messages.after(session, row.id, 0)[-1].meta["notice"] == "satisfaction.thanks"


def test_points_dimensions_and_comment_are_read_from_one_line(
    session: Session, row: Conversation, chen: Agent, door: Door, settings: Settings, at: datetime
) -> None:
    """As the page sends it; the comment is masked."""
    close(session, row, chen, at)
    tell(session, door, settings)
    conversations.post_text(session, row.id, "line", FULL, at)
    assert (only(session).score, only(session).dimensions) == (4, {"process": 5, "communication": 3})
    assert only(session).comment == "电话138****1234可以联系"


def test_the_same_answer_twice_is_one_rating(
    session: Session, row: Conversation, chen: Agent, door: Door, settings: Settings, at: datetime
) -> None:
    """A second one replaces the first."""
    close(session, row, chen, at)
    tell(session, door, settings)
    for n, score in enumerate((1, 3)):
        conversations.post_text(session, row.id, f"t{n}", f"{score}分", at)
    assert only(session).score == 3


def test_the_agent_is_fixed_when_the_question_is_sent(
    session: Session, opened: Open, chen: Agent, make_agent: MakeAgent, door: Door, settings: Settings, at: datetime
) -> None:
    """Whoever has the customer when he answers."""
    load_two(session)
    old, new = opened(WANG, at), opened(WANG, at)
    close(session, old, chen, at)
    handover.take_over(session, new.id, make_agent("zhou"), at)
    tell(session, door, settings)
    conversations.post_text(session, old.id, "t", "2分", at)
    assert only(session).agent_id == chen.id


def test_a_rating_in_the_chat_does_not_reach_the_bot(
    session: Session, row: Conversation, door: Door, settings: Settings, at: datetime
) -> None:
    """Right behind the card; a question behind the card is a question."""
    assert satisfaction.ask_about_claim(session, session.get(Claim, CLAIM), at)
    tell(session, door, settings)
    conversations.post_text(session, row.id, "q", "怎么报案", at)
    assert [one.text for one in messages.pending(session, row.id)] == ["怎么报案"]
    notices.record(
        session,
        at,
        "again",
        "satisfaction.invite",
        conversation_id=row.id,
        claim=CLAIM,
        invitation=session.execute(select(Invitation.id)).scalar_one(),
    )
    tell(session, door, settings)
    conversations.post_text(session, row.id, "r", "5分", at)
    assert len(messages.pending(session, row.id)) == 1
    assert (only(session).subject, only(session).agent_id) == (Rated.CLAIM, None)


def test_a_paid_claim_is_asked_about_seven_days_later(session: Session, load: Load, now: datetime) -> None:
    """With the follow-up, once (A110; A113 is the same question)."""
    load(claims=[claim(status="PAID", status_at="2026-11-15T09:00:00+08:00")])
    assert sweep.run(session, now) == [f"follow_up {CLAIM} after_7_days", f"satisfaction {CLAIM}"]
    assert sweep.run(session, now + DAY) == []


def test_people_and_the_bot_are_rated_apart(session: Session, row: Conversation, chen: Agent, at: datetime) -> None:
    """Before and after a person."""
    ratings.rate(session, row.id, 2, "", at)
    handover.take_over(session, row.id, chen, at)
    handover.hand_back(session, row.id, chen, "", at)
    ratings.rate(session, row.id, 5, "流程4分 很好", at)
    rows = session.execute(select(Rating).order_by(Rating.id)).scalars()
    assert [(one.subject, one.score, one.comment, one.dimensions) for one in rows] == [
        (Rated.BOT, 2, "", None),
        (Rated.HUMAN, 5, "很好", {"process": 4}),
    ]


@pytest.mark.parametrize(("score", "followed"), [(1, True), (2, True), (3, False), (5, False)])
def test_a_low_score_opens_a_follow_up(
    session: Session, row: Conversation, at: datetime, score: int, followed: bool
) -> None:
    """One call, with the comment; the same low score again opens no second."""
    for _ in range(2):
        ratings.rate(session, row.id, score, "等了太久", at)
    calls = session.execute(select(Callback)).scalars().all()
    assert [(call.reason, call.summary) for call in calls] == (
        [(HandoverReason.LOW_RATING, "等了太久")] if followed else []
    )


def test_a_rating_is_bounded(session: Session, row: Conversation, at: datetime) -> None:
    """Points and dimensions from one to five."""
    for score in (Score(0), Score(6), Score(3, "", {"process": 9})):
        with pytest.raises(Invalid):
            ratings.give(session, row.id, None, score, at)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("5分", 5),
        (" 3 分，一般", 3),
        ("四星", 4),
        ("五分钟了", None),
        ("5分钟", None),
        ("给你们打5分", None),
        ("", None),
    ],
)
def test_what_reads_as_a_rating(text: str, points: int | None) -> None:
    """A line that begins with points; five minutes are none."""
    read = ratings.read(text)
    assert (read.points if read else None) == points


def test_every_word_of_satisfaction_is_compliant(session: Session, load: Load, door: Door, settings: Settings) -> None:
    """Invitations, thanks, and the answer to a low score."""
    for name in ("conversation", "invite", "thanks", "low"):
        notice = Notice(name=f"satisfaction.{name}", values={"claim": CLAIM, "invitation": 1})
        said = draft_of(notice, settings)
        assert "{" not in said.text
        assert door.review(said.text).out == said.text
