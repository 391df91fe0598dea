"""`python -m bot understand`: an utterance a line in, what it is taken for a line out (contract).

Runs the components of the newest trained model one after the other, as Rasa's graph does, without starting a server.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cases.errors import SettingsError
from cases.settings import get_settings

AT_ONCE = 64
SHOWN = ("route", "intent", "confidence", "faq_id", "faq_score", "candidates", "entities")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing but stdin."""


def run(options: argparse.Namespace) -> int:
    """Understand each line of stdin."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    newest = newest_model(get_settings().model_dir)
    if newest is None:
        print(
            f"There is no trained model in {get_settings().model_dir}: run `make run` or `rasa train` first.",
            file=sys.stderr,
        )
        return 1
    from bot import semantic
    from bot.nlu.pipeline import load_pipeline

    try:
        semantic.check()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    pipeline = load_pipeline(newest)
    for batch in _batches(_lines()):
        for text, decision in zip(batch, pipeline.decide(batch), strict=False):
            _write(text, decision)
        sys.stdout.flush()
    return 0


def newest_model(folder: Path) -> Path | None:
    """The model that was trained last."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    return models[-1] if models else None


def _lines() -> Iterator[str]:
    stream = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace", newline="\n")
    return (line.rstrip("\r\n") for line in stream)


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines in groups; a person at a terminal is answered line by line."""
    most = 1 if sys.stdin.isatty() else AT_ONCE
    batch: list[str] = []
    for line in lines:
        batch.append(line)
        if len(batch) >= most:
            yield batch
            batch = []
    if batch:
        yield batch


def _write(text: str, decision: dict[str, Any]) -> None:
    answer = {"text": text, **{name: decision[name] for name in SHOWN}}
    sys.stdout.buffer.write((json.dumps(answer, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
