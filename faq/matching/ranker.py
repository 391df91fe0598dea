"""From scores to one probability a label: a small calibrated model over the linear ranker and the nearest phrasings.

Fitted on texts that neither of the two has seen, so that the probabilities are honest about new texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.matching.features import Floats
from faq.matching.index import PhrasingIndex
from faq.matching.linear import LinearRanker
from faq.matching.words import tags_of
from faq.normalise import normalise
from faq.phrasings import is_outside

OURS = frozenset({"dom_motor", "dom_insurance", "dom_claim"})
UNKNOWN = -1.2
STRENGTH = 1e-4
EVIDENCE = (
    "margin",
    "margin_squared",
    "nearest",
    "nearest_three",
    "outside",
    "outside_nearest",
    "outside_known",
    "outside_untagged",
    "outside_elsewhere",
    "outside_scope",
)
# Phrasings of topics outnumber what is none of them here, but not in what customers type.
OUTSIDE_ODDS = 7.0
START = np.array([4.0, 0, 2, 2, 0, 0, 0, 0, 0, 0])


class Ranker:
    """The linear part, the index and what they weigh."""

    def __init__(self, linear: LinearRanker, index: PhrasingIndex, weights: NDArray[np.float64]) -> None:
        self.linear = linear
        self.weights = weights
        self.use(index)

    def use(self, index: PhrasingIndex) -> None:
        """Take another index; labels that the linear part does not know can be reached through it."""
        self.index = index
        self.labels = list(dict.fromkeys([*self.linear.labels, *index.names]))
        numbers = {label: number for number, label in enumerate(self.labels)}
        self._indexed = np.array([numbers[name] for name in index.names], dtype=np.int32)
        self.outside = np.array([is_outside(label) for label in self.labels])

    def evidence(self, texts: Sequence[str]) -> Floats:
        """Texts × labels × evidence."""
        rows = self.linear.features.rows(texts)
        margins = np.full((len(texts), len(self.labels)), UNKNOWN, dtype=np.float32)
        margins[:, : len(self.linear.labels)] = self.linear.scores(rows)
        near = np.zeros((2, len(texts), len(self.labels)), dtype=np.float32)
        for at, text in enumerate(texts):
            near[:, at, self._indexed] = self.index.by_label(text)
        familiar = np.array([self._familiar(text) for text in texts], dtype=np.float32)
        return self._stack(margins, near, np.column_stack([familiar, self.linear.outside(rows)]))

    def _familiar(self, text: str) -> tuple[float, float, float]:
        """How much of the text is known, and whether it speaks of claims at all, or of something else."""
        domains = {tag for family, tag in tags_of(normalise(text)) if family == "domain"}
        return self.index.known(text), float(not domains & OURS), float(bool(domains - OURS))

    def _stack(self, margins: Floats, near: Floats, familiar: Floats) -> Floats:
        outside = np.broadcast_to(self.outside, margins.shape).astype(np.float32)
        best = near[0].max(axis=1, keepdims=True)
        return np.stack(
            [
                margins,
                np.maximum(margins + 1, 0) ** 2,
                near[0],
                near[1],
                outside,
                outside * best,
                *(outside * familiar[:, at, None] for at in range(familiar.shape[1])),
            ],
            axis=2,
        )

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Texts × labels; each row adds up to one."""
        scores = self.evidence(texts) @ self.weights
        return softmax(scores + self.outside * np.log(OUTSIDE_ODDS))


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores as probabilities, row by row."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def fit_weights(evidence: Floats, wanted: NDArray[np.int32]) -> NDArray[np.float64]:
    """The weights of the evidence under which the wanted labels are likeliest."""
    from scipy.optimize import minimize

    every = np.arange(len(wanted))
    data = evidence.astype(np.float64)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        likely = softmax(data @ weights)
        off = likely.copy()
        off[every, wanted] -= 1
        slope = np.einsum("tl,tle->e", off, data) / len(wanted) + 2 * STRENGTH * weights
        return float(-np.log(likely[every, wanted] + 1e-12).mean() + STRENGTH * weights @ weights), slope

    return np.asarray(minimize(loss, START, jac=True, method="L-BFGS-B").x)


def state_of(ranker: Ranker) -> Mapping[str, Any]:
    """What is kept on disk; the index is built from the phrasings."""
    return {**ranker.linear.state(), "evidence_weights": ranker.weights}
