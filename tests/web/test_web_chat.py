"""The customer's chat page."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.service import Service
from tests.stories.talk import Agent, app_token, picture
from tests.web.chat_page import ASKED, ChatPage
from tests.web.conftest import OpenChat, Watched
from tests.web.tunnel import Tunnel

TURN_ONCE = "一直在转圈，定损金额怎么看"


def camera(kind: str, seed: int = 77) -> dict[str, object]:
    """A file as the camera gives it."""
    return {"name": "IMG_2031.jpg", "mimeType": "image/jpeg", "buffer": picture(kind, seed)}


def test_a_reload_keeps_the_history_and_the_conversation(open_chat: OpenChat) -> None:
    """What was said is there again, once, and the talk goes on."""
    chat = open_chat()
    chat.ask()
    expect(chat.said_by("bot")).to_have_count(2)
    before, conversation = chat.numbers, chat.conversation
    chat.input.fill("写到一半")
    chat.page.reload()
    expect(chat.log).to_contain_text("免赔")
    expect(chat.messages).to_have_count(len(before))
    assert (chat.numbers, chat.conversation) == (before, conversation)
    expect(chat.input).to_have_value("写到一半")
    chat.ask("划痕险怎么赔")
    chat.check_order()


def test_what_is_written_offline_is_sent_once_when_the_network_is_back(open_chat: OpenChat) -> None:
    """The banner says so, nothing is lost, nothing is doubled, the order is kept."""
    chat = open_chat()
    chat.ask()
    chat.page.context.set_offline(True)
    expect(chat.banner).to_contain_text("网络已断开")
    chat.say("离线时的第一句")
    chat.say("离线时的第二句")
    expect(chat.own("离线时的第一句")).to_contain_text("待网络恢复后发送")
    chat.page.context.set_offline(False)
    expect(chat.page.locator("[data-pending]")).to_have_count(0)
    expect(chat.banner).to_have_count(0)
    for text in ("离线时的第一句", "离线时的第二句"):
        expect(chat.said_by("customer").filter(has_text=text)).to_have_count(1)
        expect(chat.own(text)).to_have_count(1)
    said = "".join(chat.said_by("customer").all_inner_texts())
    assert said.index("第一句") < said.index("第二句")
    chat.check_order()


def test_a_broken_connection_comes_back_without_loss_or_doubling(
    watched: Watched, service: Service, sessions: dict[str, Agent]
) -> None:
    """A tunnel: the stream breaks, an agent writes meanwhile, the customer too; then everything is there once."""
    tunnel = Tunnel(service.base)
    chat = ChatPage(watched.context({"width": 390, "height": 844}).new_page())
    chat.open(tunnel.base)
    conversation = chat.queue_up()
    sessions["xiaochen"].do(conversation, "accept")
    expect(chat.header).to_contain_text("小陈")
    tunnel.cut()
    expect(chat.banner).to_contain_text("正在重新连接")
    for n in range(3):
        sessions["xiaochen"].do(conversation, "reply", text=f"第{n}条进展，请您留意。")
    chat.say("我在隧道里")
    expect(chat.own("我在隧道里")).to_contain_text("待网络恢复后发送")
    assert chat.said_by("agent").count() == 0
    tunnel.mend()
    expect(chat.said_by("agent")).to_have_count(3)
    expect(chat.said_by("customer").filter(has_text="我在隧道里")).to_have_count(1)
    expect(chat.page.locator("[data-pending]")).to_have_count(0)
    expect(chat.banner).to_have_count(0)
    chat.check_order()
    tunnel.cut()


def test_an_answer_lost_on_the_way_does_not_double_the_message(open_chat: OpenChat) -> None:
    """The server has the message, the page does not know: it sends it again under the same id."""
    chat = open_chat()
    lost = []

    def lose(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    chat.page.route("**/api/chat/messages*", lose)
    chat.ask(TURN_ONCE)
    expect(chat.page.locator("[data-pending]")).to_have_count(0)
    expect(chat.own(TURN_ONCE)).to_have_count(1)
    assert lost


def test_without_streams_the_page_asks_for_what_is_new(open_chat: OpenChat, watched: Watched) -> None:
    """A proxy that lets no stream through."""
    context = watched.context({"width": 390, "height": 844})
    context.route("**/api/chat/stream", lambda route: route.abort())
    chat = ChatPage(context.new_page())
    chat.open()
    expect(chat.ask()).to_contain_text("免赔")
    chat.check_order()


def test_a_second_tab_opened_from_the_first_shows_the_same_conversation(open_chat: OpenChat) -> None:
    """What is said in one is shown in both, once."""
    chat = open_chat()
    chat.ask()
    with chat.page.expect_popup() as opened:
        chat.page.evaluate("window.open(location.href)")
    other = ChatPage(opened.value)
    expect(other.log).to_contain_text("免赔")
    other.say("第二个窗口里说的话")
    for tab in (chat, other):
        expect(tab.own("第二个窗口里说的话")).to_have_count(1)
        tab.check_order()
    assert other.conversation == chat.conversation


def test_a_tab_of_its_own_is_a_conversation_of_its_own(open_chat: OpenChat) -> None:
    """A second person at the same computer does not see the first one's talk."""
    chat = open_chat()
    chat.ask()
    other = ChatPage(chat.page.context.new_page())
    other.open()
    assert other.conversation != chat.conversation
    expect(other.messages).to_have_count(0)


