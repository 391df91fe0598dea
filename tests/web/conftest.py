"""The pages in a real browser, against one real service: a browser for the run, contexts for each test.

Every test also fails when a page throws, opens a dialog or breaks its content security policy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from cases import conversations, handover
from cases.clock import utc_now
from cases.enums import Owner
from cases.models import Agent as AgentRow
from cases.models import Conversation
from tests.service import Service, service  # noqa: F401  # the fixture
from tests.stories.talk import Agent, app_token
from tests.web.chat_page import ChatPage
from tests.web.desk_page import DeskPage

SWITCHES = ("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
            "disable-component-update", "disable-sync")  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
PATIENCE_MS = 15_000
OpenChat = Callable[..., ChatPage]
OpenDesk = Callable[..., DeskPage]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "web: opens the pages in Chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests, and run them last: while Playwright is open no asyncio test can run in the same thread."""
    items.sort(key=lambda item: "tests/web/" in item.nodeid)
    for item in items:
        if "tests/web/" in item.nodeid:
            item.add_marker("web")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or whichever CHROMIUM names."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("There is no Chromium here (Debian: apt-get install chromium), so the pages were not opened.")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=[f"--{switch}" for switch in SWITCHES])
        yield made
        made.close()


class Watched:
    """Contexts of one test, and what went wrong in their pages."""

    def __init__(self, browser: Browser, base: str) -> None:
        self._browser, self._base = browser, base
        self._contexts: list[BrowserContext] = []
        self.wrong: list[str] = []

    def context(self, viewport: dict[str, int], **options: Any) -> BrowserContext:
        """A browser of another person."""
        made = self._browser.new_context(
            base_url=self._base, viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai", **options
        )
        made.set_default_timeout(PATIENCE_MS)
        made.on("page", self._watch)
        self._contexts.append(made)
        return made

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("console", lambda line: "Content Security Policy" in line.text and self.wrong.append(line.text))

        def dialog(opened: Any) -> None:
            self.wrong.append(f"dialog: {opened.message}")
            opened.dismiss()

        page.on("dialog", dialog)

    def close(self) -> None:
        """End everything that is still open."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def watched(browser: Browser, service: Service) -> Iterator[Watched]:  # noqa: F811  # the fixture
    """The test's browsers; nothing may go wrong in them."""
    made = Watched(browser, service.base)
    yield made
    made.close()
    assert made.wrong == []


@pytest.fixture
def open_chat(watched: Watched) -> OpenChat:
    """Open the chat in a browser of its own: a guest's, or a signed-in customer's."""

    def make(customer: str | None = None, viewport: dict[str, int] = PHONE, **options: Any) -> ChatPage:
        chat = ChatPage(watched.context(viewport, **options).new_page())
        chat.open()
        if customer:
            chat.sign_in(app_token(customer))
        return chat

    return make


@pytest.fixture(scope="session")
def sessions(service: Service) -> dict[str, Agent]:  # noqa: F811  # the fixture
    """The agents, logged in once: log-ins are counted."""
    return {name: Agent(service, name) for name in ("xiaochen", "zhou", "lead")}


@pytest.fixture
def open_desk(watched: Watched, sessions: dict[str, Agent], service: Service) -> OpenDesk:  # noqa: F811  # the fixture
    """Open the desk as an agent who is logged in."""

    def make(username: str = "xiaochen", path: str = "") -> DeskPage:
        context = watched.context(DESKTOP)
        token = sessions[username].http.cookies["desk_session"]
        context.add_cookies([{"name": "desk_session", "value": token, "url": service.base}])
        desk = DeskPage(context.new_page())
        desk.open(path)
        return desk

    return make


@pytest.fixture(autouse=True)
def _empty_queue(service: Service) -> Iterator[None]:  # noqa: F811  # the fixture
    """After each test nobody waits and no agent has anything."""
    yield
    with service.database.write() as session:
        rows = session.query(Conversation).filter(Conversation.owner.in_([Owner.QUEUED, Owner.HUMAN])).all()
        lead = session.query(AgentRow).filter_by(username="lead").one()
        for row in rows:
            if row.owner is Owner.QUEUED:
                handover.take_over(session, row.id, lead, utc_now())
            holder = session.get(AgentRow, conversations.get(session, row.id).agent_id)
            handover.close(session, row.id, holder, "测试结束", utc_now())
