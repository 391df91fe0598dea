"""Pictures that customers send: refused, or re-encoded, checked and kept. Import from here."""

from cases.photos.checks import refusal
from cases.photos.errors import Refused, TooLarge, UnsupportedMedia
from cases.photos.pool import Picture
from cases.photos.store import examine, keep, read_photo, store_photo

__all__ = [
    "Picture",
    "Refused",
    "TooLarge",
    "UnsupportedMedia",
    "examine",
    "keep",
    "read_photo",
    "refusal",
    "store_photo",
]
