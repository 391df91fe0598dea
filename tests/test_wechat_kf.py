"""WeCom customer service, the second channel: the callback, reading by cursor, what is read (hostile 10)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from cases.clock import utc_now
from cases.enums import Channel
from cases.errors import SettingsError
from cases.models import ChannelEvent, Conversation, Message, Photo, SyncCursor
from cases.settings import read_settings
from gateway.wechat.crypto import Crypto
from gateway.wechat.xml import written
from gateway.wecom.sync import move_cursor
from tests.gateway_server import until
from tests.pictures import drawn, encoded
from tests.wechat_kf import CORPID, KFID
from tests.wechat_platform import AES_KEY, TOKEN
from tests.wechat_service import Service, got, new_user, notify, says


def test_the_url_check_decrypts_the_echo(kf: Service) -> None:
    """Unlike the official account's."""
    stamp = str(int(time.time()))
    echo, signature = kf.kf_account.crypto.seal("4711", stamp, "n")
    params = {"msg_signature": signature, "timestamp": stamp, "nonce": "n", "echostr": echo}
    assert kf.gateway.client.get("/wecom/callback", params=params).text == "4711"
    assert kf.gateway.client.get("/wecom/callback", params={**params, "msg_signature": "0" * 40}).status_code == 400


@pytest.mark.parametrize(
    "crypto", [Crypto("x", AES_KEY, CORPID), Crypto(TOKEN, AES_KEY, "wwother"), Crypto(TOKEN, "z" * 43, CORPID)]
)
def test_a_forged_callback_reads_nothing(kf: Service, crypto: Crypto) -> None:
    """The same 400 as everywhere."""
    before = kf.kf.calls["/cgi-bin/kf/sync_msg"]
    params, body = kf.kf_account.sealed(written(Event="kf_msg_or_event", Token="T", OpenKfId=KFID), crypto=crypto)
    assert kf.kf_account.post(params, body).status_code == 400
    assert kf.kf.calls["/cgi-bin/kf/sync_msg"] == before


def test_a_message_is_read_answered_and_the_session_taken(kf: Service) -> None:
    """State 0 becomes 1 before the first answer, so that WeCom's own rules do not give it to somebody."""
    user = new_user()
    says(kf, user, "多久到账")
    assert got(kf, user, "收到：多久到账") == ["收到：多久到账"]
    assert kf.kf.states[user] == 1
    assert kf.conversation(user).channel is Channel.WECOM


def test_pages_are_read_to_the_end_in_order(kf: Service) -> None:
    """Seven messages on pages of two."""
    user = new_user()
    for n in range(7):
        kf.kf.says(user, f"第{n}条")
    notify(kf)
    until(
        lambda: (
            len([row for row in kf.messages(user) if row.sender == "customer"]) == 7 if kf.conversation(user) else False
        )
    )
    assert [row.text for row in kf.messages(user) if row.sender == "customer"] == [f"第{n}条" for n in range(7)]


def test_more_without_end_is_no_endless_loop(kf: Service) -> None:
    """The platform says “more” and the cursor stays: reading ends."""
    kf.kf.endless = True
    before = kf.kf.calls["/cgi-bin/kf/sync_msg"]
    user = new_user()
    says(kf, user, "无尽")
    got(kf, user, "无尽")
    time.sleep(0.4)
    assert kf.kf.calls["/cgi-bin/kf/sync_msg"] - before < 12
    kf.kf.endless = False


def test_a_cursor_that_goes_back_repeats_nothing(kf: Service) -> None:
    """And the same msgid twice is one message."""
    user = new_user()
    row = says(kf, user, "只一次")
    got(kf, user, "收到：只一次")
    kf.kf.log.append(dict(row))
    kf.change(lambda s: move_cursor(s, KFID, "0", utc_now()))
    before = kf.kf.calls["/cgi-bin/kf/sync_msg"]
    notify(kf)
    until(lambda: kf.ask(lambda s: s.get(SyncCursor, KFID).cursor) == str(len(kf.kf.log)))
    time.sleep(0.2)
    assert kf.kf.calls["/cgi-bin/kf/sync_msg"] > before
    assert [m.text for m in kf.messages(user)] == ["只一次", "收到：只一次"]


