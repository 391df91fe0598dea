"""A choice that is typed instead of tapped: its label, or its place in the list (“第二个”, “选2”)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

_PLACES = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_ORDINAL = re.compile(
    r"(?:我?(?:要|选择?|查|看))?第?([1-9一二两三四五六七八九])(?:个|条|项|件|张|号|种)?(?:吧|案件|案子)?"
)
_NUMBERED = re.compile(r"(?:回复|选择?)?([1-9])")


def picked(text: str, choices: Sequence[Mapping[str, str]]) -> str | None:
    """The id of the choice that a text names; None when it names none."""
    plain = _plain(text)
    for choice in choices:
        if plain == _plain(choice["label"]):
            return choice["id"]
    match = _ORDINAL.fullmatch(plain) if plain.startswith("第") or len(plain) > 1 else _NUMBERED.fullmatch(plain)
    if match is None:
        return None
    place = _PLACES.get(match.group(1)) or int(match.group(1))
    return choices[place - 1]["id"] if place <= len(choices) else None


def _plain(text: str) -> str:
    return re.sub(r"[\s，。,.!！?？]", "", unicodedata.normalize("NFKC", text)).lower()
