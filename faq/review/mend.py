"""Puts the compliant sentence in place of what may not be said.

The replacement is deterministic and works on the original text, so what was
fine stays exactly as it was written. Whole clauses (or the rest of a
sentence) are replaced, never words, so that the result reads as Chinese.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from faq.review.rules import Level
from faq.review.scan import Finding


@dataclass(frozen=True)
class _Patch:
    """A place of the original and the sentence that goes there."""

    start: int
    end: int
    text: str


class Mender:
    """Cuts a text into clauses and replaces those with hits."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._clause = re.compile(f"[{settings.get('clause_ends', '')}]")
        self._sentence = re.compile(f"[{settings.get('sentence_ends', '')}]")
        self._kept = re.compile("|".join(settings.get("connectives", ())) or r"(?!)")
        self._question = settings.get("question_marks", "")
        self._stop = settings.get("full_stop", "")

    def mend(self, text: str, found: list[Finding]) -> str:
        """The text with the replacement of each finding."""
        patches = _merged([self._patch(text, finding) for finding in found])
        for patch in reversed(patches):
            text = text[: patch.start] + patch.text + self._rest(text, patch.end)
        return text

    def _patch(self, text: str, finding: Finding) -> _Patch:
        ends = self._sentence if finding.rule.level is Level.NEED_CITE else self._clause
        start = _after_last(self._clause, text, finding.span[0])
        end = _next(ends, text, finding.span[1])
        start += len(text[start:end]) - len(text[start:end].lstrip())
        kept = self._kept.match(text, start, finding.span[0])
        return _Patch(kept.end() if kept else start, end, finding.rule.replace)

    def _rest(self, text: str, end: int) -> str:
        """What follows; a question mark there belonged to what was replaced."""
        rest = text[end:]
        stripped = rest.lstrip(self._question)
        return rest if stripped == rest else self._stop + stripped


def _after_last(ends: re.Pattern[str], text: str, before: int) -> int:
    return max((m.end() for m in ends.finditer(text, 0, before)), default=0)


def _next(ends: re.Pattern[str], text: str, after: int) -> int:
    match = ends.search(text, after)
    return match.start() if match else len(text)


def _merged(patches: list[_Patch]) -> list[_Patch]:
    """Patches that touch, or that say the same one clause apart, become one."""
    merged: list[_Patch] = []
    for patch in sorted(patches, key=lambda p: p.start):
        last = merged[-1] if merged else None
        if last and (patch.start <= last.end or _says_again(last, patch)):
            merged[-1] = _Patch(last.start, max(last.end, patch.end), last.text)
        else:
            merged.append(patch)
    return merged


def _says_again(last: _Patch, patch: _Patch) -> bool:
    return patch.text == last.text and patch.start - last.end <= 1
