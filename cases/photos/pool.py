"""Two long-lived worker processes that decode pictures, started when the first picture comes.

A worker that dies, hangs or answers nonsense is ended and replaced; the picture that it was at is refused. Threads
share the pool: two pictures are decoded at a time, the rest wait a while and are then told to come back (`TooMany`).
"""

from __future__ import annotations

import json
import logging
import math
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cases.errors import TooMany
from cases.photos.errors import Refused, TooLarge, UnsupportedMedia

SCRIPT = Path(__file__).with_name("worker.py")
WORKERS = 2
START_SECONDS = 20.0
JOB_SECONDS = 20.0
WAIT_SECONDS = 20.0
JOBS_A_WORKER = 500  # then a fresh one, so that nothing a decoder leaks adds up
MAX_HEAD = 1024
MAX_SIDE = 4096
MAX_JPEG = 16 << 20
NO_SETTINGS = {"OPENBLAS_NUM_THREADS": "1"}  # the whole environment of a worker: no secret of ours is in it

NONSENSE = (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError)  # what a bad answer ends in

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept, and what was measured on it."""

    jpeg: bytes
    width: int
    height: int
    dhash: str
    sharpness: float
    brightness: float
    glare: float


class WorkerLost(Exception):
    """The worker died, was ended at its time limit, or answered nonsense."""


class Worker:
    """One process; not to be used from two threads at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(SCRIPT)],
            env=NO_SETTINGS,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._jobs = 0
        with self._deadline(START_SECONDS):
            ready = self._out.readline(16) == b"ready\n"
        if not ready:
            self.end()
            raise RuntimeError("the process that decodes pictures does not start")

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def fit(self) -> bool:
        """Whether it can take another job."""
        return self._process.poll() is None and self._jobs < JOBS_A_WORKER

    def decode(self, kind: str, data: bytes) -> Picture:
        """Have one picture decoded. Raises Refused, or WorkerLost, after which the worker must be ended."""
        self._jobs += 1
        with self._deadline(JOB_SECONDS):
            try:
                self._in.write(f"{kind} {len(data)}\n".encode("ascii") + data)
                self._in.flush()
                return self._read()
            except NONSENSE as error:
                raise WorkerLost(str(error)) from error

    def end(self) -> None:
        """Kill the process and reap it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was buffered for a dead process cannot be written
                pipe and pipe.close()

    @property
    def _in(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _out(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _read(self) -> Picture:
        head: dict[str, Any] = json.loads(self._out.readline(MAX_HEAD))
        if "refused" in head:
            raise TooLarge("pixels") if head["refused"] == "pixels" else UnsupportedMedia("broken")
        length = int(head["length"])
        if not 0 < length <= MAX_JPEG:
            raise ValueError("length")
        jpeg = self._out.read(length)
        if len(jpeg) != length:
            raise ValueError("cut off")
        return _picture(head, jpeg)


def _picture(head: dict[str, Any], jpeg: bytes) -> Picture:
    """A worker may have been taken over by what it decoded, so its answer is checked for its form."""
    picture = Picture(
        jpeg,
        int(head["width"]),
        int(head["height"]),
        head["dhash"],
        float(head["sharpness"]),
        float(head["brightness"]),
        float(head["glare"]),
    )
    sides = 0 < picture.width <= MAX_SIDE and 0 < picture.height <= MAX_SIDE
    shares = 0 <= picture.brightness <= 1 and 0 <= picture.glare <= 1 and 0 <= picture.sharpness < math.inf
    if not (sides and shares and jpeg.startswith(b"\xff\xd8\xff") and len(bytes.fromhex(picture.dhash)) == 8):
        raise ValueError("form")
    return picture


class Pool:
    """Places for workers; a place is filled when it is first used."""

    def __init__(self, size: int = WORKERS) -> None:
        self._places: queue.LifoQueue[Worker | None] = queue.LifoQueue()
        for _ in range(size):
            self._places.put(None)

    def decode(self, kind: str, data: bytes) -> Picture:
        """Have a picture decoded. Raises Refused, and TooMany when no worker is free in time."""
        with self._worker() as worker:
            return worker.decode(kind, data)

    def close(self) -> None:
        """End the workers that are free; the next picture starts one again."""
        for _ in range(self._places.qsize()):
            worker = self._take()
            if worker is not None:
                worker.end()
            self._places.put(None)

    @contextmanager
    def _worker(self) -> Iterator[Worker]:
        worker = self._take()
        try:
            worker = _fit(worker)
            yield worker
        except Refused:
            raise
        except BaseException as error:  # an interrupt too: the next job must not read the rest of this one's answer
            if worker is not None:
                worker.end()
            worker = None
            if not isinstance(error, WorkerLost):
                raise
            log.warning("a picture ended the process that decoded it: %s", error)
            raise UnsupportedMedia("broken") from None
        finally:
            self._places.put(worker)

    def _take(self) -> Worker | None:
        try:
            return self._places.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            raise TooMany(WAIT_SECONDS) from None


def _fit(worker: Worker | None) -> Worker:
    if worker is not None and worker.fit:
        return worker
    if worker is not None:
        worker.end()
    return Worker()


_pools: dict[int, Pool] = {}


def pool() -> Pool:
    """The pool of this process; after a fork the child begins its own."""
    return _pools.setdefault(os.getpid(), Pool())
