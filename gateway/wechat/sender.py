"""The sender: takes bubbles from the outbox and sends them, one user after another in order, several users at a time.

It runs in the worker. What a failure means stands in `codes`; every retry is counted in the row and bounded. While the
platform cannot be reached nothing is tried but a call that sends nothing, ever more seldom.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cases import deliveries, outbox, platforms
from cases.clock import local, utc_now
from cases.db import Database
from cases.deliveries import Claimed
from cases.enums import DeliveryState
from gateway.wechat.adapter import ChannelAdapter
from gateway.wechat.codes import ApiError, Do

EVERY = 0.25
UPKEEP_EVERY = timedelta(seconds=3)
TRIES_BUSY, TRIES_UNSURE = 3, 2
BUSY_PAUSE = timedelta(seconds=1)
LONGEST_AWAY = timedelta(seconds=30)
RESTS = {Do.REST_MINUTE: timedelta(minutes=1), Do.REST_OPS: timedelta(minutes=10)}
log = logging.getLogger("sender")


class Sender:
    """Serves one channel."""

    def __init__(
        self, database: Database, adapter: ChannelAdapter, *, clock: Callable[[], datetime] = utc_now, at_once: int = 8
    ) -> None:
        self._database, self._adapter, self._clock = database, adapter, clock
        self._channel, self._name = adapter.channel, adapter.channel.value
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix=f"send-{self._name}")
        self._busy: dict[str, Future[None]] = {}
        self._away_since: datetime | None = None
        self._try_at, self._pause = clock(), timedelta(seconds=1)
        self._upkeep_at = clock()

    def run(self, stop: threading.Event) -> None:
        """Until told to stop."""
        while not stop.wait(EVERY):
            try:
                self.round()
            except Exception:
                log.exception("a round failed")
        self._pool.shutdown(wait=True, cancel_futures=True)

    def round(self) -> None:
        """Start whatever is due; does not wait for it."""
        now = self._clock()
        if now >= self._upkeep_at:
            self._upkeep_at = now + UPKEEP_EVERY
            self._upkeep(now)
        if self._resting(now):
            return
        self._busy = {user: job for user, job in self._busy.items() if not job.done()}
        with self._database.read() as session:
            due = outbox.due_users(session, self._channel, now)
            typing = outbox.typing_wanted(session, self._channel, now)
        for user in typing:
            self._start(f"typing {user}", self._typing, user)
        for user in due:
            self._start(user, self._serve, user)

    def drain(self, seconds: float = 20.0) -> None:
        """Wait for what was started."""
        wait(self._busy.values(), timeout=seconds)

    def _start(self, key: str, work: Callable[[str], None], user: str) -> None:
        if key not in self._busy:
            self._busy[key] = self._pool.submit(self._guarded, work, user)

    def _guarded(self, work: Callable[[str], None], user: str) -> None:
        try:
            work(user)
        except Exception:
            log.exception("%s: serving a user failed", self._name)

    def _serve(self, user: str) -> None:
        with self._database.write() as session:
            if not outbox.lease(session, self._channel, user, self._clock()):
                return
        try:
            while self._away_since is None and not self._paused(self._clock()) and self._one(user):
                pass
        finally:
            with self._database.write() as session:
                outbox.unlease(session, self._channel, user)

    def _one(self, user: str) -> bool:
        """Send the next bubble; whether to go on."""
        with self._database.write() as session:
            claimed = deliveries.claim(session, self._channel, user, self._adapter.compose, self._clock())
        if claimed is None:
            return False
        try:
            self._adapter.send(claimed)
        except ApiError as error:
            return self._failed(claimed, error)
        except Exception:
            log.exception("%s: a message could not be sent", self._name)
            return self._failed(claimed, ApiError("bug", Do.BAD))
        with self._database.write() as session:
            deliveries.sent(session, claimed, self._clock())
        return True

    def _failed(self, claimed: Claimed, error: ApiError) -> bool:
        log.warning("%s: not sent (%s, attempt %d)", self._name, error.code, claimed.attempts + 1)
        now = self._clock()
        if error.do in (Do.AWAY, Do.UNSURE):
            self._lost_sight(now)
        with self._database.write() as session:
            self._note(session, claimed, error, now)
        return error.do is Do.BAD

    def _note(self, session: Session, claimed: Claimed, error: ApiError, now: datetime) -> None:
        """What a failure means for the rows."""
        tries = claimed.attempts + 1
        if error.do is Do.BUSY:
            over = tries >= TRIES_BUSY
            deliveries.not_sent(
                session,
                claimed,
                now,
                error.code,
                pause=BUSY_PAUSE * 2**claimed.attempts,
                state=DeliveryState.WAITING if over else DeliveryState.PENDING,
            )
        elif error.do is Do.UNSURE:
            over = tries >= TRIES_UNSURE
            deliveries.not_sent(
                session,
                claimed,
                now,
                "unsure",
                pause=timedelta(seconds=2),
                counted=True,
                state=DeliveryState.WAITING if over else DeliveryState.PENDING,
            )
        elif error.do is Do.SHUT:
            deliveries.not_sent(session, claimed, now, error.code, state=DeliveryState.WAITING)
            outbox.shut(session, claimed.channel, claimed.user, error.code, now)
        elif error.do in (Do.GONE, Do.BAD):
            self._give_up(session, claimed, error, now)
        else:
            deliveries.not_sent(session, claimed, now, error.code, charged=False)
            self._rest(session, error, now)

    def _give_up(self, session: Session, claimed: Claimed, error: ApiError, now: datetime) -> None:
        deliveries.not_sent(session, claimed, now, error.code, state=DeliveryState.FAILED)
        if error.do is Do.GONE:
            session.flush()
            outbox.abandon(session, deliveries.lock_user(session, claimed.channel, claimed.user, now), error.code)

    def _rest(self, session: Session, error: ApiError, now: datetime) -> None:
        """Let the whole API rest where one more call would only make it worse."""
        if error.do is Do.AWAY:
            return
        until = now + RESTS[error.do] if error.do in RESTS else _tomorrow(now)
        platforms.pause(session, self._name, error.code, until)
        log.critical("%s rests until %s: error %s", self._name, until.isoformat(timespec="seconds"), error.code)

    def _resting(self, now: datetime) -> bool:
        away = self._away_since is not None and not self._back(now)
        return away or self._paused(now)

    def _paused(self, now: datetime) -> bool:
        with self._database.read() as session:
            return platforms.paused(session, self._name, now) is not None

    def _lost_sight(self, now: datetime) -> None:
        if self._away_since is None:
            self._away_since, self._pause = now, timedelta(seconds=0.5)
        self._try_at, self._pause = now + self._pause, min(self._pause * 2, LONGEST_AWAY)

    def _back(self, now: datetime) -> bool:
        """Whether the platform answers again; asked more and more seldom."""
        if now < self._try_at:
            return False
        try:
            self._adapter.probe()
        except ApiError as error:
            if error.do in (Do.AWAY, Do.UNSURE):
                self._lost_sight(now)
                return False
        log.warning("%s answers again", self._name)
        self._away_since = None
        return True

    def _upkeep(self, now: datetime) -> None:
        with self._database.write() as session:
            outbox.recover(session, now)
            platforms.forget_signatures(session, now)
        if self._resting(now):
            return
        try:
            self._adapter.upkeep(self._database)
            self._announce(now)
        except ApiError as error:
            with self._database.write() as session:
                self._rest(session, error, now) if error.do.name.startswith("REST") else self._lost_sight(now)

    def _announce(self, now: datetime) -> None:
        with self._database.write() as session:
            users = outbox.take_template(session, self._channel, now)
        for user in users:
            outcome = self._adapter.announce(user)
            with self._database.write() as session:
                outbox.mark_template(session, self._channel, user, outcome)

    def _typing(self, user: str) -> None:
        with self._database.write() as session:
            outbox.typing_shown(session, self._channel, user)
        try:
            self._adapter.typing(user)
        except ApiError as error:  # a sign is not worth a retry
            log.debug("typing: %s", error.code)


def _tomorrow(now: datetime) -> datetime:
    midnight = local(now).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight.astimezone(now.tzinfo)
