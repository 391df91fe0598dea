"""A service of the benchmark's own: its processes on free ports, its database in a folder that is thrown away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from cases.settings import ROOT, get_settings

PATIENCE = 180.0


class Service:
    """Addresses and processes of a running service."""

    def __init__(
        self, base: str, rest: str, processes: dict[str, subprocess.Popen[bytes]], start_seconds: float
    ) -> None:
        self.base, self.rest, self.processes, self.start_seconds = base, rest, processes, start_seconds

    def memory(self) -> dict[str, float]:
        """Resident MiB of each process with its children."""
        return {name: round(sum(map(_resident, _family(process.pid))), 0) for name, process in self.processes.items()}


@contextmanager
def running(credentials: str | None = None) -> Iterator[Service]:
    """The service as `make run` starts it, with Rasa's REST channel beside ours when `credentials` names such a
    file.
    """
    with tempfile.TemporaryDirectory() as folder:
        ports = [free_port() for _ in range(3)]
        env = environment(Path(folder), ports)
        subprocess.run(
            [sys.executable, "-m", "cases", "migrate"], env=env, cwd=ROOT, check=True, stdout=subprocess.DEVNULL
        )
        began = time.monotonic()
        processes = {name: _start(name, env, credentials) for name in ("gateway", "rasa", "actions", "worker")}
        try:
            base = f"http://127.0.0.1:{ports[0]}"
            _wait_ready(base)
            yield Service(
                base, f"http://127.0.0.1:{ports[1]}/webhooks/rest/webhook", processes, time.monotonic() - began
            )
        finally:
            for process in processes.values():
                process.terminate()
            for process in processes.values():
                process.wait(20)


def environment(folder: Path, ports: list[int]) -> dict[str, str]:
    """Settings of a service of one's own, with the trained model of this checkout."""
    own = {
        "VAR_DIR": str(folder),
        "MODEL_DIR": str(get_settings().model_dir),
        "HOST": "127.0.0.1",
        "PORT": str(ports[0]),
        "RASA_PORT": str(ports[1]),
        "ACTIONS_PORT": str(ports[2]),
        "LOG_LEVEL": "ERROR",
    }
    inherited = {
        name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "RASA_URL", "ACTIONS_URL")
    }
    return {**inherited, **own}


def _start(name: str, env: dict[str, str], credentials: str | None) -> subprocess.Popen[bytes]:
    named = {"RASA_CREDENTIALS": credentials} if credentials else {}
    return subprocess.Popen([sys.executable, "-m", "deploy.serve", name], env={**env, **named}, cwd=ROOT)


def _wait_ready(base: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if httpx.get(base + "/readyz", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the service did not get ready")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [int(child) for child in children.read_text().split()] if children.exists() else []
    return [pid, *(other for child in found for other in _family(child))]


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
