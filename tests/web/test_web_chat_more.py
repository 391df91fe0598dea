"""The customer's chat page: a person in reach, large text, pictures, queue, the app that embeds it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.service import Service
from tests.stories.talk import Agent, app_token
from tests.web.conftest import DESKTOP, OpenChat, Watched
from tests.web.test_web_chat import camera

SMALL = {"width": 320, "height": 568}


def in_reach(page: Page, name: str) -> None:
    """The button stands in the window and can be pressed."""
    button = page.get_by_role("button", name=name, exact=True).first
    expect(button).to_be_in_viewport(ratio=1)
    button.click(trial=True)


def test_a_person_is_always_in_reach(open_chat: OpenChat) -> None:
    """On the first view, behind a long talk, in the middle of a form, on a small phone, with large text."""
    chat = open_chat(viewport=SMALL)
    in_reach(chat.page, "转人工")
    chat.ask("我要投诉")
    in_reach(chat.page, "转人工")
    for _ in range(3):
        chat.ask("投诉多久有结果")
    chat.log.evaluate("log => { log.scrollTop = 0; }")
    in_reach(chat.page, "转人工")
    chat.page.get_by_role("button", name="大字").click()
    in_reach(chat.page, "转人工")


def test_large_text_is_larger_stays_and_fits(open_chat: OpenChat) -> None:
    """For older customers; the choice is remembered and nothing runs out of the window."""
    chat = open_chat("one05", viewport=SMALL)
    bubble = chat.ask("我的车险理赔到哪一步了").locator("p").last
    size = "one => parseFloat(getComputedStyle(one).fontSize)"
    before = bubble.evaluate(size)
    button = chat.page.get_by_role("button", name="大字")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert bubble.evaluate(size) >= 1.2 * before
    chat.page.reload()
    expect(button).to_have_attribute("aria-pressed", "true")
    chat.ask("怎么拍照定损")
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    wide = "all => all.filter(one => one.getBoundingClientRect().right > innerWidth + 1).map(one => one.className)"
    assert chat.page.eval_on_selector_all(".Message, .Message *:not(.sr-only)", wide) == []


def test_the_place_in_the_queue_is_shown_and_moves_up(open_chat: OpenChat, sessions: dict[str, Agent]) -> None:
    """Two wait; the first is taken; the second is the next; he leaves the queue."""
    first, second = open_chat(), open_chat()
    taken = first.queue_up()
    expect(first.header).to_contain_text("下一位就是您")
    second.queue_up()
    expect(second.banner).to_contain_text("您前面还有 1 位")
    expect(second.banner).to_contain_text("仍可继续提问")
    sessions["xiaochen"].do(taken, "accept")
    expect(second.banner).to_contain_text("下一位就是您")
    expect(second.ask("交强险赔什么")).to_contain_text("交强险")
    second.page.get_by_role("button", name="取消排队").click()
    expect(second.header).to_contain_text("由智能客服为您服务")
    expect(second.banner).to_have_count(0)


def test_a_blurred_picture_is_sent_only_after_a_hint(open_chat: OpenChat) -> None:
    """The customer is told what is wrong and may take another or send it all the same."""
    chat = open_chat()
    chat.pick(camera("blurred"))
    advice = chat.page.locator(".Pending-box")
    expect(advice).to_contain_text("可能需要重拍")
    expect(advice.locator("li").first).not_to_be_empty()
    chat.page.get_by_role("button", name="重新拍摄").click()
    expect(chat.page.locator(".Message.right")).to_have_count(0)
    chat.pick(camera("dark", 3))
    chat.page.get_by_role("button", name="仍然发送").click()
    expect(chat.page.get_by_role("button", name="查看大图")).to_be_visible()
    chat.answer(1)


def test_a_good_picture_goes_out_at_once_and_is_there_after_a_reload(open_chat: OpenChat) -> None:
    """Shown small, opened large, closed with Escape."""
    chat = open_chat()
    chat.pick(camera("good", 9))
    chat.answer(1)
    chat.page.reload()
    picture = chat.page.get_by_role("button", name="查看大图")
    picture.click()
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_have_count(0)


def test_what_is_no_picture_is_refused_with_a_sentence(open_chat: OpenChat) -> None:
    """A web page that calls itself a photo."""
    chat = open_chat()
    chat.pick(camera("text"))
    expect(chat.page.locator(".Pending-box")).to_be_visible()
    expect(chat.page.locator(".Pending-box p")).not_to_be_empty()
    chat.page.get_by_role("button", name="删除").click()
    chat.pick({"name": "page.html", "mimeType": "text/html", "buffer": b"<script>alert(1)</script>"})
    expect(chat.banner).to_contain_text("JPG")


def test_too_much_text_is_said_before_it_is_sent(open_chat: OpenChat) -> None:
    """500 characters, as the server counts them."""
    chat = open_chat()
    chat.input.fill("😀" * 500)
    expect(chat.send_button).to_be_enabled()
    chat.input.fill("😀" * 502)
    expect(chat.page.locator(".Compose-hint")).to_contain_text("超出 2 字")
    expect(chat.send_button).to_be_disabled()


def test_an_ended_session_begins_anew(open_chat: OpenChat) -> None:
    """A token that the server does not know any more."""
    chat = open_chat()
    old = chat.conversation
    chat.page.evaluate(
        "const kept = JSON.parse(sessionStorage['claims.session']);"
        " sessionStorage['claims.session'] = JSON.stringify({...kept, token: 'x' + kept.token});"
    )
    chat.page.reload()
    chat.page.get_by_role("button", name="开始新的咨询").click()
    expect(chat.input).to_be_visible()
    assert chat.conversation != old


def test_a_signed_in_customer_reads_earlier_conversations(open_chat: OpenChat) -> None:
    """What was said on another day or device, above the present talk, with nothing to tap; a guest has no such button."""
    earlier = open_chat("one05")
    earlier.ask("涉水险是什么意思")
    chat = open_chat("one05")
    chat.ask("交强险赔什么")
    chat.page.get_by_role("button", name="查看以前的咨询记录").click()
    past = chat.page.get_by_label("以前的咨询记录")
    expect(past.get_by_text("涉水险是什么意思").last).to_be_in_viewport()
    expect(past).to_contain_text("来自 App")
    expect(past.locator(".Choice")).to_have_count(0)
    expect(chat.log).to_contain_text("交强险赔什么")
    assert open_chat().page.get_by_role("button", name="查看以前的咨询记录").count() == 0


def embedding(service: Service, page: Page, script: str) -> None:
    """A page of the insurer with the chat's script tag in it."""
    html = f'<!doctype html><h1>我的保单</h1><script src="{service.base}/static/embed.js"></script>'
    page.route("**/insurer.html", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto("/insurer.html")
    page.evaluate(script, app_token("one06"))


def test_the_insurers_page_embeds_the_chat_with_a_script_tag_and_a_jwt(watched: Watched, service: Service) -> None:
    """The customer is signed in inside the frame."""
    page = watched.context(DESKTOP).new_page()
    embedding(service, page, "jwt => ClaimsChat.init({jwt})")
    page.get_by_role("button").first.click()
    frame = page.frame_locator("iframe")
    frame.get_by_label("消息内容").fill("我的车险理赔到哪一步了")
    frame.get_by_role("button", name="发送", exact=True).click()
    expect(frame.locator(".Message[data-from=bot]")).to_contain_text("RDAA202611050000000206")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """Another site, whose pages are the files of `tmp_path`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("path", ["/", "/desk"])
def test_another_site_cannot_frame_the_page(
    watched: Watched, service: Service, elsewhere: str, tmp_path: Path, path: str
) -> None:
    """`frame-ancestors`, in a browser."""
    (tmp_path / "evil.html").write_text(f'<!doctype html><iframe src="{service.base}{path}"></iframe>')
    page = watched.context(DESKTOP).new_page()
    page.goto(f"{elsewhere}/evil.html")
    page.wait_for_timeout(300)
    assert all(not frame.locator("#root").count() for frame in page.frames[1:])
    assert any("frame-ancestors" in line for line in watched.wrong)
    watched.wrong.clear()  # that is what the browser has to say
