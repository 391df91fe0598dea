"""A PostgreSQL server for a test: in a folder, on a socket there, gone when the test is over."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

QUIET = ("-c", "fsync=off", "-c", "listen_addresses=", "-c", "logging_collector=off", "-c", "timezone=UTC")


def programs() -> Path:
    """The folder of the server's programs; the test is skipped where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "/none")]
    if not found[-1].exists():
        pytest.skip("PostgreSQL's server programs are not installed")
    return found[-1].parent


@contextmanager
def postgres() -> Iterator[str]:
    """The address of an empty database of a server of one's own."""
    bin_folder = programs()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    data = folder / "data"
    as_user = _unprivileged(folder)
    try:
        _run([bin_folder / "initdb", "-D", data, "-U", "claims", "-A", "trust", "--no-sync", "-E", "UTF8"], as_user)
        options = " ".join((*QUIET, "-k", str(folder)))
        _run([bin_folder / "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start"], as_user)
        try:
            yield f"postgresql+psycopg2://claims@/postgres?host={folder}"
        finally:
            _run([bin_folder / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"], as_user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> int | None:
    """The server refuses to run as root: the account that it came with runs it."""
    if os.geteuid() != 0:
        return None
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return account.pw_uid


def _run(command: list[str | Path], user: int | None) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=user,
        cwd="/tmp",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
