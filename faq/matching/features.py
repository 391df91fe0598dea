"""Texts as rows of a sparse matrix: each kind of feature weighted by how rare it is, and each kind of length one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from faq.matching.words import counted

KINDS = ("gram", "word", "tag")
WEIGHTS = {"gram": 1.0, "word": 0.6, "tag": 0.5}
RARELY = 2
Floats: TypeAlias = NDArray[np.float32]


class Features:
    """A fixed vocabulary; `fit` makes it, `rows` uses it."""

    def __init__(self, names: Sequence[str], rarity: Floats, lightly: bool = False) -> None:
        self.lightly = lightly
        self.names = list(names)
        self.rarity = rarity
        self._column = {name: column for column, name in enumerate(self.names)}

    @classmethod
    def fit(cls, texts: Sequence[str], lightly: bool = False) -> Features:
        """The features that occur at least twice in the texts."""
        seen: Counter[str] = Counter()
        for text in texts:
            for kind, found in zip(KINDS, counted(text, lightly), strict=False):
                seen.update({f"{kind}:{feature}" for feature in found})
        names = sorted(name for name, times in seen.items() if times >= RARELY)
        times = np.array([seen[name] for name in names], dtype=np.float32)
        return cls(names, np.log((1 + len(texts)) / (1 + times)).astype(np.float32) + 1, lightly)

    def row(self, text: str) -> tuple[list[int], list[float]]:
        """Columns and values of one text."""
        columns: list[int] = []
        values: list[float] = []
        for kind, found in zip(KINDS, counted(text, self.lightly), strict=False):
            known = {
                self._column[name]: times
                for feature, times in Counter(found).items()
                if (name := f"{kind}:{feature}") in self._column
            }
            weights = [
                float(self.rarity[column]) * (1 + np.log(times) if times > 1 else 1) for column, times in known.items()
            ]
            length = sum(weight * weight for weight in weights) ** 0.5 or 1.0
            columns += known
            values += [WEIGHTS[kind] * weight / length for weight in weights]
        return columns, values

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """All texts as one matrix."""
        parts = [self.row(text) for text in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in parts)])
        columns = np.fromiter((c for part, _ in parts for c in part), dtype=np.int32, count=ends[-1])
        values = np.fromiter((v for _, part in parts for v in part), dtype=np.float32, count=ends[-1])
        return csr_matrix((values, columns, ends), shape=(len(texts), len(self.names)))

    def state(self) -> Mapping[str, Any]:
        """What is kept on disk."""
        return {"names": np.array("\n".join(self.names)), "rarity": self.rarity, "lightly": np.array(self.lightly)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Features:
        """The features that were kept."""
        return cls(str(state["names"]).split("\n"), state["rarity"], bool(state["lightly"]))
