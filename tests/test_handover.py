"""Hand-over between bot and people: every change of owner, the queue, who may (design, "Ownership"; law.md B.7)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import agents, conversations, handover
from cases.db import Database
from cases.enums import HandoverReason, HandoverState, Owner, Role, Turn
from cases.errors import AlreadyTaken, Conflict, NotAllowed, NotFound
from cases.handover import Outcome
from cases.models import Agent, Conversation, Message
from tests.conftest import MakeAgent, Open
from tests.desk_rows import ALL_DAY, ASKED, ask, stays
from tests.rows import MINUTE, PASSWORD

Step = Callable[[Session, Conversation, Agent, datetime], Any]


@pytest.fixture
def chen(make_agent: MakeAgent) -> Agent:
    return make_agent("chen", name="小陈")


@pytest.fixture
def zhou(make_agent: MakeAgent) -> Agent:
    return make_agent("zhou", name="周老师")


# Transitions

STEPS: dict[str, Step] = {
    "request": lambda s, row, agent, at: handover.request(s, row.id, ASKED, at, ALL_DAY),
    "cancel": lambda s, row, agent, at: handover.cancel(s, row.id, at),
    "accept": lambda s, row, agent, at: handover.accept(s, row.id, agent, at),
    "take_over": lambda s, row, agent, at: handover.take_over(s, row.id, agent, at),
    "hand_back": lambda s, row, agent, at: handover.hand_back(s, row.id, agent, "", at),
    "close": lambda s, row, agent, at: handover.close(s, row.id, agent, "", at),
    "requeue": lambda s, row, agent, at: handover.requeue(s, row.id, agent, "specialist", "", at),
}
WAYS: dict[Owner, tuple[str, ...]] = {
    Owner.BOT: (),
    Owner.QUEUED: ("request",),
    Owner.HUMAN: ("request", "accept"),
    Owner.CLOSED: ("request", "accept", "close"),
}
ALLOWED = {
    (Owner.BOT, "request"): Owner.QUEUED,
    (Owner.BOT, "take_over"): Owner.HUMAN,
    (Owner.QUEUED, "cancel"): Owner.BOT,
    (Owner.QUEUED, "accept"): Owner.HUMAN,
    (Owner.QUEUED, "take_over"): Owner.HUMAN,
    (Owner.HUMAN, "hand_back"): Owner.BOT,
    (Owner.HUMAN, "close"): Owner.CLOSED,
    (Owner.HUMAN, "requeue"): Owner.QUEUED,
}
WITHOUT_EFFECT = {(Owner.QUEUED, "request"), (Owner.HUMAN, "request")} | {
    (owner, "cancel") for owner in Owner if owner is not Owner.QUEUED
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("owner", list(Owner))
def test_every_transition(session: Session, opened: Open, chen: Agent, now: datetime, owner: Owner, step: str) -> None:
    """Eight are allowed and raise the epoch by one; the others change nothing, most with a Conflict."""
    row = opened()
    for way in WAYS[owner]:
        STEPS[way](session, row, chen, now)
    assert row.owner is owner
    epoch, human_epoch, stood = row.epoch, row.human_epoch, len(stays(session, row))
    if (owner, step) in ALLOWED:
        STEPS[step](session, row, chen, now)
        session.refresh(row)
        assert (row.owner, row.epoch) == (ALLOWED[owner, step], epoch + 1)
        assert row.human_epoch == (row.epoch if row.owner is Owner.HUMAN else human_epoch)
        assert (row.agent_id == chen.id) == (row.owner is Owner.HUMAN)
        return
    if (owner, step) in WITHOUT_EFFECT:
        STEPS[step](session, row, chen, now)
    else:
        with pytest.raises(Conflict):
            STEPS[step](session, row, chen, now)
    session.refresh(row)
    assert (row.owner, row.epoch, len(stays(session, row))) == (owner, epoch, stood)


def test_a_stay_is_kept_with_its_times_and_its_agent(
    session: Session, opened: Open, chen: Agent, now: datetime
) -> None:
    """Asked for, accepted, handed back with a note."""
    row = opened()
    ask(session, row, now, summary="查进度", flags=["media"])
    handover.accept(session, row.id, chen, now + MINUTE)
    handover.hand_back(session, row.id, chen, "已答复", now + 2 * MINUTE)
    (stay,) = stays(session, row)
    assert (stay.requested_at, stay.accepted_at, stay.ended_at) == (now, now + MINUTE, now + 2 * MINUTE)
    assert (stay.state, stay.agent_id, stay.note) == (HandoverState.RETURNED, chen.id, "已答复")
    assert (stay.summary, stay.flags, row.flags) == ("查进度", ["media"], ["media"])


def test_one_conversation_may_go_to_people_again(session: Session, opened: Open, chen: Agent, now: datetime) -> None:
    """A stay each time."""
    row = opened()
    for _ in range(3):
        ask(session, row, now)
        handover.accept(session, row.id, chen, now)
        handover.hand_back(session, row.id, chen, "", now)
    assert [stay.state for stay in stays(session, row)] == [HandoverState.RETURNED] * 3
    assert row.epoch == 9


def test_taking_over_without_being_asked_is_a_stay_too(
    session: Session, opened: Open, chen: Agent, now: datetime
) -> None:
    """With its own reason; a waiting one is accepted instead, with the reason it has."""
    mine, waiting = opened(), opened()
    ask(session, waiting, now)
    for row in (mine, waiting):
        handover.take_over(session, row.id, chen, now)
    assert [stay.reason for stay in stays(session, mine)] == [HandoverReason.TAKEN_OVER]
    assert [stay.reason for stay in stays(session, waiting)] == [ASKED]


def test_taking_a_conversation_ends_the_turns_that_wait(
    session: Session, opened: Open, chen: Agent, now: datetime
) -> None:
    """The person answers them, not the bot; what comes later waits for nobody."""
    row = opened()
    conversations.post_text(session, row.id, "1", "在吗", now)
    handover.take_over(session, row.id, chen, now)
    conversations.post_text(session, row.id, "2", "你好", now)
    turns = session.execute(select(Message.turn).where(Message.conversation_id == row.id)).scalars().all()
    assert turns == [Turn.DONE, Turn.DONE]


def test_an_unknown_conversation_is_not_found(session: Session, chen: Agent, now: datetime) -> None:
    """By every step."""
    for step in STEPS.values():
        with pytest.raises(NotFound):
            step(session, Conversation(id="nobody"), chen, now)


# The queue


def test_asking_while_with_a_person_changes_nothing(session: Session, opened: Open, chen: Agent, now: datetime) -> None:
    """The person is there."""
    row = opened()
    handover.take_over(session, row.id, chen, now)
    assert ask(session, row, now).outcome is Outcome.WITH_PERSON
    assert len(stays(session, row)) == 1


def test_who_waits_longest_is_next(session: Session, opened: Open, chen: Agent, now: datetime) -> None:
    """One place nearer when the first is accepted or gives up."""
    rows = [opened() for _ in range(4)]
    places = [ask(session, row, now + n * MINUTE).position for n, row in enumerate(rows)]
    assert places == [1, 2, 3, 4]
    handover.accept(session, rows[0].id, chen, now)
    handover.cancel(session, rows[1].id, now)
    assert [handover.position(session, row.id) for row in rows[2:]] == [1, 2]


def test_passing_on_puts_it_back_with_its_place_and_a_note(
    session: Session, opened: Open, chen: Agent, zhou: Agent, now: datetime
) -> None:
    """The waiting time counts from the first request; the next agent reads what the first noted."""
    row, later = opened(), opened()
    ask(session, row, now, summary="定损争议")
    handover.accept(session, row.id, chen, now)
    ask(session, later, now + MINUTE)
    handover.requeue(session, row.id, chen, "specialist", "请专员看定损", now + 2 * MINUTE)
    assert handover.position(session, row.id) == 1
    with pytest.raises(NotAllowed):
        handover.accept(session, row.id, chen, now)
    assert row.owner is Owner.QUEUED
    zhou.role = Role.SPECIALIST
    handover.accept(session, row.id, zhou, now + 3 * MINUTE)
    (stay,) = stays(session, row)
    assert (stay.agent_id, stay.wanted_role, stay.summary) == (zhou.id, "specialist", "定损争议\n请专员看定损")


# Who may


def test_the_second_to_accept_is_told(session: Session, opened: Open, chen: Agent, zhou: Agent, now: datetime) -> None:
    """And so is who takes over what a colleague has; himself too."""
    row = opened()
    ask(session, row, now)
    handover.accept(session, row.id, chen, now)
    for agent in (zhou, chen):
        for step in (handover.accept, handover.take_over):
            with pytest.raises(AlreadyTaken):
                step(session, row.id, agent, now)
    assert row.agent_id == chen.id


@pytest.mark.parametrize("step", ["hand_back", "close", "requeue"])
def test_only_who_has_it_may_end_it(
    session: Session, opened: Open, chen: Agent, zhou: Agent, now: datetime, step: str
) -> None:
    """A colleague is refused and nothing changes."""
    row = opened()
    handover.take_over(session, row.id, chen, now)
    with pytest.raises(NotAllowed):
        STEPS[step](session, row, zhou, now)
    assert (row.owner, row.agent_id) == (Owner.HUMAN, chen.id)


def test_fifty_agents_who_accept_at_once(database: Database, now: datetime) -> None:
    """Exactly one has it, forty-nine are told, there is one stay and one epoch more."""
    with database.write() as session:
        conversation_id = conversations.open_conversation(session, now).conversation_id
        row = conversations.get(session, conversation_id)
        ask(session, row, now)
        one = agents.set_password(session, "a0", PASSWORD)
        ids = [one.id]
        for n in range(1, 50):
            made = Agent(username=f"a{n}", name="x", role=one.role, password_hash="-", active=True, failed_logins=0)
            session.add(made)
            session.flush()
            ids.append(made.id)

    def try_once(agent_id: int) -> int | None:
        try:
            with database.write() as session:
                handover.accept(session, conversation_id, session.get(Agent, agent_id), now)
        except AlreadyTaken:
            return None
        return agent_id

    with ThreadPoolExecutor(16) as pool:
        winners = [won for won in pool.map(try_once, ids) if won is not None]
    with database.read() as session:
        row = conversations.get(session, conversation_id)
        assert len(winners) == 1
        assert (row.agent_id, row.epoch) == (winners[0], 2)
        assert [stay.agent_id for stay in stays(session, row)] == winners


@pytest.mark.parametrize("steps", [["request"], ["request", "cancel"]])
def test_a_change_of_owner_that_comes_second_is_a_conflict(database: Database, now: datetime, steps: list[str]) -> None:
    """The compare-and-set holds without the row's lock: an old picture of the row does not win, nor after a return."""
    with database.write() as session:
        conversation_id = conversations.open_conversation(session, now).conversation_id
    with database.read() as session:
        stale = conversations.get(session, conversation_id)
        session.expunge(stale)
    with database.write() as session:
        for step in steps:
            STEPS[step](session, conversations.get(session, conversation_id), Agent(), now)
    with pytest.raises(Conflict), database.write() as session:
        handover.change_owner(session, stale, Owner.BOT, Owner.HUMAN)


# Coming back


def test_the_bot_knows_what_the_agent_noted_last(session: Session, opened: Open, chen: Agent, now: datetime) -> None:
    """Of the last stay that came back; nothing of a closed or a cancelled one."""
    row = opened()
    assert handover.last_note(session, row.id) == ""
    for note in ("第一次", "第二次"):
        handover.take_over(session, row.id, chen, now)
        handover.hand_back(session, row.id, chen, note, now)
    ask(session, row, now)
    handover.cancel(session, row.id, now)
    assert handover.last_note(session, row.id) == "第二次"
