"""Text in the form in which it is compared, and the way back to the original.

Folding (source: wording.md D.4, steps 1-7) makes one character of its many
disguises: compatibility forms, hidden characters, traditional Chinese,
emoji, letters of either case, marks put between Chinese characters. The
original stays what is shown, so every folded character remembers its place.
The tables are data: `faq/text.yml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import opencc
import yaml

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KEPT_CONTROLS = "\n\t"
_DROPPED = {"Cf", "Cc", "Cs", "Co", "Cn", "Mn", "Me", "So", "Sk"}
_KEPT_SYMBOLS = "^`"  # category Sk, but they are typed as marks between characters
_OPEN, _CLOSE = r"\[\(\{<\u3010\u300a\u201c\u2018\"'", r"\]\)\}>\u3011\u300b\u201d\u2019\"'"
_MARKS = r" \t\u3000\u00b7\u2022.\-_*~^|/\\+#@&`=\u2014\u2013\u2500\u2501\u30fc\u2015\u2212"
_PAUSES = r"\u3001,\u3002.!;:\n "


@dataclass(frozen=True)
class Folded:
    """A folded text; character `i` stands for `original[starts[i]:ends[i]]`."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a (non-empty) place in the folded text."""
        return self.starts[start], self.ends[end - 1]


class _Characters(dict[str, str]):
    """One character to its folded form, worked out once for each."""

    def __init__(self, given: dict[str, str]) -> None:
        super().__init__(given)
        self._simplify = opencc.OpenCC("t2s").convert

    def __missing__(self, character: str) -> str:
        folded = self[character] = self._fold(character)
        return folded

    def _fold(self, character: str) -> str:
        plain = unicodedata.normalize("NFKD", character)
        kept = "".join(c for c in plain if _is_kept(c))
        whole = unicodedata.normalize("NFC", kept)
        simple = self._simplify(whole.lower()) if whole else ""
        return "".join(self.get(c, c) for c in simple)


def _is_kept(character: str) -> bool:
    if character in _KEPT_CONTROLS or character in _KEPT_SYMBOLS:
        return True
    return unicodedata.category(character) not in _DROPPED


@lru_cache(maxsize=1)
def _characters() -> _Characters:
    path = Path(__file__).with_name("text.yml")
    return _Characters(yaml.safe_load(path.read_text("utf-8"))["characters"])


def fold_characters(text: str) -> Folded:
    """Steps 1-4 and 6-7 of D.4: every character by itself, none joined."""
    pieces = list(map(_characters().__getitem__, text))
    folded = "".join(pieces)
    if len(folded) == len(text) and "" not in pieces:
        return Folded(folded, range(len(text)), range(1, len(text) + 1))
    starts = [i for i, piece in enumerate(pieces) for _ in piece]
    return Folded(folded, starts, [i + 1 for i in starts])


@lru_cache(maxsize=1)
def _joints() -> re.Pattern[str]:
    """What is deleted: marks inside words, brackets round a single character."""
    han = f"[{HAN}]"
    return re.compile(
        "|".join(
            (
                f"(?<={han})[{_MARKS}]{{1,4}}(?={han})",
                f"(?<={han})[ \\t]{{1,2}}(?=[0-9a-z%])",
                f"(?<=[0-9a-z%])[ \\t]{{1,2}}(?={han})",
                f"(?<={han})[(][^\\w{_PAUSES}]{{1,8}}[)](?={han})",
                f"[{_OPEN}](?={han}[{_CLOSE}])",
                f"(?<=[{_OPEN}]{han})[{_CLOSE}]",
                f"\u3010(?={han}{{2}}\u3011)",
                f"(?<=\u3010{han}{{2}})\u3011",
                r"(?<=\d),(?=\d{3}(?!\d))",
                r"(?<=\d) +(?=%)",
            )
        )
    )


@lru_cache(maxsize=1)
def _joint_signs() -> re.Pattern[str]:
    """Quick to look for: without one of these there is no joint."""
    return re.compile(f"[{_MARKS}{_OPEN}]|\\d,\\d")


@lru_cache(maxsize=1)
def _spelled_sign() -> re.Pattern[str]:
    """Quick to look for: a single character between two that are not Chinese."""
    return re.compile(f"(?:^|[^{HAN}])[{HAN}][{_PAUSES}]")


@lru_cache(maxsize=1)
def _spelled() -> re.Pattern[str]:
    """Single characters with a pause after each, as when a word is spelled out."""
    han, pause = f"[{HAN}]", f"[{_PAUSES}]"
    three = f"(?<!{han}){han}(?:{pause}{{1,2}}{han}(?!{han})){{2,}}"
    two = f"(?<!{han}){han}\u3001{han}(?!{han})"
    return re.compile(f"{three}|{two}")


def edit(folded: Folded, edits: Iterable[tuple[int, int, str]]) -> Folded:
    """Put `new` at each `(start, end, new)`; places of the original are kept."""
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for start, end, new in (*edits, (len(folded.text), len(folded.text), "")):
        text += (folded.text[at:start], new)
        starts += folded.starts[at:start]
        ends += folded.ends[at:start]
        if new:
            first, last = folded.span(start, end)
            starts += [first] * len(new)
            ends += [last] * len(new)
        at = end
    return Folded("".join(text), starts, ends)


def _join_spelled(folded: Folded) -> Folded:
    if not _spelled_sign().search(folded.text):
        return folded
    pauses = re.compile(f"[{_PAUSES}]+")
    found = [
        (m.start() + p.start(), m.start() + p.end(), "")
        for m in _spelled().finditer(folded.text)
        for p in pauses.finditer(m[0])
    ]
    return edit(folded, found) if found else folded


def join_characters(folded: Folded) -> Folded:
    """Step 5 of D.4: take out what stands between the characters of a word.

    Full stops and commas stay, so that two clauses never become one.
    """
    for _ in range(3 if _joint_signs().search(folded.text) else 0):
        found = [(m.start(), m.end(), "") for m in _joints().finditer(folded.text)]
        if not found:
            break
        folded = edit(folded, found)
    return _join_spelled(folded)


def fold(text: str) -> Folded:
    """The text as it is compared, with the way back."""
    return join_characters(fold_characters(text))


def plain(text: str) -> str:
    """The text as it is compared, alone."""
    return fold(text).text
