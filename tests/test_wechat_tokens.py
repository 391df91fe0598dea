"""Access tokens of WeChat: renewed once, by one process, and in no log."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from cases import platforms
from cases.clock import utc_now
from cases.models import ChannelUser, Platform
from cases.settings import ROOT
from gateway.wechat.account import WeChat
from tests.gateway_server import until
from tests.wechat_sending import SEND, TOKENS, say
from tests.wechat_server import Server
from tests.wechat_service import Service

pytestmark = pytest.mark.usefixtures("undisturbed")


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
