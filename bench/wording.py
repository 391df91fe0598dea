"""How long a review of a 200-character text takes."""

from __future__ import annotations

import timeit
from typing import Any

from faq.knowledge import load_knowledge
from faq.review import load_reviewer

LENGTH = 200
ROUNDS = 5


def measure() -> list[dict[str, Any]]:
    """Milliseconds a text, over the stored answers cut and joined to that length, with all quotes known."""
    base, reviewer = load_knowledge(), load_reviewer()
    joined = "".join(part for entry in base.entries.values() for part in entry.parts)
    texts = [joined[start : start + LENGTH] for start in range(0, len(joined) - LENGTH, LENGTH)]
    quotes = base.quotes()
    reviewer.review(texts[0], quotes=quotes)

    def run() -> None:
        for text in texts:
            reviewer.review(text, quotes=quotes)

    best = min(timeit.repeat(run, number=1, repeat=ROUNDS)) / len(texts)
    return [{"texts": len(texts), "characters": LENGTH, "ms_each": round(best * 1000, 4)}]
