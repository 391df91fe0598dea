"""What the desk page offers for a complaint beside answering it."""

from __future__ import annotations

import secrets
from typing import Any

from playwright.sync_api import expect

from cases import complaints, conversations
from cases.clock import utc_now
from cases.complaints import Details
from cases.enums import ComplaintCategory, ReplyBy
from tests.service import Service
from tests.web.conftest import OpenChat, OpenDesk
from tests.web.desk_page import DeskPage


def complained(service: Service, **changes: Any) -> str:
    """A guest's complaint of which nobody is a party; its number."""
    with service.database.write() as session:
        row = conversations.open_conversation(session, utc_now())
        values: dict[str, Any] = {
            "request_id": secrets.token_hex(8),
            "category": ComplaintCategory.DELAY,
            "what_happened": "一直没有回音",
            "wanted": "回电",
            "reply_by": ReplyBy.PHONE,
        }
        details = Details(**{**values, **changes})
        return str(complaints.file(session, row.conversation_id, details, utc_now()).complaint.no)


def choose(desk: DeskPage, label: str, option: str) -> None:
    """One of a list in the dialog."""
    desk.dialog.get_by_label(label).click()
    desk.page.locator(".ant-select-item-option", has_text=option).click()


def test_a_party_is_named_and_no_longer_sees_the_complaint(service: Service, open_desk: OpenDesk) -> None:
    """With a reason, which the log shows; a supervisor takes it back."""
    no = complained(service)
    chen, lead = open_desk("xiaochen", f"#/complaints/{no}"), open_desk("lead", f"#/complaints/{no}")
    expect(chen.page.get_by_role("heading", name=no)).to_be_visible()
    section = lead.page.get_by_role("region", name="被投诉人（回避）")
    section.get_by_role("button", name="添加被投诉人").click()
    choose(lead, "被投诉人", "小陈")
    lead.dialog.get_by_role("button", name="确定").click()
    expect(lead.dialog).to_contain_text("请填写")
    lead.dialog.get_by_label("原因").fill("客户来电指认")
    lead.dialog.get_by_role("button", name="确定").click()
    expect(section).to_contain_text("小陈")
    expect(lead.page.locator(".ant-timeline")).to_contain_text("客户来电指认")
    chen.page.reload()
    expect(chen.page.get_by_role("button", name="退出")).to_be_visible()
    expect(chen.page.locator(".Sheet .ant-alert")).to_be_visible()
    expect(chen.page.get_by_role("heading", name=no)).to_have_count(0)
    section.get_by_role("button", name="移除 小陈").click()
    lead.dialog.get_by_label("原因").fill("核实为查勘员")
    lead.dialog.get_by_role("button", name="确定").click()
    expect(section).to_contain_text("未登记被投诉人")
    chen.page.reload()
    expect(chen.page.get_by_role("heading", name=no)).to_be_visible()


def test_who_names_himself_is_out_of_it(service: Service, open_desk: OpenDesk) -> None:
    """He is told so and is back at the list."""
    no = complained(service)
    desk = open_desk("xiaochen", f"#/complaints/{no}")
    desk.page.get_by_role("button", name="添加被投诉人").click()
    choose(desk, "被投诉人", "小陈")
    desk.dialog.get_by_label("原因").fill("与客户相识")
    desk.dialog.get_by_role("button", name="确定").click()
    expect(desk.toast.filter(has_text="按回避要求")).to_be_visible()
    expect(desk.page.get_by_role("heading", name="投诉工单")).to_be_visible()
    expect(desk.page.get_by_role("link", name=no)).to_have_count(0)


def test_an_agent_registers_a_complaint_about_a_colleague(
    service: Service, open_chat: OpenChat, open_desk: OpenDesk
) -> None:
    """The colleague is a party to it; he himself goes on."""
    chat, desk = open_chat(), open_desk("xiaochen")
    desk.accept(chat.queue_up())
    desk.page.locator(".Talk-actions").get_by_role("button", name="登记投诉").click()
    choose(desk, "类型", "时效")
    desk.dialog.get_by_label("情况").fill("答应回电没有回")
    desk.dialog.get_by_label("诉求").fill("回电")
    choose(desk, "被投诉的坐席", "周老师")
    desk.dialog.get_by_role("button", name="登记投诉").click()
    expect(desk.dialog).to_have_count(0)
    desk.side.get_by_role("tab", name="记录").click()
    desk.side.get_by_role("link", name="TS").click()
    expect(desk.page.get_by_role("region", name="被投诉人（回避）")).to_contain_text("周老师")
