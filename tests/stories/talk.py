"""A customer and an agent who talk to the running service over its public APIs."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import jwt
from PIL import ImageFilter

from tests.pictures import drawn, encoded
from tests.service import JWT_SECRET, Service
from tests.stories.people import PASSWORD

PATIENCE = 30.0
Message = dict[str, Any]


class Customer:
    """One conversation in the app, signed in or a guest's."""

    def __init__(self, service: Service, key: str | None = None) -> None:
        self.http = httpx.Client(base_url=f"{service.base}/api/chat", timeout=40, trust_env=False)
        headers = {"authorization": f"Bearer {app_token(key)}"} if key else {}
        opened = self.http.post("/sessions", headers=headers)
        opened.raise_for_status()
        self.id: str = opened.json()["conversation_id"]
        self.http.headers["authorization"] = f"Bearer {opened.json()['token']}"
        self._ids = count(1)
        self._pictures = count(1)
        self.seq = 0

    def post(self, **message: Any) -> httpx.Response:
        """Post a message; `seq` is where it stands."""
        answer = self.http.post("/messages", json={"client_id": f"m{next(self._ids)}", **message})
        self.seq = answer.json()["seq"] if answer.is_success else self.seq
        return answer

    def say(self, text: str) -> httpx.Response:
        """Type a text."""
        return self.post(text=text)

    def tap(self, label: str) -> httpx.Response:
        """Tap the newest choice with that label."""
        return self._tap(label, lambda offered: offered == label)

    def tap_first(self, word: str) -> httpx.Response:
        """Tap the newest choice whose label has that word."""
        return self._tap(word, lambda offered: word in offered)

    def _tap(self, wanted: str, fits: Callable[[str], bool]) -> httpx.Response:
        offered = [choice for message in reversed(self.read(0)["messages"]) for choice in message["choices"]]
        found = [choice["id"] for choice in offered if fits(choice["label"])]
        assert found, f"no choice {wanted}; there are {[choice['label'] for choice in offered][:8]}"
        return self.post(choice=found[0])

    def picture(self, kind: str) -> httpx.Response:
        """Send a drawn picture: another one each time, or the `same` as before; `good`, `dark`, `blurred`, `small`."""
        upload = self.upload(picture(kind, next(self._pictures) if kind != "same" else 1))
        return self.post(image_id=upload.json()["image_id"]) if upload.is_success else upload

    def upload(self, data: bytes) -> httpx.Response:
        """Upload a file."""
        return self.http.post("/images", files={"file": ("photo.jpg", io.BytesIO(data), "image/jpeg")})

    def read(self, after: int, wait: int = 0) -> dict[str, Any]:
        """What is there behind a place in the conversation."""
        answer = self.http.get("/messages", params={"after": after, "wait": wait})
        answer.raise_for_status()
        return dict(answer.json())

    def answer(self, patience: float = PATIENCE) -> dict[str, Any]:
        """Wait for the answer to the last message: the bot's messages, which come together, and the owner."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            seen = self.read(self.seq, wait=10)
            said = [message for message in seen["messages"] if message["from"] == "bot"]
            if said:
                return {"messages": said, "owner": seen["owner"]}
            if seen["messages"]:  # a reminder came in between
                time.sleep(0.05)
        raise AssertionError(f"no answer within {patience} s")


def app_token(key: str) -> str:
    """What the insurer's app gives a customer who is signed in."""
    return jwt.encode({"sub": key, "exp": int(time.time()) + 3600}, JWT_SECRET, algorithm="HS256")


def picture(kind: str, seed: int) -> bytes:
    """A picture of that kind; a text that calls itself one for `text`."""
    if kind == "text":
        return b"<html>not a picture</html>"
    made = drawn(seed)
    if kind == "dark":
        made = made.point(lambda value: value // 12)
    if kind == "blurred":
        made = made.filter(ImageFilter.GaussianBlur(18))
    if kind == "small":
        made = made.resize((160, 120))
    return encoded(made)


class Agent:
    """An agent at the desk."""

    def __init__(self, service: Service, username: str) -> None:
        self.http = httpx.Client(base_url=f"{service.base}/api/desk", timeout=20, trust_env=False)
        done = self.http.post("/login", json={"username": username, "password": PASSWORD})
        done.raise_for_status()
        self.http.headers["x-csrf-token"] = done.json()["csrf"]
        self._ids = count(1)

    def do(self, conversation: str, action: str, **body: Any) -> httpx.Response:
        """Accept, reply (a text), note, transfer, escalate, return or close."""
        if action == "reply":
            action, body = "messages", {"client_id": f"a{next(self._ids)}", **body}
        path = {"note": "notes"}.get(action, action)
        return self.http.post(f"/conversations/{conversation}/{path}", json=body)

    def sees(self, conversation: str) -> dict[str, Any]:
        """The conversation with everything around it."""
        answer = self.http.get(f"/conversations/{conversation}")
        answer.raise_for_status()
        return dict(answer.json())

    def waiting(self, conversation: str) -> dict[str, Any] | None:
        """The conversation's line in the queue."""
        rows = self.http.get("/queue").json()["waiting"]
        return next((dict(row) for row in rows if row["conversation_id"] == conversation), None)
