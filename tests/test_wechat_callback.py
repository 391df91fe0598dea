"""What followers do and what they see: kinds of messages, events, five seconds, choices, pictures, ratings."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from cases.clock import utc_now
from cases.enums import Kind, Sender
from cases.messages import Draft, send
from cases.models import ChannelUser, Photo, Rating
from gateway.wechat.__main__ import main as menu_command
from tests.gateway_server import until
from tests.pictures import drawn, encoded
from tests.rasa_stand_in import echo
from tests.wechat_server import main as talk_command
from tests.wechat_service import Service, bot_says, new_user, slowly

OFFER = {
    "messages": [
        {"text": "请选择", "buttons": [{"title": "查进度", "payload": "/a"}, {"title": "转人工", "payload": "/b"}]}
    ]
}


@pytest.fixture(autouse=True)
def at_first(wechat: Service) -> None:
    """The bot echoes, the platform has no faults."""
    wechat.rasa.reset()
    wechat.platform.faults.clear()
    wechat.platform.always.clear()


def stored_texts(wechat: Service, openid: str) -> list[tuple[str, str]]:
    return [(row.sender.value, row.text) for row in wechat.messages(openid)]


# Five seconds


def test_a_quick_answer_stands_in_the_reply(wechat: Service) -> None:
    """And costs nothing of the quota."""
    openid = new_user()
    assert wechat.account.say(openid, "多久到账") == "收到：多久到账"
    assert wechat.settled(openid) == [("sent", None)]
    assert wechat.platform.users[openid].message_sent == 0


def test_a_slow_answer_is_pushed(wechat: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """`success` first, the typing sign, then the answer, once."""
    monkeypatch.setattr("gateway.wechat.callback.ANSWER_WITHIN", 0.3)
    wechat.rasa.answer = slowly(0.9, echo)
    openid = new_user()
    assert wechat.account.say(openid, "慢") is None
    assert wechat.seen(openid, "收到：慢") == ["收到：慢"]
    assert wechat.platform.users[openid].typing == 1
    assert wechat.platform.users[openid].message_sent == 1


def test_retries_while_the_first_is_running_run_no_second_turn(
    wechat: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform gives up early and comes again twice; the bot is asked once and the follower sees one answer."""
    monkeypatch.setattr("gateway.wechat.callback.ANSWER_WITHIN", 0.9)
    monkeypatch.setattr(wechat.account, "retries_at", 0.3)
    wechat.rasa.answer = slowly(0.7, echo)
    openid = new_user()
    wechat.account.say(openid, "重试")
    assert wechat.seen(openid, "收到：重试").count("收到：重试") == 1
    assert len(wechat.rasa.calls_of(wechat.conversation(openid).id)) == 1


def test_a_retry_after_the_reply_gets_the_same_reply(wechat: Service) -> None:
    """When the reply was lost on its way, the platform's retry brings it, and nothing is pushed besides."""
    openid = new_user()
    content = wechat.account.message(openid, Content="丢了")
    first = wechat.account.post(*wechat.account.sealed(content))
    again = wechat.account.post(*wechat.account.sealed(content))
    assert wechat.account.reply(first)["Content"] == wechat.account.reply(again)["Content"] == "收到：丢了"
    assert wechat.platform.users[openid].seen == []


def test_the_reply_is_encrypted_and_goes_to_the_writer(wechat: Service) -> None:
    """Names swapped, our time, text."""
    openid = new_user()
    answer = wechat.account.post(*wechat.account.sealed(wechat.account.message(openid, Content="你好")))
    fields = wechat.account.reply(answer)
    assert (fields["ToUserName"], fields["MsgType"]) == (openid, "text")
    assert abs(int(fields["CreateTime"]) - time.time()) < 5 and "收到" not in answer.text


def test_when_the_bot_is_down_an_apology_comes_and_a_person_is_asked(wechat: Service) -> None:
    """Rasa answers nothing but errors."""
    wechat.rasa.status = 500
    openid = new_user()
    wechat.account.say(openid, "在吗")
    wechat.seen(openid, "转接人工")
    assert wechat.conversation(openid).owner.value == "queued"


# Kinds of messages


@pytest.mark.parametrize(
    ("kind", "fields", "stored", "says"),
    [
        (
            "voice",
            {"MediaId": "m1", "Format": "amr", "Recognition": "理赔多久到账"},
            "理赔多久到账",
            "收到：理赔多久到账",
        ),
        ("voice", {"MediaId": "m1", "Format": "amr", "Recognition": ""}, "［语音］", "没有听清"),
        ("voice", {"MediaId": "m1"}, "［语音］", "没有听清"),
        ("video", {"MediaId": "m1", "ThumbMediaId": "t"}, "［视频］", "视频"),
        ("shortvideo", {"MediaId": "m1", "ThumbMediaId": "t"}, "［视频］", "视频"),
        (
            "link",
            {"Title": "好消息", "Description": "d", "Url": "http://evil.example"},
            "［链接］好消息",
            "不会打开链接",
        ),
        (
            "location",
            {"Location_X": "39.9", "Location_Y": "116.4", "Scale": 15, "Label": "建国路1号"},
            "［位置］建国路1号",
            "建国路",
        ),
        (
            "location",
            {"Location_X": "39.9", "Location_Y": "116.4", "Scale": 15, "Label": ""},
            "［位置］39.9,116.4",
            "39.9",
        ),
        ("file", {"Title": "a.pdf"}, "［其他消息］", "暂时不能处理"),
    ],
)
def test_every_kind_is_stored_and_answered(
    wechat: Service, kind: str, fields: dict[str, Any], stored: str, says: str
) -> None:
    """What can be read goes to the bot; what cannot gets a polite sentence."""
    openid = new_user()
    wechat.platform.acted(openid, "message")
    wechat.account.deliver(wechat.account.message(openid, kind, **fields), openid)
    assert says in wechat.seen(openid, says)[0]
    assert ("customer", stored) in stored_texts(wechat, openid)


