"""Speed of matching at 100, 10 000 and 100 000 phrasings, beside rapidfuzz and bm25s over the same texts.

python -m bench.matching          prints a table; `rows()` gives the figures to `make bench`
"""

from __future__ import annotations

import random
import resource
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

from faq.matching import load_matcher
from faq.matching.index import PhrasingIndex
from faq.normalise import normalise
from faq.phrasings import load_phrasings

SIZES = (100, 10_000, 100_000)
QUESTIONS = 200
LINE = (
    "{phrasings:>7}  {matcher:<28} build {build_s:>6} s  p50 {p50_ms:>7} ms  p95 {p95_ms:>7} ms  {bytes_a_phrasing} B"
)
SLOW = 30  # questions for what compares with every phrasing
Row = dict[str, Any]


def texts_of_size(size: int) -> list[str]:
    """That many different texts: the phrasings themselves, then pairs of them run together."""
    pick = random.Random(1)
    every = [text for texts in load_phrasings().values() for text in texts]
    pick.shuffle(every)
    made = list(dict.fromkeys(every))[:size]
    while len(made) < size:
        made += [
            f"{a[:12]}{b[-14:]}" for a, b in zip(pick.choices(every, k=1000), pick.choices(every, k=1000), strict=False)
        ]
        made = list(dict.fromkeys(made))
    return made[:size]


def timed(call: Callable[[str], Any], questions: Iterable[str]) -> tuple[float, float]:
    """Median and 95th percentile of one call, in milliseconds."""
    took = []
    for question in questions:
        start = time.perf_counter()
        call(question)
        took.append((time.perf_counter() - start) * 1000)
    return statistics.median(took), sorted(took)[int(len(took) * 0.95)]


def memory() -> float:
    """Megabytes that the process holds."""
    with open("/proc/self/statm", encoding="ascii") as handle:
        return int(handle.read().split()[1]) * resource.getpagesize() / 1e6


def rows() -> list[Row]:
    """One row a size and matcher."""
    matcher = load_matcher()
    questions = [f"{text}{number}" for number, text in enumerate(texts_of_size(QUESTIONS * 5)[::5])]
    found: list[Row] = []
    for size in SIZES:
        texts = texts_of_size(size)
        for text in [*texts, *questions]:
            normalise(text)
        found += [_ours(matcher, texts, questions), _rapidfuzz(texts, questions[:SLOW]), _bm25s(texts, questions)]
    return found


def _row(name: str, size: int, build: float, times: tuple[float, float], held: float | None = None) -> Row:
    per_phrasing = None if held is None else round(held * 1e6 / size)
    return {
        "matcher": name,
        "phrasings": size,
        "build_s": round(build, 2),
        "p50_ms": round(times[0], 3),
        "p95_ms": round(times[1], 3),
        "bytes_a_phrasing": per_phrasing,
    }


def _ours(matcher: Any, texts: list[str], questions: list[str]) -> Row:
    labels = [matcher.ranker.linear.labels[at % len(matcher.ranker.linear.labels)] for at in range(len(texts))]
    before, start = memory(), time.perf_counter()
    index = PhrasingIndex(texts, labels)
    build, held = time.perf_counter() - start, max(memory() - before, 0.0)
    matcher.ranker.use(index)
    return _row("faq.matching (whole match)", len(texts), build, timed(matcher.match, questions), held)


def _rapidfuzz(texts: list[str], questions: list[str]) -> Row:
    from rapidfuzz import process

    return _row(
        "rapidfuzz.process.extractOne", len(texts), 0.0, timed(lambda text: process.extractOne(text, texts), questions)
    )


def _bm25s(texts: list[str], questions: list[str]) -> Row:
    import bm25s

    def cut(text: str) -> list[str]:
        return [text[at : at + 2] for at in range(len(text) - 1)] or [text]

    start = time.perf_counter()
    retriever = bm25s.BM25()
    retriever.index([cut(text) for text in texts], show_progress=False)
    build = time.perf_counter() - start
    many = min(10, len(texts))
    times = timed(lambda text: retriever.retrieve([cut(text)], k=many, show_progress=False), questions)
    return _row("bm25s", len(texts), build, times)


def main() -> None:
    """Print the table."""
    for row in rows():
        print(LINE.format(**row))


if __name__ == "__main__":
    main()
