"""Keyboard, screen readers, and how much a first view loads."""

from __future__ import annotations

import gzip
import re

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from tests.stories.people import PASSWORD
from tests.stories.talk import Agent
from tests.web.axe import findings
from tests.web.chat_page import ChatPage
from tests.web.conftest import DESKTOP, PHONE, OpenChat, OpenDesk, Watched
from tests.web.desk_page import DeskPage

COMPLAINT = "我要投诉查勘员态度恶劣还骂人，车牌浙B00999，希望当面道歉，请打电话回复我13711110002"

INSIDE = "document.activeElement === document.body || document.activeElement.closest('[role=dialog]') !== null"


def tab_to(page: Page, target: Locator, most: int = 60) -> None:
    """Walk there with the Tab key, and see where one is."""
    for _ in range(most):
        if target.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(target).to_be_focused()
    outline = target.evaluate("one => getComputedStyle(one).outlineStyle + getComputedStyle(one).boxShadow")
    assert outline != "nonenone", f"one does not see that {target} has the focus"


def test_the_chat_works_with_the_keyboard_alone(open_chat: OpenChat, sessions: dict[str, Agent]) -> None:
    """Chip, question, choice, large text, person, rating."""
    chat = open_chat()
    page = chat.page
    tab_to(page, page.get_by_role("button", name="大字"))
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="大字")).to_have_attribute("aria-pressed", "true")
    tab_to(page, page.get_by_role("button", name="怎么拍照定损"))
    page.keyboard.press("Enter")
    chat.answer(1)
    tab_to(page, chat.input)
    page.keyboard.type("我要投诉查勘员，材料反复让我补交了三次")
    last = chat.last_seq
    page.keyboard.press("Enter")
    chat.answer(last)
    page.keyboard.press("Home")
    tab_to(page, page.locator(".Choice", has_text="没有或不记得"))
    last = chat.last_seq
    page.keyboard.press("Enter")
    chat.answer(last)
    tab_to(page, page.get_by_role("button", name="转人工", exact=True))
    page.keyboard.press("Enter")
    expect(chat.header).to_contain_text("排队")
    sessions["xiaochen"].do(chat.conversation, "accept")
    sessions["xiaochen"].do(chat.conversation, "close", summary="已答复")
    tab_to(page, page.get_by_role("group", name="总体满意度").get_by_role("button", name="4 分"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="提交评价"))
    page.keyboard.press("Enter")
    expect(chat.log).to_contain_text("感谢您的评价")


def test_the_desk_works_with_the_keyboard_alone(open_chat: OpenChat, watched: Watched) -> None:
    """Log in, take the next one, answer, note, close."""
    chat, desk = open_chat(), DeskPage(watched.context(DESKTOP).new_page())
    page = desk.page
    chat.queue_up()
    page.goto("/desk")
    expect(page.get_by_label("用户名")).to_be_focused()
    page.keyboard.type("xiaochen")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(desk.row(chat.conversation)).to_be_visible()
    page.keyboard.press("Alt+n")
    expect(desk.reply).to_be_focused()
    page.keyboard.type("您好，请稍等，我先核对案件信息。")
    page.keyboard.press("Enter")
    expect(chat.said_by("agent")).to_contain_text("核对案件")
    for action, text in (("内部备注", "客户着急"), ("结束会话", "已答复")):
        tab_to(page, page.locator(".Talk-actions").get_by_role("button", name=action))
        page.keyboard.press("Enter")
        expect(desk.dialog.get_by_role("textbox")).to_be_focused()
        page.keyboard.type(text)
        tab_to(page, desk.dialog.get_by_role("button", name=action))
        page.keyboard.press("Enter")
        expect(desk.dialog).to_have_count(0)
    expect(chat.page.get_by_text("本次咨询已结束", exact=True).last).to_be_visible()


