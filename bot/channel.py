"""The gateway's way into Rasa: one call a turn, on loopback, with a shared secret, safe to repeat.

POST /webhooks/gateway/turn  {"conversation_id", "turn", "text" | "payload"}  →  {"messages": [...]}

`text` is what a customer typed and never a command: a leading slash is taken off, so `/restart` is the word.
`payload` is
what the gateway remembered for a choice that it offered. A `turn` that was answered before gets the same answer
again and is not run twice.
"""

from __future__ import annotations

import hmac
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import speed
from cases.settings import get_settings

REMEMBERED_TURNS = 2000
_COMMAND = re.compile(r"^[\s/／\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")
OnMessage = Callable[[UserMessage], Awaitable[Any]]


def plain_text(text: str) -> str:
    """What a customer typed, with nothing in front that Rasa would read as a command."""
    return _COMMAND.sub("", text) or "……"


class CollectingOutput(OutputChannel):
    """Keeps every message of a turn whole, as the language generator made it."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """The channel's name in trackers."""
        return "gateway"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep a message instead of sending it."""
        self.messages.append({key: message[key] for key in ("text", "buttons", "custom") if message.get(key)})


class GatewayInput(InputChannel):
    """The only input channel; see the module."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._answered: OrderedDict[tuple[str, int], list[dict[str, Any]]] = OrderedDict()

    @classmethod
    def name(cls) -> str:
        """Part of the address: /webhooks/gateway."""
        return "gateway"

    @classmethod
    def from_credentials(cls, credentials: Any) -> GatewayInput:
        """The secret comes from the settings, not from credentials.yml. Rasa starts here, so this is where it is
        sped up.
        """
        speed.apply()
        return cls(get_settings().gateway_secret)

    def blueprint(self, on_new_message: OnMessage) -> Blueprint:
        """The one call, and a look whether the channel is there."""
        routes = Blueprint("gateway_channel", "gateway_channel")

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            ready = agent is not None and agent.is_ready()
            return response.json({"status": "ok" if ready else "no model"}, status=200 if ready else 503)

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            if not hmac.compare_digest(request.headers.get("x-gateway-secret", "").encode(), self._secret):
                return response.json({"error": "unauthorized"}, status=401)
            return response.json({"messages": await self.run(request.json, on_new_message)})

        return routes

    async def run(self, call: dict[str, Any], on_new_message: OnMessage) -> list[dict[str, Any]]:
        """Run a turn, or repeat its answer."""
        key = (call["conversation_id"], call["turn"])
        if key not in self._answered:
            output = CollectingOutput()
            text = call.get("payload") or plain_text(call["text"])
            await on_new_message(
                UserMessage(
                    text,
                    output,
                    call["conversation_id"],
                    input_channel=self.name(),
                    metadata={"turn": call["turn"]},
                )
            )
            self._answered[key] = output.messages
            while len(self._answered) > REMEMBERED_TURNS:
                self._answered.popitem(last=False)
        return self._answered[key]
