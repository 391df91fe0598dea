"""One history: what a customer said and was told before, in the app and on WeChat alike.

Conversations are joined by the customer that they belong to: signed in at the app, or bound on a channel. Nobody else
reads them (law.md B.6); guests have none. Who was bound by a plate and four digits, which others may know too, reads on
that channel what he said there himself, and no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, photos
from cases.bindings import BY_APP
from cases.claims import actor
from cases.enums import Channel
from cases.models import ChannelUser, Conversation, Message, Photo

PAGE = 50


@dataclass(frozen=True)
class Earlier:
    """Lines of earlier conversations, oldest first, each with its channel; `before` asks for the ones before them."""

    lines: list[tuple[Message, Channel]]
    before: int | None


def earlier(session: Session, conversation: Conversation, now: datetime, before: int | None = None) -> Earlier:
    """The signed-in customer's lines outside this conversation: the latest, or those before line `before`; audited."""
    if conversation.customer_key is None:
        return Earlier([], None)
    mine = (Conversation.customer_key == conversation.customer_key) & (Conversation.id != conversation.id)
    _note(session, actor(conversation), conversation.customer_key, now)
    return _page(session, mine, before, PAGE)


def of_user(session: Session, user: ChannelUser, now: datetime, most: int) -> Earlier:
    """What a bound user of a channel may read there: all, if the app vouched for him; else his own lines; audited."""
    mine = Conversation.customer_key == user.customer_key
    if user.bound_by != BY_APP:
        mine = mine & (Conversation.channel == user.channel) & (Conversation.channel_user == user.user)
    _note(session, f"customer:{user.customer_key}", user.customer_key, now)
    return _page(session, mine, None, most)


def _note(session: Session, who: str, customer_key: str, now: datetime) -> None:
    audit.record(session, now, actor=who, action="history.read", subject=f"customer:{customer_key}")


def _page(session: Session, mine: Any, before: int | None, most: int) -> Earlier:
    wanted = (
        select(Message, Conversation.channel)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(mine)
        .order_by(Message.id.desc())
        .limit(most + 1)
    )
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
