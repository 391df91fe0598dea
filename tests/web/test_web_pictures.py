"""The pictures of the docs, taken from real conversations; `PICTURES=docs/pictures` keeps them there."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from cases.clock import local, utc_now
from cases.models import Conversation, Handover, Message
from cases.settings import ROOT
from tests.service import Service
from tests.web.conftest import DESKTOP, PHONE, OpenChat, OpenDesk

MOST_BYTES = 200_000
NAMES = ("chat-phone.png", "chat-desktop.png", "desk.png", "weekly.png")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where they go."""
    return Path(ROOT, os.environ["PICTURES"]) if os.environ.get("PICTURES") else tmp_path


def take(page: Page, path: Path) -> None:
    """A picture of what the window shows, once it has come to rest."""
    page.wait_for_timeout(600)
    page.screenshot(path=path, animations="disabled", caret="hide")
    shown = page.viewport_size
    assert shown is not None
    with Image.open(path) as picture:
        assert picture.size == (shown["width"], shown["height"])
        small = picture.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        assert len(small.getcolors() or []) > 20, "the page is empty"
    small.save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES


def test_the_chat_on_a_phone(open_chat: OpenChat, folder: Path) -> None:
    """A customer looks up his claim."""
    chat = open_chat("DOCS_PARTIAL", PHONE)
    chat.ask("我的理赔到哪一步了")
    expect(chat.page.locator(".ClaimSteps")).to_be_visible()
    take(chat.page, folder / "chat-phone.png")


def test_the_chat_on_a_desktop(open_chat: OpenChat, folder: Path) -> None:
    """The same, and a complaint."""
    chat = open_chat("DISPUTED", DESKTOP)
    chat.ask("定损金额我不认可怎么办")
    chat.ask("怎么拍照定损")
    take(chat.page, folder / "chat-desktop.png")


def test_the_desk(open_chat: OpenChat, open_desk: OpenDesk, folder: Path) -> None:
    """An agent answers one customer while two wait."""
    chat, desk = open_chat("several"), open_desk("xiaochen")
    chat.ask("我的理赔到哪一步了")
    chat.ask("沪B6K789这个案子拖了半个月，太生气了，我要转人工")
    desk.accept(chat.queue_up())
    desk.answer("您好，我是小陈，已看到您前面说明的情况，正在核对案件。")
    chat.say("好的，麻烦尽快")
    for key in ("PAYING", "SURVEYED"):
        open_chat(key).queue_up()
    expect(desk.queue.get_by_role("button", name=re.compile("^接入 "))).to_have_count(2)
    desk.reply.fill("您放心，三天内一定赔到账。")
    expect(desk.page.locator(".Wording mark").first).to_be_visible()
    take(desk.page, folder / "desk.png")


def over_the_week(service: Service) -> None:
    """What these tests did in two minutes, told as the work of the week until today."""
    with service.database.write() as session:
        for n, row in enumerate(session.query(Conversation).filter(Conversation.last_seq > 0).all()):
            earlier = timedelta(days=(n * n + n // 3) % 7 % (local(utc_now()).weekday() + 1))
            for message in session.query(Message).filter_by(conversation_id=row.id).all():
                message.at -= earlier
            for stay in session.query(Handover).filter_by(conversation_id=row.id).all():
                stay.requested_at -= earlier
                stay.ended_at = stay.ended_at - earlier if stay.ended_at else None


def test_the_weekly_review(service: Service, open_desk: OpenDesk, folder: Path) -> None:
    """What a supervisor sees of this week."""
    over_the_week(service)
    desk = open_desk("lead", "#/weekly")
    expect(desk.page.locator(".Bars").first).to_be_visible()
    take(desk.page, folder / "weekly.png")


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_have_their_pictures(name: str) -> None:
    """Small enough for a page that is read on the road."""
    assert 1_000 < Path(ROOT, "docs", "pictures", name).stat().st_size < MOST_BYTES
