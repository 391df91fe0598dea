"""The agents' desk page."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.service import Service
from tests.stories.people import PASSWORD
from tests.stories.talk import Agent
from tests.web.chat_page import ASKED
from tests.web.conftest import DESKTOP, OpenChat, OpenDesk, Watched
from tests.web.desk_page import DeskPage
from tests.web.test_web_chat import camera, compose

HEADINGS = (("投诉", "投诉工单"), ("监控", "实时监控"), ("周报", "服务周报"))
HARMLESS = "您好，我先核对案件信息，请稍等。"


def test_logging_out_ends_the_stream_and_the_other_tabs(watched: Watched, service: Service) -> None:
    """A second tab of the same agent is at the log-in page within five seconds; drafts do not stay on the machine."""
    context = watched.context(DESKTOP)
    desk, other = DeskPage(context.new_page()), DeskPage(context.new_page())
    ended: list[str] = []
    desk.log_in("xiaochen", PASSWORD)
    other.page.on("requestfinished", lambda request: ended.append(request.url))
    other.page.on("requestfailed", lambda request: ended.append(request.url))
    other.open()
    expect(other.queue).to_be_visible()
    desk.page.evaluate("localStorage.setItem('desk.draft.x', '{}')")
    desk.page.get_by_role("button", name="退出").click()
    expect(desk.page.get_by_label("用户名")).to_be_visible()
    expect(other.page.get_by_label("用户名")).to_be_visible(timeout=5_000)
    expect(other.page.get_by_role("alert")).to_contain_text("登录已失效")
    assert any(url.endswith("/api/desk/events") for url in ended)
    assert desk.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('desk.draft'))") == []
    desk.page.go_back()
    expect(desk.page.locator(".Queue")).to_have_count(0)


def test_a_wrong_password_is_said_and_lets_nobody_in(watched: Watched) -> None:
    """One sentence, the same for a wrong name."""
    desk = DeskPage(watched.context(DESKTOP).new_page())
    desk.page.goto("/desk#/board")
    for name in ("xiaochen", "nobody"):
        desk.page.get_by_label("用户名").fill(name)
        desk.page.get_by_label("密码", exact=True).fill("not the password")
        desk.page.get_by_role("button", name="登录").click()
        expect(desk.page.get_by_role("alert")).to_contain_text("用户名或密码不正确")


def test_a_first_line_agent_gets_no_supervisors_pages(open_desk: OpenDesk) -> None:
    """No link, no page behind the address, no answer to the call."""
    desk = open_desk("xiaochen", "#/board")
    expect(desk.queue).to_be_visible()
    for name in ("监控", "周报"):
        expect(desk.page.get_by_role("link", name=name)).to_have_count(0)
    for path in ("board", "agents", "reports/weekly?week=2026-W47"):
        assert desk.page.evaluate("path => fetch('/api/desk/' + path).then(r => r.status)", path) == 403


def test_a_supervisor_gets_them(open_desk: OpenDesk) -> None:
    """Complaints, board, weekly review."""
    desk = open_desk("lead")
    for link, heading in HEADINGS:
        desk.page.get_by_role("link", name=link).click()
        expect(desk.page.get_by_role("heading", name=re.compile(heading))).to_be_visible()
        expect(desk.page.locator(".Sheet .ant-alert")).to_have_count(0)


def test_a_supervisor_takes_over_what_the_bot_has_and_reassigns_it(
    open_chat: OpenChat, open_desk: OpenDesk, sessions: dict[str, Agent]
) -> None:
    """Nobody asked for a person; the customer is told who speaks now."""
    chat, desk = open_chat("one07"), open_desk("lead")
    chat.ask()
    desk.show(chat.conversation)
    desk.page.get_by_role("button", name="接管会话").click()
    expect(chat.header).to_contain_text("李主管")
    desk.page.get_by_role("link", name="监控").click()
    desk.page.get_by_role("row", name=re.compile("李主管.*改派")).get_by_role("button", name="改派").click()
    desk.dialog.get_by_label("改派给").click()
    desk.page.locator(".ant-select-item-option", has_text="周老师").click()
    desk.dialog.get_by_label("说明").fill("熟悉案件")
    desk.dialog.get_by_role("button", name="确定").click()
    expect(chat.log).to_contain_text("已由周老师继续为您服务")
    sessions["zhou"].do(chat.conversation, "reply", text="您好，我是周老师。")
    expect(chat.header).to_contain_text("周老师")


def test_a_first_line_agent_takes_over_from_the_bot(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """From the list of what the bot has; what was said to the bot is shown from then on."""
    chat = open_chat("one10")
    chat.ask()
    desk = open_desk()
    desk.page.get_by_role("button", name=re.compile("机器人会话")).click()
    desk.row(chat.conversation).get_by_role("button", name="接管").click()
    expect(desk.lines).to_contain_text(ASKED)
    expect(chat.header).to_contain_text("小陈")


def test_enter_while_an_input_method_composes_sends_nothing(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """Nor does any shortcut work meanwhile."""
    chat, desk = open_chat(), open_desk()
    desk.accept(chat.queue_up())
    desk.reply.focus()
    keys = compose(desk.page, "nin hao")
    for code in (13, 229):
        enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": code}
        keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
        keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    keys.send("Input.insertText", {"text": HARMLESS})
    expect(desk.reply).to_have_value(HARMLESS)
    assert chat.said_by("agent").count() == 0
    desk.page.keyboard.press("Enter")
    expect(chat.said_by("agent")).to_have_count(1)
    expect(chat.said_by("agent")).to_contain_text(HARMLESS)


def test_a_draft_survives_a_reload_and_belongs_to_its_conversation(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """Half a sentence to one customer is not shown to another."""
    first, second, desk = open_chat(), open_chat(), open_desk()
    desk.accept(first.queue_up())
    desk.reply.fill("写到一半的回复")
    desk.accept(second.queue_up())
    expect(desk.reply).to_have_value("")
    desk.show(first.conversation)
    expect(desk.reply).to_have_value("写到一半的回复")
    desk.page.reload()
    expect(desk.reply).to_have_value("写到一半的回复")


def test_quick_phrases_and_standard_answers_are_inserted(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """A slash opens the phrases; the knowledge base gives the answer with its source."""
    chat, desk = open_chat(), open_desk()
    desk.accept(chat.queue_up())
    desk.reply.press_sequentially("/")
    expect(desk.page.get_by_role("option").first).to_be_visible()
    desk.reply.press("ArrowDown")
    desk.reply.press("Enter")
    expect(desk.reply).not_to_have_value("/")
    desk.reply.fill("")
    desk.page.keyboard.press("Control+/")
    desk.page.get_by_placeholder("输入关键词检索标准答案").fill("赔款多久到账")
    expect(desk.page.locator(".Faq li").first).to_contain_text("依据")
    desk.page.get_by_role("button", name="插入答案").first.click()
    expect(desk.reply).to_have_value(re.compile("《"))
    expect(desk.send_button).to_be_enabled()
    desk.send_button.click()
    expect(chat.said_by("agent")).to_contain_text("《")


def test_a_blocked_text_is_refused_with_the_reason_and_its_compliant_sentence(
    open_chat: OpenChat, open_desk: OpenDesk
) -> None:
    """Also when the live review does not answer: the server refuses, and the page shows why."""
    chat, desk = open_chat(), open_desk()
    desk.accept(chat.queue_up())
    desk.page.route("**/wording/review", lambda route: route.abort())
    desk.reply.fill("您放心，我们保证全额赔付。")
    expect(desk.send_button).to_be_enabled()
    desk.send_button.click()
    expect(desk.toast.first).to_contain_text("不合规")
    expect(desk.page.locator(".Wording li").first).to_contain_text("B")
    expect(desk.send_button).to_be_disabled()
    expect(desk.reply).to_have_value("您放心，我们保证全额赔付。")
    assert chat.said_by("agent").count() == 0


def test_a_masked_number_is_shown_against_a_reason(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """Not before, and not without."""
    chat, desk = open_chat("one08"), open_desk()
    desk.accept(chat.queue_up())
    expect(desk.side).to_contain_text("136****0208")
    desk.side.get_by_role("button", name="查看完整号码").click()
    desk.page.get_by_role("button", name="确定").click()
    expect(desk.side).not_to_contain_text("13600000208")
    desk.page.get_by_label("查看原因（将被审计）").fill("回电核实材料")
    desk.page.get_by_role("button", name="确定").click()
    expect(desk.side).to_contain_text("13600000208")


def test_the_agent_sees_the_pictures_and_what_the_customer_has(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """Transcript with the picture; policies, claims and earlier stays beside it."""
    chat, desk = open_chat("one09"), open_desk()
    chat.pick(camera("good", 21))
    chat.answer(1)
    desk.accept(chat.queue_up())
    expect(desk.lines.get_by_role("img", name="客户图片")).to_be_visible()
    desk.side.get_by_role("tab", name="保单案件").click()
    expect(desk.side).to_contain_text("RDAA202611050000000209")
    expect(desk.side).to_contain_text("浙A00209")


def test_the_queue_rings_in_the_title(open_chat: OpenChat, open_desk: OpenDesk) -> None:
    """Who waits is counted where an agent sees it in another tab."""
    desk = open_desk()
    expect(desk.page).to_have_title("理赔坐席工作台")
    chat = open_chat()
    chat.queue_up()
    expect(desk.page).to_have_title("(1) 理赔坐席工作台")
    desk.page.get_by_role("button", name="接入下一位").click()
    expect(desk.page).to_have_title("理赔坐席工作台")
    expect(chat.header).to_contain_text("小陈")
