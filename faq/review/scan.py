"""Where a text breaks a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from faq import text as folding
from faq.review import numbers
from faq.review.gate import Gate
from faq.review.rules import Rule, RuleSet

Span = tuple[int, int]
_CHECKS: dict[str, Callable[[str], bool]] = {
    "identity_number": numbers.is_identity_number,
    "bank_card": numbers.is_bank_card,
    "vin": numbers.is_vin,
}


@dataclass(frozen=True)
class Finding:
    """A rule and the places, in the original and in the folded text."""

    rule: Rule
    span: Span
    folded_span: Span


class Scanner:
    """The rules, compiled; `find` may be called from several threads."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._raw = [rule for rule in rules.rules if rule.raw]
        self._sought = [(r, p) for r in rules.rules if not r.raw for p in r.patterns]
        words = [(word, i) for i, rule in enumerate(rules.rules) for word in rule.words]
        ends = rules.mend.get("folded_sentence_ends", "")
        sample = [text for rule in rules.rules for text in rule.example_pass]
        self._gate = Gate([p for _, p in self._sought], words, ends, sample)
        self._restorer = _Restorer(rules, ends, sample)

    def fold(self, text: str) -> folding.Folded:
        """The folded text with the evasions undone (D.4, steps 8 and 9)."""
        return self._restorer.restore(folding.fold(text))

    def find(self, original: str, folded: folding.Folded) -> list[Finding]:
        """Every hit that no exception and no exemption makes void, in order."""
        found = [Finding(rule, folded.span(*span), span) for rule, span in self._candidates(folded.text)]
        if found:
            found = self._unexempted(folded.text, found)
        for rule in self._raw:
            for pattern in rule.patterns:
                spans = _matches(rule, pattern, original, (0, len(original)))
                found += [Finding(rule, span, (0, 0)) for span in spans]
        return sorted(_widest(found), key=lambda f: (f.span, f.rule.id)) if found else found

    def _candidates(self, text: str) -> Iterator[tuple[Rule, Span]]:
        marked, candidates = self._gate.walk(text)
        for mark, start, end in marked:
            rule = self._rules.rules[mark]
            if not _is_void(rule, text, (start, end)):
                yield rule, (start, end)
        for number, start, end in candidates:
            rule, pattern = self._sought[number]
            for span in _matches(rule, pattern, text, (start, end)):
                yield rule, span

    def _unexempted(self, text: str, found: list[Finding]) -> list[Finding]:
        zones = [(e, m.span()) for e in self._rules.exemptions for m in e.pattern.finditer(text)]
        return [
            f
            for f in found
            if not any(e.covers(f.rule.category) and zone[0] <= f.folded_span[0] < zone[1] for e, zone in zones)
        ]


class _Restorer:
    """Puts back the words that were written in another way."""

    def __init__(self, rules: RuleSet, ends: str, sample: list[str]) -> None:
        self._patterns = [re.compile(find) for find, _ in rules.restore]
        self._words = [put for _, put in rules.restore]
        self._gate = Gate(self._patterns, [], ends, sample)

    def restore(self, folded: folding.Folded) -> folding.Folded:
        """Twice, since a word put back may complete another."""
        for _ in range(2):
            edits = list(self._edits(folded.text))
            if not edits:
                break
            folded = folding.edit(folded, edits)
        return folded

    def _edits(self, text: str) -> Iterator[tuple[int, int, str]]:
        found = [
            (m.start(), number, m.end())
            for number, start, end in self._gate.walk(text)[1]
            for m in self._patterns[number].finditer(text, start, end)
            if m[0] != self._words[number]
        ]
        at = 0
        for start, number, end in sorted(found):
            if start >= at:
                yield start, end, self._words[number]
                at = end


def _matches(rule: Rule, pattern: re.Pattern[str], text: str, within: Span) -> Iterator[Span]:
    """Places where the pattern matches; a void one is tried again further on."""
    at, end = within
    while match := pattern.search(text, at, end):
        if _counts(rule, match[0]) and not _is_void(rule, text, match.span()):
            yield match.span()
            at = max(match.end(), match.start() + 1)
        else:
            at = match.start() + 1


def _counts(rule: Rule, found: str) -> bool:
    return not rule.check or _CHECKS[rule.check](found)


def _is_void(rule: Rule, text: str, span: Span) -> bool:
    """Whether an exception of the rule overlaps the hit."""
    return any(
        match.start() < span[1] and span[0] < match.end()
        for exception in rule.exceptions
        for match in exception.finditer(text)
    )


def _widest(found: list[Finding]) -> list[Finding]:
    """Without the hits that lie inside another hit of the same rule."""
    kept: list[Finding] = []
    for finding in sorted(found, key=lambda f: (f.span[0], -f.span[1])):
        if not any(
            k.rule is finding.rule and k.span[0] <= finding.span[0] and finding.span[1] <= k.span[1] for k in kept
        ):
            kept.append(finding)
    return kept
