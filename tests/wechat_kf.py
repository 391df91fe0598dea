"""The WeCom customer-service side of the stand-in: messages read by cursor, sessions with states 0 to 4, faults."""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any

Answer = tuple[int, Any]
CORPID, CORPSECRET, KFID = "ww0123456789abcdef", "secret-of-the-test-corp", "wkAJ2GCAAA0123456789"
NEXT = {0: {1, 2, 3}, 1: {2, 3}, 2: {3}, 3: {3, 4}, 4: set()}


class Kf:
    """One account. `log` holds everything that sync_msg gives out; what we send by API never comes back in it."""

    def __init__(self) -> None:
        self.log: list[dict[str, Any]] = []
        self.sent: dict[str, dict[str, Any]] = {}  # by our msgid: the second call with one does nothing
        self.order: list[tuple[str, str]] = []
        self.states: defaultdict[str, int] = defaultdict(int)
        self.calls: defaultdict[str, int] = defaultdict(int)
        self.faults: defaultdict[str, list[Any]] = defaultdict(list)
        self.servicers = {"zhangsan"}
        self.welcomes: list[dict[str, Any]] = []
        self.media: dict[str, bytes] = {}
        self.page, self.endless = 2, False
        self._ids = itertools.count(1)
        self._lock = threading.RLock()

    def answer(self, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        """An answer to a call."""
        with self._lock:
            self.calls[path] += 1
            fault = self.faults[path].pop(0) if self.faults[path] else None
            if isinstance(fault, int):
                return 200, {"errcode": fault}
            if path == "/cgi-bin/gettoken":
                right = (query.get("corpid"), query.get("corpsecret")) == (CORPID, CORPSECRET)
                return 200, {"access_token": "kf-token", "expires_in": 7200} if right else {"errcode": 40013}
            return self._routes(path, query, body)

    def _routes(self, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        table: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "/cgi-bin/kf/sync_msg": self._sync,
            "/cgi-bin/kf/send_msg": self._send,
            "/cgi-bin/kf/send_msg_on_event": self._on_event,
            "/cgi-bin/kf/service_state/get": lambda b: (
                200,
                {"errcode": 0, "service_state": self.states[b["external_userid"]]},
            ),
            "/cgi-bin/kf/service_state/trans": self._trans,
            "/cgi-bin/getcallbackip": lambda _: (200, {"ip_list": []}),
            "/cgi-bin/media/get": lambda _: (200, self.media.get(query.get("media_id", ""), {"errcode": 40007})),
        }
        return table[path](body) if path in table else (404, b"")

    def _sync(self, body: dict[str, Any]) -> Answer:
        start = int(body.get("cursor") or 0)
        rows = self.log[start : start + self.page]
        more = self.endless or start + len(rows) < len(self.log)
        return 200, {"errcode": 0, "msg_list": rows, "has_more": int(more), "next_cursor": str(start + len(rows))}

    def _send(self, body: dict[str, Any]) -> Answer:
        if self.states[body["touser"]] not in (0, 1):
            return 200, {"errcode": 95018}
        if body["msgid"] not in self.sent:
            self.sent[body["msgid"]] = body
            text = body["text"]["content"] if body["msgtype"] == "text" else body["msgmenu"]["head_content"]
            self.order.append((body["touser"], text))
        return 200, {"errcode": 0, "msgid": body["msgid"]}

    def _on_event(self, body: dict[str, Any]) -> Answer:
        self.welcomes.append(body)
        return 200, {"errcode": 0, "msgid": body["msgid"]}

    def _trans(self, body: dict[str, Any]) -> Answer:
        user, wanted = body["external_userid"], body["service_state"]
        if wanted not in NEXT[self.states[user]]:
            return 200, {"errcode": 95016}
        if wanted == 3 and body.get("servicer_userid") not in self.servicers:
            return 200, {"errcode": 95014}
        self.states[user] = wanted
        return 200, {"errcode": 0}

    def says(self, user: str, text: str, **changes: Any) -> dict[str, Any]:
        """A customer writes."""
        if self.states[user] == 4:
            self.states[user] = 0
        return self.add(3, external_userid=user, msgtype="text", text={"content": text}, **changes)

    def event(self, user: str, kind: str, **fields: Any) -> dict[str, Any]:
        """Something happened."""
        return self.add(
            4, msgtype="event", event={"event_type": kind, "external_userid": user, "open_kfid": KFID, **fields}
        )

    def add(self, origin: int, **fields: Any) -> dict[str, Any]:
        """One more row of the log."""
        import time

        row = {
            "msgid": f"kf{next(self._ids)}",
            "open_kfid": KFID,
            "send_time": int(time.time()),
            "origin": origin,
            **fields,
        }
        self.log.append(row)
        return row
