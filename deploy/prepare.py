"""`python -m deploy.prepare [--run] [--train]`: the database, the demo data, the model; with --run, the processes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cases.settings import Settings
from deploy.environment import read_settings, refusals
from deploy.training import fitting_model, make_newest, train


def main(argv: list[str]) -> int:
    """Do what is missing."""
    with refusals():
        settings = read_settings()
        prepare_database(settings)
        prepare_model(settings, again="--train" in argv)
    if "--run" in argv:  # a process of its own image: the launcher needs little of what was loaded here
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-m", "deploy.launch"])
    return 0


def prepare_database(settings: Settings) -> None:
    """The newest schema; with the embedded default the demo data, once."""
    from cases import commands

    if commands.is_behind(settings.database_url):
        with step("database"):
            commands.migrate(settings.database_url)
    if settings.embedded:
        for line in commands.load_demo(settings):
            print(f"· {line}", flush=True)


def prepare_model(settings: Settings, again: bool = False) -> None:
    """A model that fits the present data, as the newest of its folder."""
    model = fitting_model(settings)
    if again or not model.exists():
        with step("training"):
            train(settings)
    make_newest(model)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    print(f"· {name} …", flush=True)
    began = time.monotonic()
    yield
    print(f"  {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
