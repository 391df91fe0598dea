"""What is counted for the weekly review: wordings that were stopped or changed. Texts are masked.

Questions without an answer stand in the review list (`cases.review_list`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from cases.enums import EventKind
from cases.masking import mask
from cases.models import Event

LONGEST = 200
BLOCK = "block"


def record(
    session: Session, now: datetime, kind: EventKind, text: str, *, conversation_id: str | None = None, **data: object
) -> None:
    """Keep one event; a text is masked and cut."""
    session.add(Event(at=now, kind=kind, conversation_id=conversation_id, text=mask(text).text[:LONGEST], data=data))


def wording(
    session: Session,
    now: datetime,
    review: object,
    text: str,
    *,
    conversation_id: str | None = None,
    who: str = "system",
) -> None:
    """A text that the wording review stopped or changed, with the rules that it broke."""
    kind = EventKind.WORDING_STOP if getattr(review, "verdict", None) == BLOCK else EventKind.WORDING_REWRITE
    rules = sorted({hit.rule for hit in getattr(review, "hits", ())})
    record(session, now, kind, text, conversation_id=conversation_id, who=who, rules=rules)
