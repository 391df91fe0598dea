"""Whether the process lives, whether every part answers, and what Prometheus asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.enums import Owner
from cases.models import Conversation
from gateway.problems import sentences
from gateway.state import State, state_of

TURNS = Counter("claims_turns_total", "Turns of the bot by outcome", ["outcome"])
TURN_SECONDS = Histogram(
    "claims_turn_seconds",
    "Seconds from taking a turn to its stored answer",
    buckets=(0.01, 0.02, 0.04, 0.08, 0.1, 0.2, 0.5, 1, 2, 5, 15),
)
CONVERSATIONS = Gauge("claims_conversations", "Open conversations by owner", ["owner"])


async def healthz(_: Request) -> Response:
    """The process lives."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Every part answers; 503 names what does not."""
    state = state_of(request)
    parts: dict[str, Callable[[State], Awaitable[None]]] = {"database": _database, "rasa": _rasa, "actions": _actions}
    answers = await asyncio.gather(*(check(state) for check in parts.values()), return_exceptions=True)
    down = [name for name, outcome in zip(parts, answers, strict=True) if outcome is not None]
    if down:
        return JSONResponse({"error": "not_ready", "message": sentences()["503"], "down": down}, 503)
    return JSONResponse({"status": "ready"})


async def _database(state: State) -> None:
    await state.read(lambda session: session.execute(text("SELECT 1")).scalar_one() and None)


async def _rasa(state: State) -> None:
    await _answers(f"{state.settings.rasa_url}/webhooks/gateway/")


async def _actions(state: State) -> None:
    await _answers(state.settings.actions_url.rsplit("/", 1)[0] + "/health")


async def _answers(address: str) -> None:
    async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
        (await client.get(address)).raise_for_status()


async def metrics(request: Request) -> Response:
    """Figures without any customer's data."""
    await state_of(request).read(_count)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def _count(session: Session) -> None:
    counted = dict(session.execute(select(Conversation.owner, func.count()).group_by(Conversation.owner)).all())
    for owner in Owner:
        CONVERSATIONS.labels(owner.value).set(counted.get(owner, 0))


routes = [
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
]
