"""A bare Starlette application under uvicorn, as the yardstick for what HTTP itself costs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench.service import free_port


async def echo(request: Request) -> Response:
    """What came in."""
    return JSONResponse(await request.json())


app = Starlette(routes=[Route("/", echo, methods=["POST"])])


@contextmanager
def running_echo() -> Iterator[str]:
    """The address of a running echo."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "bench.echo:app",
        "--port",
        str(port),
        "--log-level",
        "error",
        "--no-access-log",
        "--ws",
        "none",
    ]
    process = subprocess.Popen(command)
    try:
        address = f"http://127.0.0.1:{port}/"
        for _ in range(200):
            try:
                httpx.post(address, json={}, trust_env=False)
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(10)
