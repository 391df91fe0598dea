"""Which patterns are worth running on which sentence of a text.

One automaton walks over the text once and finds the factors of all patterns.
A pattern is a candidate in a sentence that holds a string of each of its
factors. No pattern of ours matches across the end of a sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import ahocorasick

from faq.review.factors import Factor, factors

Candidate = tuple[int, int, int]  # number of the pattern, start and end of the sentence
_MOST_FACTORS = 3


@dataclass
class _Word:
    """What a string of the automaton stands for."""

    length: int
    ends_sentence: bool = False
    bits: int = 0
    patterns: set[int] = field(default_factory=set)
    marks: list[int] = field(default_factory=list)


class Gate:
    """Patterns and words, and the automaton that finds where they may be."""

    def __init__(
        self,
        patterns: Sequence[re.Pattern[str]],
        words: Iterable[tuple[str, int]],
        ends: str,
        sample: Iterable[str],
    ) -> None:
        """`words` come with marks that are reported; `sample` tells rare from common."""
        self._words: dict[str, _Word] = {}
        self._masks: list[int] = []
        self._bits: dict[Factor, int] = {}
        rarity = _Rarity(sample)
        for number, pattern in enumerate(patterns):
            self._admit(number, sorted(factors(pattern.pattern), key=rarity))
        for text, mark in words:
            self._word(text).marks.append(mark)
        for end in ends:
            self._word(end).ends_sentence = True
        self._automaton = self._build()

    def walk(self, text: str) -> tuple[list[tuple[int, int, int]], list[Candidate]]:
        """The words found, as (mark, start, end), and the candidates."""
        marked: list[tuple[int, int, int]] = []
        candidates: list[Candidate] = []
        seen, numbers, start = 0, set[int](), 0
        for last, word in self._automaton.iter(text):
            seen |= word.bits
            numbers |= word.patterns
            for mark in word.marks:
                marked.append((mark, last + 1 - word.length, last + 1))
            if word.ends_sentence:
                candidates += self._admitted(numbers, seen, start, last + 1)
                seen, numbers, start = 0, set(), last + 1
        candidates += self._admitted(numbers, seen, start, len(text))
        return marked, candidates

    def _admitted(self, numbers: set[int], seen: int, start: int, end: int) -> Iterator[Candidate]:
        for number in sorted(numbers):
            mask = self._masks[number]
            if seen & mask == mask:
                yield number, start, end

    def _admit(self, number: int, found: list[Factor]) -> None:
        mask = 0
        for factor in found[:_MOST_FACTORS]:
            mask |= self._bit(factor)
        self._masks.append(mask)
        for text in found[0]:
            self._word(text).patterns.add(number)

    def _bit(self, factor: Factor) -> int:
        if factor not in self._bits:
            self._bits[factor] = 1 << len(self._bits)
            for text in factor:
                self._word(text).bits |= self._bits[factor]
        return self._bits[factor]

    def _word(self, text: str) -> _Word:
        return self._words.setdefault(text, _Word(len(text)))

    def _build(self) -> ahocorasick.Automaton:
        automaton = ahocorasick.Automaton()
        for text, word in self._words.items():
            automaton.add_word(text, word)
        automaton.make_automaton()
        return automaton


class _Rarity:
    """How often one of a factor's strings is seen in ordinary text."""

    def __init__(self, sample: Iterable[str]) -> None:
        self._text = "\n".join(sample)
        self._counts = Counter[str]()

    def __call__(self, factor: Factor) -> int:
        return sum(self._count(text) for text in factor)

    def _count(self, text: str) -> int:
        if text not in self._counts:
            self._counts[text] = self._text.count(text)
        return self._counts[text]
