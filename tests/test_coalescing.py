"""Fragments that come within seconds are one question; whatever is complete is answered at once."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from cases import agents, conversations, handover, messages
from cases.clock import utc_now
from cases.db import Database
from cases.enums import Role, Sender
from cases.errors import SettingsError
from cases.messages import Door, Draft
from cases.models import Message
from cases.settings import read_settings
from gateway.coalescing import MOST_SECONDS, hold, looks_unfinished
from gateway.state import State
from gateway.turns import Turns
from tests.conftest import Open
from tests.rows import PASSWORD

SECONDS = 0.15

# What looks unfinished


@pytest.mark.parametrize(
    "text",
    [
        "追尾了",
        "对方全责",
        "我的车",
        "昨天晚上",
        "在停车场",
        "被刮了",
        "我想问一下",
        "对方没保险，",
        "然后……",
        "我车停路边,",
        "對方全責",
        "是这样的",
        "两车都有责任，但是",
    ],
)
def test_a_fragment_goes_on(text: str) -> None:
    """A piece of a story, or words that announce more."""
    assert looks_unfinished(text)


@pytest.mark.parametrize(
    "text",
    [
        "玻璃碎了赔吗",
        "玻璃的呢",
        "那要多久",
        "免赔额怎么扣",
        "要哪些材料",
        "赔款多久到账",
        "查进度",
        "转人工",
        "我要投诉",
        "你好",
        "谢谢",
        "好的",
        "是",
        "不用了",
        "5678",
        "RDAA202611050000000001",
        "京A12345",
        "😀",
        "。。。",
        "",
        "/restart",
        "然后呢",
        "追尾了。",
        "对方全责不赔我怎么办",
        "划痕险 包不包",
        "你们真垃圾",
        "我要曝光你们",
        "定损单",
        "满意",
    ],
)
def test_what_is_complete_does_not_wait(text: str) -> None:
    """Questions, requests, answers, manners, numbers, noise."""
    assert not looks_unfinished(text)


@pytest.mark.parametrize(
    "text", ["有人受伤了", "撞到人了", "车着火了", "在高速上追尾了", "流血了，", "我被困在车里", "不想活了", "翻车了"]
)
def test_danger_never_waits(text: str) -> None:
    """Not even where the words announce more."""
    assert not looks_unfinished(text)


def test_a_long_text_is_a_story_already() -> None:
    """Nobody types it as a fragment."""
    assert not looks_unfinished("昨天晚上停车的时候我的车在小区门口的路边被一辆白色的面包车蹭了一下")


# How long it waits


def pending(session: Session, conversation_id: str) -> list[Message]:
    return messages.pending(session, conversation_id)


def test_a_fragment_waits_for_what_is_left_of_its_time(session: Session, opened: Open, now: datetime) -> None:
    """Counted from when it came, so that a restart does not begin anew."""
    row = opened()
    conversations.post_text(session, row.id, "a", "追尾了", now)
    waiting = pending(session, row.id)
    held = [hold(session, waiting, now + timedelta(seconds=passed), 1.2) for passed in (0, 1, 1.2, 60)]
    assert [one and round(one.seconds, 3) for one in held] == [1.2, 0.2, None, None]


def test_all_fragments_together_wait_no_longer_than_the_most(session: Session, opened: Open, now: datetime) -> None:
    """Somebody who types for ever gets an answer."""
    row = opened()
    for n, at in enumerate((0, 1, 2)):
        conversations.post_text(session, row.id, str(n), "追尾了", now + timedelta(seconds=at))
    held = hold(session, pending(session, row.id), now + timedelta(seconds=2), 1.2)
    assert held is not None
    assert held.seconds == pytest.approx(MOST_SECONDS - 2)
    assert hold(session, pending(session, row.id), now + timedelta(seconds=MOST_SECONDS), 1.2) is None


def test_a_question_behind_a_fragment_sends_both(session: Session, opened: Open, now: datetime) -> None:
    """And a fragment behind a question does not stop it."""
    for said in (["追尾了", "怎么赔"], ["怎么赔", "追尾了"]):
        row = opened()
        for n, text in enumerate(said):
            conversations.post_text(session, row.id, str(n), text, now)
        assert hold(session, pending(session, row.id), now, 1.2) is None


@pytest.mark.parametrize(
    "draft",
    [
        Draft("请问事故发生在什么地方？", meta={"route": "report_claim"}),
        Draft("请告诉我事故地点。", meta={"route": "report_claim"}),
        Draft("请选择", choices=[("停车场", "/a"), ("路上", "/b")]),
        Draft("您说的是哪一辆车?", meta={"route": "smalltalk"}),
    ],
)
def test_an_answer_to_the_bot_never_waits(
    session: Session, opened: Open, door: Door, now: datetime, draft: Draft
) -> None:
    """A form's question, choices, any question."""
    row = opened()
    messages.send(session, door, row.id, [draft], now)
    conversations.post_text(session, row.id, "a", "小区门口的路边", now)
    assert hold(session, pending(session, row.id), now, 1.2) is None


