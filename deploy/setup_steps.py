"""What the steps of `deploy.setup` share: stamps, commands, programs of our own. For any Python from 3.8 on."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterable, Iterator, List, Optional

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv-tools"


class SetupError(Exception):
    """Set-up cannot go on; the message is one sentence for whoever ran it."""


def digest(paths: Iterable[Path]) -> str:
    """One hash over names and contents."""
    total = hashlib.sha256()
    for path in paths:
        total.update(json.dumps(path.relative_to(ROOT).as_posix()).encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def read(path: Path) -> Optional[str]:
    """What a stamp says, or None."""
    return path.read_text() if path.exists() else None


def call(
    command: List[str],
    quiet: bool = False,
    env: "Optional[dict[str, str]]" = None,
    folder: Path = ROOT,
    what: str = "",
) -> None:
    """Run a command; with `quiet`, what it printed is shown only when it fails."""
    sink = subprocess.PIPE if quiet else None
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=sink,
        stderr=subprocess.STDOUT if quiet else None,
        env=env,
        cwd=str(folder),
    )
    if done.returncode != 0:
        sys.stderr.write((done.stdout or b"").decode(errors="replace"))
        raise SetupError((what or "{} failed; what it said is above".format(" ".join(command[:3]))) + ".")


def output(command: List[str]) -> str:
    """What a command prints."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise SetupError("{} failed.".format(" ".join(command)))
    return done.stdout.decode().strip()


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    print("· {} …".format(name), flush=True)
    began = time.monotonic()
    yield
    print("  {:.1f} s".format(time.monotonic() - began), flush=True)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups of one clone wait for each other."""
    try:
        import fcntl
    except ImportError:  # a system without it has one user at a time
        yield
        return
    with open(str(ROOT / "deploy" / "setup.py")) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def tool(requirement: str, place: str) -> Path:
    """A program that comes as a Python package, installed into `.venv-tools` when it is not there."""
    found = next(iter(sorted(TOOLS.glob(place))), None)
    if found is None:
        with step(requirement):
            make_tools()
            python = str(TOOLS / "bin" / "python")
            call([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement])
        found = next(iter(sorted(TOOLS.glob(place))), None)
    if found is None:
        raise SetupError("{} was installed but holds no {}.".format(requirement, place))
    return found


def make_tools() -> None:
    """The private environment, by the first Python here that can make one."""
    if (TOOLS / "bin" / "pip").exists():
        return
    candidates = [
        sys.executable,
        "/usr/bin/python3",
        "/usr/local/bin/python3",
        *glob.glob(str(Path.home() / ".pyenv/versions/3.*/bin/python")),
    ]
    for python in candidates:
        with contextlib.suppress(OSError):
            if (
                subprocess.run(
                    [python, "-m", "venv", "--clear", str(TOOLS)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                ).returncode
                == 0
            ):
                (TOOLS / ".gitignore").write_text("*\n")
                return
    raise SetupError("No Python here can make a virtual environment; install python3-venv or uv and try again.")
