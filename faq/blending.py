"""The matcher's opinion and the embeddings' as one probability: two weights, found on phrasings that were held out."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faq.learning.proposals import write_text
from faq.matching import Candidate, Match, Matcher
from faq.phrasings import digest, is_outside
from faq.semantic import CACHE, Embedder, Floats, SemanticIndex

MOST = 5
LEAST = 1e-5
STRENGTH = 1e-3
TRIED = 2000
EVERY = 5
Phrasings = Mapping[str, Sequence[str]]


class Weights(NamedTuple):
    """How much the matcher's log-probability and the cosine count. (1, 0) is the matcher alone."""

    match: float = 1.0
    semantic: float = 0.0


def blend(match: Match, labels: Sequence[str], scores: Floats, weights: Weights) -> Match:
    """The match shifted by the cosines of its text to each label."""
    topics = [label for label in labels if not is_outside(label)]
    likely = _softmax(_evidence(match, labels, scores) @ np.array(weights))
    outside, inside = float(likely[-1]), likely[:-1]
    best = np.argsort(-inside, kind="stable")[:MOST]
    found = tuple(Candidate(topics[at], round(float(inside[at]), 4)) for at in best)
    first = found[0] if found and match.text.strip() else None
    answered = first.faq_id if first and first.score >= outside else None
    return Match(match.text, answered, first.score if first else 0.0, found, round(outside, 4))


def _evidence(match: Match, labels: Sequence[str], scores: Floats) -> NDArray[np.float64]:
    """Topics, then the outside × (log-probability, cosine)."""
    beyond = np.array([is_outside(label) for label in labels])
    chance = {row.faq_id: row.score for row in match.candidates}
    topics = [label for label in labels if not is_outside(label)]
    rest = max(1.0 - match.outside - sum(chance.values()), 0.0) / max(len(topics) - len(chance), 1)
    likely = [*(chance.get(topic, rest) for topic in topics), match.outside]
    far = scores[beyond].max() if beyond.any() else scores.mean()
    return np.column_stack([np.log(np.maximum(likely, LEAST)), [*scores[~beyond], far]])


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


class SemanticMatcher:
    """A matcher with the embeddings blended in; used like `Matcher`."""

    def __init__(
        self, matcher: Matcher, index: SemanticIndex, weights: Weights, cache_dir: Path | None = CACHE
    ) -> None:
        self.matcher, self.index, self.weights, self._cache_dir = matcher, index, weights, cache_dir

    @property
    def ranker(self) -> Any:
        """The matcher's own ranker: what is kept and explained."""
        return self.matcher.ranker

    def use(self, phrasings: Phrasings) -> None:
        """Take changed phrasings at once; only new ones are embedded."""
        index = SemanticIndex(self.index.embedder, phrasings, self._cache_dir)
        self.matcher.use(phrasings)
        self.index = index

    def match(self, text: str) -> Match:
        """The likeliest topics for one text."""
        return self.match_many([text])[0]

    def match_many(self, texts: Sequence[str]) -> list[Match]:
        """The likeliest topics for each text."""
        index = self.index
        matches = self.matcher.match_many(texts)
        return [
            blend(match, index.labels, scores, self.weights)
            for match, scores in zip(matches, index.scores(texts), strict=True)
        ]

    def explain(self, text: str) -> dict[str, Any]:
        """The matcher's reasons, and the cosines of the nearest labels."""
        scores = self.index.scores([text])[0]
        nearest = {self.index.labels[at]: round(float(scores[at]), 3) for at in np.argsort(-scores)[:MOST]}
        return {**self.matcher.explain(text), "semantic": {"nearest": nearest, "weights": self.weights._asdict()}}


def with_semantics(
    matcher: Matcher, phrasings: Phrasings, embedder: Embedder, cache_dir: Path = CACHE
) -> SemanticMatcher:
    """The matcher with this model's embeddings, weighed once for these phrasings."""
    index = SemanticIndex(embedder, phrasings, cache_dir)
    return SemanticMatcher(matcher, index, weights_for(phrasings, embedder, cache_dir), cache_dir)


def weights_for(phrasings: Phrasings, embedder: Embedder, cache_dir: Path = CACHE) -> Weights:
    """The weights for these phrasings and this model: what the cache holds, else found now."""
    version = digest({label: tuple(texts) for label, texts in phrasings.items()})
    path = cache_dir / f"semantic-weights-{embedder.name}-{version}.json"
    if not path.exists():
        write_text(path, json.dumps(choose_weights(phrasings, embedder)._asdict()))
    return Weights(**json.loads(path.read_text(encoding="utf-8")))


def choose_weights(phrasings: Phrasings, embedder: Embedder) -> Weights:
    """Out of fold: learned and embedded without a fifth of the phrasings, weighed on that fifth."""
    kept = {label: [text for at, text in enumerate(texts) if at % EVERY] for label, texts in phrasings.items()}
    tried = [(text, label) for label, texts in phrasings.items() if len(texts) > 1 for text in texts[::EVERY]]
    tried = random.Random(0).sample(tried, min(TRIED, len(tried)))
    index = SemanticIndex(embedder, kept, None)
    matches = Matcher.train({label: texts for label, texts in kept.items() if texts}).match_many(
        [text for text, _ in tried]
    )
    scores = index.scores([text for text, _ in tried])
    topics = {topic: at for at, topic in enumerate(label for label in index.labels if not is_outside(label))}
    data = [_evidence(match, index.labels, row) for match, row in zip(matches, scores, strict=True)]
    return _fitted(np.array(data), np.array([topics.get(label, len(topics)) for _, label in tried]))


def _fitted(data: NDArray[np.float64], wanted: NDArray[np.int64]) -> Weights:
    """The two weights, neither below nothing, under which what was wanted is likeliest."""
    from scipy.optimize import minimize

    every = np.arange(len(wanted))

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = data @ weights
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        likely = powers / powers.sum(axis=1, keepdims=True)
        slope = np.einsum("tl,tle->e", likely, data) - data[every, wanted].sum(axis=0)
        cost = -np.log(likely[every, wanted] + 1e-12).mean() + STRENGTH * (weights @ weights)
        return float(cost), slope / len(wanted) + 2 * STRENGTH * weights

    found = minimize(loss, np.array([1.0, 1.0]), jac=True, method="L-BFGS-B", bounds=[(0, None), (0, None)]).x
    return Weights(round(float(found[0]), 4), round(float(found[1]), 4))
