"""Who it is: app and WeChat together, hand-over over WeChat."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import update

from cases import handover
from cases.clock import utc_now
from cases.enums import HandoverReason
from cases.handover import Outcome
from cases.models import Conversation
from cases.settings import parse_hours
from tests.rows import CLAIM, LI, WANG
from tests.wechat_sending import pushed
from tests.wechat_service import Service, new_user

pytestmark = pytest.mark.usefixtures("nobody_waits")
HOURS = parse_hours("00:00-24:00")


def queue(wechat: Service, conversation_id: str) -> Any:
    """As the bot does on 转人工."""
    return wechat.change(
        lambda s: handover.request(s, conversation_id, HandoverReason.ASKED, utc_now(), HOURS, summary="微信说的")
    )


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
