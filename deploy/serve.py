"""`python -m deploy.serve NAME`: one process of the service, by itself. The Procfile's lines end here.

Rasa and the action server listen on loopback; the gateway is the only public port.
"""

from __future__ import annotations

import os
import runpy
import sys
import warnings
from collections.abc import Callable

from cases.settings import ROOT, Settings
from deploy.environment import process_environment, read_settings, refusals

GRACE_SECONDS = 3


def gateway(settings: Settings) -> None:
    """The public port."""
    import uvicorn

    uvicorn.run(
        "gateway.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        ws="none",
        log_level=os.environ["LOG_LEVEL"].lower(),
        timeout_graceful_shutdown=GRACE_SECONDS,
        forwarded_allow_ips=settings.trusted_proxies,
    )


def rasa(settings: Settings) -> None:
    """The dialogue engine. skops first: Rasa's start takes half the time when it is there before TensorFlow."""
    hide_deprecations()
    import matplotlib  # noqa: F401  # Rasa shows its warnings when it is imported later
    import skops.io  # noqa: F401  # see above

    from bot import semantic

    semantic.check()
    _module(
        "rasa",
        "run",
        "--model",
        str(settings.model_dir),
        "--endpoints",
        "endpoints.yml",
        "--credentials",
        os.environ.get("RASA_CREDENTIALS", "credentials.yml"),
        "--interface",
        "127.0.0.1",
        "--port",
        os.environ["RASA_PORT"],
    )


def actions(_: Settings) -> None:
    """The action server, which finds its host in SANIC_HOST."""
    talk = ["--quiet"] if os.environ["LOG_LEVEL"] in ("WARNING", "ERROR") else []  # it does not read LOG_LEVEL
    _module("rasa_sdk", "--actions", "bot.actions", "--port", os.environ["ACTIONS_PORT"], *talk)


def worker(_: Settings) -> None:
    """The sender, the clocks and the reminders."""
    from gateway.worker import main as work

    work()


def hide_deprecations() -> None:
    """Sanic turns these warnings on when it is imported; they are about the libraries that Rasa pins, not about us."""
    import sanic.app  # noqa: F401  # so that it cannot do so later

    warnings.filterwarnings("ignore", category=DeprecationWarning)


PROCESSES: dict[str, Callable[[Settings], None]] = {
    "gateway": gateway,
    "rasa": rasa,
    "actions": actions,
    "worker": worker,
}


def main(argv: list[str]) -> None:
    """Run the named process until it is told to stop."""
    if len(argv) != 1 or argv[0] not in PROCESSES:
        sys.exit(f"usage: python -m deploy.serve {'|'.join(PROCESSES)}")
    with refusals():
        settings = read_settings()
        os.environ.update(process_environment(settings))
        os.chdir(ROOT)
        PROCESSES[argv[0]](settings)


def _module(name: str, *words: str) -> None:
    """As `python -m name words…` in this process."""
    hide_deprecations()
    sys.argv = [name, *words]
    runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
