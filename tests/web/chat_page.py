"""The customer's chat page, as a test drives it."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

ASKED = "免赔额是什么意思"


class ChatPage:
    """One tab with the chat."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.input = page.get_by_label("消息内容")
        self.send_button = page.get_by_role("button", name="发送", exact=True)
        self.log = page.get_by_role("log", name="聊天记录")
        self.header = page.locator(".Top-text p")
        self.banner = page.locator(".Banner")
        self.messages = page.locator(".Message[data-seq]")

    def open(self, path: str = "/") -> None:
        """Load the page and wait for the conversation."""
        self.page.goto(path)
        expect(self.input).to_be_visible()

    def sign_in(self, jwt: str) -> None:
        """What the insurer's app does in its web view."""
        before = self.conversation
        self.page.evaluate("jwt => window.ClaimsChat.init({jwt})", jwt)
        self.page.wait_for_function(
            "old => ![undefined, old].includes(JSON.parse(sessionStorage['claims.session'] || '{}').conversation_id)",
            arg=before,
        )
        expect(self.input).to_be_visible()

    @property
    def conversation(self) -> str:
        """The conversation that the tab keeps."""
        kept = self.page.evaluate("sessionStorage.getItem('claims.session')")
        return str(json.loads(kept)["conversation_id"])

    @property
    def token(self) -> str:
        """The key to it."""
        return str(json.loads(self.page.evaluate("sessionStorage.getItem('claims.session')"))["token"])

    def say(self, text: str) -> None:
        """Type a text and press the button."""
        self.input.fill(text)
        self.send_button.click()

    def ask(self, text: str = ASKED) -> Locator:
        """Say something to the bot; its last message once it has answered."""
        last = self.last_seq
        self.say(text)
        return self.answer(last)

    def answer(self, after: int) -> Locator:
        """What the bot said last behind that place, once it has."""
        self.page.wait_for_function(
            "after => [...document.querySelectorAll('[data-from=bot]')].some(one => Number(one.dataset.seq) > after)",
            arg=after,
        )
        return self.said_by("bot").last

    def tap(self, label: str) -> Locator:
        """Tap the newest choice with that label; what the bot answers."""
        last = self.last_seq
        self.page.locator(".Choice", has_text=label).last.click()
        return self.answer(last)

    @property
    def last_seq(self) -> int:
        """How far the conversation is shown."""
        numbers = self.page.eval_on_selector_all("[data-seq]", "all => all.map(one => Number(one.dataset.seq))")
        return max(numbers, default=0)

    @property
    def numbers(self) -> list[int]:
        """The shown messages' places, in the order of the page."""
        return list(self.page.eval_on_selector_all("[data-seq]", "all => all.map(one => Number(one.dataset.seq))"))

    def check_order(self) -> None:
        """Each message is shown once, in its place."""
        shown = self.numbers
        assert shown == sorted(set(shown))

    def said_by(self, who: str) -> Locator:
        """The messages of customer, bot or agent."""
        return self.page.locator(f".Message[data-from={who}]")

    def own(self, text: str) -> Locator:
        """The customer's messages with that text, sent or on their way."""
        return self.page.locator(".Message.right", has_text=text)

    def pick(self, *files: Path | dict[str, object]) -> None:
        """Choose pictures, as the camera button lets one."""
        with self.page.expect_file_chooser() as chooser:
            self.page.get_by_role("button", name="发送照片").click()
        chooser.value.set_files(list(files))

    def queue_up(self) -> str:
        """Ask for a person, unless that was understood before; the conversation's id."""
        if "排队" in self.header.inner_text():
            return self.conversation
        self.page.get_by_role("button", name="转人工", exact=True).first.click()
        expect(self.header).to_contain_text("排队")
        return self.conversation

    def rate(self, points: int, comment: str = "") -> None:
        """Fill in the rating card and send it."""
        self.page.get_by_role("group", name="总体满意度").get_by_role("button", name=f"{points} 分").click()
        if comment:
            self.page.get_by_label("您觉得哪些环节可以改进").fill(comment)
        self.page.get_by_role("button", name="提交评价").click()
