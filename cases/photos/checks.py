"""What is checked of a picture, and what the customer is told about it (`faq/image_checks.yml`).

The thresholds were set by `bench/photos.py`; `docs/photos.md` holds the figures.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml

from cases.photos.errors import Refused, TooLarge, UnsupportedMedia
from cases.photos.pool import Picture
from cases.settings import ROOT

MAX_BYTES = 10 << 20
LEAST_LONG_SIDE = 480
LEAST_SHORT_SIDE = 200
LEAST_SHARPNESS = 45.0
LEAST_BRIGHTNESS = 0.29
DUPLICATE_DISTANCE = 4  # of 64 bits

HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})

Check = dict[str, Any]


def format_of(data: bytes) -> str:
    """The format that the first bytes say. Raises TooLarge and UnsupportedMedia; a file's name counts for nothing."""
    if not data:
        raise UnsupportedMedia("empty")
    if len(data) > MAX_BYTES:
        raise TooLarge("bytes")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return "HEIF"
    raise UnsupportedMedia("format")


def judge(picture: Picture, duplicate: bool) -> list[Check]:
    """The checks in the order of the contract, each with a hint when it failed."""
    results = {
        "format": True,  # what is not one of the four formats was refused
        "size": _large_enough(picture),
        "sharp": picture.sharpness >= LEAST_SHARPNESS,
        "bright": picture.brightness >= LEAST_BRIGHTNESS,
        "duplicate": not duplicate,
    }
    hints = _sentences()["checks"]
    return [{"code": code, "ok": ok, "hint": "" if ok else hints[code]} for code, ok in results.items()]


def _large_enough(picture: Picture) -> bool:
    short, long = sorted((picture.width, picture.height))
    return long >= LEAST_LONG_SIDE and short >= LEAST_SHORT_SIDE


def distance(one: str, other: str) -> int:
    """In how many bits two dHashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def refusal(error: Refused) -> str:
    """What the customer is told about a file that is not kept."""
    return str(_sentences()["refused"][error.reason])


@lru_cache(maxsize=1)
def _sentences() -> dict[str, dict[str, str]]:
    content: dict[str, dict[str, str]] = yaml.safe_load((ROOT / "faq" / "image_checks.yml").read_text("utf-8"))
    return content
