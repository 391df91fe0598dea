"""Is this run of digits a number that may not be shown in full?

Sources: GB 11643 (resident identity number), ISO/IEC 7812 (card number,
Luhn), GB 16735 (VIN). Claim, policy and ticket numbers are not among them.
"""

from __future__ import annotations

import re

_SPACES = re.compile(r"[^0-9a-z]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10x98765432"
_BIRTH = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_TICKET = re.compile(r"[a-z]{2,4}20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d+")
_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")


def is_identity_number(found: str) -> bool:
    """Eighteen digits with a province and a birthday, or with the right check digit."""
    digits = _SPACES.sub("", found)
    if _PROVINCES.match(digits) and _BIRTH.match(digits, 6):
        return True
    total = sum(w * int(d) for w, d in zip(_WEIGHTS, digits[:17], strict=True))
    return _CHECK_DIGITS[total % 11] == digits[17] and bool(_BIRTH.match(digits, 6))


def is_bank_card(found: str) -> bool:
    """Sixteen to nineteen digits that a card network issues, or that pass Luhn."""
    digits = _SPACES.sub("", found)
    return digits[0] in "3456" or _passes_luhn(digits)


def is_vin(found: str) -> bool:
    """Seventeen letters and digits with at least three of each, and no ticket number of ours."""
    if _TICKET.fullmatch(found):
        return False
    letters = sum(c.isalpha() for c in found)
    return 3 <= letters <= len(found) - 3


def _passes_luhn(digits: str) -> bool:
    doubled = [int(d) * 2 if i % 2 else int(d) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
