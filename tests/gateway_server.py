"""The real gateway on a free port, and clients for chat and desk."""

from __future__ import annotations

import itertools
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import jwt
import uvicorn

from cases import agents
from cases.db import Database
from cases.enums import Role
from cases.settings import Settings, read_settings
from gateway.app import create_app
from gateway.problems import sentences
from tests.rows import PASSWORD, load_two

Message = dict[str, Any]
AGENTS = {
    "chen": ("小陈", Role.FIRST_LINE),
    "zhou": ("周老师", Role.SPECIALIST),
    "lin": ("林同学", Role.FIRST_LINE),
    "lead": ("李主管", Role.SUPERVISOR),
}
SESSIONS, MESSAGES, STREAM = "/api/chat/sessions", "/api/chat/messages", "/api/chat/stream"
GOOD = {"client_id": "a", "text": "你好"}  # a body that is taken


class Gateway:
    """The application under uvicorn in a thread; it can be stopped and started again on the same data."""

    def __init__(self, folder: Path, empty_database: Path, rasa_url: str, **env: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(empty_database, folder / "claims.db")
        self.settings: Settings = read_settings(
            {
                "VAR_DIR": str(folder),
                "RASA_URL": rasa_url,
                "ACTIONS_URL": f"{rasa_url}/webhook",
                "TURN_TIMEOUT": "1.2",
                **env,
            }
        )
        self.database = Database(self.settings.database_url)
        with self.database.write() as session:
            load_two(session)
            for username, (name, role) in AGENTS.items():
                agents.set_password(session, username, PASSWORD, name=name, role=role)
        self.start()

    def start(self) -> None:
        """Bind a free port and serve."""
        self.app = create_app(self.settings)
        config = uvicorn.Config(
            self.app,
            port=0,
            log_level="critical",
            access_log=False,
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the gateway did not start"
            time.sleep(0.005)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def stop(self) -> None:
        """As SIGTERM does; what waits, waits in the database."""
        self.client.close()
        self._server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive(), "the gateway did not stop"

    def restart(self) -> None:
        """Another process on the same data."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self.database.dispose()

    def chat(self, customer: str | None = None) -> Chat:
        """A new conversation, of a guest or a signed-in customer."""
        headers = {"authorization": f"Bearer {self.jwt(sub=customer)}"} if customer else {}
        answer = self.client.post("/api/chat/sessions", headers=headers)
        assert answer.status_code == 201, answer.text
        return Chat(self, answer.json())

    def jwt(
        self,
        *,
        secret: str | None = None,
        headers: dict[str, Any] | None = None,
        algorithm: str = "HS256",
        **claims: Any,
    ) -> str:
        """A token of the insurer's app; a claim of None is left out."""
        every = {"exp": int(time.time()) + 600, **claims}
        given = {name: value for name, value in every.items() if value is not None}
        return jwt.encode(given, secret or self.settings.app_jwt_secret, algorithm=algorithm, headers=headers)

    def desk(self, username: str = "chen") -> Desk:
        """An agent who has logged in."""
        return Desk(self, username)

    def raw(self, request: bytes) -> bytes:
        """Bytes in, bytes out: for requests that no client would make."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(request)
            connection.settimeout(2)
            received = b""
            with suppress(TimeoutError):
                while part := connection.recv(65536):
                    received += part
                    if b"\r\n\r\n" in received and b"content-length" in received.lower():
                        break
            return received


class Chat:
    """A customer's conversation."""

    def __init__(self, gateway: Gateway, opened: dict[str, Any]) -> None:
        self.gateway, self.id, self.token = gateway, opened["conversation_id"], opened["token"]
        self.headers = {"authorization": f"Bearer {self.token}"}
        self._ids = itertools.count(1)

    def post(self, **body: Any) -> httpx.Response:
        """Send a message as it is given."""
        return self.gateway.client.post("/api/chat/messages", json=body, headers=self.headers)

    def say(self, text: str, client_id: str | None = None) -> int:
        """Type something; its place."""
        answer = self.post(client_id=client_id or f"c{next(self._ids)}", text=text)
        assert answer.status_code in (200, 202), answer.text
        return int(answer.json()["seq"])

    def tap(self, choice: str) -> httpx.Response:
        """Tap a choice."""
        return self.post(client_id=f"t{next(self._ids)}", choice=choice)

    def get(self, after: int = 0, wait: int = 0) -> dict[str, Any]:
        """What there is behind a place."""
        answer = self.gateway.client.get(
            "/api/chat/messages", params={"after": after, "wait": wait}, headers=self.headers
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def messages(self, *senders: str) -> list[Message]:
        """Everything, or what these said."""
        return [row for row in self.get()["messages"] if not senders or row["from"] in senders]

    def texts(self, *senders: str) -> list[str]:
        """Only the texts."""
        return [row["text"] for row in self.messages(*senders)]

    def owner(self) -> str:
        """Who has it."""
        return str(self.get(after=10**8)["owner"])

    def answered(self, count: int = 1, sender: str = "bot") -> list[str]:
        """The texts of the bot once there are that many."""
        until(lambda: len(self.messages(sender)) >= count)
        return self.texts(sender)

    @contextmanager
    def stream(self, after: int | None = None) -> Iterator[Iterator[tuple[str, str, Any]]]:
        """The events as (id, name, data)."""
        headers = {**self.headers, **({} if after is None else {"last-event-id": str(after)})}
        with (
            httpx.Client(base_url=self.gateway.url, timeout=5, trust_env=False) as client,
            client.stream("GET", "/api/chat/stream", headers=headers) as answer,
        ):
            assert answer.status_code == 200
            yield events(answer)


class Desk:
    """An agent at the desk."""

    def __init__(self, gateway: Gateway, username: str) -> None:
        self.gateway = gateway
        self.client = httpx.Client(base_url=gateway.url, timeout=30, trust_env=False)
        answer = self.client.post("/api/desk/login", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.csrf = answer.json()["csrf"]
        self.agent = answer.json()["agent"]
        self.client.headers["x-csrf-token"] = self.csrf
        self._ids = itertools.count(1)

    def do(self, what: str, conversation_id: str, **body: Any) -> httpx.Response:
        """Accept, return, close … a conversation."""
        return self.client.post(f"/api/desk/conversations/{conversation_id}/{what}", json=body)

    def accept(self, chat: Chat) -> None:
        """Take it."""
        answer = self.do("accept", chat.id)
        assert answer.status_code == 200, answer.text

    def reply(self, chat: Chat, text: str, client_id: str | None = None) -> httpx.Response:
        """Answer the customer."""
        return self.do("messages", chat.id, text=text, client_id=client_id or f"d{next(self._ids)}")

    def get(self, path: str, **params: Any) -> httpx.Response:
        """Read something."""
        return self.client.get(f"/api/desk/{path}", params=params)


def events(answer: httpx.Response) -> Iterator[tuple[str, str, Any]]:
    """Server-sent events as (id, name, data)."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(":")
        if line and name:
            fields[name] = value.strip()
        elif not line and "data" in fields:
            yield fields.get("id", ""), fields.get("event", "message"), json.loads(fields["data"])
            fields = {}


def until(happened: Callable[[], Any], seconds: float = 8.0) -> Any:
    """Wait until something is so; what it was."""
    end = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return found


def refused(answer: httpx.Response, *statuses: int) -> None:
    """An error as the contract wants it: one of these, a code and a Chinese sentence, nothing of the inside."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:200])
    body = answer.json()
    assert set(body) >= {"error", "message"}
    assert body["message"] in sentences().values()
    for word in ("Traceback", "sqlalchemy", 'File "', ".py"):
        assert word not in answer.text
