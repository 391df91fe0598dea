"""Customers' numbers are masked before anything is stored or logged (law.md B.6).

Identity numbers and bank cards keep their last four digits, phone numbers their first three and last four. Claim,
policy and complaint numbers hold long runs of digits too and stay as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_GAP = r"[ \-\u00a0\u00ad\u2000-\u2015\u202a-\u202f\u2060\u3000\ufeff]{0,2}"  # between groups
_OURS = r"(?<![A-Za-z0-9])[A-Za-z]{2}(?:[A-Za-z]{2}\d{18}|\d{14})(?![A-Za-z0-9])"
_CANDIDATE = re.compile(rf"{_OURS}|\d(?:{_GAP}\d){{10,}}(?:{_GAP}[Xx])?")
_GROUP = re.compile(r"\d+[Xx]?|[Xx]")
_MOST_GROUPS = 20
_PHONE = re.compile(r"(?:(?:00)?86)?(1[3-9]\d{9})")
_ID = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Masked:
    """A text without full numbers. `phone` is the last phone number it held; `found` names the kinds that were
    masked.
    """

    text: str
    phone: str | None
    found: frozenset[str]


def mask(text: str) -> Masked:
    """Mask every phone, identity and bank-card number in a text."""
    numbers: list[_Number] = []

    def replace(match: re.Match[str]) -> str:
        raw = match.group()
        return raw if raw[0].isalpha() else _masked_groups(raw, numbers)

    masked = _CANDIDATE.sub(replace, _fold_digits(text))
    phones = [number.digits[-11:] for number in numbers if number.kind == "phone"]
    return Masked(masked if numbers else text, phones[-1] if phones else None, frozenset(n.kind for n in numbers))


@dataclass(frozen=True)
class _Number:
    kind: str
    digits: str
    end: int  # the index behind its last group


def _masked_groups(raw: str, numbers: list[_Number]) -> str:
    """Mask what a run of digit groups holds: one number in groups, or several numbers in a row."""
    groups = list(_GROUP.finditer(raw))
    out, done, place = [], 0, 0
    while place < len(groups):
        number = _number_at(groups, place)
        if number is None:
            place += 1
            continue
        first, last = groups[place], groups[number.end - 1]
        out += [raw[done : first.start()], masked_number(number.kind, number.digits)]
        done = last.end() - (last.group()[-1] in "Xx" and number.kind != "id")
        numbers.append(number)
        place = number.end
    return "".join(out) + raw[done:]


def _number_at(groups: list[re.Match[str]], place: int) -> _Number | None:
    """The number that begins with that group: a phone or identity number before a card, a long one before a short."""
    ends = range(min(len(groups), place + _MOST_GROUPS), place, -1)
    read = [(end, "".join(group.group() for group in groups[place:end])) for end in ends]
    for end, digits in read:
        for candidate in (digits, digits.rstrip("Xx")):
            if (kind := kind_of(candidate)) in ("phone", "id"):
                return _Number(str(kind), candidate, end)
    for end, digits in read:
        card = digits.rstrip("Xx")
        if kind_of(card) == "card" and all(len(group.group()) in (4, 6) for group in groups[place : end - 1]):
            return _Number("card", card, end)
    return None


def kind_of(digits: str) -> str | None:
    """`phone`, `id` or `card`, or None for a number that is none of them."""
    if _PHONE.fullmatch(digits):
        return "phone"
    if _ID.fullmatch(digits):
        return "id"
    if 15 <= len(digits) <= 19 and digits.isdigit() and (_luhn(digits) or len(digits) >= 16):
        return "card"
    return None


def masked_number(kind: str, digits: str) -> str:
    """How a number of that kind may be shown."""
    if kind == "phone":
        return f"{digits[-11:-8]}****{digits[-4:]}"
    return "*" * (len(digits) - 4) + digits[-4:]


def mask_phone(phone: str | None) -> str:
    """138****5678, or an empty text."""
    return masked_number("phone", phone) if phone and len(phone) >= 11 else ("****" if phone else "")


def mask_name(name: str) -> str:
    """The family name and stars."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""


def valid_id_number(digits: str) -> bool:
    """Whether an identity number's check digit is right (GB 11643)."""
    if not _ID.fullmatch(digits):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == digits[17].upper()


def _fold_digits(text: str) -> str:
    """Full-width digits as plain ones; everything else untouched, so that offsets stay."""
    return "".join(chr(ord(c) - 0xFEE0) if "\uff10" <= c <= "\uff19" else c for c in text)


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