def test_the_cursor_is_kept_over_a_restart(kf: Service) -> None:
    """And what came while we were away is read at start, without a callback."""
    user = new_user()
    says(kf, user, "之前")
    got(kf, user, "收到：之前")
    kf.kf.says(user, "离线时")
    kf.restart()
    got(kf, user, "收到：离线时")
    assert kf.ask(lambda s: s.get(SyncCursor, KFID).cursor) == str(len(kf.kf.log))


def test_a_busy_platform_is_asked_again(kf: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded, and from the same cursor."""
    monkeypatch.setattr("gateway.wecom.sync.PAUSES", (0.05, 0.05, 0.05))
    kf.kf.faults["/cgi-bin/kf/sync_msg"] = [-1, 45009]
    user = new_user()
    says(kf, user, "忙时")
    got(kf, user, "收到：忙时")


def test_pictures_voices_and_places(kf: Service) -> None:
    """As on the official account."""
    user = new_user()
    kf.kf.media["m-1"] = encoded(drawn())
    kf.kf.add(3, external_userid=user, msgtype="image", image={"media_id": "m-1"})
    kf.kf.add(3, external_userid=user, msgtype="voice", voice={"media_id": "m-2"})
    kf.kf.add(
        3, external_userid=user, msgtype="location", location={"latitude": 39.9, "longitude": 116.4, "name": "建国路"}
    )
    notify(kf)
    got(kf, user, "没有听清")
    got(kf, user, "建国路")
    until(lambda: kf.ask(lambda s: s.query(Photo).filter_by(conversation_id=kf.conversation(user).id).count()) == 1)


def test_opening_the_chat_is_welcomed_once(kf: Service) -> None:
    """With the one-time code; the welcome stands in the history."""
    user = new_user()
    kf.kf.event(user, "enter_session", welcome_code="C1" + user[:8], scene="s")
    notify(kf)
    until(lambda: any(body["code"] == "C1" + user[:8] for body in kf.kf.welcomes))
    notify(kf)
    time.sleep(0.3)
    assert len([body for body in kf.kf.welcomes if body["code"] == "C1" + user[:8]]) == 1
    assert "智能客服" in kf.messages(user)[0].text


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"msgid": "x"},
        {"msgid": "a b", "origin": 3, "external_userid": "u"},
        {"msgid": "x9", "origin": "three", "external_userid": "u"},
        {"msgid": "x8", "origin": 3, "external_userid": "../x"},
    ],
)
def test_a_row_that_does_not_fit_stops_nothing(kf: Service, row: dict[str, Any]) -> None:
    """The rest of the page is read."""
    user = new_user()
    kf.kf.log.append(row)
    says(kf, user, "后面的")
    got(kf, user, "收到：后面的")


def test_both_channels_keep_their_users_apart(kf: Service) -> None:
    """The same text id on both is two users."""
    user = new_user()
    says(kf, user, "企业微信")
    got(kf, user, "企业微信")
    kf.account.say(user, "公众号")
    channels = kf.ask(lambda s: {row.channel for row in s.query(Conversation).filter_by(channel_user=user)})
    assert channels == {Channel.WECOM, Channel.WECHAT}


def test_nothing_of_wecom_is_kept_twice(kf: Service) -> None:
    """One event row a message, one message row an answer."""
    user = new_user()
    says(kf, user, "一条")
    got(kf, user, "收到：一条")
    assert kf.ask(lambda s: s.query(ChannelEvent).filter_by(user=user).count()) == 1
    assert kf.ask(lambda s: s.query(Message).filter_by(conversation_id=kf.conversation(user).id).count()) == 2


@pytest.mark.parametrize("missing", ["WECOM_CORPID", "WECOM_SECRET", "WECOM_TOKEN", "WECOM_AES_KEY", "WECOM_KFID"])
def test_half_a_set_up_refuses_to_start(tmp_path: Path, missing: str) -> None:
    """All five or none, named in the sentence; a mode that is not known too."""
    names = ("WECOM_CORPID", "WECOM_SECRET", "WECOM_TOKEN", "WECOM_KFID")
    env: dict[str, str | None] = {"VAR_DIR": str(tmp_path), "WECOM_AES_KEY": "k" * 43, **dict.fromkeys(names, "x")}
    assert read_settings(dict(env)).wecom
    with pytest.raises(SettingsError, match=missing):
        read_settings({**env, missing: ""})
    with pytest.raises(SettingsError, match="WECOM_MODE"):
        read_settings({**env, "WECOM_MODE": "both"})
