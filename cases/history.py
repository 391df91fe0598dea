"""One history: what a customer said and was told before, in the app and on WeChat alike.

Conversations are joined by the customer that they belong to: signed in at the app, or bound on a channel. Nobody else
reads them (law.md B.6); guests have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import photos
from cases.enums import Channel
from cases.models import Conversation, Message, Photo

PAGE = 50


@dataclass(frozen=True)
class Earlier:
    """Lines of earlier conversations, oldest first, each with its channel; `before` asks for the ones before them."""

    lines: list[tuple[Message, Channel]]
    before: int | None


def earlier(session: Session, conversation: Conversation, before: int | None = None, most: int = PAGE) -> Earlier:
    """The customer's lines outside this conversation, the latest page of them or the one before line `before`."""
    if conversation.customer_key is None:
        return Earlier([], None)
    return of_customer(session, conversation.customer_key, before, most, besides=conversation.id)


def of_customer(
    session: Session, customer_key: str, before: int | None = None, most: int = PAGE, besides: str | None = None
) -> Earlier:
    """All that a customer said and was told, but for the conversation `besides`."""
    wanted = (
        select(Message, Conversation.channel)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.customer_key == customer_key)
        .order_by(Message.id.desc())
        .limit(most + 1)
    )
    if besides is not None:
        wanted = wanted.where(Message.conversation_id != besides)
    if before is not None:
        wanted = wanted.where(Message.id < before)
    found = [(row.Message, row.channel) for row in session.execute(wanted)]
    lines = found[:most][::-1]
    return Earlier(lines, lines[0][0].id if len(found) > most else None)


def read_photo(session: Session, root: Path, conversation: Conversation, photo_id: str) -> bytes:
    """A picture of this conversation, or of another one of the same customer. Raises NotFound."""
    return photos.read_photo(session, root, _holder(session, conversation, photo_id), photo_id)


def _holder(session: Session, conversation: Conversation, photo_id: str) -> str:
    """The conversation that the picture was sent in where it is the same customer's; else this one."""
    photo = session.get(Photo, photo_id[:32])
    other = session.get(Conversation, photo.conversation_id) if photo else None
    if other is None or conversation.customer_key is None or other.customer_key != conversation.customer_key:
        return str(conversation.id)
    return str(other.id)
