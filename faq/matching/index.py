"""The phrasings nearest to a text: an inverted index over characters in a row, with cosine as nearness.

A new phrasing counts as soon as the index is built anew; nothing is learned here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from faq.matching.features import Floats
from faq.matching.words import grams
from faq.normalise import normalise
from faq.phrasings import is_outside

LONGEST = 3
COMMON = 0.08
TWICE = 2
NEAREST = 100


def _pairs_seen(phrasings: Iterable[str]) -> frozenset[str]:
    seen = Counter(gram for phrasing in phrasings for gram in set(grams(normalise(phrasing), 2)) if len(gram) == 2)
    return frozenset(gram for gram, times in seen.items() if times >= TWICE)


class Near(NamedTuple):
    """A phrasing and how near it is, 0 to 1."""

    phrasing: str
    label: str
    nearness: float


class PhrasingIndex:
    """Finds near phrasings without comparing with each."""

    def __init__(self, phrasings: Sequence[str], labels: Sequence[str]) -> None:
        self.phrasings = list(phrasings)
        self.names = sorted(set(labels))
        numbers = {name: number for number, name in enumerate(self.names)}
        self.label_of = np.array([numbers[label] for label in labels], dtype=np.int32)
        self._exact = {normalise(phrasing): at for at, phrasing in reversed(list(enumerate(self.phrasings)))}
        self._inside = _pairs_seen(
            phrasing for phrasing, label in zip(phrasings, labels, strict=False) if not is_outside(label)
        )
        self._build()

    def _build(self) -> None:
        columns: dict[str, int] = {}
        pairs: list[tuple[int, int]] = []
        lengths: list[int] = []
        for at, phrasing in enumerate(self.phrasings):
            found = {columns.setdefault(gram, len(columns)) for gram in grams(normalise(phrasing), LONGEST)}
            pairs += [(column, at) for column in found]
            lengths.append(len(found))
        table = np.array(pairs, dtype=np.int32).reshape(-1, 2)
        table = table[np.argsort(table[:, 0], kind="stable")]
        times = np.bincount(table[:, 0], minlength=len(columns))
        self._columns = columns
        self._starts = np.concatenate([[0], np.cumsum(times)])
        self._rows = np.ascontiguousarray(table[:, 1])
        self._weigh(table, times)

    def _weigh(self, table: np.ndarray, times: np.ndarray) -> None:
        count = max(len(self.phrasings), 1)
        self._rarity = np.log((1 + count) / (1 + times)).astype(np.float32)
        self._rarity[times > max(COMMON * count, 50)] *= 0
        weights = self._rarity[table[:, 0]]
        length = np.sqrt(np.bincount(table[:, 1], weights=weights**2, minlength=count)) + 1e-6
        self._values = (weights / length[table[:, 1]]).astype(np.float32)
        self._new = float(np.log(1 + count))

    def nearness(self, text: str) -> Floats:
        """How near each phrasing is."""
        found = set(grams(normalise(text), LONGEST))
        known = [
            column for gram in found if (column := self._columns.get(gram)) is not None and self._rarity[column] > 0
        ]
        near = np.zeros(len(self.phrasings), dtype=np.float32)
        new = len(found) - len([gram for gram in found if gram in self._columns])
        length = float(np.sqrt((self._rarity[known] ** 2).sum() + new * self._new**2)) + 1e-6
        for column in known:
            part = slice(self._starts[column], self._starts[column + 1])
            near[self._rows[part]] += self._values[part] * (self._rarity[column] / length)
        return near

    def known(self, text: str) -> float:
        """How much of a text, by pairs of characters, has been seen in the topics' phrasings."""
        pairs = [gram for gram in grams(normalise(text), 2) if len(gram) == 2]
        return sum(gram in self._inside for gram in pairs) / len(pairs) if pairs else 0.0

    def exact(self, text: str) -> int | None:
        """The phrasing that says the same once normalised."""
        return self._exact.get(normalise(text))

    def by_label(self, text: str) -> Floats:
        """For each name: nearness of the nearest phrasing, and the mean of the nearest three of it."""
        near = self.nearness(text)
        top = np.argpartition(near, -NEAREST)[-NEAREST:] if len(near) > NEAREST else np.arange(len(near))
        top = top[np.argsort(-near[top])]
        best = np.zeros((3, len(self.names)), dtype=np.float32)
        seen: Counter[int] = Counter()
        for at in top:
            label = int(self.label_of[at])
            if seen[label] < 3:
                best[seen[label], label] = near[at]
                seen[label] += 1
        return np.stack([best[0], best.mean(axis=0)])

    def nearest(self, text: str, count: int = 5) -> list[Near]:
        """The nearest phrasings, nearest first."""
        near = self.nearness(text)
        top = np.argsort(-near)[:count]
        return [Near(self.phrasings[at], self.names[self.label_of[at]], float(near[at])) for at in top]
