"""Who it is: binding and unbinding, app and WeChat together, hand-over over WeChat."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from sqlalchemy import update

from cases import bindings, conversations, handover, inbox
from cases.clock import utc_now
from cases.enums import Channel, HandoverReason, HandoverState, Owner
from cases.handover import Outcome
from cases.models import AuditEntry, ChannelUser, Conversation, Handover, SeenSignature
from cases.settings import parse_hours
from tests.rows import CLAIM, LI, OTHER_PLATE, PLATE, WANG
from tests.wechat_sending import pushed
from tests.wechat_service import Service, new_user

HOURS = parse_hours("00:00-24:00")


@pytest.fixture(autouse=True)
def at_first(wechat: Service) -> None:
    """The bot echoes; nobody waits for a person."""
    wechat.rasa.reset()
    wechat.change(lambda s: s.execute(update(Conversation).values(owner=Owner.CLOSED)))
    wechat.change(lambda s: s.execute(update(Handover).values(state=HandoverState.CLOSED)))


@pytest.fixture
def bound(wechat: Service) -> str:
    """A follower bound to Ms Wang."""
    openid = new_user()
    assert "绑定成功，王*" in (wechat.account.say(openid, f"绑定 {PLATE} 1234") or "")
    return openid


def customer_of(wechat: Service, openid: str) -> str | None:
    return wechat.ask(lambda s: s.get(ChannelUser, ("wechat", openid)).customer_key)


def queue(wechat: Service, conversation_id: str) -> Any:
    """As the bot does on 转人工."""
    return wechat.change(
        lambda s: handover.request(s, conversation_id, HandoverReason.ASKED, utc_now(), HOURS, summary="微信说的")
    )


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


# App and WeChat together


def test_a_bound_customer_who_waits_in_the_app_goes_on_in_wechat(wechat: Service, bound: str) -> None:
    """One hand-over: what is typed in WeChat stands in the app's conversation, and the agent's answer reaches both."""
    chat = wechat.gateway.chat(WANG)
    chat.say("转人工")
    chat.answered()
    queue(wechat, chat.id)
    assert wechat.account.say(bound, "我在微信里补充一句") == "收到：我在微信里补充一句"
    assert "我在微信里补充一句" in chat.texts("customer")
    desk = wechat.gateway.desk()
    desk.accept(chat)
    assert "收到" not in (wechat.account.say(bound, "您好") or "")
    desk.reply(chat, "请问有什么可以帮您")
    assert "请问有什么可以帮您" in wechat.seen(bound, "请问有什么可以帮您")[-1]
    assert "请问有什么可以帮您" in chat.texts("agent")


def test_what_the_customer_says_in_the_app_is_answered_in_the_app(wechat: Service, bound: str) -> None:
    """The answer goes where he wrote last."""
    chat = wechat.gateway.chat(WANG)
    queue(wechat, chat.id)
    wechat.account.say(bound, "微信里说")
    desk = wechat.gateway.desk()
    desk.accept(chat)
    chat.say("现在在App里说")
    before = len(pushed(wechat, bound))
    desk.reply(chat, "好的，在App里回复您")
    time.sleep(0.5)
    assert len(pushed(wechat, bound)) <= before + 1 and "App里回复" not in "".join(pushed(wechat, bound))


def test_the_app_enters_the_hand_over_that_began_in_wechat(wechat: Service, bound: str) -> None:
    """Signed in, the app gets that conversation with its history; two devices get the same key."""
    wechat.account.say(bound, "微信先说")
    queue(wechat, wechat.conversation(bound).id)
    first, second = wechat.gateway.chat(WANG), wechat.gateway.chat(WANG)
    assert first.id == second.id == wechat.conversation(bound).id and first.token == second.token
    assert "微信先说" in first.texts("customer") and first.owner() == "queued"
    assert wechat.gateway.chat(LI).id != first.id and wechat.gateway.chat().id != first.id


def test_asking_on_two_channels_is_one_place_in_the_queue(wechat: Service, bound: str) -> None:
    """In an app conversation that was open before."""
    chat = wechat.gateway.chat(WANG)
    wechat.account.say(bound, "你好")
    queue(wechat, wechat.conversation(bound).id)
    joined = queue(wechat, chat.id)
    assert (joined.outcome, joined.position) == (Outcome.ALREADY_QUEUED, 1)
    assert len(wechat.gateway.desk().get("queue").json()["waiting"]) == 1
    desk = wechat.gateway.desk()
    desk.do("accept", wechat.conversation(bound).id)
    assert queue(wechat, chat.id).outcome is Outcome.ELSEWHERE


def test_two_customers_never_share(wechat: Service, bound: str) -> None:
    """Mr Li's hand-over is not Ms Wang's."""
    chat = wechat.gateway.chat(LI)
    queue(wechat, chat.id)
    wechat.account.say(bound, "我是王芳")
    assert "我是王芳" not in chat.texts("customer")


def test_a_hand_over_and_back_over_wechat(wechat: Service) -> None:
    """Asked, accepted, answered both ways, handed back; while the person has it the bot is silent."""
    openid = new_user()
    wechat.account.say(openid, "转人工")
    conversation_id = wechat.conversation(openid).id
    queue(wechat, conversation_id)
    desk = wechat.gateway.desk()
    assert desk.do("accept", conversation_id).status_code == 200
    calls = len(wechat.rasa.calls_of(conversation_id))
    assert "收到" not in (wechat.account.say(openid, "人在吗") or "")
    assert desk.do("messages", conversation_id, text="在的，请说", client_id="d-1").status_code == 200
    seen = wechat.seen(openid, "【人工客服小陈】在的")
    assert "已接入" in "".join(seen)
    assert len(wechat.rasa.calls_of(conversation_id)) == calls
    assert desk.do("return", conversation_id, note="已说明材料").status_code == 200
    wechat.seen(openid, "已说明材料")
    assert wechat.account.say(openid, "多久到账") == "收到：多久到账"


def test_the_bots_late_answer_is_dropped_after_a_take_over(wechat: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot is still thinking when the agent takes the conversation."""
    monkeypatch.setattr("gateway.wechat.callback.ANSWER_WITHIN", 0.2)
    openid = new_user()
    wechat.account.say(openid, "你好")
    wechat.rasa.gate.clear()
    wechat.account.say(openid, "慢慢想")
    wechat.gateway.desk().do("accept", wechat.conversation(openid).id)
    wechat.rasa.gate.set()
    time.sleep(0.5)
    assert "收到：慢慢想" not in [row.text for row in wechat.messages(openid)]


