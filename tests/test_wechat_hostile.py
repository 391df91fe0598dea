"""The WeChat callback against forged, replayed, bent and broken input (hostile list 1–7, 9, 21)."""

from __future__ import annotations

import base64
import socket
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any

import pytest
from sqlalchemy import func, select

from cases.models import ChannelEvent, Message, SeenSignature
from gateway.wechat.crypto import Crypto
from gateway.wechat.xml import written
from tests.gateway_server import until
from tests.test_wechat_crypto import BAD_XML, BROKEN
from tests.wechat_platform import ACCOUNT, AES_KEY, APPID, TOKEN
from tests.wechat_service import Service, new_user

Params = dict[str, Any]


def stored(service: Service) -> tuple[int, int, int]:
    """How many things the database holds that a message would add."""
    count = lambda kind: select(func.count()).select_from(kind)  # noqa: E731 - asked often
    return service.ask(
        lambda s: tuple(s.execute(count(kind)).scalar_one() for kind in (ChannelEvent, Message, SeenSignature))
    )


def refused(service: Service, params: Any, body: str | bytes) -> None:
    """The one answer, and nothing stored."""
    before = stored(service)
    answer = service.account.post(params, body)
    assert (answer.status_code, answer.content) == (400, b"")
    assert stored(service) == before


def good(service: Service, **fields: Any) -> str:
    return service.account.message(new_user(), Content="你好", **fields)


# Who signed it


@pytest.mark.parametrize("name", ["signature", "msg_signature", "timestamp", "nonce", "encrypt_type"])
@pytest.mark.parametrize("value", ["", "0" * 40, "签" * 40, "' or 1=1", "a" * 5000])
def test_a_forged_parameter_is_refused(wechat: Service, name: str, value: str) -> None:
    """Empty, wrong, not ASCII, too long: for each of the five."""
    params, body = wechat.account.sealed(good(wechat))
    refused(wechat, {**params, name: value}, body)


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce", "encrypt_type"])
def test_a_missing_parameter_is_refused(wechat: Service, name: str) -> None:
    """Every one is needed; the plain signature is checked where it is given."""
    params, body = wechat.account.sealed(good(wechat))
    del params[name]
    refused(wechat, params, body)


@pytest.mark.parametrize("name", ["signature", "msg_signature", "timestamp", "nonce"])
def test_a_parameter_that_is_there_twice_is_refused(wechat: Service, name: str) -> None:
    """Arrays: which one would count?"""
    params, body = wechat.account.sealed(good(wechat))
    refused(wechat, [*params.items(), (name, params[name])], body)


def test_the_signature_of_another_body_is_refused(wechat: Service) -> None:
    """And a changed body under its old signature."""
    params, _ = wechat.account.sealed(good(wechat))
    _, other = wechat.account.sealed(good(wechat), at=float(params["timestamp"]), nonce=params["nonce"])
    refused(wechat, params, other)


@pytest.mark.parametrize("key", ["x" * 43, AES_KEY[:-2] + "zz"])
def test_another_accounts_key_opens_nothing(wechat: Service, key: str) -> None:
    """Signed with our token, encrypted with another key."""
    refused(wechat, *wechat.account.sealed(good(wechat), crypto=Crypto(TOKEN, key, APPID)))


def test_another_accounts_token_signs_nothing(wechat: Service) -> None:
    """Encrypted with our key, signed with another token."""
    refused(wechat, *wechat.account.sealed(good(wechat), crypto=Crypto("another", AES_KEY, APPID)))


def test_another_appid_inside_is_refused(wechat: Service) -> None:
    """A message for another account of the same owner."""
    refused(wechat, *wechat.account.sealed(good(wechat), crypto=Crypto(TOKEN, AES_KEY, "wx9999999999999999")))


# When it was signed


@pytest.mark.parametrize("age", [601, 86400, -601, 86400 * 365 * 20])
def test_a_stale_or_future_message_is_refused(wechat: Service, age: float) -> None:
    """Ten minutes either way."""
    refused(wechat, *wechat.account.sealed(good(wechat), at=time.time() - age))


