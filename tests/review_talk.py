"""A conversation whose turns are noted for the review list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import conversations, messages, review_list
from cases.messages import Door, Draft
from cases.models import Conversation, ReviewItem

CANDIDATES = [{"faq_id": "time.payment", "score": 0.3}, {"faq_id": "time.legal", "score": 0.2}]


def heard(intent: str, **more: Any) -> dict[str, Any]:
    """What the bot tells of how it understood a text."""
    return {"intent": intent, "candidates": CANDIDATES, "model": "m1", **more}


def items(session: Session) -> list[ReviewItem]:
    """What is on the list, in order."""
    return list(session.execute(select(ReviewItem).order_by(ReviewItem.id)).scalars())


class Talk:
    """A conversation in which the bot's answers are written by hand."""

    def __init__(self, session: Session, door: Door, row: Conversation, now: datetime) -> None:
        self.session, self.door, self.row, self.now = session, door, row, now

    def say(self, text: str) -> int:
        """The customer types something; its place."""
        client_id = f"c{self.row.last_seq}"
        return conversations.post_text(self.session, self.row.id, client_id, text, self.now).seq

    def tap(self, choice: str) -> int:
        """The customer taps a choice; its place."""
        client_id = f"c{self.row.last_seq}"
        return conversations.post_choice(self.session, self.row.id, client_id, choice, self.now).seq

    def answer(
        self, text: str, *seqs: int, taken_for: dict[str, Any] | None = None, choices: Any = (), **meta: Any
    ) -> int:
        """The bot answers what was said at these places; the place of its answer."""
        (sent,) = messages.send(
            self.session, self.door, self.row.id, [Draft(text, choices=choices, meta=meta)], self.now, answers=seqs[-1]
        )
        messages.finish_turn(self.session, self.row.id, seqs)
        review_list.note_turn(self.session, self.row.id, seqs, taken_for, self.now)
        return int(sent.seq)
