"""Several gateways behind one address: news of a conversation reaches the readers of every one of them, over Redis.

Without REDIS_URL a reader at another gateway sees a message at its next look at the database, a second later at
most; with it at once. Nothing is kept in Redis, and losing it costs only that second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.state import Waiting

CHANNEL = "claims:wake"
AGAIN_AFTER = 1.0
log = logging.getLogger(__name__)


class SharedWaiting(Waiting):
    """Waking somebody here wakes whoever waits for the same at the other gateways too."""

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self._redis = redis
        self._telling: set[asyncio.Task[None]] = set()

    def wake(self, key: str) -> None:
        """Tell the readers here, and the other gateways."""
        super().wake(key)
        task = asyncio.ensure_future(self._tell(key))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self, key: str) -> None:
        with suppress(RedisError, OSError):
            await self._redis.publish(CHANNEL, key)

    async def listen(self) -> None:
        """Wake the readers here for what other gateways tell; comes back after Redis was away."""
        while True:
            try:
                async with self._redis.pubsub() as news:
                    await news.subscribe(CHANNEL)
                    async for message in news.listen():
                        if message["type"] == "message":
                            super().wake(message["data"].decode())
            except (RedisError, OSError) as error:
                log.warning("Redis is away: %s", type(error).__name__)
            await asyncio.sleep(AGAIN_AFTER)


@asynccontextmanager
async def waiting_room(redis_url: str | None) -> AsyncIterator[Waiting]:
    """Where readers wait: of this process alone, or shared over Redis."""
    if redis_url is None:
        yield Waiting()
        return
    redis = Redis.from_url(redis_url)
    shared = SharedWaiting(redis)
    listening = asyncio.create_task(shared.listen())
    try:
        yield shared
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await redis.close()
