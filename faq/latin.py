"""Latin letters that stand for Chinese words: pinyin, initials, and the English of a motor claim.

Pinyin is read by the likeliest words that spell it: what customers say (`lexicon/spoken.txt`, counted by
`faq.learning.spoken`), then what jieba's dictionary knows as frequent. English is read word by word from
`lexicon/english.yml`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import jieba

FREQUENT = 2000  # in jieba's dictionary
SPOKEN = 200.0  # what one occurrence in the phrasings counts against one in jieba's dictionary
LONGEST_WORD = 4
SHORTEST = 6  # letters; shorter runs are read only when the trade's table has them
LONGEST = 60
LEAST_SYLLABLES = 2
MOST_LETTERS = 6 * LONGEST_WORD


class Spelled(NamedTuple):
    """A word that some letters spell: how likely it is (a logarithm), and where its syllables end."""

    word: str
    likely: float
    ends: frozenset[int]


class Latin:
    """Reads runs of Latin letters."""

    def __init__(self, pinyin: Mapping[str, Any], english: Mapping[str, Any], spoken: Mapping[str, int]) -> None:
        from pypinyin import lazy_pinyin

        self._short = {**{"".join(lazy_pinyin(word)): word for word in pinyin["words"]}, **pinyin["initials"]}
        self._table = _table(spoken)
        self._english = {str(said): str(meant) for meant, many in english["words"].items() for said in many}
        self._nothing = frozenset(map(str, english["nothing"]))
        self._longest_phrase = max(said.count(" ") + 1 for said in self._english)

    def __call__(self, run: str) -> str:
        """The Chinese of a run of letters, blanks and apostrophes; what cannot be read stays."""
        letters = re.sub("[' ]", "", run)
        if found := self._short.get(letters):
            return found
        english, strange = self._from_english(run.split())
        if english and not strange:
            return english
        if SHORTEST <= len(letters) <= LONGEST and (sentence := self._sentence(re.split("[' ]", run))):
            return sentence
        return english or " ".join(self._short.get(piece, piece) for piece in run.split())

    def _from_english(self, pieces: list[str]) -> tuple[str, int]:
        """Word by word, and how many words are strange; nothing unless a word means something here."""
        read: list[str] = []
        understood = strange = at = 0
        while at < len(pieces):
            length, meant = self._phrase(pieces, at)
            if meant is not None:
                understood += len(pieces[at]) > 1
                read.append(meant)
            elif pieces[at] not in self._nothing:
                known = self._short.get(pieces[at])
                strange += known is None
                read.append(known or f" {pieces[at]} ")
            at += length
        return ("".join(read), strange) if understood else ("", strange)

    def _phrase(self, pieces: list[str], at: int) -> tuple[int, str | None]:
        for length in range(min(self._longest_phrase, len(pieces) - at), 0, -1):
            meant = self._english.get(" ".join(pieces[at : at + length]))
            if meant is not None:
                return length, meant
        return 1, None

    def _sentence(self, pieces: list[str]) -> str:
        """The likeliest words that together spell the letters; empty when there are none, or only one syllable."""
        letters = "".join(pieces)
        joints = set(_ends_of(pieces))
        best: dict[int, tuple[float, str, int]] = {0: (0.0, "", 0)}
        for end in range(1, len(letters) + 1):
            for start in range(max(0, end - MOST_LETTERS), end):
                if start not in best or (spelled := self._table.get(letters[start:end])) is None:
                    continue
                inside = {joint - start for joint in joints if start < joint < end}
                likely = best[start][0] + spelled.likely
                if inside <= spelled.ends and (end not in best or likely > best[end][0]):
                    best[end] = (likely, best[start][1] + spelled.word, best[start][2] + len(spelled.ends))
        _, sentence, syllables = best.get(len(letters), (0.0, "", 0))
        return sentence if syllables >= LEAST_SYLLABLES else ""


def _table(spoken: Mapping[str, int]) -> dict[str, Spelled]:
    """The likeliest word of each spelling."""
    from pypinyin import lazy_pinyin

    words = dict(_frequent())
    for word, times in spoken.items():
        words[word] = words.get(word, 0.0) + SPOKEN * times
    total = math.log(sum(words.values()))
    table: dict[str, Spelled] = {}
    for word, weight in words.items():
        syllables = lazy_pinyin(word)
        letters, likely = "".join(syllables), math.log(weight) - total
        if letters.isascii() and (letters not in table or table[letters].likely < likely):
            table[letters] = Spelled(word, likely, frozenset(_ends_of(syllables)))
    return table


def _ends_of(pieces: Iterable[str]) -> Iterator[int]:
    at = 0
    for piece in pieces:
        at += len(piece)
        yield at


def _frequent() -> Iterator[tuple[str, float]]:
    """jieba's frequent words, and how often it counted them."""
    with jieba.get_module_res("dict.txt") as handle:
        for line in handle.read().decode("utf-8").splitlines():
            word, times, *_ = line.split(" ")
            if len(word) <= LONGEST_WORD and int(times) >= FREQUENT:
                yield word, float(times)
