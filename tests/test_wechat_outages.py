"""Outages of WeChat's platform: nothing is lost, doubled or reordered."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.gateway_server import until
from tests.rasa_stand_in import RasaStandIn
from tests.wechat_sending import SEND, TOKENS, say
from tests.wechat_server import Server
from tests.wechat_service import Service, new_user

pytestmark = pytest.mark.usefixtures("undisturbed")
OUTAGE = float(os.environ.get("OUTAGE_SECONDS", "1"))  # how long the platform is away in the tests of outages


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
