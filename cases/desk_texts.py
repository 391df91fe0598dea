"""Texts that agents write, as they are kept."""

from __future__ import annotations

from cases.errors import Invalid
from cases.masking import mask

LONGEST = 2000


def written(text: str, field: str = "text", *, needed: bool = True) -> str:
    """A text of an agent as it is kept: trimmed, masked. Raises Invalid for none or too much."""
    kept = mask(text.replace("\x00", "").strip()).text
    if (needed and not kept) or len(kept) > LONGEST:
        raise Invalid(field)
    return kept
