"""Sending over WeChat when the platform answers with an error code: again, later, or not at all."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import update

from cases import platforms
from cases.clock import utc_now
from cases.models import Platform
from gateway.wechat.codes import WECHAT, Do
from tests.gateway_server import until
from tests.wechat_sending import SEND, say
from tests.wechat_service import Service

pytestmark = pytest.mark.usefixtures("undisturbed")


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
