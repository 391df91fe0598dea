"""Who it is: binding and unbinding, by what one knows and by the app's link."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cases import bindings, conversations, inbox
from cases.clock import utc_now
from cases.enums import Channel
from cases.models import AuditEntry, ChannelUser, SeenSignature
from tests.rows import CLAIM, LI, OTHER_PLATE, PLATE, WANG
from tests.wechat_service import Service, new_user

pytestmark = pytest.mark.usefixtures("nobody_waits")


def customer_of(wechat: Service, openid: str) -> str | None:
    return wechat.ask(lambda s: s.get(ChannelUser, ("wechat", openid)).customer_key)


# Binding by what one knows


@pytest.mark.parametrize(
    "text",
    [f"绑定 {PLATE} 1234", f"绑定{CLAIM}，1234", f"我要绑定：{PLATE.lower()} 尾号1234", f"绑定保单 {CLAIM} 1234"],
)
def test_a_claim_or_plate_and_four_digits_bind(wechat: Service, text: str) -> None:
    """Within the reply, audited, without a turn of the bot."""
    openid = new_user()
    assert "绑定成功，王*" in (wechat.account.say(openid, text) or "")
    assert customer_of(wechat, openid) == WANG
    assert wechat.conversation(openid).customer_key == WANG
    assert wechat.rasa.calls_of(wechat.conversation(openid).id) == []
    lines = wechat.ask(lambda s: s.query(AuditEntry).filter_by(subject=f"wechat:{openid}").all())
    assert [line.action for line in lines] == ["channel.bind"]


@pytest.mark.parametrize("text", ["绑定", "我要绑定", "绑定保单", f"绑定 {PLATE}", "绑定 1234"])
def test_half_a_proof_is_told_how(wechat: Service, text: str) -> None:
    """And nothing is bound."""
    openid = new_user()
    assert "预留手机号后四位" in (wechat.account.say(openid, text) or "")
    assert customer_of(wechat, openid) is None


def test_unknown_and_not_theirs_get_the_same_answer(wechat: Service) -> None:
    """And five failures lock."""
    openid = new_user()
    answers = [
        wechat.account.say(openid, f"绑定 {what} 0000")
        for what in ("京Z99999", OTHER_PLATE, "京Z99998", "京Z99997", "京Z99996")
    ]
    assert len(set(answers)) == 1
    assert "稍后再试" in (wechat.account.say(openid, f"绑定 {PLATE} 1234") or "")
    assert customer_of(wechat, openid) is None


def test_a_question_about_binding_is_for_the_bot(wechat: Service) -> None:
    """Only the command itself is taken."""
    assert wechat.account.say(new_user(), "怎么绑定银行卡") == "收到：怎么绑定银行卡"


def test_who_is_bound_unbinds_first(wechat: Service, bound: str) -> None:
    """No silent change to another customer."""
    assert "已经绑定" in (wechat.account.say(bound, f"绑定 {OTHER_PLATE} 5678") or "")
    assert customer_of(wechat, bound) == WANG


@pytest.mark.parametrize("text", ["解绑", "解除绑定", "我要解绑", "取消绑定。"])
def test_unbinding_forgets_the_customer(wechat: Service, bound: str, text: str) -> None:
    """What comes next begins a new conversation that knows nobody."""
    before = wechat.conversation(bound).id
    assert "已解除绑定" in (wechat.account.say(bound, text) or "")
    wechat.account.say(bound, "我的案子呢")
    after = wechat.conversation(bound)
    assert after.id != before and after.customer_key is None and after.proved_claims == []
    assert "没有绑定" in (wechat.account.say(bound, "解绑") or "")


def test_an_openid_alone_sees_no_claim(wechat: Service, bound: str) -> None:
    """Before binding a guest, after it the customer."""
    from cases.claims import own_claims

    guest = new_user()
    wechat.account.say(guest, "你好")
    find = lambda openid: wechat.ask(lambda s: [c.claim_no for c in own_claims(s, wechat.conversation(openid))])  # noqa: E731 - asked twice
    assert find(guest) == [] and find(bound) == [CLAIM]


def test_binding_is_a_service_of_its_own(wechat: Service) -> None:
    """Bind, see the hand-over, unbind: without HTTP."""
    openid, now = new_user(), utc_now()

    def work(session: Any) -> tuple[bool, bool]:
        user = inbox.user_of(session, Channel.WECHAT, openid, now)
        bindings.bind(session, user, LI, "app", now)
        row = inbox.conversation_for(session, user, now)
        assert row.customer_key == LI and conversations.get(session, row.id).channel is Channel.WECHAT
        return bindings.unbind(session, user, now), bindings.unbind(session, user, now)

    assert wechat.change(work) == (True, False)


# Binding by the app


def link_of(wechat: Service, key: str = WANG) -> str:
    headers = {"authorization": f"Bearer {wechat.gateway.jwt(sub=key)}"}
    answer = wechat.gateway.client.post("/wechat/link", headers=headers)
    assert answer.status_code == 201
    return str(answer.json()["url"]).split("ticket=")[1]


def opened_in_wechat(wechat: Service, ticket: str, openid: str) -> str:
    """Follow the link as WeChat does; the page that asks."""
    began = wechat.gateway.client.get("/wechat/bind", params={"ticket": ticket})
    assert began.status_code == 302 and f"state={ticket}" in began.headers["location"]
    assert len(ticket) <= 128 and re.fullmatch("[a-zA-Z0-9]+", ticket)
    wechat.platform.codes["code" + openid[-8:]] = openid
    params = {"code": "code" + openid[-8:], "state": ticket}
    return wechat.gateway.client.get("/wechat/bound", params=params).text


def confirmed(wechat: Service, page: str) -> Any:
    found = re.search(r'name="ticket" value="([^"]+)"', page)
    return wechat.gateway.client.post("/wechat/bound", data={"ticket": found.group(1) if found else ""})


def test_the_apps_link_binds_once(wechat: Service) -> None:
    """Signed in at the app, opened in WeChat, whose data it is shown masked, confirmed; a second time refused."""
    openid, ticket = new_user(), link_of(wechat)
    page = opened_in_wechat(wechat, ticket, openid)
    assert "王*" in page and "王芳" not in page and customer_of_or_none(wechat, openid) is None
    answer = confirmed(wechat, page)
    assert answer.status_code == 200 and "绑定成功" in answer.text and customer_of(wechat, openid) == WANG
    assert confirmed(wechat, page).status_code == 400
    assert wechat.gateway.client.get("/wechat/bind", params={"ticket": ticket}).status_code == 400


def customer_of_or_none(wechat: Service, openid: str) -> str | None:
    row = wechat.ask(lambda s: s.get(ChannelUser, ("wechat", openid)))
    return row.customer_key if row else None


def test_a_link_that_is_made_up_or_over_binds_nothing(wechat: Service) -> None:
    """No ticket, another's, an old one; no JWT, no link; an unknown code."""
    assert wechat.gateway.client.post("/wechat/link").status_code == 401
    assert wechat.gateway.client.get("/wechat/bind", params={"ticket": "0" * 32}).status_code == 400
    ticket = link_of(wechat)
    answer = wechat.gateway.client.get("/wechat/bound", params={"code": "unknown-code", "state": ticket})
    assert answer.status_code == 400 and "form" not in answer.text
    wechat.change(lambda s: setattr(s.get(SeenSignature, f"link:{ticket}"), "at", utc_now().replace(year=2020)))
    assert wechat.gateway.client.get("/wechat/bind", params={"ticket": ticket}).status_code == 400
    assert wechat.gateway.client.post("/wechat/bound", data={"ticket": "x.y.z"}).status_code == 400
    assert wechat.gateway.client.post("/wechat/bound", data={}).status_code == 400


def test_the_service_knows_a_lost_customer(wechat: Service) -> None:
    """A link for a customer that does not exist is refused."""
    headers = {"authorization": f"Bearer {wechat.gateway.jwt(sub='C404')}"}
    assert wechat.gateway.client.post("/wechat/link", headers=headers).status_code == 404
