"""The database: one engine a process, short sessions, writes that do not wait on each other for long.

SQLite runs in WAL mode, so readers never wait; a writing transaction begins with BEGIN IMMEDIATE, so two writers queue
(up to five seconds) instead of failing half-way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

BUSY_SECONDS = 5


def make_engine(url: str) -> Engine:
    """An engine for that address, with the pragmas that SQLite needs."""
    if not url.startswith("sqlite"):
        return create_engine(url, future=True, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = create_engine(
        url,
        future=True,
        poolclass=QueuePool,
        pool_size=10,
        max_overflow=20,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # pysqlite's own BEGIN is switched off; ours below says IMMEDIATE
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Any) -> None:
    read_only = connection.get_execution_options().get("read_only")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


class Database:
    """Sessions of one engine. `write()` commits or rolls back; `read()` never writes."""

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self._writing = sessionmaker(self.engine, future=True, expire_on_commit=False)
        self._reading = sessionmaker(self.engine.execution_options(read_only=True), future=True, expire_on_commit=False)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: committed at the end, rolled back when the block raises."""
        with self._writing.begin() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent snapshot to read from."""
        with self._reading() as session:
            yield session

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()
