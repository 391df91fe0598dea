"""An utterance as it is understood: one spelling for its many disguises. What is shown and stored never changes.

Folding (faq/text.py) makes full width, traditional and hidden characters plain. Then links and noise go, pinyin and
English become words (faq/latin.py), mistypings, dialect and the many names of one thing become the usual one. The
tables are `lexicon/normalise.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from faq.latin import Latin
from faq.text import plain

LEXICON = Path(__file__).with_name("lexicon")
LONGEST = 500
_LINK = re.compile(r"(?:https?://|www\.)[^\s\u4e00-\u9fff]+|\[[^\[\]]{1,6}x\]")
_REPEATED = re.compile(r"([^\d\W])\1{2,}")
_MARKS = re.compile(r"[!?。？！~,，、;；:：…\.\s]+")
_LATIN = re.compile(r"[a-z]+(?:[' ][a-z]+)*")
_CODE = re.compile(r"[a-z0-9]_[a-z0-9]|(?:^|\s)/[a-z]|[{}<>\\=]")
_STARS = re.compile(r"[\u4e00-\u9fff][*＊]+")  # a place or name that was made unreadable
PLACE = "某地"
_EMOJI = re.compile("([\u2605\u2b50\U0001f300-\U0001faff])\\1*")
HAN = re.compile(r"[\u4e00-\u9fff]")


def read_lexicon(name: str) -> Any:
    """A file of the lexicon."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((LEXICON / name).read_text(encoding="utf-8"), Loader=loader)


Step = Callable[[str], str]


class Rewriter:
    """Rewrites each occurrence of a key, longest first, in one pass."""

    def __init__(self, table: dict[str, str]) -> None:
        self._table = table
        keys = sorted(table, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, keys)))

    def __call__(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._table[found[0]], text)


class Normaliser:
    """The rewriting steps, made once from the lexicon."""

    def __init__(self) -> None:
        tables = read_lexicon("normalise.yml")
        self._latin = Latin(tables["pinyin"], read_lexicon("english.yml"), _spoken())
        words = {**_inverted(tables["typos"]), **_inverted(tables["synonyms"])}
        kept = {word: word for group in (tables["typos"], tables["synonyms"]) for word in group if len(word) > 1}
        self._words = Rewriter({**kept, **words})
        self._filler = Rewriter(dict.fromkeys(tables["filler"], ""))
        self._insurer = _insurer_pattern(tables["insurers"])
        self._canon = [(re.compile(str(said)), str(meant)) for said, meant in tables["canon"]]
        self._place = re.compile("|".join(sorted(map(re.escape, tables["places"]), key=len, reverse=True)))
        self._emoji = Rewriter({row: word for word, rows in tables["emoji"].items() for row in rows})
        self._light: list[Step] = [self._from_emoji, plain, self._without_noise, self._from_latin, self._words]
        self._steps: list[Step] = [*self._light, self._without_insurer, self._words, self._filler, self._in_short]

    def lightly(self, text: str) -> str:
        """One spelling, with everything that was said left in."""
        whole = text[:LONGEST]
        for step in self._light:
            whole = step(whole)
        return _MARKS.sub(" ", whole).strip()

    def __call__(self, text: str) -> str:
        whole = _STARS.sub(PLACE, text[:LONGEST])
        for step in self._steps:
            whole = step(whole)
        return _MARKS.sub(" ", whole).strip() or _MARKS.sub(" ", plain(text[:LONGEST])).strip()

    @staticmethod
    def _without_noise(text: str) -> str:
        text = _LINK.sub(" ", text)
        return _REPEATED.sub(r"\1", text)

    def _from_emoji(self, text: str) -> str:
        """Emoji as words, a row of the same one as one word; what is not in the table goes later."""
        return self._emoji(_EMOJI.sub(r"\1", text))

    def _from_latin(self, text: str) -> str:
        """Pinyin and English as words; commands and markup are nothing that a customer says."""
        if not _LATIN.search(text) or _CODE.search(text):
            return text
        return _LATIN.sub(lambda found: self._latin(found[0]), text)

    def _in_short(self, text: str) -> str:
        text = _MARKS.sub(" ", self._place.sub(PLACE, text)).strip()
        for said, meant in self._canon:
            text = said.sub(meant, text)
        return text

    def _without_insurer(self, text: str) -> str:
        return self._insurer.sub("", text)


def _inverted(groups: dict[str, list[str]]) -> dict[str, str]:
    return {str(variant): word for word, variants in groups.items() for variant in variants}


def _insurer_pattern(names: list[str]) -> re.Pattern[str]:
    each = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.compile(
        f"(?:{each})(?:保险|财险|财产保险|产险)?(?=公司|车险|保险公司|财险|的车险|车辆|划痕|商业|三者|交强|车损|玻璃)"
    )


def _spoken() -> dict[str, int]:
    path = LEXICON / "spoken.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    return {word: int(times) for word, times in (line.split(" ") for line in lines)}


@lru_cache(maxsize=1)
def _normaliser() -> Normaliser:
    return Normaliser()


@lru_cache(maxsize=65536)
def normalise(text: str) -> str:
    """The text as it is understood."""
    return _normaliser()(text)


@lru_cache(maxsize=65536)
def normalise_lightly(text: str) -> str:
    """One spelling, with greetings, thanks and every other word left in."""
    return _normaliser().lightly(text)
