"""Why a file that was sent is not kept as a picture.

ClaimsError
├── TooLarge            413: more bytes or more pixels than the contract allows
└── UnsupportedMedia    415: empty, of another format, or nothing that can be decoded

`reason` names the sentence for the customer (`checks.refusal`).
"""

from __future__ import annotations

from cases.errors import ClaimsError


class Refused(ClaimsError):
    """A file that is not kept; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the picture is refused: {reason}")
        self.reason = reason


class TooLarge(Refused):
    """`bytes` or `pixels` beyond the limit."""

    code = "too_large"


class UnsupportedMedia(Refused):
    """`empty`, `format` or `broken`."""

    code = "unsupported_media"
