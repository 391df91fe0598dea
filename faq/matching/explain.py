"""Why a text matches: what spoke for and against the likeliest topics, the nearest phrasings, the lexicon's tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from faq.matching.ranker import EVIDENCE
from faq.matching.words import tags_of
from faq.normalise import normalise

if TYPE_CHECKING:
    from faq.matching.matcher import Matcher

SHOWN = 8
TOPICS = 3


def explain(matcher: Matcher, text: str) -> dict[str, Any]:
    """The reasons, as data."""
    normal = normalise(text)
    match = matcher.match(text)
    return {
        "normalised": normal,
        "tags": [tag for _, tag in tags_of(normal)],
        "nearest": [near._asdict() for near in matcher.ranker.index.nearest(text)],
        "topics": {row.faq_id: _reasons(matcher, text, row.faq_id) for row in match.candidates[:TOPICS]},
    }


def _reasons(matcher: Matcher, text: str, label: str) -> dict[str, Any]:
    ranker = matcher.ranker
    evidence = ranker.evidence([text])[0, ranker.labels.index(label)]
    weighed = {
        name: round(float(value * weight), 3)
        for name, value, weight in zip(EVIDENCE, evidence, ranker.weights, strict=False)
    }
    return {"evidence": weighed, "features": _features(matcher, text, label)}


def _features(matcher: Matcher, text: str, label: str) -> dict[str, float]:
    linear = matcher.ranker.linear
    if label not in linear.labels:
        return {}
    columns, values = linear.features.row(text)
    pushes = np.array(values) * linear.weights[columns, linear.labels.index(label)]
    strongest = np.argsort(-np.abs(pushes))[:SHOWN]
    return {linear.features.names[columns[at]]: round(float(pushes[at]), 3) for at in strongest}
