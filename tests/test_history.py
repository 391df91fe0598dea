"""One history: the app and WeChat show a customer what was said on either, and nobody else's."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from cases import bindings, conversations, inbox
from cases.clock import utc_now
from cases.enums import Channel, Owner
from cases.models import AuditEntry, Claim, Conversation, Policy
from tests.pictures import drawn, encoded
from tests.rows import LI, PLATE, WANG
from tests.wechat_service import Service, new_user


@pytest.fixture(autouse=True)
def at_first(wechat: Service) -> None:
    """The bot echoes; nobody waits for a person."""
    wechat.rasa.reset()
    wechat.change(lambda s: s.execute(update(Conversation).values(owner=Owner.CLOSED)))


@pytest.fixture
def bound(wechat: Service) -> str:
    """A follower whom the app vouched for as Ms Wang."""
    openid, now = new_user(), utc_now()
    wechat.change(
        lambda s: bindings.bind(s, inbox.user_of(s, Channel.WECHAT, openid, now), WANG, bindings.BY_APP, now).key
    )
    return openid


@pytest.fixture
def proved(wechat: Service) -> str:
    """A follower who knew Ms Wang's plate and four digits."""
    openid = new_user()
    assert "绑定成功" in (wechat.account.say(openid, f"绑定 {PLATE} 1234") or "")
    return openid


def read_in_wechat(wechat: Service, openid: str) -> tuple[int, str]:
    """The page as WeChat opens it for that user."""
    began = wechat.gateway.client.get("/wechat/history")
    assert began.status_code == 302 and "scope=snsapi_base" in began.headers["location"]
    wechat.platform.codes["code" + openid[-8:]] = openid
    answer = wechat.gateway.client.get(
        "/wechat/history/read", params={"code": "code" + openid[-8:], "state": "history"}
    )
    return answer.status_code, answer.text


def test_the_app_shows_what_was_said_on_wechat(wechat: Service, bound: str) -> None:
    """In the order in which it was said, with the channel and nothing to tap."""
    wechat.account.say(bound, "微信里问的定损")
    chat = wechat.gateway.chat(WANG)
    chat.say("应用里问的")
    chat.answered()
    past = chat.gateway.client.get("/api/chat/history", headers=chat.headers).json()
    said = [(row["channel"], row["from"], row["text"]) for row in past["messages"]]
    at = said.index(("wechat", "customer", "微信里问的定损"))
    assert said[at + 1] == ("wechat", "bot", "收到：微信里问的定损")
    assert all(row["choices"] == [] for row in past["messages"])
    assert "应用里问的" not in [text for _, _, text in said]


def test_the_page_in_wechat_shows_what_was_said_in_the_app(wechat: Service, bound: str) -> None:
    """To the bound user; what customers typed is text there too."""
    chat = wechat.gateway.chat(WANG)
    chat.say("应用里问的<b>材料</b>")
    chat.answered()
    status, page = read_in_wechat(wechat, bound)
    assert status == 200 and "App · 您" in page
    assert "应用里问的&lt;b&gt;材料&lt;/b&gt;" in page and "<b>" not in page


def test_who_only_knew_plate_and_digits_reads_his_own_lines(wechat: Service, proved: str) -> None:
    """A repair shop or the other driver knows them too (law.md B.6); binding by the app shows all."""
    chat = wechat.gateway.chat(WANG)
    chat.say("应用里说的伤情")
    chat.answered()
    wechat.account.say(proved, "微信里说的话")
    status, page = read_in_wechat(wechat, proved)
    assert status == 200 and "微信里说的话" in page and "应用里说的伤情" not in page and "重新绑定" in page


def test_reading_a_history_leaves_an_audit_line(wechat: Service, bound: str) -> None:
    """On either channel."""
    read = lambda: wechat.ask(lambda s: s.query(AuditEntry).filter_by(action="history.read").count())  # noqa: E731 - asked twice
    before = read()
    read_in_wechat(wechat, bound)
    chat = wechat.gateway.chat(WANG)
    wechat.gateway.client.get("/api/chat/history", headers=chat.headers)
    assert read() == before + 2


def test_a_conversation_about_another_customers_claim_is_not_carried_over(wechat: Service) -> None:
    """Who proved Mr Li's claim as a guest and then binds as Ms Wang begins anew; her history has nothing of his."""
    openid, now = new_user(), utc_now()
    wechat.account.say(openid, "李先生的案子怎么样")
    guest = wechat.conversation(openid).id
    claim = wechat.ask(lambda s: s.query(Claim).join(Policy).filter(Policy.customer_key == LI).first().claim_no)
    wechat.change(lambda s: setattr(conversations.get(s, guest), "proved_claims", [claim]))
    wechat.change(
        lambda s: bindings.bind(s, inbox.user_of(s, Channel.WECHAT, openid, now), WANG, bindings.BY_APP, now).key
    )
    wechat.account.say(openid, "我自己的案子呢")
    assert wechat.conversation(openid).id != guest
    chat = wechat.gateway.chat(WANG)
    assert "李先生的案子怎么样" not in wechat.gateway.client.get("/api/chat/history", headers=chat.headers).text
    assert "李先生的案子怎么样" not in read_in_wechat(wechat, openid)[1]


