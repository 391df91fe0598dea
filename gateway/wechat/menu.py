"""The account's menu, set from `faq/wechat.yml` by `python -m gateway.wechat menu`."""

from __future__ import annotations

from typing import Any

from faq.knowledge import phrases
from gateway.wechat.account import WeChat

MOST_BUTTONS, MOST_BELOW = 3, 5
NAME_BYTES, BELOW_BYTES = 16, 60


def menu(public_url: str) -> dict[str, Any]:
    """The menu as the platform wants it. Raises ValueError when it has too much of anything."""
    buttons = phrases("wechat")["menu"]
    if not 1 <= len(buttons) <= MOST_BUTTONS:
        raise ValueError("the menu needs one to three buttons")
    return {
        "button": [
            {"name": _named(button["name"], NAME_BYTES), "sub_button": _below(button, public_url)} for button in buttons
        ]
    }


def _below(button: dict[str, Any], public_url: str) -> list[dict[str, str]]:
    below = button["buttons"]
    if not 1 <= len(below) <= MOST_BELOW:
        raise ValueError(f"{button['name']} needs one to five entries")
    return [_entry(row, public_url) for row in below]


def _entry(row: dict[str, str], public_url: str) -> dict[str, str]:
    """A button: a page of ours, or a click that comes back as a message."""
    name = _named(row["name"], BELOW_BYTES)
    if "page" in row:
        return {"type": "view", "name": name, "url": public_url + row["page"]}
    return {"type": "click", "name": name, "key": row["key"]}


def _named(name: str, most: int) -> str:
    if len(name.encode()) > most:
        raise ValueError(f"{name} is longer than {most} bytes")
    return name


def set_menu(account: WeChat, public_url: str) -> None:
    """Set the menu; customers see it within five minutes or when they follow again. Raises ApiError."""
    account.api.call("/cgi-bin/menu/create", menu(public_url))
