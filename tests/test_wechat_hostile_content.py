"""What stands in a message to the WeChat callback: broken, bent, too large or too slow, it is refused."""

from __future__ import annotations

import base64
import socket
import time
from contextlib import closing, suppress

import pytest

from gateway.wechat.xml import written
from tests.test_wechat_crypto import BAD_XML, BROKEN
from tests.wechat_platform import ACCOUNT
from tests.wechat_service import Service, good, new_user, refused


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


def test_a_base64_bomb_is_only_bytes(wechat: Service) -> None:
    """The largest content that fits is refused as fast as any."""
    params, _ = wechat.account.sealed("x")
    text = base64.b64encode(b"\x00" * 45000).decode()
    params["msg_signature"] = wechat.account.crypto.sign(params["timestamp"], params["nonce"], text)
    refused(wechat, params, written(ToUserName=ACCOUNT, Encrypt=text))


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