def test_numbers_are_masked_before_they_are_stored(wechat: Service) -> None:
    """As in the app."""
    openid = new_user()
    wechat.account.say(openid, "我的手机13800001234")
    assert "13800001234" not in str(stored_texts(wechat, openid))


def test_what_the_bot_echoes_cannot_become_a_link(wechat: Service) -> None:
    """A customer who sends markup gets text back."""
    openid = new_user()
    shown = wechat.account.say(openid, '<a href="weixin://x">点</a> ]]> http://evil.example/')
    assert shown is not None and "<" not in shown and "evil.example" not in shown and "]]" in shown


def test_two_messages_within_a_moment_are_both_answered(wechat: Service) -> None:
    """In order, each once."""
    openid = new_user()
    threads = [threading.Thread(target=wechat.account.say, args=(openid, f"第{n}条")) for n in (1, 2)]
    for thread in threads:
        thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    wechat.seen(openid, "第1条", "第2条")
    assert {state for state, _ in wechat.settled(openid)} == {"sent"}


# Events


def test_a_new_follower_is_welcomed(wechat: Service) -> None:
    """Within the reply; the welcome went through the door and is in the history."""
    openid = new_user()
    shown = wechat.account.does(openid, "subscribe", EventKey="")
    assert shown is not None and "智能客服" in shown
    assert wechat.messages(openid)[0].ruleset


def test_who_leaves_gets_nothing_more(wechat: Service) -> None:
    """What waited is given up; what comes later too."""
    openid = new_user()
    wechat.account.say(openid, "你好")
    assert wechat.account.does(openid, "unsubscribe") is None
    wechat.change(lambda s: say(wechat, s, openid, "提醒"))
    assert wechat.settled(openid)[-1] == ("failed", "43004")


def test_who_comes_back_is_reached_again(wechat: Service) -> None:
    """Following opens a window."""
    openid = new_user()
    wechat.account.does(openid, "unsubscribe")
    wechat.account.does(openid, "subscribe")
    wechat.change(lambda s: say(wechat, s, openid, "欢迎"))
    wechat.seen(openid, "欢迎")


@pytest.mark.parametrize(
    ("key", "says"), [("claim_status", "查案件进度"), ("person", "转人工"), ("payment", "赔款多久到账")]
)
def test_a_menu_click_is_as_if_typed(wechat: Service, key: str, says: str) -> None:
    """The bot gets the words."""
    openid = new_user()
    assert wechat.account.does(openid, "CLICK", EventKey=key) == f"收到：{says}"


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("CLICK", {"EventKey": "unknown"}),
        ("VIEW", {"EventKey": "https://x"}),
        ("LOCATION", {"Latitude": "1"}),
        ("TEMPLATESENDJOBFINISH", {"Status": "success"}),
        ("whatever", {}),
    ],
)
def test_other_events_are_acknowledged_only(wechat: Service, event: str, fields: dict[str, str]) -> None:
    """Nothing is said, no conversation begins, no place is kept."""
    openid = new_user()
    assert wechat.account.does(openid, event, **fields) is None
    assert wechat.conversation(openid) is None


def test_a_scan_is_greeted(wechat: Service) -> None:
    """By a follower."""
    assert "欢迎回来" in (wechat.account.does(new_user(), "SCAN", EventKey="7") or "")


