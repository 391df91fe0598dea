"""What is counted in a text: characters in a row, words, and tags of the concept lexicon."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import jieba

from faq.normalise import LEXICON, normalise, normalise_lightly, read_lexicon

LONGEST_GRAM = 4
REQUESTS = "requests"


class Concepts(NamedTuple):
    """The concept lexicon: its tags as (family, tag); the tags that a plain word stands for, by number, and how long
    the longest word is; the other expressions of a tag; families that are paired; tags whose absence counts.
    """

    tags: list[tuple[str, str]]
    plain: dict[str, list[int]]
    longest: int
    shaped: list[tuple[int, re.Pattern[str]]]
    pairs: frozenset[tuple[str, str]]
    missed: tuple[str, ...]

    def spoken_of(self, normal: str) -> set[int]:
        """The tags of a text, by number."""
        found = {number for number, expression in self.shaped if expression.search(normal)}
        for start in range(len(normal)):
            for end in range(start + 1, min(start + self.longest, len(normal)) + 1):
                found.update(self.plain.get(normal[start:end], ()))
        return found


@lru_cache(maxsize=1)
def cutter() -> jieba.Tokenizer:
    """jieba with the trade's words, apart from the process's own."""
    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    for path in sorted((LEXICON / "jieba").iterdir()):
        tokenizer.load_userdict(str(path))
    return tokenizer


@lru_cache(maxsize=1)
def _concepts() -> Concepts:
    lexicon = read_lexicon("concepts.yml")
    tags: list[tuple[str, str]] = []
    plain: dict[str, list[int]] = {}
    shaped: list[tuple[int, re.Pattern[str]]] = []
    for path in sorted((LEXICON / "concepts").glob("*.yml")):
        for tag, expressions in read_lexicon(f"concepts/{path.name}").items():
            for expression in filter(str.isalnum, map(str, expressions)):
                plain.setdefault(expression, []).append(len(tags))
            if others := [str(one) for one in expressions if not str(one).isalnum()]:
                shaped.append((len(tags), re.compile("|".join(others))))
            tags.append((path.stem.split("_")[0], tag))
    pairs = {pair for a, b in lexicon["pairs"] for pair in ((a, b), (b, a))}
    return Concepts(tags, plain, max(map(len, plain)), shaped, frozenset(pairs), tuple(lexicon["missed"]))


@lru_cache(maxsize=65536)
def tags_of(normal: str) -> tuple[tuple[str, str], ...]:
    """The (family, tag) that a normalised text speaks of."""
    concepts = _concepts()
    found = [concepts.tags[number] for number in sorted(concepts.spoken_of(normal))]
    names = {tag for _, tag in found}
    return tuple(found + [("domain", f"no_{tag}") for tag in concepts.missed if tag not in names])


def grams(normal: str, longest: int = LONGEST_GRAM) -> Iterator[str]:
    """Characters in a row, one to `longest`, with the edges of the text marked."""
    edged = f"^{normal.replace(' ', '')}$"
    for size in range(1, longest + 1):
        for start in range(len(edged) - size + 1):
            yield edged[start : start + size]


def words(normal: str) -> Iterator[str]:
    """Words and pairs of neighbouring words."""
    cut = [word for word in cutter().cut(normal, HMM=False) if word.strip()]
    yield from cut
    yield from (f"{a} {b}" for a, b in itertools.pairwise(cut))


def tags(normal: str, requests: bool = False) -> Iterator[str]:
    """Tags and pairs of tags; what a customer wants done only where that is asked."""
    found = [(family, tag) for family, tag in tags_of(normal) if requests or family != REQUESTS]
    allowed = _concepts().pairs
    yield from (tag for _, tag in found)
    for (family_a, a), (family_b, b) in itertools.combinations(found, 2):
        if (family_a, family_b) in allowed:
            yield f"{a}+{b}"


def counted(text: str, lightly: bool = False) -> tuple[list[str], list[str], list[str]]:
    """The three kinds of features of a text as it was typed."""
    normal = normalise_lightly(text) if lightly else normalise(text)
    return list(grams(normal)), list(words(normal)), list(tags(normal, requests=lightly))