@pytest.mark.parametrize("bent", ["shifted", "short", "spaces", "full-width"])
def test_a_bent_time_stamp_is_refused(wechat: Service, bent: str) -> None:
    """The signature is malleable: the stamp must have ten ASCII digits."""
    params, body = wechat.account.sealed(good(wechat), nonce="1712000001")
    stamp = params["timestamp"]
    bends = {
        "shifted": {"timestamp": stamp + "1", "nonce": "712000001"},
        "short": {"timestamp": stamp[:-1], "nonce": stamp[-1] + params["nonce"]},
        "spaces": {"timestamp": f" {stamp}"},
        "full-width": {"timestamp": "".join(chr(ord(c) + 0xFEE0) for c in stamp)},
    }
    refused(wechat, {**params, **bends[bent]}, body)


def test_a_replay_runs_nothing_and_stores_nothing(wechat: Service) -> None:
    """The same bytes again, at once and after the service was started anew."""
    openid = new_user()
    params, body = wechat.account.sealed(wechat.account.message(openid, Content="重放"))
    first = wechat.account.post(params, body)
    assert first.status_code == 200 and "收到：重放" in wechat.account.reply(first)["Content"]
    before = stored(wechat)
    for _ in range(3):
        assert wechat.account.post(params, body).status_code == 200
    wechat.restart()
    assert wechat.account.post(params, body).status_code == 200
    assert stored(wechat) == before
    assert len(wechat.rasa.calls_of(wechat.conversation(openid).id)) == 1


def test_a_signature_serves_one_message_only(wechat: Service) -> None:
    """Seen with another message before: refused."""
    openid = new_user()
    params, body = wechat.account.sealed(wechat.account.message(openid, Content="一", MsgId=77000000000000001))
    wechat.account.post(params, body)
    wechat.change(lambda s: setattr(s.get(SeenSignature, params["msg_signature"]), "key", "wx:other"))
    refused(wechat, params, body)


# What is inside


def test_a_plain_body_is_refused(wechat: Service) -> None:
    """No downgrade to the plain or the compatible mode."""
    plain = good(wechat)
    params, sealed = wechat.account.sealed(plain)
    refused(wechat, params, plain)
    refused(wechat, {k: v for k, v in params.items() if k not in ("encrypt_type", "msg_signature")}, plain)
    refused(wechat, {**params, "encrypt_type": "raw"}, plain)
    refused(wechat, params, sealed.replace("</xml>", "<Content>x</Content></xml>"))


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_content_is_refused(wechat: Service, name: str) -> None:
    """Rightly signed, wrongly made: padding, length, appid, truncation."""
    params, _ = wechat.account.sealed(good(wechat))
    params["msg_signature"] = wechat.account.crypto.sign(params["timestamp"], params["nonce"], BROKEN[name])
    refused(wechat, params, written(ToUserName=ACCOUNT, Encrypt=BROKEN[name]))


@pytest.mark.parametrize("name", BAD_XML)
def test_hostile_xml_outside_is_refused(wechat: Service, name: str) -> None:
    """Before anything was decrypted."""
    params, _ = wechat.account.sealed(good(wechat))
    refused(wechat, params, BAD_XML[name][:60000])


@pytest.mark.parametrize("name", [name for name in BAD_XML if name not in ("deep",)])
def test_hostile_xml_inside_is_refused(wechat: Service, name: str) -> None:
    """From somebody who has our keys."""
    raw = BAD_XML[name]
    with suppress(UnicodeDecodeError):
        refused(wechat, *wechat.account.sealed(raw.decode()))


