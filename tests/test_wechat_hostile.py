"""The WeChat callback against forged, replayed, bent and broken input (hostile list 1–7, 9, 21)."""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cases.models import SeenSignature
from gateway.wechat.crypto import Crypto
from gateway.wechat.xml import written
from tests.gateway_server import until
from tests.test_wechat_crypto import BROKEN
from tests.wechat_platform import ACCOUNT, AES_KEY, APPID, TOKEN
from tests.wechat_service import Service, good, new_user, refused, stored

Params = dict[str, Any]

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
