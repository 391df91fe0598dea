"""Sending: order, quotas, what a sender takes (hostile list 8, 30; also test_wechat_codes, _tokens and _outages)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from cases import deliveries, inbox, outbox, quotas
from cases.clock import utc_now
from cases.db import Database
from cases.enums import Channel, Kind, Opening, Sender
from cases.messages import Draft, send
from cases.models import ChannelEvent, Delivery
from gateway.wechat.text import composer
from tests.gateway_server import until
from tests.rasa_stand_in import echo
from tests.wechat_sending import pushed, say
from tests.wechat_service import Service, bot_says, new_user

pytestmark = pytest.mark.usefixtures("undisturbed")


def test_what_is_pushed_keeps_its_order(wechat: Service, openid: str) -> None:
    """However many at once; what stands together shares a bubble."""
    say(wechat, openid, *(f"第{n}句" for n in range(12)))
    wechat.settled(openid)
    whole = "\n".join(pushed(wechat, openid))
    places = [whole.index(f"第{n}句") for n in range(12)]
    assert places == sorted(places)


def test_a_person_has_five_and_the_sixth_waits(wechat: Service, openid: str) -> None:
    """No call is made that the platform would refuse; the next message of the customer brings the rest first."""
    for n in range(7):
        say(wechat, openid, f"第{n}句")
        wechat.settled(openid)
    assert len(pushed(wechat, openid)) == 5
    assert wechat.deliveries(openid)[-2:] == [("waiting", "budget")] * 2
    shown = wechat.account.say(openid, "还在吗")
    seen = wechat.seen(openid, "第6句", "收到：还在吗")
    assert shown is not None and "第5句" in shown
    assert "\n".join(seen).index("第6句") < "\n".join(seen).index("收到：还在吗")
    assert {state for state, _ in wechat.settled(openid)} == {"sent"}


def test_the_bot_leaves_two_for_the_person(wechat: Service, openid: str) -> None:
    """Three of five; then the bot waits and the agent may still speak."""
    for n in range(4):
        say(wechat, openid, f"提醒{n}", sender=Sender.BOT)
        wechat.settled(openid)
    assert len(pushed(wechat, openid)) == 3 and wechat.deliveries(openid)[-1] == ("waiting", "budget")
    for n in range(2):
        say(wechat, openid, f"人工{n}")
        wechat.settled(openid)
    assert len(pushed(wechat, openid)) == 5 and "人工1" in pushed(wechat, openid)[-1]


def test_a_turn_becomes_two_bubbles_at_most(wechat: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four long messages of one turn: two bubbles, the rest when the customer asks for it."""
    parts = [f"第{n}部分。" + "这里是一段说明文字。" * 50 for n in range(4)]
    wechat.rasa.answer = bot_says(*parts)
    openid = new_user()
    first = wechat.account.say(openid, "都告诉我")
    wechat.settled(openid)
    seen = wechat.platform.users[openid].seen
    assert len(seen) == 2 and seen[0] == first and "继续" in seen[1][-30:]
    wechat.rasa.answer = echo
    wechat.account.say(openid, "继续")
    wechat.seen(openid, "第3部分", "收到：继续")
    whole = "".join(wechat.platform.users[openid].seen)
    assert all(f"第{n}部分" in whole for n in range(4)) and whole.count("第3部分") == 1


def test_a_rating_is_dropped_rather_than_taking_a_persons_place(wechat: Service, openid: str) -> None:
    """And so are good-byes; the desk shows that they were."""
    for n in range(3):
        say(wechat, openid, f"人工{n}")
        wechat.settled(openid)
    say(wechat, openid, "请评价", sender=Sender.SYSTEM, kind=Kind.RATING)
    assert wechat.settled(openid)[-1] == ("dropped", "budget")


def test_a_notice_and_what_the_agent_says_next_share_a_bubble(wechat: Service, openid: str) -> None:
    """“小陈已接入” costs nothing of its own."""
    say(wechat, openid, "人工坐席小陈已接入", sender=Sender.SYSTEM)
    say(wechat, openid, "您好")
    wechat.settled(openid)
    assert pushed(wechat, openid) == ["人工坐席小陈已接入\n\n【人工客服小陈】您好"]


@pytest.mark.parametrize(("seconds", "is_open"), [(-60, True), (-31, True), (-29, False), (1, False), (3600, False)])
def test_the_window_closes_at_48_hours(database: Database, seconds: int, is_open: bool) -> None:
    """Half a minute early, to be sure."""
    now = utc_now()
    with database.write() as session:
        user = inbox.user_of(session, Channel.WECHAT, "o" * 28, now)
        event(session, now - timedelta(hours=48, seconds=seconds), Opening.MESSAGE)
        session.flush()
        assert quotas.window(session, user, now).open is is_open