def test_after_an_answered_question_a_fragment_waits_again(
    session: Session, opened: Open, door: Door, now: datetime
) -> None:
    """A checklist that was told is no form, though it has the form's route."""
    row = opened()
    messages.send(
        session, door, row.id, [Draft("材料如下。", meta={"route": "materials", "faq_id": "materials.injury"})], now
    )
    conversations.post_text(session, row.id, "a", "对方全责", now)
    assert hold(session, pending(session, row.id), now, 1.2) is not None


@pytest.mark.parametrize(("value", "seconds"), [("", 1.2), ("0", 0.0), ("2.5", 2.5)])
def test_the_setting(tmp_path: Path, value: str, seconds: float) -> None:
    """0 switches it off."""
    assert read_settings({"VAR_DIR": str(tmp_path), "COALESCE_SECONDS": value}).coalesce_seconds == seconds


@pytest.mark.parametrize("value", ["-1", "3", "nan", "soon"])
def test_a_wrong_setting_is_named(tmp_path: Path, value: str) -> None:
    """In one sentence."""
    with pytest.raises(SettingsError, match="COALESCE_SECONDS"):
        read_settings({"VAR_DIR": str(tmp_path), "COALESCE_SECONDS": value})


# In the gateway


class Line:
    """A conversation with the turns running; Rasa repeats what it is told."""

    def __init__(self, database: Database, door: Door, folder: Path, seconds: float) -> None:
        settings = read_settings({"VAR_DIR": str(folder), "COALESCE_SECONDS": str(seconds)})
        self.calls: list[dict[str, Any]] = []
        self.state = State(settings, database, door)
        client = httpx.AsyncClient(base_url="http://rasa", transport=httpx.MockTransport(self._rasa))
        self.state.turns = self.turns = Turns(self.state, client)
        with database.write() as session:
            self.id = conversations.open_conversation(session, utc_now()).conversation_id

    async def _rasa(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(json.loads(request.content))
        return httpx.Response(200, json={"messages": [{"text": "收到。"}]})

    async def say(self, text: str) -> None:
        await self.state.write(conversations.post_text, self.id, f"{time.monotonic_ns()}", text, utc_now())
        self.turns.wake(self.id)

    async def settle(self) -> list[Message]:
        while self.turns._running:
            await asyncio.sleep(0.002)
        with self.state.database.read() as session:
            return [row for row in messages.after(session, self.id, 0) if row.sender is not Sender.CUSTOMER]


@pytest.fixture
def line(database: Database, door: Door, tmp_path: Path) -> Callable[[float], Line]:
    return lambda seconds: Line(database, door, tmp_path, seconds)


async def test_three_fragments_are_one_turn_and_one_answer(line: Callable[[float], Line]) -> None:
    """Each begins the wait anew."""
    talk = line(SECONDS)
    for text in ("追尾了", "对方全责", "我的车"):
        await talk.say(text)
        await asyncio.sleep(SECONDS / 3)
    said = await talk.settle()
    assert [call["text"] for call in talk.calls] == ["追尾了，对方全责，我的车"]
    assert [row.answers for row in said] == [3]


async def test_the_question_that_ends_the_story_is_answered_at_once(line: Callable[[float], Line]) -> None:
    """Together with the story."""
    talk = line(2.0)
    for text in ("追尾了", "对方全责", "要哪些材料"):
        await talk.say(text)
        await asyncio.sleep(0.05)
    began = time.monotonic()
    await talk.settle()
    assert time.monotonic() - began < 1.0
    assert [call["text"] for call in talk.calls] == ["追尾了，对方全责，要哪些材料"]


async def test_a_lone_fragment_is_answered_after_the_wait(line: Callable[[float], Line]) -> None:
    """Nothing more came."""
    talk = line(SECONDS)
    began = time.monotonic()
    await talk.say("追尾了")
    assert len(await talk.settle()) == 1
    assert SECONDS <= time.monotonic() - began < 1.0


async def test_complete_questions_are_as_fast_as_without(line: Callable[[float], Line]) -> None:
    """The median of twenty turns differs by a few milliseconds at most."""

    async def median(talk: Line) -> float:
        taken = []
        for _ in range(20):
            began = time.perf_counter()
            await talk.say("玻璃碎了赔吗")
            await talk.settle()
            taken.append(time.perf_counter() - began)
        return statistics.median(taken)

    without, with_it = await median(line(0.0)), await median(line(1.2))
    assert with_it < without + 0.02


async def test_an_agent_who_comes_meanwhile_gets_the_fragment(line: Callable[[float], Line]) -> None:
    """The bot says nothing then."""
    talk = line(SECONDS)
    await talk.say("追尾了")
    await talk.state.write(take_over, talk.id)
    assert await talk.settle() == []
    assert talk.calls == []


def take_over(session: Session, conversation_id: str) -> None:
    agent = agents.set_password(session, "xiaochen", PASSWORD, name="小陈", role=Role.FIRST_LINE)
    session.flush()
    handover.take_over(session, conversation_id, agent, utc_now())


async def test_stopping_in_the_wait_loses_nothing(line: Callable[[float], Line]) -> None:
    """The next process answers, without waiting again once the time is over."""
    talk = line(1.0)
    await talk.say("追尾了")
    await asyncio.sleep(0.05)
    await talk.turns.close()
    assert talk.calls == []
    with talk.state.database.read() as session:
        assert len(messages.pending(session, talk.id)) == 1
