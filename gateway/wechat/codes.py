"""What the platforms' error codes mean for a message (docs/wechat.md has the table)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Do(Enum):
    """What follows from an error."""

    BUSY = "busy"  # again after a pause, three times at most
    TOKEN = "token"  # a new token, then once more
    GONE = "gone"  # this user can't be reached: give up
    BAD = "bad"  # this message can't be sent: give up
    SHUT = "shut"  # nothing more until the customer writes
    REST_MINUTE = "rest_minute"  # the API rests for a minute
    REST_DAY = "rest_day"  # … until tomorrow
    REST_OPS = "rest_ops"  # … until somebody has put the account right
    UNSURE = "unsure"  # no answer came: it may have been sent
    AWAY = "away"  # the platform cannot be reached: not sent


WECHAT: Mapping[int, Do] = {
    -1: Do.BUSY,
    40001: Do.TOKEN,
    40014: Do.TOKEN,
    42001: Do.TOKEN,
    41001: Do.TOKEN,
    40003: Do.GONE,
    43004: Do.GONE,
    48002: Do.GONE,
    40007: Do.BAD,
    40008: Do.BAD,
    45002: Do.BAD,
    45008: Do.BAD,
    48001: Do.BAD,
    40200: Do.BAD,
    45015: Do.SHUT,
    45047: Do.SHUT,
    45009: Do.REST_DAY,
    45011: Do.REST_MINUTE,
    40164: Do.REST_OPS,
    89503: Do.REST_OPS,
    50002: Do.REST_OPS,
    40013: Do.REST_OPS,
    40125: Do.REST_OPS,
}
WECOM: Mapping[int, Do] = {
    -1: Do.BUSY,
    40001: Do.REST_OPS,
    40013: Do.REST_OPS,
    60020: Do.REST_OPS,
    48002: Do.REST_OPS,
    95017: Do.REST_OPS,
    40014: Do.TOKEN,
    42001: Do.TOKEN,
    41001: Do.TOKEN,
    40007: Do.BAD,
    45002: Do.BAD,
    40008: Do.BAD,
    95000: Do.REST_OPS,
    95001: Do.SHUT,
    95013: Do.SHUT,
    95018: Do.SHUT,
    45009: Do.REST_MINUTE,
    45011: Do.REST_MINUTE,
}


class ApiError(Exception):
    """The platform refused a call, or was not to be reached; `do` says what follows."""

    def __init__(self, code: int | str, do: Do) -> None:
        super().__init__(str(code))
        self.code, self.do = str(code), do


def error_of(code: int, table: Mapping[int, Do]) -> ApiError:
    """The error of a code; one that is not in the table is final for the message."""
    return ApiError(code, table.get(code, Do.BAD))
