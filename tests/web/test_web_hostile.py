"""Texts that want to be more than text, in every field that somebody else reads (hostile cases 22, 23, 27).

Each is looked for where it is shown. A dialog, an error or a broken content security policy fails every test here.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from cases import agents, complaints, conversations
from cases.clock import utc_now
from cases.complaints import Details
from cases.enums import ComplaintCategory, ReplyBy, Role
from tests.service import Service
from tests.stories.people import PASSWORD
from tests.stories.talk import Agent, picture
from tests.web.conftest import OpenChat, OpenDesk

SCRIPT = "<script>window.hacked=1;alert(1)</script>"
IMAGE = '"><img src=x onerror="window.hacked=1;alert(1)">'
SVG = "'><svg/onload=alert(1)><iframe srcdoc='<script>parent.hacked=1</script>'>"
LINK = "[点我](javascript:alert(1)) <a href='javascript:alert(1)'>查看</a> data:text/html,<script>alert(1)</script>"
TEMPLATE = "{{constructor.constructor('alert(1)')()}} ${alert(1)} </textarea></div>"
TEXTS = (SCRIPT, IMAGE, SVG, LINK, TEMPLATE)
FAKES = ("我是客服，请把银行卡号发给我", "系统：您的会话已由主管接入", "/restart", '/deny{"a":1}')
RENAMED = "xss_agent"


def harmless(page: Page) -> None:
    """Nothing ran, and no element came out of a text."""
    assert page.evaluate("window.hacked") is None
    made = "#root script, #root iframe, img[src='x'], [onerror], [onload], a[href^='javascript:'], a[href^='data:']"
    assert page.locator(made).count() == 0


def test_a_customers_text_is_text_on_both_pages(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """In the bubble, in the transcript, in the queue and its summary."""
    chat, desk = open_chat(), open_desk()
    for text in TEXTS:
        chat.ask(text)
    desk.accept(chat.queue_up())
    chat.page.reload()
    for text in TEXTS:
        expect(chat.own(text)).to_have_count(1)
        expect(desk.lines).to_contain_text(text)
    for page in (chat.page, desk.page):
        harmless(page)


@pytest.fixture
def renamed(service: Service) -> Iterator[Agent]:
    """An agent whose name is a script."""
    with service.database.write() as session:
        agents.set_password(session, RENAMED, PASSWORD, name=IMAGE, role=Role.SUPERVISOR)
    yield Agent(service, RENAMED)


def test_what_agents_write_is_text_to_customers_and_colleagues(
    open_chat: OpenChat, open_desk: OpenDesk, renamed: Agent
) -> None:
    """Name, reply, note, tag, reason of a transfer, service record and summary."""
    chat, desk = open_chat(), open_desk("lead")
    conversation = chat.queue_up()
    assert renamed.do(conversation, "accept").is_success
    expect(chat.header).to_contain_text(IMAGE)
    for text in TEXTS:
        assert renamed.do(conversation, "reply", text=text).is_success
        expect(chat.said_by("agent").locator(".Bubble", has_text=text)).to_have_count(1)
        assert renamed.do(conversation, "note", text=text).is_success
    assert renamed.do(conversation, "tags", tags=["<b>x</b>"]).is_success
    assert renamed.do(conversation, "transfer", role="supervisor", note=SVG).is_success
    desk.accept(conversation)
    expect(desk.lines).to_contain_text(SCRIPT)
    desk.page.get_by_role("link", name="监控").click()
    expect(desk.page.locator(".Sheet")).to_contain_text(IMAGE)
    harmless(desk.page)
    desk.show(conversation)
    expect(desk.side).to_contain_text("<b>x</b>")
    desk.side.get_by_role("tab", name="记录").click()
    for text in TEXTS:
        expect(desk.side).to_contain_text(text)
    harmless(desk.page)
    desk.do("交还机器人", LINK)
    expect(chat.log).to_contain_text("智能客服继续为您服务")
    chat.queue_up()
    desk.accept(conversation)
    desk.do("结束会话", IMAGE)
    chat.rate(1, SCRIPT)
    expect(chat.own(SCRIPT)).to_have_count(1)
    desk.show(conversation)
    desk.side.get_by_role("tab", name="记录").click()
    expect(desk.side.locator("p", has_text="★")).to_contain_text(SCRIPT)
    for page in (chat.page, desk.page):
        harmless(page)


def test_a_complaint_is_text_in_the_list_and_in_its_log(service: Service, open_desk: OpenDesk) -> None:
    """What happened, what is wanted, how to reach, what was done and why, and the search field."""
    with service.database.write() as session:
        row = conversations.open_conversation(session, utc_now())
        details = Details(
            request_id="xss", category=ComplaintCategory.OTHER, what_happened=SCRIPT + IMAGE, wanted=SVG,
            reply_by=ReplyBy.EMAIL, contact=LINK[:100],
        )  # fmt: skip
        no = complaints.file(session, row.conversation_id, details, utc_now()).complaint.no
    desk = open_desk("lead", "#/complaints")
    expect(desk.page.get_by_role("row", name=no)).to_contain_text(SCRIPT)
    desk.page.get_by_label("编号、案件号或内容").fill(IMAGE)
    expect(desk.page.get_by_role("row", name=no)).to_be_visible()
    harmless(desk.page)
    desk.page.get_by_role("link", name=no).click()
    desk.page.get_by_role("button", name="内部记录").click()
    desk.dialog.get_by_role("textbox").fill(TEMPLATE)
    desk.dialog.get_by_role("button", name="确定").click()
    for text in (SCRIPT, SVG, TEMPLATE):
        expect(desk.page.locator(".Sheet")).to_contain_text(text)
    harmless(desk.page)


def test_a_form_that_is_filled_with_scripts_stays_text(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """What the bot says again of a complaint and what it collected for the agent."""
    chat, desk = open_chat(), open_desk()
    chat.ask("我要投诉")
    chat.ask(f"定损员拖了半个月 {IMAGE}")
    chat.ask("没有")
    chat.ask(f"希望道歉 {SCRIPT}")
    harmless(chat.page)
    desk.accept(chat.queue_up())
    expect(desk.lines).to_contain_text(SCRIPT)
    harmless(desk.page)


def test_a_file_name_is_never_shown_or_kept(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """The picture arrives; its name does not."""
    chat, desk = open_chat(), open_desk()
    name = "<img src=x onerror=alert(1)>\u202egpj.exe.jpg"
    sent: list[bytes] = []
    chat.page.on("request", lambda r: r.url.endswith("/images") and sent.append(r.post_data_buffer or b""))
    chat.pick({"name": name, "mimeType": "image/jpeg", "buffer": picture("good", 31)})
    chat.answer(1)
    desk.accept(chat.queue_up())
    expect(desk.lines.get_by_role("img", name="客户图片")).to_be_visible()
    assert all(b"onerror" not in body for body in sent)
    for page in (chat.page, desk.page):
        assert "onerror" not in page.content()
        harmless(page)


def test_a_customer_cannot_pass_for_somebody_else(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """The role comes from the server: the line stays the customer's, on both pages."""
    chat, desk = open_chat(), open_desk()
    for text in FAKES:
        chat.ask(text)
    desk.accept(chat.queue_up())
    for text in FAKES:
        expect(chat.said_by("customer").filter(has_text=text)).to_have_count(1)
        expect(desk.page.locator(".Line[data-from=customer]", has_text=text)).to_have_count(1)


def test_an_agent_called_system_is_still_shown_as_a_person(service: Service, open_chat: OpenChat) -> None:
    """The role stands before the name."""
    with service.database.write() as session:
        agents.set_password(session, "sys_name", PASSWORD, name="系统", role=Role.FIRST_LINE)
    agent, chat = Agent(service, "sys_name"), open_chat()
    conversation = chat.queue_up()
    agent.do(conversation, "accept")
    agent.do(conversation, "reply", text="您好，请稍等。")
    expect(chat.said_by("agent").locator(".Author")).to_have_text("人工客服 系统")
