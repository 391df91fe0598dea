"""Customers who are followed up first, on the desk page and never on the customer's."""

from __future__ import annotations

import secrets

from playwright.sync_api import expect

from cases import complaints
from cases.clock import utc_now
from cases.complaints import Details
from cases.enums import ComplaintCategory, ReplyBy
from tests.service import Service
from tests.web.conftest import OpenChat, OpenDesk


def test_a_label_is_shown_with_its_reason_followed_up_and_removed(
    service: Service, open_chat: OpenChat, open_desk: OpenDesk
) -> None:
    """In the queue and the side panel; on the specialists' list until it is done; gone when a supervisor says why."""
    chat = open_chat()
    conversation = chat.queue_up()
    with service.database.write() as session:
        for category in (ComplaintCategory.DELAY, ComplaintCategory.PROCESS, ComplaintCategory.OTHER):
            details = Details(secrets.token_hex(8), category, "一直没有进展", "说明原因", ReplyBy.APP)
            no = complaints.file(session, conversation, details, utc_now()).complaint.no
    desk, zhou, lead = open_desk("xiaochen"), open_desk("zhou"), open_desk("lead")
    expect(desk.row(conversation)).to_contain_text("优先跟进")
    desk.accept(conversation)
    box = desk.side.get_by_role("region", name="优先跟进")
    expect(box).to_contain_text("多次投诉")
    expect(box).to_contain_text("不得向客户提及")
    expect(box.get_by_role("link", name=no)).to_be_visible()
    expect(box.get_by_role("button")).to_have_count(0)
    expect(desk.page.get_by_role("link", name="优先跟进")).to_have_count(0)
    zhou.page.get_by_role("link", name="优先跟进").click()
    row = zhou.page.get_by_role("row", name=no)
    row.get_by_role("button", name="已跟进").click()
    zhou.dialog.get_by_label("跟进情况").fill("已致电说明")
    zhou.dialog.get_by_role("button", name="确定").click()
    expect(row).to_have_count(0)
    lead.show(conversation)
    box = lead.side.get_by_role("region", name="优先跟进")
    expect(box).to_contain_text("跟进")
    box.get_by_role("button", name="移除标注").click()
    lead.dialog.get_by_label("移除原因").fill("已核实为同一事项")
    lead.dialog.get_by_role("button", name="确定").click()
    expect(box).to_have_count(0)
    expect(chat.page.locator("body")).not_to_contain_text("优先跟进")
