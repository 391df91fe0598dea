"""From a WeChat message's fields to what the customer did. Raises Refused for what the platform would not send."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from cases.enums import Channel, Opening
from faq.knowledge import phrases
from gateway.wechat.crypto import Refused
from gateway.wechat.incoming import Incoming
from gateway.wechat.xml import field

USER = r"[A-Za-z0-9_\-]{20,40}"
ACCOUNT = r"[A-Za-z0-9_@.\-]{1,64}"
NUMBER, MOMENT, WORD = r"\d{1,20}", r"\d{10}", r"[A-Za-z_]{1,40}"
MEDIA = r"[A-Za-z0-9_\-]{1,128}"
Fields = Mapping[str, str]


def incoming(fields: Fields, account: str | None) -> Incoming:
    """What came in. `account` is our own original id, where it is set."""
    user, to = field(fields, "FromUserName", USER), field(fields, "ToUserName", ACCOUNT)
    if account is not None and to != account:
        raise Refused
    moment = datetime.fromtimestamp(int(field(fields, "CreateTime", MOMENT)), timezone.utc)
    kind = field(fields, "MsgType", WORD).lower()
    common: dict[str, Any] = {
        "channel": Channel.WECHAT,
        "user": user,
        "at": moment,
        "digest": _digest(fields),
        "account": to,
    }
    if kind == "event":
        return Incoming(key=_event_key(fields), **common, **_event(fields))
    return Incoming(key=field(fields, "MsgId", NUMBER), **common, **_message(kind, fields))


def _digest(fields: Fields) -> str:
    return hashlib.sha256("\n".join(f"{key}={fields[key]}" for key in sorted(fields)).encode()).hexdigest()


def _event_key(fields: Fields) -> str:
    """User and time tell events apart, as the platform says; kind and key too, for two in one second."""
    names = ("FromUserName", "CreateTime", "Event", "EventKey")
    return "e" + hashlib.sha256("\n".join(fields.get(name, "") for name in names).encode()).hexdigest()[:40]


def _message(kind: str, fields: Fields) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": "note", "says": "other", "opens": Opening.MESSAGE}
    if kind == "text":
        tap = fields.get("bizmsgmenuid", "")
        opens = Opening.MENU if tap else Opening.MESSAGE  # a tap on a menu counts as a menu click
        return {"kind": "text", "text": field(fields, "Content", r"(?s:.{0,20000})"), "tap": tap[:64], "opens": opens}
    if kind == "image":
        return {**said, "kind": "image", "media_id": field(fields, "MediaId", MEDIA)}
    if kind == "voice":
        heard = fields.get("Recognition", "").strip()
        return {**said, "kind": "text", "says": "", "text": heard} if heard else {**said, "says": "voice"}
    if kind == "location":
        return {**said, "kind": "text", "says": "", "text": _place(fields)}
    if kind in ("video", "shortvideo"):
        return {**said, "says": "video"}
    return {**said, "says": "link", "text": fields.get("Title", "")} if kind == "link" else said


def _place(fields: Fields) -> str:
    """A place by its name; by its coordinates where it has none."""
    number = r"-?\d{1,3}(\.\d{1,8})?"
    at = f"{field(fields, 'Location_X', number)},{field(fields, 'Location_Y', number)}"
    label = fields.get("Label", "").strip()[:200]
    return f"{phrases('wechat')['stored']['location']}{label or at}"


def _event(fields: Fields) -> dict[str, Any]:
    name = field(fields, "Event", WORD).lower()
    key = fields.get("EventKey", "")
    if name == "subscribe":
        return {"kind": "follow", "opens": Opening.FOLLOW}
    if name == "unsubscribe":
        return {"kind": "leave"}
    if name == "scan":
        return {"kind": "greet", "opens": Opening.SCAN}
    if name == "click":
        meant = clicks().get(key)
        return {"kind": "text" if meant else "nothing", "says": meant or "", "opens": Opening.MENU}
    return {"kind": "nothing"}


def clicks() -> dict[str, str]:
    """What each button of the menu means."""
    rows = (below for button in phrases("wechat")["menu"] for below in button["buttons"])
    return {row["key"]: row["says"] for row in rows if "key" in row}
