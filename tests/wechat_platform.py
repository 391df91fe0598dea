"""What the stand-in for WeChat's platform remembers and how it behaves: tokens, quotas, media, faults on request."""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, Any]  # a status and a body: a mapping becomes JSON, bytes stay bytes
DAY2, MINUTE = 48 * 3600.0, 60.0
APPID, SECRET, TOKEN, AES_KEY = "wx0123456789abcdef", "secret-of-the-test-account", "token-of-the-test", "k" * 43
ACCOUNT = "gh_0123456789ab"


@dataclass
class User:
    """What the platform knows of a follower: when he did what, and how much was sent to him since."""

    following: bool = True
    message_at: float | None = None
    message_sent: int = 0
    event_at: float | None = None
    event_sent: int = 0
    seen: list[str] = field(default_factory=list)  # what he sees, in order
    typing: int = 0


class Platform:
    """The official account's side. `faults[path]` holds answers to give first: a code, `hang`, `502`, `drop` …"""

    def __init__(self) -> None:
        self.users: defaultdict[str, User] = defaultdict(User)
        self.faults: defaultdict[str, list[Any]] = defaultdict(list)
        self.always: dict[str, Any] = {}
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.calls: defaultdict[str, int] = defaultdict(int)
        self.forced = 0
        self.media: dict[str, Any] = {}
        self.menu: dict[str, Any] | None = None
        self.templates: list[dict[str, Any]] = []
        self.codes: dict[str, str] = {}
        self.life = 7200
        self.offset = 0.0
        self.lock = threading.RLock()
        self._tokens = itertools.count(1)
        self._token, self._token_until = "", 0.0

    def now(self) -> float:
        """The platform's clock, which a test may move."""
        return time.time() + self.offset

    def invalidate_token(self) -> None:
        """Another program forced a refresh: the token that was given out is no longer good."""
        self._token, self._token_until = "", 0.0

    def answer(self, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        """An answer to a call; scripted faults come first."""
        with self.lock:
            self.calls[path] += 1
            fault = self.faults[path].pop(0) if self.faults[path] else self.always.get(path)
        if fault is not None and (given := self._fault(fault)) is not None:
            return given
        with self.lock:
            return self._routes(path, query, body)

    def _fault(self, fault: Any) -> Answer | None:
        if callable(fault):
            return fault()
        if isinstance(fault, int):
            return 200, {"errcode": fault, "errmsg": "scripted"}
        if isinstance(fault, float):
            time.sleep(fault)  # slow, but then the answer comes
            return None
        return {"502": (502, b"<html>Bad Gateway</html>"), "html": (200, b"<html>busy</html>"), "drop": (0, b"")}[fault]

    def _routes(self, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        if path == "/cgi-bin/stable_token":
            return self._stable_token(body)
        if path == "/sns/oauth2/access_token":
            return 200, {"openid": self.codes[query["code"]]} if query.get("code") in self.codes else {"errcode": 40029}
        if query.get("access_token") != self._token or self.now() >= self._token_until:
            return 200, {"errcode": 42001 if self._token and query.get("access_token") == self._token else 40001}
        table: dict[str, Callable[[], Answer]] = {
            "/cgi-bin/message/custom/send": lambda: self._send(body),
            "/cgi-bin/message/custom/typing": lambda: self._typing(body),
            "/cgi-bin/message/template/send": lambda: self._template(body),
            "/cgi-bin/media/get": lambda: self._media(query.get("media_id", "")),
            "/cgi-bin/menu/create": lambda: self._menu(body),
            "/cgi-bin/getcallbackip": lambda: (200, {"ip_list": ["127.0.0.1"]}),
        }
        return table[path]() if path in table else (404, b"")

    def _stable_token(self, body: dict[str, Any]) -> Answer:
        if body.get("appid") != APPID or body.get("secret") != SECRET:
            return 200, {"errcode": 40125}
        self.forced += bool(body.get("force_refresh"))
        if body.get("force_refresh") or self.now() >= self._token_until - 300:
            self._token, self._token_until = f"token-{next(self._tokens)}", self.now() + self.life
        return 200, {"access_token": self._token, "expires_in": int(self._token_until - self.now())}

    def _send(self, body: dict[str, Any]) -> Answer:
        user = self.users[body["touser"]]
        if not user.following:
            return 200, {"errcode": 43004}
        code = self._charge(user)
        if code:
            return 200, {"errcode": code}
        self.sent.append((body["touser"], body))
        user.seen.append(said(body))
        return 200, {"errcode": 0}

    def _charge(self, user: User) -> int:
        """The quotas: a menu click, a follow or a scan first, then the message's."""
        if user.event_at is not None and self.now() - user.event_at < MINUTE and user.event_sent < 3:
            user.event_sent += 1
            return 0
        if user.message_at is None or self.now() - user.message_at >= DAY2:
            return 45015
        if user.message_sent >= 5:
            return 45047
        user.message_sent += 1
        return 0

    def _typing(self, body: dict[str, Any]) -> Answer:
        user = self.users[body["touser"]]
        if user.message_at is None or self.now() - user.message_at > 30:
            return 200, {"errcode": 45080}
        user.typing += 1
        return 200, {"errcode": 0}

    def _template(self, body: dict[str, Any]) -> Answer:
        self.templates.append(body)
        return 200, {"errcode": 0, "msgid": len(self.templates)}

    def _media(self, media_id: str) -> Answer:
        found = self.media.get(media_id)
        return (200, {"errcode": 40007, "errmsg": "invalid media_id"}) if found is None else (200, found)

    def _menu(self, body: dict[str, Any]) -> Answer:
        self.menu = body
        return 200, {"errcode": 0}

    def acted(self, openid: str, what: str) -> None:
        """A follower wrote (`message`) or did something that allows three messages (`event`)."""
        with self.lock:
            user = self.users[openid]
            if what == "message":
                user.message_at, user.message_sent = self.now(), 0
            else:
                user.event_at, user.event_sent = self.now(), 0


def said(body: dict[str, Any]) -> str:
    """What a message shows."""
    if body["msgtype"] == "text":
        return str(body["text"]["content"])
    menu = body["msgmenu"]
    return "\n".join([menu["head_content"], *(str(item) for item in menu["list"])])
