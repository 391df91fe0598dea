"""What followers do and what they see: five seconds, kinds of messages, events, restarts."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from cases.models import ChannelUser
from gateway.wechat.__main__ import main as menu_command
from tests.rasa_stand_in import echo
from tests.wechat_server import main as talk_command
from tests.wechat_service import Service, bot_says, new_user, say, slowly, stored_texts

pytestmark = pytest.mark.usefixtures("undisturbed")

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