def test_a_conversation_is_the_same_for_48_hours_then_a_new_one(wechat: Service) -> None:
    """As long as the platform lets us answer."""
    openid = new_user()
    wechat.account.say(openid, "你好")
    first = wechat.conversation(openid)
    assert 47.9 < (first.expires_at - utc_now()).total_seconds() / 3600 < 48.1
    wechat.change(
        lambda s: s.execute(update(Conversation).where(Conversation.id == first.id).values(expires_at=utc_now()))
    )
    wechat.account.say(openid, "又来了")
    assert wechat.conversation(openid).id != first.id


def test_reminders_reach_a_bound_customer(wechat: Service, bound: str) -> None:
    """The worker's notices go to the newest conversation, which is WeChat's."""
    from cases import notices
    from gateway.worker import tell

    wechat.account.say(bound, "你好")
    wechat.change(
        lambda s: notices.record(s, utc_now(), f"t:{bound}", "claim_status.ASSESSED", customer_key=WANG, claim=CLAIM)
    )
    wechat.change(lambda s: tell(s, wechat.gateway.app.state.gateway.door, wechat.gateway.settings))
    wechat.seen(bound, "定损已完成")


def test_the_service_knows_a_lost_customer(wechat: Service) -> None:
    """A link for a customer that does not exist is refused."""
    headers = {"authorization": f"Bearer {wechat.gateway.jwt(sub='C404')}"}
    assert wechat.gateway.client.post("/wechat/link", headers=headers).status_code == 404


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
