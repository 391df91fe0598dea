"""The agents' desk page, as a test drives it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


class DeskPage:
    """One tab with the desk."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.queue = page.locator(".Queue")
        self.reply = page.get_by_label("回复客户")
        self.send_button = page.locator(".Reply").get_by_role("button", name="发送", exact=True)
        self.lines = page.locator(".Lines")
        self.side = page.locator(".Side")
        self.dialog = page.get_by_role("dialog")
        self.toast = page.locator(".ant-message-notice")

    def open(self, path: str = "") -> None:
        """Load the page and wait for the queue, or for whatever page is named."""
        self.page.goto(f"/desk{path}")
        expect(self.page.get_by_role("button", name="退出")).to_be_visible()

    def log_in(self, username: str, password: str) -> None:
        """Log in as a person does."""
        self.page.goto("/desk")
        self.page.get_by_label("用户名").fill(username)
        self.page.get_by_label("密码", exact=True).fill(password)
        self.page.get_by_role("button", name="登录").click()
        expect(self.queue).to_be_visible()

    def row(self, conversation: str) -> Locator:
        """The conversation's line in the list."""
        return self.page.locator(".Item", has=self.page.locator(f"a[href='#/work/{conversation}']")).first

    def show(self, conversation: str) -> None:
        """Open a conversation without taking it."""
        self.page.evaluate("id => { window.location.hash = `#/work/${id}`; }", conversation)
        expect(self.lines).to_be_visible()

    def accept(self, conversation: str) -> None:
        """Open a conversation that waits, and take it."""
        self.show(conversation)
        self.page.get_by_role("button", name="接入会话").click()
        expect(self.reply).to_be_visible()

    def answer(self, text: str) -> None:
        """Write to the customer and send it."""
        self.reply.fill(text)
        expect(self.send_button).to_be_enabled()
        self.send_button.click()
        expect(self.reply).to_have_value("")

    def do(self, action: str, text: str) -> None:
        """内部备注, 转接, 升级, 交还机器人 or 结束会话, with what is to be said about it."""
        self.page.locator(".Talk-actions").get_by_role("button", name=action).click()
        self.dialog.get_by_role("textbox").fill(text)
        self.dialog.get_by_role("button", name=action).click()
        expect(self.dialog).to_have_count(0)
