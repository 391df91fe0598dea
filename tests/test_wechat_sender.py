"""Sending: order, quotas, error codes, tokens, outages (hostile list 8, 30)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from cases import deliveries, inbox, outbox, platforms, quotas
from cases.clock import utc_now
from cases.db import Database
from cases.enums import Channel, Kind, Opening, Sender
from cases.messages import Draft, send
from cases.models import ChannelEvent, ChannelUser, Delivery, Platform
from cases.settings import ROOT
from gateway.wechat.account import WeChat
from gateway.wechat.codes import WECHAT, Do
from gateway.wechat.text import composer
from tests.gateway_server import until
from tests.rasa_stand_in import RasaStandIn, echo
from tests.wechat_server import Server
from tests.wechat_service import Service, bot_says, new_user

SEND = "/cgi-bin/message/custom/send"
TOKENS = "/cgi-bin/stable_token"
OUTAGE = float(os.environ.get("OUTAGE_SECONDS", "1"))  # how long the platform is away in the tests of outages


@pytest.fixture(autouse=True)
def at_first(wechat: Service) -> Iterator[None]:
    """No faults, no rests, the bot echoes."""
    wechat.rasa.reset()
    wechat.platform.faults.clear()
    wechat.platform.always.clear()
    yield
    wechat.platform.faults.clear()
    wechat.platform.always.clear()
    wechat.platform.offset = 0.0
    wechat.change(lambda s: s.execute(update(Platform).values(paused_until=None)))


@pytest.fixture
def openid(wechat: Service) -> str:
    """A follower who has just written, and been answered within the reply."""
    made = new_user()
    assert wechat.account.say(made, "你好") == "收到：你好"
    return made


def say(wechat: Service, openid: str, *texts: str, sender: Sender = Sender.AGENT, **more: Any) -> None:
    """Somebody says something, each text a message of its own."""
    conversation = wechat.conversation(openid)
    door = wechat.gateway.app.state.gateway.door
    for text in texts:
        draft = Draft(text, meta={"agent": "小陈"} if sender is Sender.AGENT else {}, **more)
        wechat.change(lambda s, draft=draft: send(s, door, conversation.id, [draft], utc_now(), sender=sender))


def pushed(wechat: Service, openid: str) -> list[str]:
    """What was pushed to a follower, in order."""
    return [body["text"]["content"] for user, body in list(wechat.platform.sent) if user == openid and "text" in body]


# Order and quota


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


# Error codes


def test_every_code_of_the_protocols_table_is_known() -> None:
    """What each means; anything else is final for that message."""
    expected = {
        -1: Do.BUSY,
        40001: Do.TOKEN,
        40014: Do.TOKEN,
        42001: Do.TOKEN,
        40003: Do.GONE,
        43004: Do.GONE,
        40007: Do.BAD,
        40164: Do.REST_OPS,
        89503: Do.REST_OPS,
        45009: Do.REST_DAY,
        45011: Do.REST_MINUTE,
        45015: Do.SHUT,
        45047: Do.SHUT,
        48001: Do.BAD,
        48002: Do.GONE,
    }
    assert {code: WECHAT[code] for code in expected} == expected


@pytest.mark.parametrize("times", [1, 2])
def test_busy_is_tried_again(wechat: Service, openid: str, times: int) -> None:
    """After a pause."""
    wechat.platform.faults[SEND] = [-1] * times
    say(wechat, openid, "忙")
    assert "忙" in wechat.seen(openid, "忙")[-1]
    assert wechat.settled(openid)[-1] == ("sent", None)


def test_busy_for_long_waits_for_the_customer(wechat: Service, openid: str) -> None:
    """Three tries, no more; nothing is lost."""
    before = wechat.platform.calls[SEND]
    wechat.platform.faults[SEND] = [-1] * 3
    say(wechat, openid, "很忙")
    assert wechat.settled(openid)[-1] == ("waiting", "-1")
    assert wechat.platform.calls[SEND] == before + 3
    wechat.account.say(openid, "在吗")
    wechat.seen(openid, "很忙")


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (40003, "failed"),
        (43004, "failed"),
        (48002, "failed"),
        (48001, "failed"),
        (40007, "failed"),
        (45002, "failed"),
        (99999, "failed"),
        (45015, "waiting"),
        (45047, "waiting"),
    ],
)
def test_a_final_error_is_not_repeated(wechat: Service, openid: str, code: int, state: str) -> None:
    """One call; the desk shows the code."""
    before = wechat.platform.calls[SEND]
    wechat.platform.faults[SEND] = [code]
    say(wechat, openid, "一句")
    assert wechat.settled(openid)[-1] == (state, str(code))
    assert wechat.platform.calls[SEND] == before + 1


def test_after_the_platform_shut_the_window_nothing_is_tried(wechat: Service, openid: str) -> None:
    """Until the customer writes again."""
    wechat.platform.faults[SEND] = [45047]
    say(wechat, openid, "一")
    wechat.settled(openid)
    before = wechat.platform.calls[SEND]
    say(wechat, openid, "二")
    assert wechat.settled(openid)[-1] == ("waiting", "45047")
    assert wechat.platform.calls[SEND] == before
    wechat.account.say(openid, "回来了")
    assert {state for state, _ in wechat.settled(openid)} == {"sent"}


@pytest.mark.parametrize(("code", "least"), [(45009, 60), (45011, 50), (40164, 500), (89503, 500)])
def test_quota_and_access_errors_rest_the_whole_api(wechat: Service, openid: str, code: int, least: float) -> None:
    """Nothing more is tried for anybody; the message stays first in line and goes out afterwards."""
    wechat.platform.faults[SEND] = [code]
    say(wechat, openid, "歇一歇")
    until(lambda: wechat.ask(lambda s: platforms.paused(s, "wechat", utc_now())) == str(code))
    before = wechat.platform.calls[SEND]
    time.sleep(0.4)
    assert wechat.platform.calls[SEND] == before
    row = wechat.ask(lambda s: s.get(Platform, "wechat"))
    assert (row.paused_until - utc_now()).total_seconds() > least or code == 45009
    wechat.change(lambda s: s.execute(update(Platform).values(paused_until=None)))
    wechat.seen(openid, "歇一歇")


# Tokens


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_refused_token_is_renewed_once(wechat: Service, openid: str, code: int) -> None:
    """And the message is sent once."""
    wechat.platform.invalidate_token()
    wechat.platform.faults[SEND] = [code]
    say(wechat, openid, "令牌")
    assert len([text for text in wechat.seen(openid, "令牌") if "令牌" in text]) == 1


def test_a_token_refused_for_ever_is_no_endless_loop(wechat: Service, openid: str) -> None:
    """Two tries, then the API rests and somebody is called; the message is kept."""
    before, tokens = wechat.platform.calls[SEND], wechat.platform.calls[TOKENS]
    wechat.platform.always[SEND] = 40001
    say(wechat, openid, "永远40001")
    until(lambda: wechat.ask(lambda s: platforms.paused(s, "wechat", utc_now())))
    time.sleep(0.3)
    assert wechat.platform.calls[SEND] - before <= 2
    assert wechat.platform.calls[TOKENS] - tokens <= 2
    wechat.platform.always.clear()
    wechat.change(lambda s: s.execute(update(Platform).values(paused_until=None)))
    wechat.seen(openid, "永远40001")


def test_another_program_that_invalidates_the_token_does_no_harm(wechat: Service, openid: str) -> None:
    """Every time it happens a new one is fetched."""
    for n in range(4):
        wechat.platform.invalidate_token()
        say(wechat, openid, f"第{n}次")
        wechat.seen(openid, f"第{n}次")
    assert wechat.platform.forced <= 1


def test_one_of_several_processes_fetches_the_token(tmp_path: Path, empty_database: Path) -> None:
    """Four processes with four threads each want a token at the same moment, and again after it was refused."""
    server = Server()
    code = f"""