def test_no_entity_opens_a_connection(wechat: Service) -> None:
    """A document type that names our own listener is never followed; nor is a picture's address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(0.3)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        dtd = f'<!DOCTYPE xml SYSTEM "{address}"><xml><A>1</A></xml>'
        refused(wechat, wechat.account.sealed("x")[0], dtd)
        refused(wechat, *wechat.account.sealed(dtd))
        openid = new_user()
        wechat.account.deliver(wechat.account.message(openid, "image", PicUrl=address, MediaId="gone-1"), openid)
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize(
    "changes",
    [
        {"FromUserName": "short"},
        {"FromUserName": "a" * 41},
        {"FromUserName": "o" * 20 + "/../../x"},
        {"FromUserName": "ｏ" * 28},
        {"FromUserName": ""},
        {"MsgType": ""},
        {"MsgType": "te xt"},
        {"CreateTime": "x"},
        {"CreateTime": "99999999999"},
        {"CreateTime": "-1"},
        {"MsgId": "abc"},
        {"MsgId": ""},
        {"MsgId": "9" * 30},
    ],
)
def test_fields_that_the_platform_never_sends_are_refused(wechat: Service, changes: dict[str, str]) -> None:
    """An openid, a time, an id of another form."""
    fields = {
        "ToUserName": ACCOUNT,
        "FromUserName": new_user(),
        "MsgType": "text",
        "CreateTime": str(int(time.time())),
        "MsgId": "123456",
        "Content": "x",
        **changes,
    }
    refused(wechat, *wechat.account.sealed(written(**fields)))


@pytest.mark.parametrize("name", ["FromUserName", "ToUserName", "MsgType", "CreateTime", "MsgId", "Content"])
def test_missing_and_doubled_fields_are_refused(wechat: Service, name: str) -> None:
    """Each that a text needs; and none of them twice."""
    fields = {
        "ToUserName": ACCOUNT,
        "FromUserName": new_user(),
        "MsgType": "text",
        "CreateTime": int(time.time()),
        "MsgId": 5,
        "Content": "x",
    }
    whole = written(**fields)
    refused(wechat, *wechat.account.sealed(written(**{k: v for k, v in fields.items() if k != name})))
    refused(wechat, *wechat.account.sealed(whole.replace("</xml>", f"<{name}>{fields[name]}</{name}></xml>")))


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1 << 20, 8 << 20])
def test_a_large_body_is_refused(wechat: Service, size: int) -> None:
    """64 KiB are enough for anything; with and without a declared length."""
    params, _ = wechat.account.sealed(good(wechat))
    assert wechat.account.post(params, b"x" * size).status_code in (400, 413)
    streamed = (b"x" * 4096 for _ in range(size // 4096 + 1))
    with suppress(Exception):  # the service may close while we still send
        answer = wechat.account.client.post(wechat.account.callback, params=params, content=streamed)
        assert answer.status_code in (400, 413)


def test_a_slow_body_holds_nobody_up(wechat: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up, and others are answered meanwhile."""
    monkeypatch.setattr("gateway.wechat.callback.BODY_WITHIN", 0.3)
    params, _ = wechat.account.sealed(good(wechat))
    query = "&".join(f"{k}={v}" for k, v in params.items())
    with socket.create_connection(("127.0.0.1", wechat.gateway.port), timeout=3) as slow:
        slow.sendall(f"POST /wechat/callback?{query} HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n<xml>".encode())
        openid = new_user()
        assert wechat.account.say(openid, "快") is not None
        assert b" 400 " in slow.recv(200)


# What the answers give away


def test_all_bad_input_takes_about_the_same_time(wechat: Service) -> None:
    """Wrong signature, wrong padding, wrong appid: no oracle in the time of the answer."""
    params, body = wechat.account.sealed(good(wechat))
    forged = {**params, "msg_signature": "0" * 40}
    bad = written(ToUserName=ACCOUNT, Encrypt=BROKEN["padding not all the same"])
    signed = wechat.account.crypto.sign(params["timestamp"], params["nonce"], BROKEN["padding not all the same"])
    cases = [
        (forged, body),
        ({**params, "msg_signature": signed}, bad),
        wechat.account.sealed(good(wechat), crypto=Crypto(TOKEN, AES_KEY, "wx9")),
    ]
    times = [statistics.median(took(wechat, *case) for _ in range(25)) for case in cases]
    assert max(times) < min(times) * 3 + 0.01 and max(times) < 0.1


def took(service: Service, params: Params, body: str) -> float:
    began = time.perf_counter()
    assert service.account.post(params, body).status_code == 400
    return time.perf_counter() - began


