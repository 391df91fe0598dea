"""What customers tap on that is answered here and not by the bot: ratings, and their word on a complaint's answer.

Such a payload begins with `=`: `=rating:INVITATION:POINTS` (without points the text says them), `=complaint:NO:RESULT`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import complaint_replies, handover, notices, ratings
from cases.claims import actor
from cases.clock import local
from cases.enums import Confirmation, HandoverReason, Kind, Owner, Sender
from cases.models import Conversation, Invitation, Message
from cases.ratings import Score
from cases.settings import get_settings

MARK = "="


def is_ours(payload: str | None) -> bool:
    """Whether a payload is answered here."""
    return payload is not None and payload.startswith(MARK)


def rating_in(session: Session, conversation: Conversation, text: str) -> str | None:
    """The payload of a typed rating: right behind the card that asks for it, or any time after the end."""
    if ratings.read(text) is None:
        return None
    rows = select(Message).where(Message.conversation_id == conversation.id).order_by(Message.seq.desc())
    if conversation.owner is Owner.CLOSED:
        rows = rows.where(Message.kind == Kind.RATING)
    last = session.execute(rows.limit(1)).scalars().first()
    asked = (
        last.data.get("invitation")
        if last and last.kind is Kind.RATING and last.sender is not Sender.CUSTOMER
        else None
    )
    return f"{MARK}rating:{asked}:" if asked else None


def take(session: Session, conversation: Conversation, payload: str, text: str, now: datetime) -> None:
    """Do what was tapped or typed; what no longer waits for it is left as it is."""
    kind, subject, word = payload.removeprefix(MARK).split(":", 2)
    if kind == "rating":
        _rating(session, conversation, int(subject), word, text, now)
    elif kind == "complaint":
        _confirmation(session, conversation, subject, Confirmation(word), now)


def _rating(
    session: Session, conversation: Conversation, invitation_id: int, points: str, text: str, now: datetime
) -> None:
    asked = session.get(Invitation, invitation_id)
    score = Score(int(points)) if points else ratings.read(text)
    if asked is None or score is None or now > asked.created_at + ratings.ASKED_WITHIN:
        return
    ratings.give(session, conversation.id, asked, score, now)
    name = "satisfaction.low" if score.points <= ratings.LOW else "satisfaction.thanks"
    notices.record(session, now, f"rated:{asked.id}", name, conversation_id=conversation.id)


def _confirmation(session: Session, conversation: Conversation, no: str, result: Confirmation, now: datetime) -> None:
    taken = complaint_replies.confirm_by_customer(session, no, conversation.id, result, now, actor(conversation))
    hours = get_settings().service_hours
    if (
        taken
        and result is Confirmation.PERSON
        and conversation.owner is Owner.BOT
        and hours.contains(local(now).time())
    ):
        asked = handover.request(session, conversation.id, HandoverReason.COMPLAINT, now, hours, summary=no)
        name = "queue_next" if asked.position == 1 else "queued"
        notices.record(
            session,
            now,
            f"person:{no}:{now.isoformat()}",
            f"conversation.{name}",
            conversation_id=conversation.id,
            position=asked.position - 1,
        )
