"""Which intent: a linear model over characters, words and tags, and the examples themselves word for word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faq.matching.features import Features, Floats
from faq.matching.ranker import softmax
from faq.normalise import normalise_lightly

SAME = 0.98
SOFTNESS = 20.0
MOST_STEPS = 80
Examples = Sequence[tuple[str, str]]


class IntentModel:
    """Likelihoods of intents."""

    def __init__(
        self, features: Features, labels: Sequence[str], weights: Floats, bias: Floats, said: Mapping[str, str]
    ) -> None:
        self.features = features
        self.labels = list(labels)
        self._weights = weights
        self._bias = bias
        self._said = dict(said)

    @classmethod
    def train(cls, examples: Examples, more: Examples = ()) -> IntentModel:
        """Learn from the intents' own examples and from more; only the former count word for word."""
        from sklearn.linear_model import LogisticRegression

        texts, labels = map(list, zip(*examples, *more, strict=False))
        features = Features.fit(texts, lightly=True)
        machine = LogisticRegression(C=SOFTNESS, max_iter=MOST_STEPS, tol=1e-3, class_weight=_balance(labels))
        machine.fit(features.rows(texts), labels)
        weights = np.ascontiguousarray(machine.coef_.T, dtype=np.float32)
        said = {normalise_lightly(text): label for text, label in examples}
        return cls(features, list(machine.classes_), weights, machine.intercept_.astype(np.float32), said)

    def likely(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Texts × intents; each row adds up to one."""
        likely = softmax(np.asarray(self.features.rows(texts) @ self._weights + self._bias, dtype=np.float64))
        for at, text in enumerate(texts):
            if label := self._said.get(normalise_lightly(text)):
                likely[at] *= 1 - SAME
                likely[at, self.labels.index(label)] += SAME
        return likely

    def state(self) -> Mapping[str, Any]:
        """What is kept on disk."""
        said = np.array("\n".join(f"{label}\t{text}" for text, label in self._said.items()))
        return {
            **self.features.state(),
            "labels": np.array(self.labels),
            "weights": self._weights,
            "bias": self._bias,
            "said": said,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> IntentModel:
        """The model that was kept."""
        rows = [line.partition("\t") for line in str(state["said"]).split("\n")]
        said = {text: label for label, _, text in rows if text}
        return cls(
            Features.from_state(state), [str(label) for label in state["labels"]], state["weights"], state["bias"], said
        )


def _balance(labels: Sequence[str]) -> dict[str, float]:
    """Rare intents weigh more, though not as much as if all were equally frequent."""
    names, times = np.unique(labels, return_counts=True)
    return {str(name): float((times.mean() / count) ** 0.5) for name, count in zip(names, times, strict=False)}
