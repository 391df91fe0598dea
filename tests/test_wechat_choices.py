"""Choices and ratings over WeChat: numbers that are typed, menus that are tapped."""

from __future__ import annotations

import pytest

from cases.enums import Kind
from cases.models import Rating
from tests.gateway_server import until
from tests.rasa_stand_in import echo
from tests.wechat_service import Service, new_user, say, stored_texts

pytestmark = pytest.mark.usefixtures("undisturbed")
OFFER = {
    "messages": [
        {"text": "请选择", "buttons": [{"title": "查进度", "payload": "/a"}, {"title": "转人工", "payload": "/b"}]}
    ]
}


@pytest.mark.parametrize("typed", ["1", "１", "回复1", "回复 1", "1.", "第1个", "选1"])
def test_a_number_picks_of_the_last_offer(wechat: Service, typed: str) -> None:
    """As the choice that was offered, with its payload."""
    openid = new_user()
    wechat.rasa.answer = lambda _: OFFER
    assert "回复 1：查进度" in (wechat.account.say(openid, "帮我") or "")
    wechat.rasa.answer = echo
    assert wechat.account.say(openid, typed) == "收到：/a"
    assert stored_texts(wechat, openid)[2] == ("customer", "查进度")


@pytest.mark.parametrize("typed", ["3", "0", "12", "1234", "1 2", "我选1号方案吗"])
def test_another_number_is_text(wechat: Service, typed: str) -> None:
    """Beyond the offer, or more than a number."""
    openid = new_user()
    wechat.rasa.answer = lambda _: OFFER
    wechat.account.say(openid, "帮我")
    wechat.rasa.answer = echo
    assert wechat.account.say(openid, typed) == f"收到：{typed}"


def test_a_number_picks_nothing_once_something_else_was_said(wechat: Service) -> None:
    """Only the last turn's offer counts."""
    openid = new_user()
    wechat.rasa.answer = lambda _: OFFER
    wechat.account.say(openid, "帮我")
    wechat.rasa.answer = echo
    wechat.account.say(openid, "换个问题")
    assert wechat.account.say(openid, "1") == "收到：1"


def test_a_rating_is_a_menu_and_a_tap_rates(wechat: Service) -> None:
    """Also after the conversation was closed; a tap counts as a menu click, and twice as once."""
    openid = new_user()
    wechat.account.say(openid, "谢谢")
    wechat.change(lambda s: say(wechat, s, openid, "请评价本次服务", Kind.RATING))
    until(lambda: any(body["msgtype"] == "msgmenu" for user, body in wechat.platform.sent if user == openid))
    body = [body for user, body in wechat.platform.sent if user == openid][-1]
    tap = body["msgmenu"]["list"][1]
    assert tap["content"].startswith("4分")
    conversation_id = wechat.conversation(openid).id
    wechat.change(lambda s: setattr(s.get(type(wechat.conversation(openid)), conversation_id), "owner", "closed"))
    for _ in range(2):
        wechat.account.say(openid, tap["content"], bizmsgmenuid=tap["id"])
    rows = wechat.ask(lambda s: s.query(Rating).filter_by(conversation_id=conversation_id).all())
    assert [row.score for row in rows] == [4]


def test_a_tap_on_another_users_menu_rates_nothing(wechat: Service) -> None:
    """The row has to be his."""
    mine, other = new_user(), new_user()
    wechat.account.say(mine, "a")
    wechat.account.say(other, "b")
    row = wechat.change(lambda s: say(wechat, s, mine, "请评价", Kind.RATING))
    wechat.account.say(other, "1分", bizmsgmenuid=f"r{row}-1")
    assert wechat.ask(lambda s: s.query(Rating).filter_by(conversation_id=wechat.conversation(mine).id).all()) == []
