"""`python -m bot chat`: a conversation with the running service, in the terminal.

A number taps that choice; an empty line ends. `--customer KEY` signs in as the insurer's app would.
"""

from __future__ import annotations

import argparse
import time
import uuid
from typing import Any

import httpx
import jwt

from cases.settings import Settings, get_settings

NAMES = {"bot": "智能客服", "agent": "人工客服", "system": "系统"}
SETTLE = 0.4


def arguments(parser: argparse.ArgumentParser) -> None:
    """Who is talking."""
    parser.add_argument("--customer", help="the customer key to sign in as; a guest without it")


def run(options: argparse.Namespace) -> int:
    """Talk until an empty line."""
    settings = get_settings()
    base = f"http://{settings.host}:{settings.port}"
    try:
        with httpx.Client(base_url=base, timeout=40, trust_env=False) as client:
            return Talk(client, sign_in(settings, options.customer)).until_done()
    except httpx.ConnectError:
        print(f"nothing answers at {base}; start the service with `make run`")
        return 1


def sign_in(settings: Settings, customer: str | None) -> dict[str, str]:
    """The header that the insurer's app would send for a customer; none for a guest."""
    if customer is None:
        return {}
    token = jwt.encode({"sub": customer, "exp": int(time.time()) + 3600}, settings.app_jwt_secret, algorithm="HS256")
    return {"authorization": f"Bearer {token}"}


class Talk:
    """One conversation at the terminal."""

    def __init__(self, client: httpx.Client, header: dict[str, str]) -> None:
        opened = client.post("/api/chat/sessions", headers=header).raise_for_status().json()
        self._client, self._header = client, {"authorization": f"Bearer {opened['token']}"}
        self._after, self._offered = 0, []  # type: ignore[var-annotated]  # choices as the API shows them
        print(opened["welcome"]["text"])

    def until_done(self) -> int:
        """Read, send, show."""
        while text := _read():
            body = {"client_id": uuid.uuid4().hex, **self._meant(text)}
            answer = self._client.post("/api/chat/messages", json=body, headers=self._header)
            if answer.is_error:
                print(answer.json()["message"])
                continue
            self._show(answer.json()["seq"])
        return 0

    def _meant(self, text: str) -> dict[str, str]:
        place = int(text) if text.isascii() and text.isdigit() else 0
        return {"choice": self._offered[place - 1]["id"]} if 0 < place <= len(self._offered) else {"text": text}

    def _show(self, seq: int) -> None:
        """Everything that is said after a message, until nothing more comes for a moment."""
        wait = 20.0
        self._after, self._offered = seq, []
        while messages := self._new(wait):
            for message in messages:
                self._print(message)
            wait = SETTLE

    def _new(self, wait: float) -> list[dict[str, Any]]:
        query = {"after": self._after, "wait": int(wait)}
        found = self._client.get("/api/chat/messages", params=query, headers=self._header).raise_for_status().json()
        return [row for row in found["messages"] if row["from"] != "customer"]

    def _print(self, message: dict[str, Any]) -> None:
        self._after, self._offered = message["seq"], message["choices"]
        print(f"{NAMES[message['from']]}：{message['text']}")
        for place, choice in enumerate(message["choices"], 1):
            print(f"  {place}. {choice['label']}")


def _read() -> str:
    try:
        return input("我：").strip()
    except (EOFError, KeyboardInterrupt):
        return ""
