"""What the parts of the gateway share: the database, the door, the turns, the waiting readers."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from cases.db import Database
from cases.errors import TooMany
from cases.messages import Door
from cases.settings import Settings
from faq.knowledge import knowledge
from faq.review import load_reviewer
from gateway.security import RateLimit

T = TypeVar("T")


class Waiting:
    """Readers of this process that wait for news of a conversation, or of the desk's queue."""

    def __init__(self) -> None:
        self._events: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def wake(self, key: str) -> None:
        """Tell whoever waits for that key."""
        for event in self._events.get(key, ()):
            event.set()

    async def wait(self, key: str, seconds: float) -> None:
        """Wait for news, at most that long."""
        event = asyncio.Event()
        self._events[key].add(event)
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except asyncio.TimeoutError:
            pass
        finally:
            self._events[key].discard(event)
            if not self._events[key]:
                del self._events[key]


class Places:
    """How many streams may be open at once, for each conversation and in all."""

    def __init__(self, each: int, together: int) -> None:
        self._each, self._together = each, together
        self._taken: Counter[str] = Counter()

    def take(self, key: str) -> None:
        """Take a place. Raises TooMany."""
        if self._taken[key] >= self._each or self._taken.total() >= self._together:
            raise TooMany(5)
        self._taken[key] += 1

    def give_back(self, key: str) -> None:
        """Leave a place."""
        self._taken[key] -= 1
        self._taken += Counter()  # forgets what is at zero


@dataclass
class State:
    """The gateway's parts, on `app.state.gateway`."""

    settings: Settings
    database: Database
    door: Door
    waiting: Waiting = field(default_factory=Waiting)
    sessions_rate: RateLimit = field(default_factory=lambda: RateLimit(20, 200))
    messages_rate: RateLimit = field(default_factory=lambda: RateLimit(40, 80))
    unanswered_rate: RateLimit = field(default_factory=lambda: RateLimit(5, 30))  # while an answer is on its way
    images_rate: RateLimit = field(default_factory=lambda: RateLimit(1, 20))
    logins_rate: RateLimit = field(default_factory=lambda: RateLimit(0.5, 20))
    streams: Places = field(default_factory=lambda: Places(5, 2000))
    turns: Any = None
    media: Any = None  # fetches pictures of the channels, where there are any
    sync: Any = None  # reads WeCom's messages

    async def write(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run `work(session, …)` in a transaction, off the event loop."""

        def run() -> T:
            with self.database.write() as session:
                return work(session, *args, **kwargs)

        return await run_in_threadpool(run)

    async def read(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run `work(session, …)` on a snapshot, off the event loop."""

        def run() -> T:
            with self.database.read() as session:
                return work(session, *args, **kwargs)

        return await run_in_threadpool(run)

    @property
    def photos(self) -> Path:
        """Where pictures are kept."""
        return self.settings.var / "photos"


def state_of(request: Request) -> State:
    """The gateway's parts."""
    found = request.app.state.gateway
    assert isinstance(found, State)
    return found


def make_door() -> Door:
    """The one door out: the wording review with the citations' quotes."""
    reviewer = load_reviewer()
    return Door(lambda text: reviewer.review(text, quotes=knowledge().current.quotes()), reviewer.version)
