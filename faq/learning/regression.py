"""What a change of the phrasings does to every topic: learned with and without it, tried on held-out questions.

Held out is a fifth of each topic's phrasings, always the same ones, and the question sets of `bench/` if any. It passes
when no topic loses more than one of its questions. The evidence is weighed once, without the change: weighing it
anew moves a question or two of any topic by chance.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from faq.learning.proposals import write_text
from faq.matching import Matcher
from faq.matching.index import PhrasingIndex
from faq.matching.linear import LinearRanker
from faq.matching.ranker import Ranker
from faq.normalise import normalise
from faq.phrasings import FOLDER, digest, is_outside

QUESTIONS = tuple(
    FOLDER.parent / "bench" / name for name in ("questions.tsv", "stories.tsv", "titles.tsv", "public.tsv")
)
CACHE = FOLDER.parent / "var" / "cache"
EVERY = 5
MAY_FALL = 1
Phrasings = Mapping[str, Sequence[str]]


class Question(NamedTuple):
    """A question, the topics that are right, and the one that it counts for."""

    text: str
    topic: str
    right: frozenset[str]


class Fall(NamedTuple):
    """A topic that answers fewer of its questions than before."""

    topic: str
    before: int
    after: int
    of: int
    lost: tuple[str, ...] = ()


def held_out(phrasings: Phrasings) -> tuple[dict[str, tuple[str, ...]], list[Question]]:
    """What is learned from, and the questions; the same text is always on the same side."""
    kept: dict[str, tuple[str, ...]] = {}
    questions: list[Question] = []
    for label, texts in phrasings.items():
        tried = [] if is_outside(label) else [text for text in texts[1:] if _is_tried(text)]
        kept[label] = tuple(text for text in texts if text not in set(tried))
        questions += [Question(text, label, frozenset([label])) for text in tried]
    return kept, questions


def _is_tried(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % EVERY == 0


def read_questions(*paths: Path) -> list[Question]:
    """The questions about topics in these files (`QUESTIONS` unless told), as far as they are there."""
    rows: list[dict[str, str]] = []
    for path in filter(Path.exists, paths or QUESTIONS):
        with path.open(encoding="utf-8") as handle:
            rows += csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
    found = []
    for row in rows:
        right = {row["primary"], *(row.get("accept") or "").split(",")} - {""}
        if row["set"] == "in" and "." in row["primary"]:
            found.append(Question(row["text"], row["primary"], frozenset(right)))
    return found


def falls(
    before: Phrasings, added: Phrasings, questions: Sequence[Question] = (), cache: Path | None = None
) -> list[Fall]:
    """The topics that would lose more than they may by adding these phrasings."""
    kept, tried = held_out(before)
    asked = [*tried, *questions]
    known = {normalise(one.text) for one in asked}
    new = {label: [text for text in texts if normalise(text) not in known] for label, texts in added.items()}
    after = {label: (*kept.get(label, ()), *new.get(label, ())) for label in {**kept, **new}}
    first, weights = _kept_result(kept, asked, cache) if cache else _result(kept, asked)
    return fallen(asked, first, answered(relearned(after, weights), asked))


def fallen(asked: Sequence[Question], first: Sequence[bool], second: Sequence[bool]) -> list[Fall]:
    """The topics with fewer right answers the second time, by more than chance."""
    found = []
    for topic in sorted({one.topic for one in asked}):
        at = [number for number, one in enumerate(asked) if one.topic == topic]
        before, after = sum(first[number] for number in at), sum(second[number] for number in at)
        lost = tuple(asked[number].text for number in at if first[number] and not second[number])
        if after < before - MAY_FALL:
            found.append(Fall(topic, before, after, len(at), lost))
    return found


def relearned(phrasings: Phrasings, weights: Sequence[float]) -> Matcher:
    """A matcher of these phrasings whose evidence is weighed as before."""
    texts = [text for label in phrasings for text in phrasings[label]]
    labels = [label for label in phrasings for _ in phrasings[label]]
    return Matcher(Ranker(LinearRanker.train(texts, labels), PhrasingIndex(texts, labels), np.array(weights)))


def answered(matcher: Matcher, asked: Sequence[Question]) -> list[bool]:
    """Whether each question is answered with a right topic."""
    matches = matcher.match_many([one.text for one in asked])
    return [match.faq_id in one.right for one, match in zip(asked, matches, strict=True)]


def _result(phrasings: Phrasings, asked: Sequence[Question]) -> tuple[list[bool], list[float]]:
    """Learned and weighed without the change: what is answered right, and the weights."""
    matcher = Matcher.train(phrasings)
    return answered(matcher, asked), [float(weight) for weight in matcher.ranker.weights]


def _kept_result(phrasings: Phrasings, asked: Sequence[Question], cache: Path) -> tuple[list[bool], list[float]]:
    """The result without the change, learned once for several proposals in a row."""
    texts = {**phrasings, "asked": [f"{one.text} {' '.join(sorted(one.right))}" for one in asked], "code": _code()}
    path = cache / f"regression-{digest({label: tuple(rows) for label, rows in texts.items()})}.json"
    if not path.exists():
        for old in cache.glob("regression-*.json"):
            old.unlink(missing_ok=True)
        write_text(path, json.dumps(_result(phrasings, asked)))
    right, weights = json.loads(path.read_text(encoding="utf-8"))
    return right, weights


def _code() -> list[str]:
    """What learning and understanding are made of: a change of it needs a new result."""
    places = [*(FOLDER / "matching").glob("*.py"), *(FOLDER / "lexicon").rglob("*.*"), FOLDER / "normalise.py"]
    return [place.read_text(encoding="utf-8") for place in sorted(places)]
