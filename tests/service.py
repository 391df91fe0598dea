"""The real service for tests: gateway, Rasa, actions and worker on free ports, with a database and model of their own.

`service` is one service for a whole test run. Tests that kill processes make a `Service` for themselves.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import httpx
import pytest

from bench.service import environment, free_port
from cases import agents, commands, loading
from cases.db import Database
from cases.enums import Role
from cases.settings import ROOT, get_settings, read_settings
from deploy.training import fitting_model, train
from tests.stories.people import AGENTS, PASSWORD, load_file

NAMES = ("gateway", "rasa", "actions", "worker")
PATIENCE = 120.0
JWT_SECRET = "the secret of the insurer's app, in tests"


@lru_cache(maxsize=1)
def trained_model() -> Path:
    """The model that fits the present files, trained where there is none."""
    settings = get_settings()
    model = fitting_model(settings)
    return model if model.exists() else train(settings)


class Service:
    """The processes of a service in a folder; `settings` are further environment variables."""

    def __init__(self, folder: Path, **settings: str) -> None:
        ports = [free_port() for _ in range(3)]
        (folder / "models").mkdir()
        shutil.copy2(trained_model(), folder / "models")  # another training may tidy up its folder meanwhile
        own = {
            "MODEL_DIR": str(folder / "models"),
            "DATABASE_URL": "",
            "SERVICE_HOURS": "",
            "APP_JWT_SECRET": JWT_SECRET,
        }
        self.env = {**environment(folder, ports), **own, **settings}
        self.folder, self.base = folder, f"http://127.0.0.1:{ports[0]}"
        self.settings = read_settings(dict(self.env))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def prepare(self) -> None:
        """The database with the customers and the agents of the stories."""
        commands.migrate(self.settings.database_url)
        with self.database.write() as session:
            loading.load(session, load_file())
            for username, name, role in AGENTS:
                agents.set_password(session, username, PASSWORD, name=name, role=Role(role))

    @property
    def database(self) -> Database:
        """The service's database, for what no API shows."""
        return _database(self.settings.database_url)

    def start(self, *names: str) -> None:
        """Start processes, each in a group of its own, their output in a file."""
        for name in names:
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "deploy.serve", name],
                    env=self.env,
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process and its children."""
        os.killpg(self.processes[name].pid, number)

    def kill(self, name: str) -> None:
        """End a process as a crash does, without a last word."""
        self.signal(name, signal.SIGKILL)
        self.processes.pop(name).wait(20)

    def wait_ready(self) -> None:
        """Wait until every part answers; a process that ended is an error at once."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if ended := [name for name, process in self.processes.items() if process.poll() is not None]:
                raise RuntimeError(f"{ended[0]} ended:\n{self.log(ended[0])}")
            if self._ready():
                return
            time.sleep(0.1)
        raise RuntimeError("the service did not get ready")

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.base}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def log(self, name: str, characters: int = 4000) -> str:
        """What a process said last."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-characters:]

    def stop(self) -> None:
        """End every process, politely first."""
        for process in self.processes.values():
            process.terminate()
        for name in list(self.processes):
            try:
                self.processes[name].wait(10)
            except subprocess.TimeoutExpired:
                self.kill(name)
        self.processes.clear()


@lru_cache(maxsize=4)
def _database(url: str) -> Database:
    return Database(url)


def started(folder: Path, **settings: str) -> Service:
    """A service that is ready. The processes end when it does not get so far."""
    made = Service(folder, **settings)
    made.prepare()
    try:
        made.start(*NAMES)
        made.wait_ready()
    except BaseException:
        made.stop()
        raise
    return made


@pytest.fixture(scope="session")
def service(model: Path) -> Iterator[Service]:
    """One service for all stories; each story opens conversations of its own."""
    with tempfile.TemporaryDirectory(prefix="stories-") as folder:
        made = started(Path(folder))
        try:
            yield made
        finally:
            made.stop()
