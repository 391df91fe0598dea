"""Texts of citations: what stands in one word for word is exempt (D.1, 2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from faq.text import plain

CITATIONS = Path(__file__).parent.parent / "citations.yml"
_LEAST = 8  # characters: fewer than this are common words, not a quotation


class Quotes:
    """The quotes, folded as the reviewed texts are."""

    def __init__(self, quotes: tuple[str, ...]) -> None:
        self._text = "\0".join(plain(quote) for quote in quotes)

    def hold(self, text: str, span: tuple[int, int]) -> bool:
        """Whether the place and enough around it stand in a quote word for word."""
        start, end = span
        width = max(_LEAST, end - start)
        first = max(0, end - width)
        windows = (text[at : at + width] for at in range(first, start + 1))
        return any(len(w) == width and w in self._text for w in windows)


def read_quotes(path: Path = CITATIONS) -> tuple[str, ...]:
    """Every `quote` of the citations; none while the file is not there."""
    if not path.exists():
        return ()
    return tuple(_quotes_in(yaml.safe_load(path.read_text("utf-8"))))


def _quotes_in(node: Any) -> Iterator[str]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and isinstance(node.get("quote"), str):
        yield node["quote"]
    for child in children:
        yield from _quotes_in(child)
