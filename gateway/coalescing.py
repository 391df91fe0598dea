"""Several short messages sent within seconds are one question: a text that looks unfinished waits a moment for more.

A question, a request, an answer to what the bot asked, and anything about danger never wait. How long a message waits
is told by its own time, so that a restart holds nothing a second time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.enums import Kind, Sender
from cases.models import Message
from faq.text import plain

WORDS = Path(__file__).with_name("coalescing.yml")
MOST_SECONDS = 2.5
ASKING = ("?", "？")
FORMS = frozenset({"claim_status", "complaint", "report_claim", "materials", "photo", "appointment", "rating"})


class Hold(NamedTuple):
    """Wait so long, or until another message comes, before the turn."""

    seconds: float


class Words(NamedTuple):
    """The expressions of `coalescing.yml`."""

    longest: int
    never: re.Pattern[str]
    goes_on: re.Pattern[str]
    complete: re.Pattern[str]
    tells: re.Pattern[str]


@lru_cache(maxsize=1)
def words() -> Words:
    """Read once."""
    table: Mapping[str, list[str]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    one = {
        name: re.compile("|".join(f"(?:{part})" for part in parts))
        for name, parts in table.items()
        if name != "longest"
    }
    return Words(longest=int(table["longest"]), **one)  # type: ignore[call-overload]  # mypy sees one list for all


def looks_unfinished(text: str) -> bool:
    """Whether a customer who typed this probably goes on typing."""
    said, known = "".join(plain(text).split()), words()
    if known.never.search(said):
        return False
    if known.goes_on.search(said):
        return True
    return len(said) <= known.longest and not known.complete.search(said) and bool(known.tells.search(said))


def hold(session: Session, waiting: Sequence[Message], now: datetime, seconds: float) -> Hold | None:
    """How long these messages still wait for more; None when their turn is now."""
    if seconds <= 0 or not waiting or not all(_unfinished(row) for row in waiting):
        return None
    left = min(seconds - (now - waiting[-1].at).total_seconds(), MOST_SECONDS - (now - waiting[0].at).total_seconds())
    if left <= 0 or _answers_bot(session, waiting[0]):
        return None
    return Hold(min(left, seconds))


def _unfinished(row: Message) -> bool:
    return row.kind is Kind.TEXT and not row.turn_input and looks_unfinished(row.text)


def _answers_bot(session: Session, row: Message) -> bool:
    """Whether the last thing said was a question, choices, or a form's: then a short text is the answer."""
    last = session.execute(
        select(Message)
        .where(Message.conversation_id == row.conversation_id, Message.seq < row.seq, Message.sender != Sender.CUSTOMER)
        .order_by(Message.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    if last is None:
        return False
    in_form = last.meta.get("route") in FORMS and not last.meta.get("faq_id")
    return in_form or bool(last.choices) or last.text.rstrip().endswith(ASKING)