import sys, threading
from cases.db import Database
from cases.settings import read_settings
from gateway.wechat.account import WeChat
settings = read_settings({{"VAR_DIR": {str(tmp_path)!r}, "WECHAT_APPID": "wx0123456789abcdef", "WECHAT_TOKEN": "t",
    "WECHAT_SECRET": "secret-of-the-test-account", "WECHAT_AES_KEY": "k" * 43, "WECHAT_API_BASE": {server.url!r}}})
account = WeChat(settings, Database(settings.database_url), owner=True)
print("ready", flush=True)
sys.stdin.readline()
found = []
def want():
    first = account.tokens.current()
    found.append((first, account.tokens.renewed("token-1")))
threads = [threading.Thread(target=want) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
print(sorted(set(found)), flush=True)
"""
    (tmp_path / "claims.db").write_bytes(empty_database.read_bytes())
    server.platform.faults[TOKENS] = [0.3, lambda: (server.platform.invalidate_token(), None)[1]]
    others = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        for _ in range(4)
    ]
    assert all(other.stdout.readline() == "ready\n" for other in others if other.stdout)
    answers = [other.communicate("go\n", timeout=60)[0] for other in others]
    server.close()
    assert server.platform.calls[TOKENS] == 2
    assert all("token-2" in answer for answer in answers), answers


def test_readers_never_fetch(wechat: Service) -> None:
    """A process that is not the owner waits for the owner."""
    reader = WeChat(wechat.gateway.settings, wechat.database, owner=False)
    before = wechat.platform.calls[TOKENS]
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: reader.tokens.current(), range(8)))) == 1
    assert wechat.platform.calls[TOKENS] == before


def test_a_token_is_renewed_before_it_is_over(wechat: Service) -> None:
    """Five minutes early, without anybody waiting."""
    wechat.change(lambda s: s.execute(update(Platform).values(renew_at=utc_now() - timedelta(seconds=1))))
    before = wechat.platform.calls[TOKENS]
    until(lambda: wechat.platform.calls[TOKENS] > before, 10)


# Outages


@pytest.mark.parametrize("fault", ["502", "drop", "html"])
def test_an_outage_loses_doubles_and_reorders_nothing(
    rasa: RasaStandIn, tmp_path: Path, empty_database: Path, fault: str
) -> None:
    """The API is away for a while (`OUTAGE_SECONDS`), followers are written to meanwhile; then all arrives, once,
    in order.
    """
    service = Service(tmp_path / "var", empty_database, rasa)
    try:
        users = [new_user() for _ in range(3)]
        for user in users:
            service.account.say(user, "你好")
        for path in (SEND, "/cgi-bin/getcallbackip", TOKENS):
            service.platform.always[path] = fault
        for n in range(4):
            for user in users:
                say(service, user, f"消息{n}号")
            time.sleep(OUTAGE / 4)
        calls = service.platform.calls[SEND]
        assert calls <= 8 * len(users)
        service.platform.always.clear()
        for user in users:
            until(
                lambda user=user: any("消息3号" in text for text in service.follower(user).seen), 12 + min(OUTAGE, 40)
            )
            whole = "\n".join(service.seen(user, "消息3号"))
            assert [whole.count(f"消息{n}号") for n in range(4)] == [1] * 4
            assert whole.index("消息0号") < whole.index("消息1号") < whole.index("消息2号") < whole.index("消息3号")
    finally:
        service.close()


def test_a_server_that_is_gone_for_long_is_asked_seldom(
    rasa: RasaStandIn, tmp_path: Path, empty_database: Path
) -> None:
    """Nothing listens: no message is charged a try, and the worker may be started anew meanwhile."""
    service = Service(tmp_path / "var", empty_database, rasa)
    try:
        openid = new_user()
        service.account.say(openid, "你好")
        port = service.server.port
        service.server.close()
        say(service, openid, "断网一", "断网二")
        time.sleep(1.5)
        assert {state for state, _ in service.deliveries(openid)[1:]} == {"pending"}
        service.stop_sending()
        fresh = Server(port)
        fresh.platform.acted(openid, "message")
        service.server, service.platform = fresh, fresh.platform
        from gateway.channels import senders

        service.senders = senders(service.gateway.settings, service.database)
        service.start_sending()
        whole = "\n".join(service.seen(openid, "断网二"))
        assert whole.count("断网一") == whole.count("断网二") == 1
    finally:
        service.close()


def test_a_call_that_hangs_stalls_only_its_user(wechat: Service, openid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are served meanwhile; the callback too."""
    other = new_user()
    wechat.account.say(other, "你好")
    wechat.platform.faults[SEND] = [2.0]
    say(wechat, openid, "卡住")
    time.sleep(0.2)
    began = time.monotonic()
    say(wechat, other, "不受影响")
    wechat.seen(other, "不受影响")
    assert wechat.account.say(new_user(), "新来的") is not None
    assert time.monotonic() - began < 1.5
    wechat.seen(openid, "卡住")


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


def test_no_token_and_no_openid_stands_in_the_log(
    wechat: Service, openid: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither on success nor on failure."""
    caplog.set_level("DEBUG")
    wechat.platform.faults[SEND] = [-1, 40003]
    say(wechat, openid, "日志")
    wechat.settled(openid)
    token = wechat.ask(lambda s: s.get(Platform, "wechat").token)
    records = "\n".join(record.getMessage() for record in caplog.records if record.name != "sqlalchemy")
    assert token not in records and openid not in records
    assert wechat.ask(lambda s: s.get(ChannelUser, ("wechat", openid))).following
