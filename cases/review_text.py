"""A customer's question without the customer: numbers masked again, names, plates and addresses replaced by a word.

The review list is read by people who work on the wording, so nothing in it may lead back to whoever asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from cases.masking import mask

WORDS = Path(__file__).with_name("review_words.yml")
MOST = 300


@lru_cache(maxsize=1)
def _words() -> Any:
    return yaml.safe_load(WORDS.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _replaced() -> list[tuple[re.Pattern[str], str]]:
    surname = f"[{_words()['surnames']}]"
    return [(re.compile(row["find"].replace("SURNAME", surname)), row["say"]) for row in _words()["replaced"]]


def without_person(text: str, names: Iterable[str] = ()) -> str:
    """The text as an editor may read it. `names` are known to belong to the customer."""
    said = mask(unicodedata.normalize("NFKC", text)).text
    for name in filter(None, names):
        said = said.replace(name, _words()["person"])
    for pattern, word in _replaced():
        said = pattern.sub(word, said)
    return " ".join(said.split())[:MOST]
