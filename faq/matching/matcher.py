"""Which topic a question asks for, with a probability, or that it asks for none of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.matching.index import PhrasingIndex
from faq.matching.linear import LinearRanker
from faq.matching.ranker import Ranker, fit_weights

MOST = 5
HELD_OUT = 0.2
SAME = 0.97
Phrasings = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Candidate:
    """A topic and how likely it is what was asked."""

    faq_id: str
    score: float


@dataclass(frozen=True)
class Match:
    """The likeliest topics for a text. `outside` is the probability that it asks for none of them."""

    text: str
    faq_id: str | None
    score: float
    candidates: tuple[Candidate, ...]
    outside: float


class Matcher:
    """Matches texts to topics. `use` takes changed phrasings without learning anew."""

    def __init__(self, ranker: Ranker) -> None:
        self.ranker = ranker

    @classmethod
    def train(cls, phrasings: Phrasings) -> Matcher:
        """Learn from the phrasings; meanwhile the evidence is weighed on a part that was held out."""
        texts, labels = flat(phrasings)
        with ThreadPoolExecutor() as pool:
            linear = pool.submit(LinearRanker.train, texts, labels)
            weights = _weighed(texts, labels, _held_out(len(texts)))
            return cls(Ranker(linear.result(), PhrasingIndex(texts, labels), weights))

    def use(self, phrasings: Phrasings) -> None:
        """Take changed phrasings at once; only the nearest-phrasing part changes."""
        self.ranker.use(PhrasingIndex(*flat(phrasings)))

    def match(self, text: str) -> Match:
        """The likeliest topics for one text."""
        return self.match_many([text])[0]

    def match_many(self, texts: Sequence[str]) -> list[Match]:
        """The likeliest topics for each text."""
        if not texts:
            return []
        likely = self.ranker.probabilities(texts)
        return [self._match(text, likely[at]) for at, text in enumerate(texts)]

    def _match(self, text: str, likely: NDArray[np.float64]) -> Match:
        likely = self._same_words(text, likely)
        outside = float(likely[self.ranker.outside].sum())
        inside = np.where(self.ranker.outside, -1.0, likely)
        best = np.argsort(-inside)[:MOST]
        found = tuple(Candidate(self.ranker.labels[at], round(float(likely[at]), 4)) for at in best if inside[at] >= 0)
        first = found[0] if found and text.strip() else None
        if first is None or first.score < likely[self.ranker.outside].sum():
            return Match(text, None, first.score if first else 0.0, found, round(outside, 4))
        return Match(text, first.faq_id, first.score, found, round(outside, 4))

    def _same_words(self, text: str, likely: NDArray[np.float64]) -> NDArray[np.float64]:
        """A text that is a phrasing, word for word, is what that phrasing stands for."""
        at = self.ranker.index.exact(text) if text.strip() else None
        if at is None:
            return likely
        label = self.ranker.labels.index(self.ranker.index.names[self.ranker.index.label_of[at]])
        sure = likely * (1 - SAME)
        sure[label] += SAME
        return sure

    def explain(self, text: str) -> dict[str, Any]:
        """Why: see faq.matching.explain."""
        from faq.matching.explain import explain

        return explain(self, text)


def flat(phrasings: Phrasings) -> tuple[list[str], list[str]]:
    """All texts, and beside each its label."""
    texts = [text for label in phrasings for text in phrasings[label]]
    return texts, [label for label in phrasings for _ in phrasings[label]]


def _held_out(count: int) -> NDArray[np.bool_]:
    order = list(range(count))
    random.Random(0).shuffle(order)
    held = np.zeros(count, dtype=bool)
    held[order[: int(count * HELD_OUT)]] = True
    return held


def _weighed(texts: list[str], labels: list[str], held: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weigh the evidence on held-out texts that nothing was learned from."""
    kept = [at for at, out in enumerate(held) if not out]
    learned, known = [texts[at] for at in kept], [labels[at] for at in kept]
    ranker = Ranker(LinearRanker.train(learned, known), PhrasingIndex(learned, known), np.zeros(1))
    numbers = {label: number for number, label in enumerate(ranker.labels)}
    tried = [at for at, out in enumerate(held) if out and labels[at] in numbers]
    wanted = np.array([numbers[labels[at]] for at in tried], dtype=np.int32)
    return fit_weights(ranker.evidence([texts[at] for at in tried]), wanted)
