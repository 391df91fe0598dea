"""What forms ask for, read out of a sentence: numbers, plates, times, amounts, documents. The words: `entities.yml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from faq.knowledge import read_yaml
from faq.text import fold

_DIGIT = r"[\s\-]?[\doil]"  # letters that look like digits, and groups, as people copy numbers by hand
CLAIM_NO = re.compile(rf"(?<![a-z0-9])[a-z]{{4}}(?:{_DIGIT}){{18}}(?!\d)")
COMPLAINT_NO = re.compile(rf"(?<![a-z0-9])ts(?:{_DIGIT}){{14}}(?!\d)")
_AS_DIGITS = str.maketrans("oil", "011")
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]车?[a-z][\s·•.\-]{0,2}[a-z0-9]{4,5}[a-z0-9挂学警港澳](?![a-z0-9])"
)
PHONE = re.compile(r"(?<!\d)1[3-9]\d[\d*]{4,6}(\d{4})(?!\d)")
BARE_FOUR = re.compile(r"^\s*(\d{4})\s*$")
BANDS = ((500, "lt500"), (1000, "500_1000"), (2000, "1000_2000"), (float("inf"), "gt2000"))
DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2, "几": 3}
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
MASK_FROM, MASK_TO = 3, 7
ONE_OF_A_KIND = ("accident_kind", "injured", "certificate", "reply_by", "loss_band", "field", "no_claim")


class Found(NamedTuple):
    """One piece of information; `start` and `end` are places in the text as typed."""

    entity: str
    value: Any
    start: int
    end: int


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, Any]:
    lexicon: dict[str, Any] = read_yaml(Path(__file__).with_name("entities.yml"))
    lexicon["values"] = {
        name: [(value, re.compile("|".join(map(str, words)))) for value, words in rows.items()]
        for name, rows in lexicon["values"].items()
    }
    tails = "|".join(lexicon["tail_words"])
    lexicon["tail"] = re.compile(f"(?:{tails})(?:四位)?(?:号|是|为|:|,|\\s)*(\\d{{4}})(?!\\d)")
    lexicon["when"] = re.compile(f"(?:{lexicon['when']}|\\s)+{lexicon['when_time']}")
    for name in ("amount", "bare_amount", "rating"):
        lexicon[name] = re.compile(lexicon[name])
    lexicon["rating_mood"] = [(score, re.compile("|".join(words))) for score, words in lexicon["rating_mood"].items()]
    return lexicon


def entities_of(text: str) -> list[Found]:
    """Everything that can be read out of the text, in the order of its places."""
    folded = fold(text)
    low = folded.text
    found = [Found(name, value, *folded.span(start, end)) for name, value, start, end in _all(low) if end > start]
    return sorted(found, key=lambda row: row.start)


def _all(low: str) -> Iterator[Found]:
    yield from _numbers(low)
    yield from _phones(low)
    yield from _amounts(low)
    yield from _times(low)
    yield from _ratings(low)
    for name, rows in _lexicon()["values"].items():
        yield from _values(name, rows, low)


def _numbers(low: str) -> Iterator[Found]:
    for name, pattern, letters in (("claim_no", CLAIM_NO, 4), ("complaint_no", COMPLAINT_NO, 2)):
        yield from (Found(name, _number(match[0], letters), *match.span()) for match in pattern.finditer(low))
    for match in PLATE.finditer(low):
        yield Found("plate", re.sub(r"[\s·•.\-车]", "", match[0]).upper(), *match.span())


def _number(said: str, letters: int) -> str:
    """A number as it is on file, without what looks like a digit or parts it into groups."""
    return (said[:letters] + re.sub(r"[\s\-]", "", said[letters:]).translate(_AS_DIGITS)).upper()


def _phones(low: str) -> Iterator[Found]:
    for match in PHONE.finditer(low):
        masked = re.sub(r"\s", "", match[0])
        yield Found("phone", masked[:MASK_FROM] + "****" + masked[MASK_TO:], *match.span())
        yield Found("phone_last4", match[1], *match.span(1))
    for match in [*_lexicon()["tail"].finditer(low), *BARE_FOUR.finditer(low)]:
        yield Found("phone_last4", match[1], *match.span(1))


def _amounts(low: str) -> Iterator[Found]:
    matches = [*_lexicon()["amount"].finditer(low)] or [*_lexicon()["bare_amount"].finditer(low)]
    for match in matches:
        if yuan := _yuan(match[1], match[2], match[3]):
            yield Found("amount_yuan", yuan, *match.span())
            yield Found("loss_band", next(band for limit, band in BANDS if yuan < limit), *match.span())


def _yuan(digits: str | None, words: str | None, unit: str | None) -> int:
    number = float(digits) if digits else float(_spoken(words or ""))
    return int(number * UNITS.get(unit or "", 1))


def _spoken(words: str) -> int:
    """A number in Chinese words: 两千三, 一万二, 八百."""
    total, part, last = 0, 0, 1
    for character in words:
        if character in UNITS:
            unit = UNITS[character]
            if unit == UNITS["万"]:
                total, part = (total + (part or 1)) * unit, 0
            else:
                total, part = total + (part or 1) * unit, 0
            last = unit
        else:
            part = DIGITS.get(character, 0)
    return total + part * (last // 10 if last >= 100 else 1)  # 两千三 is 2300


def _times(low: str) -> Iterator[Found]:
    for match in _lexicon()["when"].finditer(low):
        said = match[0].strip()
        if said:
            start = match.start() + match[0].index(said)
            yield Found("when", said, start, start + len(said))


def _ratings(low: str) -> Iterator[Found]:
    lexicon = _lexicon()
    for match in lexicon["rating"].finditer(low):
        value = match[1]
        yield Found("rating", int(value) if value.isdigit() else lexicon["rating_words"][value], *match.span())
        return
    for score, pattern in lexicon["rating_mood"]:
        if match := pattern.search(low):
            yield Found("rating", score, *match.span())
            return


def _values(name: str, rows: list[tuple[str, re.Pattern[str]]], low: str) -> Iterator[Found]:
    for value, pattern in rows:
        if match := pattern.search(low):
            if value == "injury" and _nobody_hurt(low):
                continue
            yield Found(name, value, *match.span())
            if name in ONE_OF_A_KIND:
                return


def _nobody_hurt(low: str) -> bool:
    value, pattern = _lexicon()["values"]["injured"][0]
    return value == "no" and bool(pattern.search(low))


def by_name(found: list[Found]) -> dict[str, Any]:
    """Entity → value; the documents are a list."""
    values: dict[str, Any] = {}
    for row in found:
        if row.entity == "document":
            values.setdefault("document", [])
            values["document"] += [row.value] if row.value not in values["document"] else []
        else:
            values.setdefault(row.entity, row.value)
    return values
