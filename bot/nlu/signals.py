"""Mood and risk in what a customer says: how upset, and what must not be overlooked. The words are `signals.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from faq.knowledge import read_yaml
from faq.normalise import normalise

MOODS = ("threatening", "angry", "worried")
CALM = "calm"
SHOUTED = re.compile(r"[!！]{3,}")
CLAUSES = re.compile(r"[\s,，。;；!！?？、…]+")
BEFORE = 8


@dataclass(frozen=True)
class Signals:
    """How a customer feels and what is at stake."""

    mood: str = CALM
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Signal:
    """One thing to notice: the words for it, and what cancels them."""

    name: str
    words: re.Pattern[str]
    unless: re.Pattern[str] | None
    never: re.Pattern[str] | None
    denied: re.Pattern[str] | None

    def is_raised(self, text: str) -> bool:
        """Whether a normalised text raises it."""
        if self.never and self.never.search(text):
            return False
        return any(self._in(clause) for clause in CLAUSES.split(text))

    def _in(self, clause: str) -> bool:
        if self.unless and self.unless.search(clause):
            return False
        return any(not self._is_denied(clause, found.start()) for found in self.words.finditer(clause))

    def _is_denied(self, clause: str, at: int) -> bool:
        return bool(self.denied and self.denied.search(clause[max(0, at - BEFORE) : at]))


@lru_cache(maxsize=1)
def _signals() -> tuple[list[Signal], list[Signal]]:
    lexicon = read_yaml(Path(__file__).with_name("signals.yml"))
    negation = re.compile(lexicon["negation"])

    def made(group: Mapping[str, Any]) -> list[Signal]:
        return [_signal(name, row, negation) for name, row in group.items()]

    return made(lexicon["moods"]), made(lexicon["flags"])


def _signal(name: str, row: Mapping[str, Any], negation: re.Pattern[str]) -> Signal:
    def any_of(key: str) -> re.Pattern[str] | None:
        return re.compile("|".join(map(str, row[key]))) if row.get(key) else None

    words = any_of("words")
    assert words is not None
    return Signal(name, words, any_of("unless"), any_of("never"), negation if row.get("denied") else None)


def signals_of(text: str) -> Signals:
    """Mood and flags of what was typed."""
    normal = normalise(text)
    if not normal:
        return Signals()
    moods, flags = _signals()
    raised = [signal.name for signal in moods if signal.is_raised(normal)]
    mood = raised[0] if raised else "angry" if SHOUTED.search(text) and len(normal) > 3 else CALM
    return Signals(mood, frozenset(signal.name for signal in flags if signal.is_raised(normal)))
