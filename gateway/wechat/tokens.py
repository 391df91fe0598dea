"""Access tokens: kept in the database, fetched by one process at a time.

The worker owns the token and renews it early. Other processes read it; when the platform refuses it, they say so in the
database and wait until the owner has a new one. A refresh is single-flight whoever asks: one takes the row's lock and
fetches, the rest wait.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from cases import platforms
from cases.clock import utc_now
from cases.db import Database
from gateway.wechat.codes import ApiError, Do

Fetch = Callable[[bool], tuple[str, int]]
WAIT_SECONDS = 12.0
STEP = 0.1
LEAST_LIFE = 60
log = logging.getLogger(__name__)


class Tokens:
    """The token of one platform, as one process sees it."""

    def __init__(
        self,
        database: Database,
        name: str,
        fetch: Fetch,
        *,
        owner: bool,
        wait: float = WAIT_SECONDS,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database, self._name, self._fetch, self._owner = database, name, fetch, owner
        self._wait, self._clock = wait, clock
        self._me = secrets.token_hex(8)

    def current(self) -> str:
        """A token that is good as far as we know. Raises ApiError."""
        return self._read() or self.renewed(None)

    def renewed(self, refused: str | None, *, fresh: bool = False) -> str:
        """A token other than the one that was refused. Raises ApiError when there is none in time."""
        if refused is not None:
            with self._database.write() as session:
                platforms.refuse_token(session, self._name, refused)
        end = time.monotonic() + self._wait
        while time.monotonic() < end:
            token = self._read(fresh)
            if token is not None and token != refused:
                return token
            if self._owner and self._take(fresh):
                return self._fetched(refused)
            time.sleep(STEP)
        raise ApiError("no_token", Do.AWAY)

    def keep_fresh(self) -> None:
        """For the owner: renew before others have to wait. Raises ApiError."""
        if self._read(fresh=True) is None:
            self.renewed(None, fresh=True)

    def _read(self, fresh: bool = False) -> str | None:
        with self._database.read() as session:
            return platforms.good_token(session, self._name, self._clock(), fresh=fresh)

    def _take(self, fresh: bool) -> bool:
        with self._database.write() as session:
            if platforms.good_token(session, self._name, self._clock(), fresh=fresh):
                return False
            return platforms.take_refresh(session, self._name, self._me, self._clock())

    def _fetched(self, refused: str | None) -> str:
        try:
            token, life = self._asked(False)
            if token == refused:
                token, life = self._forced(token)
        except BaseException:
            with self._database.write() as session:
                platforms.give_up_refresh(session, self._name, self._me)
            raise
        with self._database.write() as session:
            platforms.store_token(
                session, self._name, self._me, token, self._clock(), timedelta(seconds=max(life, LEAST_LIFE))
            )
        return token

    def _forced(self, refused: str) -> tuple[str, int]:
        """The platform gave the refused token again: ask for another, which it allows only seldom."""
        with self._database.write() as session:
            allowed = platforms.may_force(session, self._name, self._clock())
        if not allowed:
            raise ApiError("token_refused", Do.REST_OPS)
        log.warning("%s: the token was refused though not over; forcing another", self._name)
        return self._asked(True)

    def _asked(self, force: bool) -> tuple[str, int]:
        """From the platform; that it refuses our secret is for somebody to put right."""
        try:
            return self._fetch(force)
        except ApiError as error:
            raise ApiError(error.code, Do.REST_OPS) if error.do in (Do.TOKEN, Do.BAD) else error from None
