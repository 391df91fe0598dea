"""The verdict on a text: it may pass, it is rewritten, or it is blocked."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from faq.review.mend import Mender
from faq.review.quotes import Quotes
from faq.review.rules import RULES, Level, Rule, load_rules
from faq.review.scan import Finding, Scanner


class Verdict(str, enum.Enum):
    """What may be done with a text (source: contract.md, `faq review`)."""

    PASS = "pass"
    REWRITE = "rewrite"
    BLOCK = "block"


@dataclass(frozen=True)
class Hit:
    """A place of the original text that breaks a rule."""

    rule: str
    span: tuple[int, int]
    found: str
    level: Level
    advice: str
    reason: str


@dataclass(frozen=True)
class Review:
    """The verdict, what may be sent instead, and why."""

    text: str
    verdict: Verdict
    out: str
    hits: tuple[Hit, ...]


class Reviewer:
    """The rule set, ready to review texts."""

    def __init__(self, folder: Path = RULES) -> None:
        self.rules = load_rules(folder)
        self.version = self.rules.version
        self._scanner = Scanner(self.rules)
        self._mender = Mender(self.rules.mend)

    def review(self, text: str, quotes: Iterable[str] = ()) -> Review:
        """Review one text; what stands word for word in a quote is exempt."""
        quotes = tuple(quotes)
        found = self._found(text, quotes)
        hits = tuple(_hit(text, finding) for finding in found)
        verdict = _verdict(hits)
        return Review(text, verdict, self._out(text, verdict, found, quotes), hits)

    def _found(self, text: str, quotes: tuple[str, ...]) -> list[Finding]:
        folded = self._scanner.fold(text)
        found = self._scanner.find(text, folded)
        if not found or not quotes:
            return found
        quoted = _quotes(quotes)
        return [f for f in found if f.rule.raw or not quoted.hold(folded.text, f.folded_span)]

    def _out(self, text: str, verdict: Verdict, found: list[Finding], quotes: tuple[str, ...]) -> str:
        if verdict is Verdict.PASS:
            return text
        if verdict is Verdict.BLOCK:
            return next(f.rule.safe for f in found if _hit(text, f).level is Level.BLOCK)
        return self._mended(text, found, quotes)

    def _mended(self, text: str, found: list[Finding], quotes: tuple[str, ...]) -> str:
        """The mended text, or the safe sentence where mending was not enough."""
        grave = [f for f in found if _hit(text, f).level is not Level.WARN]
        out = self._mender.mend(text, grave)
        again = tuple(_hit(out, finding) for finding in self._found(out, quotes))
        return out if _verdict(again) is Verdict.PASS else grave[0].rule.safe


@lru_cache(maxsize=8)
def load_reviewer(folder: Path = RULES) -> Reviewer:
    """The reviewer of a rule folder, compiled once."""
    return Reviewer(folder)


@lru_cache(maxsize=8)
def _quotes(quotes: tuple[str, ...]) -> Quotes:
    return Quotes(quotes)


def _hit(text: str, finding: Finding) -> Hit:
    start, end = finding.span
    found = text[start:end]
    return Hit(
        rule=finding.rule.id,
        span=finding.span,
        found=found,
        level=_level(finding.rule, found),
        advice=finding.rule.advice,
        reason=finding.rule.what,
    )


def _level(rule: Rule, found: str) -> Level:
    """The rule's level; what was written in pinyin alone is a warning (D.4, step 9)."""
    latin = any(c.isascii() and c.isalpha() for c in found)
    chinese = any(not c.isascii() and c.isalpha() for c in found)
    spelled = latin and not chinese and not rule.check
    return Level.WARN if spelled else rule.level


def _verdict(hits: tuple[Hit, ...]) -> Verdict:
    levels = {hit.level for hit in hits}
    if Level.BLOCK in levels:
        return Verdict.BLOCK
    return Verdict.REWRITE if levels - {Level.WARN} else Verdict.PASS
