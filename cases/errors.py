"""What can go wrong, as the business names it.

ClaimsError
├── SettingsError        a setting is missing or wrong; the message names it
├── LoadError            a row of a load file is wrong; the message names the first one
├── NotFound             no such thing, or not for this caller (the two look alike)
├── NotAllowed           this role may not do that
├── Conflict             somebody else was first, or the thing is in another state
│   ├── AlreadyTaken     another agent accepted the conversation; `agent` is his name
│   └── Refused          a step is missing; `code` says which
├── Invalid              a value cannot be accepted; `field` names it
├── BadWording           a text that may not be said to a customer; `review` says why
├── Locked               too many failed proofs; `until` says when to try again
└── TooMany              a rate or a size limit; `retry_after` in seconds

Entry points translate these into their protocol; nothing else catches them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any


class ClaimsError(Exception):
    """Base of the family."""

    code = "error"


class SettingsError(ClaimsError):
    """A setting is missing or wrong."""

    code = "settings"


class LoadError(ClaimsError):
    """A row of a load file is wrong."""

    code = "load"


class NotFound(ClaimsError):
    """No such thing, or not for this caller."""

    code = "not_found"


class NotAllowed(ClaimsError):
    """The caller is known but may not do that."""

    code = "not_allowed"


class Conflict(ClaimsError):
    """The thing is no longer in the state that the caller assumed."""

    code = "conflict"


class AlreadyTaken(Conflict):
    """Another agent accepted the conversation first."""

    code = "already_taken"

    def __init__(self, conversation_id: str = "", agent: str | None = None) -> None:
        super().__init__(conversation_id)
        self.agent = agent


class Refused(Conflict):
    """A step is missing before this one; the code has a sentence of its own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Invalid(ClaimsError):
    """A value cannot be accepted."""

    code = "invalid"

    def __init__(self, field: str, message: str = "") -> None:
        super().__init__(message or field)
        self.field = field


class BadWording(ClaimsError):
    """A text that may not be said to a customer; `review` is the wording review's verdict."""

    code = "wording"

    def __init__(self, review: Any, text: str) -> None:
        super().__init__("wording")
        self.review, self.text = review, text


class Locked(ClaimsError):
    """Too many failed proofs (contract, "five failed proofs")."""

    code = "locked"

    def __init__(self, until: datetime) -> None:
        super().__init__(f"locked until {until.isoformat()}")
        self.until = until


class TooMany(ClaimsError):
    """A rate limit was reached."""

    code = "too_many"

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__(f"retry after {retry_after:.0f} s")
        self.retry_after = retry_after