@pytest.mark.parametrize(("age", "left"), [(0, 3), (50, 3), (58, 0), (61, 0)])
def test_a_click_allows_three_for_a_minute(database: Database, age: int, left: int) -> None:
    """To the bot too: nobody else could use them in time."""
    now = utc_now()
    with database.write() as session:
        user = inbox.user_of(session, Channel.WECHAT, "o" * 28, now)
        event(session, now - timedelta(seconds=age), Opening.MENU)
        session.flush()
        found = quotas.window(session, user, now)
        assert (found.for_person, found.for_bot) == (left, left)


def event(session: Any, at: datetime, opens: Opening) -> None:
    session.add(
        ChannelEvent(channel=Channel.WECHAT, user="o" * 28, key=str(at), at=at, opens=opens, state="done", attempts=0)
    )


def test_outside_the_window_a_template_message_announces(
    wechat: Service, openid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a day; the text itself waits for the customer, and the template holds nothing of the case."""
    object.__setattr__(wechat.gateway.settings, "wechat_template_id", "T1")
    wechat.change(
        lambda s: s.execute(
            update(ChannelEvent).where(ChannelEvent.user == openid).values(at=utc_now() - timedelta(hours=49))
        )
    )
    say(wechat, openid, "您的案件RDAA202611050000000001有新进展")
    until(lambda: [body for body in wechat.platform.templates if body["touser"] == openid], 10)
    say(wechat, openid, "再补充一点")
    assert wechat.settled(openid)[-2:] == [("waiting", "window_closed")] * 2
    bodies = [body for body in wechat.platform.templates if body["touser"] == openid]
    assert len(bodies) == 1 and "RDAA" not in str(bodies[0]) and pushed(wechat, openid) == []
    object.__setattr__(wechat.gateway.settings, "wechat_template_id", None)
    wechat.account.say(openid, "什么事")
    wechat.seen(openid, "新进展", "再补充")


def test_what_was_under_way_when_the_sender_died_is_sent_again(database: Database) -> None:
    """After a minute and a half, with a try charged: the only case in which the platform may have it twice."""
    now = utc_now()
    with database.write() as session:
        claimed = claimed_row(session, now)
        assert outbox.recover(session, now + timedelta(seconds=80)) == 0
        assert outbox.recover(session, now + timedelta(seconds=100)) == 1
        row = session.get(Delivery, claimed.bubble.takes[0][0])
        session.refresh(row)
        assert (row.state.value, row.attempts, row.error) == ("pending", 1, "interrupted")


def test_two_senders_never_take_the_same(database: Database) -> None:
    """The lease is one, and a row that is under way is nobody else's."""
    now = utc_now()
    with database.write() as session:
        claimed_row(session, now)
        assert deliveries.claim(session, Channel.WECHAT, "o" * 28, composer(), now) is None
        assert outbox.lease(session, Channel.WECHAT, "o" * 28, now) is True
        assert outbox.lease(session, Channel.WECHAT, "o" * 28, now) is False
        assert outbox.lease(session, Channel.WECHAT, "o" * 28, now + timedelta(minutes=2)) is True


def claimed_row(session: Any, now: datetime) -> deliveries.Claimed:
    """A message that a sender has just taken."""
    from cases.messages import Door
    from faq.review import load_reviewer

    reviewer = load_reviewer()
    event(session, now, Opening.MESSAGE)
    user = inbox.user_of(session, Channel.WECHAT, "o" * 28, now)
    conversation = inbox.conversation_for(session, user, now)
    send(session, Door(reviewer.review, reviewer.version), conversation.id, [Draft("您好")], now)
    claimed = deliveries.claim(session, Channel.WECHAT, user.user, composer(), now)
    assert claimed is not None
    return claimed


def test_the_desk_sees_window_and_waiting_messages(wechat: Service, openid: str) -> None:
    """What is left, until when, which messages wait and why."""
    for n in range(6):
        say(wechat, openid, f"第{n}句")
        wechat.settled(openid)
    lead = wechat.gateway.desk("lead")
    shown = lead.get(f"conversations/{wechat.conversation(openid).id}").json()["delivery"]
    assert (shown["channel"], shown["left"], shown["of"], shown["can_send"]) == ("wechat", 0, 5, False)
    assert shown["closes_at"] and [row["error"] for row in shown["messages"]] == ["budget"]
