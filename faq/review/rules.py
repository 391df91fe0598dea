"""The wording rules, read from `faq/wording/*.yml` and checked.

A file is a mapping with any of these keys:

    parts       named pieces of pattern, written `<name>` in other patterns
    categories  B01...: level, what, advice, safe, replace: what its rules inherit
    rules       id, words and/or regex, except, examples
    exempt      contexts in which a hit is none (a quoted customer, a warning)
    restore     evasions: what is found and what it stands for
    mend        how a text is cut into clauses and sentences

Patterns see folded text (`faq.text`): half-width punctuation, no spaces
between Chinese characters, simplified, lower case.

RuleError: the rules cannot be used; says in a sentence where and why.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from faq.review.factors import factors

RULES = Path(__file__).parent.parent / "wording"
_PART = re.compile(r"<([a-z_]+)>")


class RuleError(ValueError):
    """A sentence that names the file and the rule that cannot be used."""


class Level(str, enum.Enum):
    """What a hit leads to (source: wording.md D.1, 4)."""

    BLOCK = "block"
    REWRITE = "rewrite"
    NEED_CITE = "need_cite"
    WARN = "warn"


@dataclass(frozen=True)
class Rule:
    """One way of breaking a category, with the sentence to say instead."""

    id: str
    category: str
    level: Level
    what: str
    words: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    exceptions: tuple[re.Pattern[str], ...]
    raw: bool
    check: str
    advice: str
    safe: str
    replace: str
    example_hit: tuple[str, ...]
    example_pass: tuple[str, ...]


@dataclass(frozen=True)
class Exemption:
    """A context in which nothing counts, but for the categories it keeps."""

    pattern: re.Pattern[str]
    only: frozenset[str]
    keep: frozenset[str]

    def covers(self, category: str) -> bool:
        """Whether hits of this category are none in this context."""
        return category not in self.keep and (not self.only or category in self.only)


@dataclass(frozen=True)
class RuleSet:
    """Everything the folder says."""

    rules: tuple[Rule, ...]
    exemptions: tuple[Exemption, ...]
    restore: tuple[tuple[str, str], ...]
    mend: dict[str, Any]
    version: str


def load_rules(folder: Path = RULES) -> RuleSet:
    """Read every file of the folder; RuleError says what is wrong with it."""
    files = {path: _read(path) for path in sorted(folder.glob("*.yml"))}
    parts = _parts(files)
    rules = tuple(_rules(files, parts))
    _refuse_twins(rules)
    return RuleSet(
        rules=rules,
        exemptions=tuple(_exemptions(files, parts)),
        restore=tuple(_restorations(files, parts)),
        mend=_merged(files, "mend"),
        version=_version([*files, RULES.parent / "text.yml"]),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text("utf-8")) or {}
    except yaml.YAMLError as error:
        raise RuleError(f"{path.name} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise RuleError(f"{path.name} is not a mapping of keys.")
    return content


def _version(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _merged(files: dict[Path, dict[str, Any]], key: str) -> dict[str, Any]:
    return {k: v for content in files.values() for k, v in content.get(key, {}).items()}


class _Parts:
    """The named pieces, and how they are put into a pattern."""

    def __init__(self, given: dict[str, str | list[str]]) -> None:
        self._given = given

    def expand(self, pattern: str, where: str) -> str:
        """The pattern with every `<name>` replaced, also inside of parts."""
        return _PART.sub(lambda m: self._text(m[1], where), pattern)

    def compile(self, pattern: str, where: str) -> re.Pattern[str]:
        """The compiled pattern; RuleError names the place."""
        try:
            return re.compile(self.expand(pattern, where))
        except re.error as error:
            raise RuleError(f"{where}: the pattern {pattern!r} is wrong: {error}.") from error

    def compile_sought(self, pattern: str, where: str) -> re.Pattern[str]:
        """The compiled pattern, which has to hold plain text to look for first."""
        compiled = self.compile(pattern, where)
        if not factors(compiled.pattern):
            raise RuleError(f"{where}: the pattern {pattern!r} holds no plain text.")
        return compiled

    def _part(self, name: str, where: str) -> str | list[str]:
        if name not in self._given:
            raise RuleError(f"{where}: there is no part <{name}>.")
        return self._given[name]

    def _text(self, name: str, where: str) -> str:
        part = self._part(name, where)
        text = part if isinstance(part, str) else "(?:" + "|".join(part) + ")"
        return self.expand(text, where)


def _parts(files: dict[Path, dict[str, Any]]) -> _Parts:
    return _Parts(_merged(files, "parts"))


def _rules(files: dict[Path, dict[str, Any]], parts: _Parts) -> Iterator[Rule]:
    for path, content in files.items():
        categories = content.get("categories", {})
        for given in content.get("rules", ()):
            where = f"{path.name}, rule {given.get('id', '(without id)')}"
            yield _rule(given, categories, parts, where)


def _rule(given: dict[str, Any], categories: dict[str, Any], parts: _Parts, where: str) -> Rule:
    category = _category(given, categories, where)
    entry = {**categories[category], **given}
    _refuse_gaps(entry, where)
    return Rule(
        id=entry["id"],
        category=category,
        level=Level(entry["level"]),
        what=entry["what"],
        words=tuple(entry.get("words", ())),
        patterns=_patterns(entry, parts, where),
        exceptions=tuple(parts.compile(p, where) for p in entry.get("except", ())),
        raw=bool(entry.get("raw", False)),
        check=entry.get("check", ""),
        advice=entry["advice"],
        safe=entry["safe"],
        replace=entry.get("replace", ""),
        example_hit=tuple(entry["example_hit"]),
        example_pass=tuple(entry["example_pass"]),
    )


def _patterns(entry: dict[str, Any], parts: _Parts, where: str) -> tuple[re.Pattern[str], ...]:
    compile_one = parts.compile if entry.get("raw") else parts.compile_sought
    return tuple(compile_one(pattern, where) for pattern in entry.get("regex", ()))


def _category(given: dict[str, Any], categories: dict[str, Any], where: str) -> str:
    category = str(given.get("id", "")).partition(".")[0]
    if category not in categories:
        raise RuleError(f"{where}: the id has to begin with a category of its file.")
    return category


def _refuse_gaps(entry: dict[str, Any], where: str) -> None:
    for key in ("level", "what", "advice", "safe", "example_hit", "example_pass"):
        if not entry.get(key):
            raise RuleError(f"{where}: {key} is missing.")
    if entry["level"] not in set(Level):
        raise RuleError(f"{where}: {entry['level']!r} is not a level.")
    if not entry.get("words") and not entry.get("regex"):
        raise RuleError(f"{where}: it has neither words nor regex.")


def _refuse_twins(rules: tuple[Rule, ...]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"The rule {rule.id} is there twice.")
        seen.add(rule.id)


def _exemptions(files: dict[Path, dict[str, Any]], parts: _Parts) -> Iterator[Exemption]:
    for path, content in files.items():
        for given in content.get("exempt", ()):
            where = f"{path.name}, exemption {given.get('what')}"
            yield Exemption(
                pattern=parts.compile(given["regex"], where),
                only=frozenset(given.get("only", ())),
                keep=frozenset(given.get("keep", ())),
            )


def _restorations(files: dict[Path, dict[str, Any]], parts: _Parts) -> Iterator[tuple[str, str]]:
    for path, content in files.items():
        for given in content.get("restore", ()):
            where = f"{path.name}, restoration of {given.get('put')}"
            pattern = parts.compile_sought(given["find"], where)
            if pattern.groups:
                raise RuleError(f"{where}: it may have no groups.")
            yield pattern.pattern, given["put"]