def test_a_person_who_has_the_conversation_is_not_talked_over(wechat: Service, bound: str) -> None:
    """聊天记录 typed to an agent is for the agent."""
    wechat.account.say(bound, "你好")
    wechat.gateway.desk().do("accept", wechat.conversation(bound).id)
    assert "/wechat/history" not in (wechat.account.say(bound, "聊天记录") or "")


def test_who_is_not_bound_is_told_how_and_shown_nothing(wechat: Service, bound: str) -> None:
    """Also with a code that the platform does not know."""
    wechat.account.say(bound, "只有本人能看的话")
    status, page = read_in_wechat(wechat, new_user())
    assert status == 403 and "预留手机号后四位" in page and "只有本人能看的话" not in page
    answer = wechat.gateway.client.get("/wechat/history/read", params={"code": "made-up-code"})
    assert answer.status_code == 400 and "只有本人能看的话" not in answer.text
    assert wechat.gateway.client.get("/wechat/history/read").status_code == 400


def test_typed_it_gives_the_address_or_says_how_to_bind(wechat: Service, bound: str) -> None:
    """Without a turn of the bot; a question about claim records is none of this."""
    assert "/wechat/history" in (wechat.account.say(bound, "我的聊天记录") or "")
    assert "预留手机号后四位" in (wechat.account.say(new_user(), "查看历史记录") or "")
    assert wechat.account.say(bound, "怎么查理赔记录") == "收到：怎么查理赔记录"


def test_after_unbinding_the_app_no_longer_shows_wechat(wechat: Service, bound: str) -> None:
    """And WeChat no longer shows the app."""
    wechat.account.say(bound, "解绑前说的话")
    wechat.account.say(bound, "解绑")
    chat = wechat.gateway.chat(WANG)
    past = chat.gateway.client.get("/api/chat/history", headers=chat.headers).json()
    assert "解绑前说的话" not in [row["text"] for row in past["messages"]]
    assert read_in_wechat(wechat, bound)[0] == 403


def test_guests_and_other_customers_see_none_of_it(wechat: Service, bound: str) -> None:
    """Nor without a token; a made-up place is refused."""
    wechat.account.say(bound, "王女士的话")
    for chat in (wechat.gateway.chat(), wechat.gateway.chat(LI)):
        past = chat.gateway.client.get("/api/chat/history", headers=chat.headers).json()
        assert "王女士的话" not in str(past)
    guest = wechat.gateway.chat()
    assert guest.gateway.client.get("/api/chat/history", headers=guest.headers).json() == {
        "messages": [],
        "before": None,
    }
    assert guest.gateway.client.get("/api/chat/history").status_code == 401
    assert guest.gateway.client.get("/api/chat/history?before=-1", headers=guest.headers).status_code == 422


def test_a_long_history_comes_in_pages_without_gap_or_repetition(wechat: Service, bound: str) -> None:
    """Newest page first, each page oldest line first."""
    chat = wechat.gateway.chat(WANG)
    for number in range(40):
        chat.say(f"第{number}句")
        chat.answered(number + 1)
    later = wechat.gateway.chat(WANG)
    lines, before = [], 0
    while before is not None:
        page = later.gateway.client.get(f"/api/chat/history?before={before}", headers=later.headers).json()
        assert len(page["messages"]) <= 50
        lines, before = page["messages"] + lines, page["before"]
    assert [row["text"] for row in lines if row["text"].startswith("第")] == [f"第{n}句" for n in range(40)]
    assert len({row["seq"] for row in lines}) == len(lines)


def test_a_picture_of_the_history_is_shown_to_its_customer_only(wechat: Service, bound: str) -> None:
    """Sent in one conversation, seen in another of the same customer."""
    first = wechat.gateway.chat(WANG)
    sent = first.gateway.client.post(
        "/api/chat/images", headers=first.headers, files={"file": ("a.jpg", encoded(drawn()))}
    ).json()
    later, other = wechat.gateway.chat(WANG), wechat.gateway.chat(LI)
    path = f"/api/chat/images/{sent['image_id']}"
    assert later.gateway.client.get(path, headers=later.headers).status_code == 200
    for stranger in (other, wechat.gateway.chat()):
        assert stranger.gateway.client.get(path, headers=stranger.headers).status_code == 404
