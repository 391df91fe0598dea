"""One message, several questions: where to cut. The words are `clauses.yml`."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from faq.knowledge import read_yaml
from faq.text import plain


@lru_cache(maxsize=1)
def _lexicon() -> tuple[re.Pattern[str], int, int]:
    lexicon: dict[str, Any] = read_yaml(Path(__file__).with_name("clauses.yml"))
    return re.compile(lexicon["breaks"]), lexicon["shortest"], lexicon["most"]


def clauses_of(text: str) -> list[str]:
    """The parts of a message when it has several that could be questions; none when it is one."""
    breaks, shortest, most = _lexicon()
    parts = [part.strip(" ,，") for part in breaks.split(plain(text)) if part]
    long = [part for part in parts if len(part) >= shortest]
    return long[:most] if len(long) > 1 else []
