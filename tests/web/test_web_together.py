"""A customer's page and an agent's side by side."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.web.chat_page import ASKED
from tests.web.conftest import OpenChat, OpenDesk

PRESS = """at => {
  const button = [...document.querySelectorAll('button')].find((one) => one.textContent === '接入会话');
  setTimeout(() => button.click(), at - Date.now());
}"""
BLOCKED = "您放心，我们保证全额赔付。"


def test_a_complaint_goes_to_an_agent_and_back_to_the_bot_and_ends_with_a_rating(
    open_chat: OpenChat, open_desk: OpenDesk
) -> None:
    """The whole way: ask, complain, queue, accept, answer, blocked wording, hand back, the bot again, close, rate."""
    chat, desk = open_chat(), open_desk()
    expect(chat.ask()).to_contain_text("免赔")

    chat.ask("我要投诉你们定损拖了半个月没人管，希望尽快处理，App消息回复我就行")
    expect(chat.tap("没有或不记得")).to_contain_text("确认")
    chat.tap("确认登记")
    expect(chat.log).to_contain_text("TS20")
    expect(chat.header).to_contain_text("排队")
    conversation = chat.conversation

    row = desk.row(conversation)
    expect(row).to_contain_text("投诉")
    row.get_by_role("button", name="接入").click()
    expect(chat.header).to_contain_text("人工客服 小陈 正在为您服务")
    expect(desk.lines).to_contain_text(ASKED)
    desk.answer("您好，我是小陈，已看到您的投诉，正在核对案件。")
    expect(chat.said_by("agent")).to_contain_text("正在核对案件")
    chat.say("好的，我等你")
    expect(desk.lines).to_contain_text("好的，我等你")

    desk.reply.fill(BLOCKED)
    expect(desk.page.locator(".Wording[role=alert]")).to_contain_text("不能发送")
    expect(desk.page.locator(".Wording mark").first).to_be_visible()
    expect(desk.send_button).to_be_disabled()
    desk.reply.press("Enter")
    expect(chat.log).not_to_contain_text("保证全额赔付")
    desk.reply.fill("")

    desk.do("交还机器人", "已核对案件，将在24小时内反馈进展")
    expect(chat.header).to_contain_text("由智能客服为您服务")
    expect(chat.ask("划痕险怎么赔")).to_contain_text("划痕")

    chat.queue_up()
    desk.accept(conversation)
    desk.do("结束会话", "客户投诉定损时效，已登记并说明反馈时间")
    expect(chat.page.get_by_text("本次咨询已结束", exact=True).last).to_be_visible()
    chat.rate(5, "小陈很耐心")
    expect(chat.log).to_contain_text("感谢您的评价")
    desk.show(conversation)
    desk.side.get_by_role("tab", name="记录").click()
    expect(desk.side).to_contain_text("★★★★★")
    expect(desk.side).to_contain_text("小陈很耐心")


def test_when_two_agents_accept_in_the_same_moment_one_has_it_and_the_other_is_told(
    open_chat: OpenChat, open_desk: OpenDesk
) -> None:
    """Both press the button at the same millisecond, three customers in a row."""
    names = {"小陈": open_desk("xiaochen"), "周老师": open_desk("zhou")}
    chats = [open_chat() for _ in range(3)]
    for chat in chats:
        conversation = chat.queue_up()
        for desk in names.values():
            desk.show(conversation)
            expect(desk.page.get_by_role("button", name="接入会话")).to_be_enabled()
        at = time.time() * 1000 + 300
        for desk in names.values():
            desk.page.evaluate(PRESS, at)
        expect(chat.header).to_contain_text("人工客服")
        winner = "小陈" if "小陈" in chat.header.inner_text() else "周老师"
        (loser,) = set(names) - {winner}
        expect(names[winner].reply).to_be_visible()
        expect(names[loser].toast.first).to_contain_text(f"该会话已由{winner}接入")
        expect(names[loser].page.locator(".Work-none")).to_contain_text("没有权限")
        expect(names[loser].lines).to_have_count(0)
        expect(names[loser].reply).to_have_count(0)
        expect(chat.page.get_by_text("已接入")).to_have_count(1)