@pytest.mark.parametrize(
    "noise", [b"", b"\x00", b"[]", b"null", b"<xml>", b"\xff" * 100, "你好".encode(), b"<xml><Encrypt/></xml>"]
)
@pytest.mark.parametrize(
    "path", ["/wechat/callback", "/wechat/callback?timestamp=1&nonce=1&encrypt_type=aes&msg_signature=1"]
)
def test_noise_is_never_a_500(wechat: Service, noise: bytes, path: str) -> None:
    """Whatever comes."""
    assert wechat.gateway.client.post(path, content=noise).status_code == 400
    assert wechat.gateway.client.get(path).status_code == 400


# The URL check


def test_the_url_check_gives_the_echo_back(wechat: Service) -> None:
    """Verbatim and as plain text."""
    stamp = str(int(time.time()))
    params = {
        "signature": wechat.account.crypto.sign(stamp, "n1"),
        "timestamp": stamp,
        "nonce": "n1",
        "echostr": "4711",
    }
    answer = wechat.gateway.client.get("/wechat/callback", params=params)
    assert (answer.status_code, answer.text) == (200, "4711")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 40},
        {"timestamp": "1700000000"},
        {"echostr": "<script>" * 99},
        {"echostr": ""},
        {"nonce": ""},
    ],
)
def test_a_forged_url_check_is_refused(wechat: Service, change: dict[str, str]) -> None:
    """The same answer as everywhere."""
    stamp = str(int(time.time()))
    params = {
        "signature": wechat.account.crypto.sign(stamp, "n1"),
        "timestamp": stamp,
        "nonce": "n1",
        "echostr": "1",
        **change,
    }
    assert wechat.gateway.client.get("/wechat/callback", params=params).status_code == 400


# Many at once


def test_three_copies_at_once_are_one_turn(wechat: Service) -> None:
    """The same message three times in the same moment, each signed anew as the platform's retries may be."""
    openid = new_user()
    content = wechat.account.message(openid, Content="三份")
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: wechat.account.post(*wechat.account.sealed(content)), range(3)))
    assert {answer.status_code for answer in answers} == {200}
    until(lambda: len(wechat.messages(openid)) == 2)
    assert len(wechat.rasa.calls_of(wechat.conversation(openid).id)) == 1


def test_an_event_three_times_counts_once(wechat: Service) -> None:
    """Events have no id: user, time, event and key tell them apart."""
    openid = new_user()
    content = wechat.account.event(openid, "CLICK", EventKey="materials")
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: wechat.account.post(*wechat.account.sealed(content)), range(3)))
    assert len(wechat.rasa.calls_of(wechat.conversation(openid).id)) == 1


def test_the_same_id_with_another_content_changes_nothing(wechat: Service, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged and answered with `success`."""
    openid = new_user()
    wechat.account.deliver(wechat.account.message(openid, Content="真", MsgId=88000000000000001), openid)
    other = wechat.account.post(
        *wechat.account.sealed(wechat.account.message(openid, Content="假", MsgId=88000000000000001))
    )
    assert other.text == "success" and "another content" in caplog.text
    assert "假" not in [row.text for row in wechat.messages(openid)]


def test_a_flood_of_one_user_leaves_the_others_alone(wechat: Service) -> None:
    """More than the rate is told to come later; another user is answered."""
    openid, other, codes = new_user(), new_user(), []

    def flood() -> None:
        for _ in range(20):
            codes.append(
                wechat.account.post(*wechat.account.sealed(wechat.account.message(openid, Content="x"))).status_code
            )

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    assert wechat.account.say(other, "你好") is not None or wechat.seen(other, "你好")
    assert time.monotonic() - began < 10
    for thread in threads:
        thread.join()
    assert set(codes) <= {200, 429}


def test_a_base64_bomb_is_only_bytes(wechat: Service) -> None:
    """The largest content that fits is refused as fast as any."""
    params, _ = wechat.account.sealed("x")
    text = base64.b64encode(b"\x00" * 45000).decode()
    params["msg_signature"] = wechat.account.crypto.sign(params["timestamp"], params["nonce"], text)
    refused(wechat, params, written(ToUserName=ACCOUNT, Encrypt=text))
