"""What the desk page offers for a complaint beside answering it."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

from playwright.sync_api import expect

from cases import callbacks, complaints, conversations
from cases.clock import utc_now
from cases.complaints import Details
from cases.enums import ComplaintCategory, HandoverReason, ReplyBy
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


def test_waiting_for_the_customer_is_shown_beside_the_clocks(service: Service, open_desk: OpenDesk) -> None:
    """And going on again; each needs no more than a note."""
    no = complained(service)
    desk = open_desk("xiaochen", f"#/complaints/{no}")
    clocks = desk.page.locator(".Clocks")
    expect(clocks).to_contain_text("法定 15 日")
    expect(clocks).not_to_contain_text("等待客户补充")
    desk.page.get_by_role("button", name="等待客户补充").click()
    desk.dialog.get_by_label("说明").fill("等客户补交发票")
    desk.dialog.get_by_role("button", name="确定").click()
    expect(clocks).to_contain_text("等待客户补充")
    expect(clocks).to_contain_text("法定时限照常计算")
    expect(desk.page.get_by_role("button", name="等待客户补充")).to_have_count(0)
    desk.page.get_by_role("button", name="继续处理").click()
    desk.dialog.get_by_role("button", name="确定").click()
    expect(clocks).not_to_contain_text("等待客户补充")
    for line in ("等待客户补充", "继续处理"):
        expect(desk.page.locator(".ant-timeline")).to_contain_text(line)


def test_a_call_is_made_and_noted(service: Service, open_desk: OpenDesk) -> None:
    """Reason, due time, masked phone, whole against a reason; an overdue one is marked; the conversation opens; it is gone when it is done."""
    made = {}
    with service.database.write() as session:
        for summary, hours in (("回电甲", -5), ("回电乙", 5)):
            row = conversations.open_conversation(session, utc_now())
            conversations.get(session, row.conversation_id).contact_phone = "13711112222"
            start = utc_now() + timedelta(hours=hours)
            callbacks.record(session, row.conversation_id, HandoverReason.LOW_RATING, summary, start)
            made[summary] = row.conversation_id
    desk = open_desk("xiaochen")
    desk.page.get_by_role("link", name="回电", exact=True).click()
    late, early = (desk.page.get_by_role("row", name=re.compile(name)) for name in made)
    expect(late).to_contain_text("已逾期")
    expect(late).to_contain_text("低分评价")
    expect(late).to_contain_text("137****2222")
    expect(early).not_to_contain_text("已逾期")
    early.get_by_role("button", name="查看完整号码").click()
    desk.page.get_by_label("查看原因").fill("回电")
    desk.page.get_by_role("tooltip").get_by_role("button", name="确定").click()
    expect(early).to_contain_text("13711112222")
    late.get_by_role("button", name="已回电").click()
    desk.dialog.get_by_role("button", name="已回电").click()
    expect(desk.dialog).to_contain_text("请填写")
    desk.dialog.get_by_label("回电情况").fill("已说明原因")
    desk.dialog.get_by_role("button", name="已回电").click()
    expect(late).to_have_count(0)
    early.get_by_role("link", name="查看会话").click()
    expect(desk.page.get_by_role("button", name="接管会话")).to_be_visible()
    assert made["回电乙"] in desk.page.url


def test_compensation_is_off_until_a_supervisor_approves_a_scheme(service: Service, open_desk: OpenDesk) -> None:
    """A name that promises money is refused with the reason; what is on is ended again; nobody else has the page."""
    assert open_desk("xiaochen").page.get_by_role("link", name="补偿方案").count() == 0
    desk = open_desk("lead")
    desk.page.get_by_role("link", name="补偿方案").click()
    note, form = desk.page.get_by_role("note"), desk.page.get_by_role("region", name="启用方案")
    expect(note).to_contain_text("未启用")
    form.get_by_label("类型").click()
    desk.page.locator(".ant-select-item-option", has_text="书面致歉").click()
    form.get_by_label("法务依据").fill("法务2026-07")
    for name, why in (("减免手续费", "第一百一十六条"), ("赠送代金券", "合同外利益")):
        form.get_by_label("名称").fill(name)
        form.get_by_role("button", name="启用方案").click()
        expect(desk.toast.filter(has_text=why)).to_be_visible()
    form.get_by_label("名称").fill("主管书面致歉")
    form.get_by_role("button", name="启用方案").click()
    expect(desk.page.get_by_role("row", name=re.compile("主管书面致歉"))).to_contain_text("法务2026-07")
    expect(note).to_contain_text("已启用")
    desk.page.get_by_role("button", name="停用 主管书面致歉").click()
    desk.page.get_by_role("tooltip").get_by_role("button", name="停用").click()
    expect(note).to_contain_text("未启用")