def test_the_menu_is_set_by_a_command(
    wechat: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m gateway.wechat menu`; `--show` sets nothing."""
    monkeypatch.setattr("gateway.wechat.__main__.get_settings", lambda: wechat.gateway.settings)
    assert menu_command(["menu", "--show"]) == 0 and wechat.platform.menu is None
    assert menu_command(["menu"]) == 0 and wechat.platform.menu is not None
    wechat.platform.faults["/cgi-bin/menu/create"] = [65303]
    assert menu_command(["menu"]) == 1 and "65303" in capsys.readouterr().err


# Choices and ratings


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


# Pictures


def test_a_picture_goes_into_the_same_store(wechat: Service) -> None:
    """Fetched by its media id, re-encoded, checked, given to the bot."""
    openid = new_user()
    wechat.platform.media["pic-1"] = encoded(drawn())
    wechat.platform.acted(openid, "message")
    wechat.account.deliver(
        wechat.account.message(openid, "image", PicUrl="http://127.0.0.1:1/x", MediaId="pic-1"), openid
    )
    wechat.seen(openid, "/send_photo")
    rows = wechat.ask(lambda s: s.query(Photo).filter_by(conversation_id=wechat.conversation(openid).id).all())
    assert len(rows) == 1 and rows[0].usable
    assert wechat.messages(openid)[0].data["image_id"] == rows[0].id


@pytest.mark.parametrize(
    ("media", "says"), [(None, "没有接收成功"), (b"GIF89a" + b"x" * 99, "JPEG")], ids=["gone", "gif"]
)
def test_a_picture_that_is_gone_or_none_is_told(wechat: Service, media: bytes | None, says: str) -> None:
    """A JSON error with status 200; another format."""
    openid = new_user()
    if media is not None:
        wechat.platform.media["pic-2"] = media
    else:
        wechat.platform.media.pop("pic-2", None)
    wechat.platform.acted(openid, "message")
    wechat.account.deliver(wechat.account.message(openid, "image", PicUrl="x", MediaId="pic-2"), openid)
    assert says in wechat.seen(openid, says)[0]
    assert [row.sender for row in wechat.messages(openid)] == [Sender.BOT]


def test_a_picture_survives_faults_and_a_refused_token(wechat: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Busy, a bad gateway, a token that another program invalidated: fetched all the same, once."""
    monkeypatch.setattr("gateway.wechat.media.PAUSES", (0.05,) * 6)
    openid = new_user()
    wechat.platform.media["pic-3"] = encoded(drawn())
    wechat.platform.faults["/cgi-bin/media/get"] = [-1, "502", "drop", "html"]
    wechat.platform.invalidate_token()
    wechat.platform.acted(openid, "message")
    wechat.account.deliver(wechat.account.message(openid, "image", PicUrl="x", MediaId="pic-3"), openid)
    wechat.seen(openid, "/send_photo")
    assert len(wechat.messages(openid)) == 2


def test_a_picture_waits_for_a_restart(wechat: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway dies while it fetches; the next one takes it up."""
    openid = new_user()
    wechat.platform.media["pic-4"] = encoded(drawn())
    wechat.platform.faults["/cgi-bin/media/get"] = [-1]
    wechat.platform.acted(openid, "message")
    monkeypatch.setattr("gateway.wechat.callback.ANSWER_WITHIN", 0.2)
    wechat.account.deliver(wechat.account.message(openid, "image", PicUrl="x", MediaId="pic-4"), openid)
    wechat.restart()
    wechat.seen(openid, "/send_photo")


def test_a_message_survives_a_restart(wechat: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored, acknowledged, and the gateway stops before the bot answered."""
    monkeypatch.setattr("gateway.wechat.callback.ANSWER_WITHIN", 0.2)
    openid = new_user()
    wechat.rasa.gate.clear()
    assert wechat.account.say(openid, "等等") is None
    stopping = threading.Thread(target=wechat.restart)
    stopping.start()
    time.sleep(0.2)
    wechat.rasa.gate.set()
    stopping.join()
    assert wechat.seen(openid, "收到：等等").count("收到：等等") == 1


def say(
    wechat: Service, session: Any, openid: str, text: str, kind: Kind = Kind.TEXT, sender: Sender = Sender.BOT
) -> int:
    """Something the system says by itself, through the door."""
    conversation = wechat.conversation(openid)
    rows = send(
        session,
        wechat.gateway.app.state.gateway.door,
        conversation.id,
        [Draft(text, kind=kind)],
        utc_now(),
        sender=sender,
    )
    return int(rows[0].id)


def test_the_typing_sign_is_not_worth_a_retry(wechat: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the platform says to it."""
    monkeypatch.setattr("gateway.wechat.callback.ANSWER_WITHIN", 0.2)
    wechat.platform.always["/cgi-bin/message/custom/typing"] = 45072
    wechat.rasa.answer = slowly(0.6, bot_says("好"))
    openid, before = new_user(), wechat.platform.calls["/cgi-bin/message/custom/typing"]
    wechat.account.say(openid, "你好")
    wechat.seen(openid, "好")
    assert wechat.platform.calls["/cgi-bin/message/custom/typing"] == before + 1
    assert wechat.ask(lambda s: s.get(ChannelUser, ("wechat", openid)).typing_at) is None


def test_a_recorded_conversation_is_replayed(
    wechat: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m tests.wechat_server talk`: both sides printed, 1 when an expected answer does not come."""
    monkeypatch.setattr("tests.wechat_server.get_settings", lambda: wechat.gateway.settings)
    talk = tmp_path / "talk.jsonl"
    words = ["talk", str(talk), "--url", wechat.account.callback, "--port", "0", "--wait", "0.2"]
    talk.write_text('{"event": "subscribe", "expect": "智能客服"}\n{"say": "你好", "expect": "收到：你好"}\n', "utf-8")
    assert talk_command(words) == 0 and "< 收到：你好" in capsys.readouterr().out
    talk.write_text('{"say": "你好", "expect": "不会来的"}\n', "utf-8")
    assert talk_command(words) == 1
