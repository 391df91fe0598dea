"""The environment that the processes share, made from the settings, and the one way a start is refused."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from cases.errors import ClaimsError, SettingsError
from cases.settings import ROOT, Settings, get_settings

REFUSED = 2
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@contextmanager
def refusals() -> Iterator[None]:
    """A wrong setting ends the process with its one sentence and exit code 2, not with a traceback."""
    try:
        yield
    except ClaimsError as error:
        print(error, file=sys.stderr, flush=True)
        sys.exit(REFUSED)


def read_settings() -> Settings:
    """The settings, with `VAR_DIR` made. Raises SettingsError."""
    try:
        settings = get_settings()
        settings.var.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            f"VAR_DIR must name a folder that can be written to ({error.strerror}: {error.filename})"
        ) from None
    return settings


def process_environment(settings: Settings) -> dict[str, str]:
    """What every process gets: quiet, offline libraries, and the addresses where all of them look for each other."""
    fixed = {
        "HOST": settings.host,
        "PORT": str(settings.port),
        "RASA_PORT": str(port_of(settings.rasa_url)),
        "ACTIONS_PORT": str(port_of(settings.actions_url)),
        "ACTIONS_URL": settings.actions_url,
        "FORWARDED_ALLOW_IPS": settings.trusted_proxies,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_HOST": "127.0.0.1",
    }
    return {**quiet_libraries(), **os.environ, **fixed}


def quiet_libraries() -> dict[str, str]:
    """Defaults that the operator's environment may change: less talk, and one thread for work that is small."""
    return {
        "LOG_LEVEL": "WARNING",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


def port_of(address: str) -> int:
    """The port of an address."""
    return urlsplit(address).port or 80


def is_local(address: str) -> bool:
    """Whether an address is on this machine, so that the launcher starts what answers there."""
    return urlsplit(address).hostname in LOOPBACK
