"""Which pieces of plain text must be there for a pattern to match?

A regular expression over every text is slow, and most texts hold nothing of
what it looks for. `factors` reads the parsed pattern and returns sets of
strings: a match holds at least one string of each set. (The same idea is the
prefilter of RE2 and the trigram index of Google Code Search.)
"""

from __future__ import annotations

import sre_constants as op
import sre_parse
from collections.abc import Iterable
from itertools import product
from typing import Any

Factor = frozenset[str]
_MOST_STRINGS = 400
_MOST_CHARACTERS = 40


def factors(pattern: str) -> list[Factor]:
    """Sets of strings; every match of the pattern holds one string of each."""
    return _of_sequence(sre_parse.parse(pattern).data)


def _of_sequence(items: Iterable[tuple[Any, Any]]) -> list[Factor]:
    found: list[Factor] = []
    run: set[str] = {""}
    for item in items:
        exact = _exact([item])
        if exact is None or len(run) * len(exact) > _MOST_STRINGS:
            found += _usable(run)
            run = exact or {""}
            found += _inside(item) if exact is None else []
        else:
            run = {a + b for a, b in product(run, exact)}
    return found + _usable(run)


def _usable(run: set[str]) -> list[Factor]:
    return [] if "" in run else [frozenset(run)]


def _inside(item: tuple[Any, Any]) -> list[Factor]:
    """Factors of an item whose strings cannot be listed."""
    code, value = item
    if code is op.SUBPATTERN:
        return _of_sequence(value[-1])
    if code in (op.MAX_REPEAT, op.MIN_REPEAT) and value[0] > 0:
        return _of_sequence(value[2])
    if code is op.BRANCH:
        return _of_branches(value[1])
    return []


def _of_branches(branches: list[Any]) -> list[Factor]:
    """One set for all branches: the shortest set of each branch, together."""
    chosen = []
    for branch in branches:
        found = _of_sequence(branch)
        if not found:
            return []
        chosen.append(max(found, key=lambda f: (min(map(len, f)), -len(f))))
    return [frozenset().union(*chosen)]


def _exact(items: Iterable[tuple[Any, Any]]) -> set[str] | None:
    """Every string the items can match, or None when there are too many."""
    strings = {""}
    for code, value in items:
        more = _strings(code, value)
        if more is None or len(strings) * len(more) > _MOST_STRINGS:
            return None
        strings = {a + b for a, b in product(strings, more)}
    return strings


def _strings(code: Any, value: Any) -> set[str] | None:
    if code is op.LITERAL:
        return {chr(value)}
    if code is op.IN:
        return _characters(value)
    if code in (op.ASSERT, op.ASSERT_NOT, op.AT):
        return {""}
    if code is op.SUBPATTERN:
        return _exact(value[-1])
    if code is op.BRANCH:
        each = [_exact(branch) for branch in value[1]]
        return None if None in each else {s for strings in each for s in strings or ()}
    if code in (op.MAX_REPEAT, op.MIN_REPEAT) and value[1] == 1:
        once = _exact(value[2])
        return None if once is None else once | ({""} if value[0] == 0 else set())
    return None


def _characters(items: list[tuple[Any, Any]]) -> set[str] | None:
    found: set[str] = set()
    for code, value in items:
        if code is op.LITERAL:
            found.add(chr(value))
        elif code is op.RANGE and value[1] - value[0] < _MOST_CHARACTERS:
            found.update(map(chr, range(value[0], value[1] + 1)))
        elif code is op.CATEGORY and value is op.CATEGORY_DIGIT:
            found.update("0123456789")
        else:
            return None
    return found if len(found) <= _MOST_CHARACTERS else None
