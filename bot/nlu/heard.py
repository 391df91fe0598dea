"""What is known about a message before it is decided, the decision, and the tables that the deciding goes by."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.nlu.signals import Signals
from faq.knowledge import read_yaml
from faq.matching import Candidate, Match

CALM = Signals()
PATTERNS = ("question", "about_cover", "own", "vague", "noise", "no_complaint", "leans")


@dataclass(frozen=True)
class Heard:
    """Everything known about a message before it is decided."""

    normal: str
    intents: Sequence[tuple[str, float]]
    match: Match
    clauses: Sequence[Match] = ()
    signals: Signals = CALM
    entities: Mapping[str, Any] = field(default_factory=dict)

    def chance(self, intent: str) -> float:
        """How likely an intent is."""
        return next((confidence for name, confidence in self.intents if name == intent), 0.0)


@dataclass(frozen=True)
class Decision:
    """What the message is taken for."""

    route: str
    intent: str
    confidence: float
    faq_id: str | None = None
    faq_ids: tuple[str, ...] = ()
    faq_score: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    mood: str = "calm"
    flags: tuple[str, ...] = ()
    aspect: str | None = None
    questions: tuple[str, ...] = ()
    entities: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        plain = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Any]:
    """The tables of `decision.yml`."""
    table: dict[str, Any] = read_yaml(Path(__file__).with_name("decision.yml"))
    for name in PATTERNS:
        table[name] = re.compile(table[name])
    for row in table["topics_of_requests"].values():
        row.update({name: re.compile(row[name]) for name in ("general", "wished") if name in row})
    table["aspects"] = {name: re.compile("|".join(words)) for name, words in table["aspects"].items()}
    return table