def test_a_dialog_of_the_desk_keeps_the_focus_and_gives_it_back(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """Escape closes it."""
    chat, desk = open_chat(), open_desk()
    desk.accept(chat.queue_up())
    button = desk.page.locator(".Talk-actions").get_by_role("button", name="内部备注")
    button.focus()
    desk.page.keyboard.press("Enter")
    expect(desk.dialog.get_by_role("textbox")).to_be_focused()
    for _ in range(8):
        desk.page.keyboard.press("Tab")
        assert desk.page.evaluate(INSIDE)
    desk.page.keyboard.press("Escape")
    expect(desk.dialog).to_have_count(0)
    expect(button).to_be_focused()


def ticket(chat: ChatPage) -> None:
    """A complaint in one sentence, confirmed."""
    chat.ask(COMPLAINT)
    chat.tap("确认登记")
    expect(chat.header).to_contain_text("排队")


@pytest.mark.parametrize("large", [False, True], ids=["normal", "large"])
def test_axe_finds_nothing_serious_in_the_chat(open_chat: OpenChat, large: bool) -> None:
    """Welcome, status card, lists, choices, ticket and queue, rating; in normal and in large text."""
    chat = open_chat("one11")
    if large:
        chat.page.get_by_role("button", name="大字").click()
    expect(chat.page.get_by_role("button", name="查案件进度")).to_be_visible()
    assert findings(chat.page) == []
    chat.ask("我的车险理赔到哪一步了")
    assert findings(chat.page) == []
    chat.ask("单方事故需要哪些材料")
    chat.ask("怎么拍照定损")
    assert findings(chat.page) == []
    chat.ask("我要评价")
    chat.page.get_by_role("group", name="总体满意度").get_by_role("button", name="2 分").click()
    assert findings(chat.page) == []
    chat.ask("算了")
    ticket(chat)
    assert findings(chat.page) == []


def test_axe_finds_nothing_serious_at_the_log_in(watched: Watched) -> None:
    """Also when it refused."""
    page = watched.context(DESKTOP).new_page()
    page.goto("/desk")
    expect(page.get_by_label("用户名")).to_be_visible()
    assert findings(page) == []


def test_axe_finds_nothing_serious_at_the_desk(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """Queue, conversation with its side panel and wording review, the other pages, and one complaint."""
    chat, desk = open_chat("one12"), open_desk("lead")
    ticket(chat)
    chat.ask("我的车险理赔到哪一步了")
    expect(desk.row(chat.conversation)).to_be_visible()
    assert findings(desk.page) == []
    desk.accept(chat.conversation)
    desk.reply.fill("您放心，我们保证全额赔付。")
    expect(desk.page.locator(".Wording mark").first).to_be_visible()
    assert findings(desk.page) == []
    for tab in ("保单案件", "记录"):
        desk.side.get_by_role("tab", name=tab).click()
        assert findings(desk.page) == []
    desk.page.locator(".Talk-actions").get_by_role("button", name="登记投诉").click()
    expect(desk.dialog).to_be_visible()
    assert findings(desk.page) == []
    pages = {
        "complaints": "投诉工单",
        "callbacks": "待回电",
        "following": "优先跟进",
        "suggestions": "意见、建议",
        "schemes": "补偿方案",
        "board": "实时监控",
        "weekly": "服务周报",
    }
    for path, heading in pages.items():
        desk.open(f"#/{path}")
        expect(desk.page.get_by_role("heading", name=re.compile(heading))).to_be_visible()
        assert findings(desk.page) == []
    desk.open("#/complaints")
    desk.page.get_by_role("link", name=re.compile("^TS")).first.click()
    expect(desk.page.get_by_role("heading", name="核实清单")).to_be_visible()
    assert findings(desk.page) == []


@pytest.mark.parametrize(("path", "most"), [("/", 300_000), ("/desk", 1_000_000)])
def test_a_first_view_loads_little(watched: Watched, path: str, most: int) -> None:
    """Compressed, all of it from this host; what has a hash in its name is kept by the browser."""
    page = watched.context(PHONE).new_page()
    loaded: list[Response] = []
    page.on("response", lambda one: loaded.append(one))
    page.goto(path, wait_until="load")
    page.wait_for_timeout(500)
    files = [one for one in loaded if "/api/" not in one.url]
    assert sum(len(gzip.compress(one.body())) for one in files) < most
    assert {one.url.split("/")[2] for one in loaded} == {page.url.split("/")[2]}
    for one in files:
        if "/assets/" in one.url:
            assert "immutable" in one.header_value("cache-control"), one.url
            assert one.header_value("content-encoding") == "gzip" or one.url.endswith(".svg"), one.url