def test_signing_in_leaves_the_guests_conversation(open_chat: OpenChat) -> None:
    """The app names the customer, and names him again on its next page."""
    chat = open_chat("one02")
    own = chat.conversation
    expect(chat.ask("我的车险理赔到哪一步了")).to_contain_text("RDAA202611050000000202")
    chat.page.evaluate("jwt => window.ClaimsChat.init({jwt})", app_token("one02"))
    expect(chat.said_by("bot")).to_contain_text("RDAA202611050000000202")
    assert chat.conversation == own
    chat.sign_in(app_token("one03"))
    expect(chat.messages).to_have_count(0)


def test_the_app_may_name_the_customer_while_the_page_is_still_starting(watched: Watched) -> None:
    """The guest's session that was under way does not come back later and take the page over."""
    page = watched.context({"width": 390, "height": 844}).new_page()
    held: list[Any] = []
    page.route("**/api/chat/sessions", lambda route: held.append(route) if not held else route.continue_())
    page.goto("/")
    page.evaluate("jwt => window.ClaimsChat.init({jwt})", app_token("one04"))
    chat = ChatPage(page)
    expect(chat.input).to_be_visible()
    own = chat.conversation
    with page.expect_response("**/api/chat/sessions"):
        held[0].continue_()
    page.wait_for_timeout(300)
    assert chat.conversation == own
    expect(chat.ask("我的车险理赔到哪一步了")).to_contain_text("RDAA202611050000000204")


def compose(page: Page, text: str) -> Any:
    """Begin to type with an input method."""
    keys = page.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    return keys


def test_enter_while_an_input_method_composes_does_not_send(open_chat: OpenChat) -> None:
    """It chooses a word; the next Enter sends."""
    chat = open_chat()
    chat.input.focus()
    keys = compose(chat.page, "mian pei e")
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
    for code in (13, 229):
        keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter, "windowsVirtualKeyCode": code})
        keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter, "windowsVirtualKeyCode": code})
    expect(chat.page.locator(".Message.right")).to_have_count(0)
    keys.send("Input.insertText", {"text": ASKED})
    expect(chat.input).to_have_value(ASKED)
    chat.page.keyboard.press("Enter")
    expect(chat.own(ASKED)).to_have_count(1)
    expect(chat.input).to_have_value("")


def test_a_choice_can_be_tapped_once(open_chat: OpenChat) -> None:
    """Two quick taps are one answer, and the others are out of reach afterwards."""
    chat = open_chat()
    chat.ask("我要投诉查勘员，材料反复让我补交了三次")
    choice = chat.page.locator(".Choice", has_text="没有或不记得")
    choice.dblclick()
    expect(chat.own("没有或不记得")).to_have_count(1)
    expect(choice).to_be_disabled()
    expect(choice).to_have_attribute("aria-pressed", "true")
    chat.page.reload()
    expect(chat.page.locator(".Choice", has_text="没有或不记得")).to_be_disabled()
    expect(chat.own("没有或不记得")).to_have_count(1)
