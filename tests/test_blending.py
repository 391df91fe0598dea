"""The optional semantic ranker beside the matcher: what its scores change, and how much they count."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faq.blending import Weights, blend, choose_weights, weights_for, with_semantics
from faq.matching import Candidate, Match, Matcher
from faq.semantic import SemanticIndex
from tests.letters import PHRASINGS, Letters

LABELS = ["time.payment", "coverage.glass", "service.human", "near.life"]
MATCH = Match("x", "time.payment", 0.5, (Candidate("time.payment", 0.5), Candidate("coverage.glass", 0.3)), 0.2)


def test_no_weight_leaves_the_order_as_it_is() -> None:
    """(1, 0) is the matcher alone."""
    same = blend(MATCH, LABELS, np.array([0.1, 0.9, 0.9, 0.9]), Weights(1.0, 0.0))
    assert (same.faq_id, same.score, same.outside) == (
        "time.payment",
        pytest.approx(0.5, abs=1e-3),
        pytest.approx(0.2, abs=1e-3),
    )


def test_the_embeddings_shift_the_probabilities() -> None:
    """To another candidate, to a topic that was none, or out of our topics; they add up to one."""
    for scores, expected in (
        ([0.2, 0.9, 0.1, 0.1], "coverage.glass"),
        ([0.1, 0.1, 0.9, 0.0], "service.human"),
        ([0.1, 0.1, 0.1, 0.9], None),
    ):
        shifted = blend(MATCH, LABELS, np.array(scores), Weights(1.0, 15.0))
        assert shifted.faq_id == expected
        assert sum(row.score for row in shifted.candidates) + shifted.outside == pytest.approx(1, abs=1e-3)


def test_an_empty_text_is_answered_with_nothing() -> None:
    """As without embeddings."""
    assert blend(Match("", None, 0.0, (), 1.0), LABELS, np.ones(4) * 0.5, Weights(1, 5)).faq_id is None


def test_the_weights_are_chosen_on_what_was_held_out(tmp_path: Path) -> None:
    """Never below nothing; kept for the same phrasings and model."""
    weights = choose_weights(PHRASINGS, Letters())
    assert weights.match >= 0
    assert weights.semantic > 0
    again = Letters()
    assert weights_for(PHRASINGS, Letters(), tmp_path) == weights_for(PHRASINGS, again, tmp_path) == weights
    assert again.asked == []


def test_useless_embeddings_get_hardly_any_weight() -> None:
    """The same vector for every text tells nothing."""

    class Same(Letters):
        def embed(self, texts: Sequence[str]) -> Any:
            return np.ones((len(texts), 1), dtype=np.float32)

    label_scores = SemanticIndex(Same(), PHRASINGS, None).scores(["玻璃裂了"])[0]
    matcher = Matcher.train(PHRASINGS)
    plain = matcher.match("玻璃裂了")
    weights = choose_weights(PHRASINGS, Same())
    assert blend(plain, list(PHRASINGS), label_scores, Weights(1.0, weights.semantic)).faq_id == plain.faq_id


def test_the_wrapper_is_used_like_a_matcher(tmp_path: Path) -> None:
    """Match, explain, changed phrasings at once."""
    matcher = with_semantics(Matcher.train(PHRASINGS), PHRASINGS, Letters(), tmp_path)
    assert matcher.match_many([]) == []
    assert matcher.match("玻璃碎了赔吗").faq_id == "coverage.glass"
    assert json.dumps(matcher.explain("玻璃碎了赔吗")["semantic"])
    assert matcher.ranker is matcher.matcher.ranker
    matcher.use({**PHRASINGS, "time.legal": ["法律规定的期限是哪天"]})
    assert matcher.match("法律规定的期限是哪天").faq_id == "time.legal"
