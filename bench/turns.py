"""One turn of the app API, from the POST of a message to its answer, alone and with many conversations at once.

Beside it, in the same run: Rasa's own REST webhook with the same questions, and a bare Starlette application that
answers
what it is sent. A turn is measured at the client: POST /messages, then GET /messages?wait until the bot's message
is there.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from bench.echo import running_echo
from bench.service import Service, running

QUESTIONS = (
    "免赔额怎么扣",
    "划痕险怎么理赔",
    "对方全责不赔我怎么办",
    "异地出险怎么处理",
    "赔款多久到账",
    "玻璃碎了赔吗",
    "照片不合格怎么补拍",
    "全损怎么赔",
    "没报警能赔吗",
    "先修车后报案行不行",
)
SECONDS = 8.0
LONG = 200
Turn = Callable[[int], Awaitable[None]]


def measure() -> list[dict[str, Any]]:
    """The table; see the module."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as credentials:
        credentials.write("bot.channel.GatewayInput:\nrest:\n")
        credentials.flush()
        with running(credentials.name) as service, running_echo() as echo:
            return asyncio.run(_all(service, echo))


async def _all(service: Service, echo: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{"what": "start", "seconds": round(service.start_seconds, 1)}]
    async with httpx.AsyncClient(timeout=30, trust_env=False, limits=httpx.Limits(max_connections=100)) as client:
        await _load(client, service, 1, 2.0)  # warm
        for conversations in (1, 8, 32):
            rows.append(
                {"what": "app API", "conversations": conversations, **await _load(client, service, conversations)}
            )
            rows.append(
                {"what": "Rasa REST", "conversations": conversations, **await _rest(client, service, conversations)}
            )
            rows.append(
                {"what": "bare Starlette", "conversations": conversations, **await _echo(client, echo, conversations)}
            )
        rows.append({"what": "one conversation grows", **await _long(client, service)})
    rows.append({"what": "memory MiB", **service.memory()})
    return rows


async def _load(
    client: httpx.AsyncClient, service: Service, conversations: int, seconds: float = SECONDS
) -> dict[str, Any]:
    return await _together([await app_turn(client, service) for _ in range(conversations)], seconds)


async def app_turn(client: httpx.AsyncClient, service: Service) -> Turn:
    """A conversation; each call is one turn in it."""
    opened = (await client.post(service.base + "/api/chat/sessions")).json()
    headers = {"authorization": f"Bearer {opened['token']}"}

    async def turn(number: int) -> None:
        body = {"client_id": f"c{number}", "text": QUESTIONS[number % len(QUESTIONS)]}
        seq = (await client.post(service.base + "/api/chat/messages", json=body, headers=headers)).json()["seq"]
        while True:
            answer = await client.get(
                service.base + "/api/chat/messages", params={"after": seq, "wait": 20}, headers=headers
            )
            if answer.json()["messages"]:
                return

    return turn


async def _rest(client: httpx.AsyncClient, service: Service, conversations: int) -> dict[str, Any]:
    def speaker(name: str) -> Turn:
        async def turn(number: int) -> None:
            await client.post(service.rest, json={"sender": name, "message": QUESTIONS[number % len(QUESTIONS)]})

        return turn

    return await _together([speaker(f"rest{conversations}-{n}") for n in range(conversations)])


async def _echo(client: httpx.AsyncClient, echo: str, conversations: int) -> dict[str, Any]:
    async def turn(number: int) -> None:
        await client.post(echo, json={"text": QUESTIONS[number % len(QUESTIONS)]})

    return await _together([turn] * conversations)


async def _together(turns: list[Turn], seconds: float = SECONDS) -> dict[str, Any]:
    """Each conversation takes turn after turn; milliseconds of a turn and turns a second of all."""
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def talk(turn: Turn) -> None:
        number = 0
        while time.perf_counter() < end:
            began = time.perf_counter()
            await turn(number)
            taken.append(time.perf_counter() - began)
            number += 1

    began = time.perf_counter()
    await asyncio.gather(*(talk(turn) for turn in turns))
    return {**_percentiles(taken), "turns_per_second": round(len(taken) / (time.perf_counter() - began), 1)}


def _percentiles(taken: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(taken, n=100, method="inclusive")
    return {"p50_ms": round(cuts[49] * 1000, 1), "p95_ms": round(cuts[94] * 1000, 1)}


async def _long(client: httpx.AsyncClient, service: Service) -> dict[str, Any]:
    """The 200th message of a conversation beside the fifth: medians of nine around each."""
    turn = await app_turn(client, service)
    taken = []
    for number in range(LONG + 5):
        began = time.perf_counter()
        await turn(number)
        taken.append(time.perf_counter() - began)
        await asyncio.sleep(0.02)
    early, late = statistics.median(taken[1:10]), statistics.median(taken[LONG - 5 : LONG + 4])
    return {"ms_5th": round(early * 1000, 1), "ms_200th": round(late * 1000, 1), "ratio": round(late / early, 2)}
