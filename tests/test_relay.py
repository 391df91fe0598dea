"""Several gateways over a real Redis."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.relay import waiting_room

pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on this machine")


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis of the test's own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


async def test_a_reader_at_another_gateway_is_woken_at_once(redis_url: str) -> None:
    """Long before his wait would end."""
    async with waiting_room(redis_url) as here, waiting_room(redis_url) as there:
        await asyncio.sleep(0.3)
        began = time.monotonic()
        reader = asyncio.create_task(there.wait("conversation", 10))
        await asyncio.sleep(0.05)
        here.wake("conversation")
        await reader
        assert time.monotonic() - began < 2


async def test_a_reader_of_another_conversation_sleeps_on(redis_url: str) -> None:
    """He is woken by his own time-out only."""
    async with waiting_room(redis_url) as here, waiting_room(redis_url) as there:
        await asyncio.sleep(0.3)
        began = time.monotonic()
        reader = asyncio.create_task(there.wait("another", 0.5))
        here.wake("conversation")
        await reader
        assert time.monotonic() - began >= 0.5


async def test_without_redis_readers_here_are_still_woken() -> None:
    """An address that nobody answers at costs nothing but the other gateways' second."""
    async with waiting_room("redis://127.0.0.1:1/0") as here:
        began = time.monotonic()
        reader = asyncio.create_task(here.wait("conversation", 10))
        await asyncio.sleep(0.05)
        here.wake("conversation")
        await reader
        assert time.monotonic() - began < 1
