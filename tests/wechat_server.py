"""A stand-in for WeChat: serves the platform's interface on loopback and writes to a service as the platform does.

It signs and encrypts, gives up after five seconds and comes again, three times in all, keeps the quotas, and records
what each follower sees. `python -m tests.wechat_server talk [FILE]` replays a recorded conversation against a running
service (same `WECHAT_…` settings; `WECHAT_API_BASE` of the service has to name the address that this program prints).
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import secrets
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from cases.settings import Settings, get_settings
from gateway.wechat.crypto import Crypto
from gateway.wechat.xml import fields_of, written
from tests.wechat_kf import Kf
from tests.wechat_platform import ACCOUNT, AES_KEY, APPID, TOKEN, Answer, Platform

TALK = Path(__file__).parent / "data" / "wechat_talk.jsonl"
XML = {"content-type": "text/xml"}


class Server:
    """The platform's interface over HTTP; WeCom's too."""

    def __init__(self, port: int = 0) -> None:
        self.platform, self.kf = Platform(), Kf()
        self.inbound: list[str] = []  # every path that was asked for
        self._http = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._http.daemon_threads = True
        self.port = self._http.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        """From the platform whose path it is."""
        self.inbound.append(path)
        is_kf = (
            path.startswith("/cgi-bin/kf/") or path == "/cgi-bin/gettoken" or query.get("access_token", "")[:2] == "kf"
        )
        return self.kf.answer(path, query, body) if is_kf else self.platform.answer(path, query, body)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._serve({})

            def do_POST(self) -> None:
                self._serve(json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}"))

            def _serve(self, body: dict[str, Any]) -> None:
                parts = urlsplit(self.path)
                status, content = server.answer(parts.path, dict(parse_qsl(parts.query)), body)
                if status == 0:
                    self.close_connection = True
                    return
                raw = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
                kind = "application/json" if not isinstance(content, bytes) else "image/jpeg"
                with suppress(OSError):
                    self.send_response(status)
                    self.send_header("content-type", "text/html" if raw.startswith(b"<html") else kind)
                    self.send_header("content-length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

    def close(self) -> None:
        """Stop answering."""
        self._http.shutdown()
        self._http.server_close()


class Account:
    """The platform writing to a service: one official account with its followers."""

    def __init__(self, platform: Platform, callback: str, crypto: Crypto | None = None) -> None:
        self.platform, self.callback = platform, callback
        self.crypto = crypto or Crypto(TOKEN, AES_KEY, APPID)
        self.client = httpx.Client(timeout=30, trust_env=False)
        self.retries_at, self.tries = 5.0, 3
        self._ids = itertools.count(int(time.time() * 1000) * 1000)

    def sealed(
        self,
        content: str,
        *,
        at: float | None = None,
        nonce: str | None = None,
        crypto: Crypto | None = None,
        **changes: str,
    ) -> tuple[dict[str, str], str]:
        """The address's parameters and the body of a message."""
        timestamp, nonce = str(int(at if at is not None else time.time())), nonce or secrets.token_hex(5)
        crypto = crypto or self.crypto
        encrypted, signature = crypto.seal(content, timestamp, nonce)
        params = {
            "signature": self.crypto.sign(timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": signature,
            **changes,
        }
        return params, written(ToUserName=ACCOUNT, Encrypt=encrypted)

    def post(self, params: Any, body: str | bytes, timeout: float = 30.0) -> httpx.Response:
        """One try."""
        content = body.encode() if isinstance(body, str) else body
        return self.client.post(self.callback, params=params, content=content, headers=XML, timeout=timeout)

    def deliver(self, content: str, openid: str) -> str | None:
        """As the platform: up to three tries; what the follower sees of the answer."""
        for _ in range(self.tries):
            began = time.monotonic()
            with suppress(httpx.TimeoutException, httpx.TransportError):
                answer = self.post(*self.sealed(content), timeout=self.retries_at)
                if answer.status_code == 200:
                    return self.shown(answer, openid)
            time.sleep(max(0.0, self.retries_at - (time.monotonic() - began)))
        self.platform.users[openid].seen.append("［该公众号暂时无法提供服务］")
        return None

    def shown(self, answer: httpx.Response, openid: str) -> str | None:
        """A passive reply as the follower sees it; None for `success`."""
        if answer.text in ("", "success"):
            return None
        text = self.reply(answer)["Content"]
        self.platform.users[openid].seen.append(text)
        return text

    def reply(self, answer: httpx.Response) -> dict[str, str]:
        """The fields of an encrypted reply, its signature checked."""
        envelope = fields_of(answer.content)
        opened = self.crypto.open(
            envelope["Encrypt"], envelope["MsgSignature"], envelope["TimeStamp"], envelope["Nonce"]
        )
        return fields_of(opened)

    def message(self, openid: str, kind: str = "text", **fields: Any) -> str:
        """The content of a message; MsgId and time are made unless given."""
        given = {"MsgId": next(self._ids), "CreateTime": int(time.time()), **fields}
        return written(ToUserName=ACCOUNT, FromUserName=openid, MsgType=kind, **given)

    def event(self, openid: str, event: str, **fields: Any) -> str:
        """The content of an event."""
        return written(
            ToUserName=ACCOUNT,
            FromUserName=openid,
            MsgType="event",
            Event=event,
            **{"CreateTime": int(time.time()), **fields},
        )

    def say(self, openid: str, text: str, **fields: Any) -> str | None:
        """A follower types something; the passive reply, if there was one."""
        self.platform.acted(openid, "message")
        return self.deliver(self.message(openid, Content=text, **fields), openid)

    def does(self, openid: str, event: str, **fields: Any) -> str | None:
        """A follower does something."""
        if event in ("subscribe", "CLICK", "SCAN"):
            self.platform.acted(openid, "event")
        self.platform.users[openid].following = event != "unsubscribe"
        return self.deliver(self.event(openid, event, **fields), openid)


def crypto_of(settings: Settings) -> Crypto:
    """The encryption that a service is set to, or the tests' own."""
    if not settings.wechat:
        return Crypto(TOKEN, AES_KEY, APPID)
    return Crypto(str(settings.wechat_token), str(settings.wechat_aes_key), str(settings.wechat_appid))


def talk(options: argparse.Namespace) -> int:
    """Replay a conversation, a JSON object a line: {"say"} or {"event", "key"}, {"expect": pattern}; 1 if missed."""
    settings = get_settings()
    server = Server(options.port)
    url = options.url or f"http://{settings.host}:{settings.port}/wechat/callback"
    print(f"the platform answers at {server.url}; writing to {url}", flush=True)
    account, openid = Account(server.platform, url, crypto_of(settings)), "oTalk" + secrets.token_hex(10)
    missed = 0
    for line in options.file.read_text("utf-8").splitlines():
        missed += not _step(account, openid, json.loads(line), options.wait)
    server.close()
    return 1 if missed else 0


def _step(account: Account, openid: str, step: dict[str, Any], seconds: float) -> bool:
    seen = account.platform.users[openid].seen
    before = len(seen)
    if "say" in step:
        print(f"> {step['say']}", flush=True)
        account.say(openid, step["say"])
    else:
        print(f"> [{step['event']} {step.get('key', '')}]", flush=True)
        account.does(openid, step["event"], EventKey=step.get("key", ""))
    end, pattern = time.monotonic() + seconds, step.get("expect", "")
    while pattern and not re.search(pattern, "\n".join(seen[before:])) and time.monotonic() < end:
        time.sleep(0.1)
    for text in seen[before:]:
        print("< " + text.replace("\n", "\n  "), flush=True)
    met = not pattern or bool(re.search(pattern, "\n".join(seen[before:])))
    if not met:
        print(f"! expected {pattern}", flush=True)
    return met


def main(argv: list[str] | None = None) -> int:
    """`serve` only answers; `talk` replays a conversation too."""
    parser = argparse.ArgumentParser(prog="python -m tests.wechat_server")
    parser.add_argument("command", choices=["serve", "talk"])
    parser.add_argument("file", nargs="?", type=Path, default=TALK)
    parser.add_argument("--url", help="the service's callback")
    parser.add_argument("--port", type=int, default=9180)
    parser.add_argument("--wait", type=float, default=12.0, help="seconds until an expected answer has to be there")
    options = parser.parse_args(argv)
    if options.command == "talk":
        return talk(options)
    server = Server(options.port)
    print(f"the platform answers at {server.url}", flush=True)
    threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
