"""The learned part: one weight a feature and label, by linear support vector machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from faq.matching.features import Features, Floats
from faq.phrasings import is_outside

SOFTNESS = 0.4


class LinearRanker:
    """Scores every label for a text."""

    def __init__(self, features: Features, labels: Sequence[str], weights: Floats, bias: Floats, scope: Floats) -> None:
        self.features = features
        self.labels = list(labels)
        self.weights = weights
        self.bias = bias
        self.scope = scope

    @classmethod
    def train(cls, texts: Sequence[str], labels: Sequence[str], features: Features | None = None) -> LinearRanker:
        """Learn from labelled texts."""
        from sklearn.svm import LinearSVC

        features = features or Features.fit(texts)
        rows = features.rows(texts)
        machine = LinearSVC(C=SOFTNESS, random_state=0).fit(rows, list(labels))
        weights = np.ascontiguousarray(machine.coef_.T, dtype=np.float32)
        bias = machine.intercept_.astype(np.float32)
        return cls(features, list(machine.classes_), weights, bias, _scope(rows, labels))

    def scores(self, rows: csr_matrix) -> Floats:
        """One score a text and label; about +1 for the label, −1 for every other."""
        return np.asarray(rows @ self.weights + self.bias, dtype=np.float32)

    def outside(self, rows: csr_matrix) -> Floats:
        """One score a text: about +1 for what is none of the topics, −1 for what is one."""
        return np.asarray(rows @ self.scope[:-1] + self.scope[-1], dtype=np.float32)

    def state(self) -> Mapping[str, Any]:
        """What is kept on disk."""
        return {
            **self.features.state(),
            "labels": np.array(self.labels),
            "weights": self.weights,
            "bias": self.bias,
            "scope": self.scope,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> LinearRanker:
        """The ranker that was kept."""
        return cls(
            Features.from_state(state),
            [str(label) for label in state["labels"]],
            state["weights"],
            state["bias"],
            state["scope"],
        )


def _scope(rows: csr_matrix, labels: Sequence[str]) -> Floats:
    """Weights, bias last, of one more machine: none of the topics against all of them."""
    from sklearn.svm import LinearSVC

    outside = [is_outside(label) for label in labels]
    if len(set(outside)) < 2:
        return np.zeros(rows.shape[1] + 1, dtype=np.float32)
    machine = LinearSVC(C=SOFTNESS, random_state=0).fit(rows, outside)
    return np.append(machine.coef_[0], machine.intercept_).astype(np.float32)
