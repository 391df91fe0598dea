"""Conversations: opened, authenticated by their token, and what customers say in them.

A customer's message is a row before anything else happens to it, so a crash loses nothing; its `client_id` is unique in
the conversation, so a retry repeats nothing.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.choices import picked
from cases.enums import Channel, Kind, Owner, Sender, Turn
from cases.errors import Conflict, Invalid, NotFound
from cases.masking import mask
from cases.models import Conversation, Customer, Message, Photo

LIFETIME = timedelta(hours=24)
MAX_TEXT = 500


@dataclass(frozen=True)
class Opened:
    """A new conversation and the only key to it."""

    conversation_id: str
    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Posted:
    """Where a customer's message stands; `new` is false for a repeated `client_id`."""

    seq: int
    new: bool


def open_conversation(
    session: Session,
    now: datetime,
    *,
    customer_key: str | None = None,
    channel: Channel = Channel.APP,
    channel_user: str | None = None,
) -> Opened:
    """Begin a conversation, for a signed-in customer or a guest."""
    token = secrets.token_urlsafe(32)
    known = customer_key is not None and session.get(Customer, customer_key) is not None
    conversation = _blank(secrets.token_hex(12), now)
    conversation.channel, conversation.channel_user = channel, channel_user
    conversation.customer_key = customer_key if known else None
    conversation.token_hash = hash_token(token)
    session.add(conversation)
    session.flush()
    return Opened(conversation.id, token, conversation.expires_at)


def hash_token(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_token(session: Session, token: str, now: datetime) -> Conversation:
    """The conversation that a token opens. Raises NotFound for an unknown or expired one."""
    found = session.execute(
        select(Conversation).where(Conversation.token_hash == hash_token(token))
    ).scalar_one_or_none()
    if found is None or found.expires_at <= now:
        raise NotFound("conversation")
    return found


def get(session: Session, conversation_id: str) -> Conversation:
    """The conversation of that id. Raises NotFound."""
    found = session.get(Conversation, conversation_id)
    if found is None:
        raise NotFound("conversation")
    return found


def post_text(session: Session, conversation_id: str, client_id: str, text: str, now: datetime) -> Posted:
    """Store what a customer typed, masked; a typed choice counts as tapped; a phone number is kept as his contact."""
    masked = mask(text)
    chosen = _typed_choice(session, conversation_id, text) or offers().rating_in(
        session, get(session, conversation_id), text
    )
    posted = _post(
        session,
        conversation_id,
        client_id,
        now,
        kind=Kind.TEXT,
        text=masked.text,
        meta={"masked": sorted(masked.found)} if masked.found else {},
        turn_input=chosen,
    )
    if masked.phone and posted.new:
        get(session, conversation_id).contact_phone = masked.phone
    return posted


def post_choice(session: Session, conversation_id: str, client_id: str, choice: str, now: datetime) -> Posted:
    """Store a tapped choice as its label. Raises Invalid for an id that this conversation was not offered."""
    label, payload = _offered(session, conversation_id, choice)
    return _post(
        session,
        conversation_id,
        client_id,
        now,
        kind=Kind.TEXT,
        text=label,
        turn_input=payload,
        meta={"choice": choice},
    )


def post_image(session: Session, conversation_id: str, client_id: str, image_id: str, now: datetime) -> Posted:
    """Store that a customer sent a picture that he uploaded before. Raises NotFound for one that is not his."""
    photo = session.get(Photo, image_id)
    if photo is None or photo.conversation_id != conversation_id:
        raise NotFound("image")
    return _post(
        session,
        conversation_id,
        client_id,
        now,
        kind=Kind.IMAGE,
        text="",
        data={"image_id": image_id},
        turn_input=f'/send_photo{{"photo": "{image_id}"}}',
    )


def ensure(session: Session, conversation_id: str, now: datetime) -> Conversation:
    """The conversation of that id, begun as a guest's without a token where there is none (`rasa shell`)."""
    found = session.get(Conversation, conversation_id)
    if found is None:
        found = _blank(conversation_id, now)
        session.add(found)
        session.flush()
    return found


def _blank(conversation_id: str, now: datetime) -> Conversation:
    return Conversation(
        id=conversation_id,
        channel=Channel.APP,
        expires_at=now + LIFETIME,
        created_at=now,
        active_at=now,
        owner=Owner.BOT,
        epoch=0,
        human_epoch=0,
        last_seq=0,
        proved_claims=[],
        flags=[],
        collected={},
    )


def _typed_choice(session: Session, conversation_id: str, text: str) -> str | None:
    """The payload of the choice that a text names, where choices are the last thing that was said."""
    last = session.execute(
        select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq.desc()).limit(1)
    ).scalar_one_or_none()
    if last is None or last.sender is Sender.CUSTOMER or not last.choices:
        return None
    choice = picked(text, last.choices)
    return last.payloads[choice] if choice else None


def _offered(session: Session, conversation_id: str, choice: str) -> tuple[str, str]:
    seq = re.match(r"([0-9]{1,9})-", choice)
    row = (
        session.execute(
            select(Message.choices, Message.payloads).where(
                Message.conversation_id == conversation_id,
                Message.seq == int(seq[1]),
                Message.sender != Sender.CUSTOMER,
            )
        ).first()
        if seq
        else None
    )
    if row is None or choice not in row.payloads:
        raise Invalid("choice")
    return next(item["label"] for item in row.choices if item["id"] == choice), row.payloads[choice]


def _post(
    session: Session,
    conversation_id: str,
    client_id: str,
    now: datetime,
    *,
    kind: Kind,
    text: str,
    turn_input: str | None = None,
    meta: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> Posted:
    conversation = lock(session, conversation_id)  # first, so that of two with one client_id the second sees the first
    earlier = session.execute(
        select(Message.seq).where(
            Message.conversation_id == conversation_id,
            Message.sender == Sender.CUSTOMER,
            Message.client_id == client_id,
        )
    ).scalar_one_or_none()
    if earlier is not None:
        return Posted(earlier, new=False)
    ours = offers().is_ours(turn_input)  # a rating may come after the end
    if conversation.owner is Owner.CLOSED and not ours:
        raise Conflict("closed")
    waits_for_bot = conversation.owner in (Owner.BOT, Owner.QUEUED) and not ours
    message = Message(
        conversation_id=conversation_id,
        seq=take_seq(session, conversation),
        sender=Sender.CUSTOMER,
        kind=kind,
        text=text,
        choices=[],
        payloads={},
        data=data or {},
        meta=meta or {},
        at=now,
        client_id=client_id,
        turn_input=None if ours else turn_input,
        turn=Turn.PENDING if waits_for_bot else Turn.DONE,
    )
    session.add(message)
    conversation.active_at = now
    session.flush()
    if ours:
        offers().take(session, conversation, str(turn_input), text, now)
    return Posted(message.seq, new=True)


def offers() -> Any:
    """`cases.offers`, which answers what the bot does not; it needs this module itself."""
    from cases import offers

    return offers


def lock(session: Session, conversation_id: str) -> Conversation:
    """The conversation's row, locked until the transaction ends. Raises NotFound."""
    found = session.execute(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("conversation")
    return found


def take_seq(session: Session, conversation: Conversation) -> int:
    """The next place in a conversation that this transaction has locked."""
    conversation.last_seq = conversation.last_seq + 1
    return int(conversation.last_seq)


def learn(session: Session, conversation_id: str, heard: Mapping[str, Any]) -> None:
    """Keep what a turn told about a conversation, for whoever takes it: mood, risk flags, what forms have gathered."""
    conversation = get(session, conversation_id)
    if heard.get("mood") not in (None, "calm"):
        conversation.mood = heard["mood"]
    if new := set(heard.get("flags") or ()) - set(conversation.flags):
        conversation.flags = sorted(new | set(conversation.flags))
    if heard.get("collected"):
        conversation.collected = {**conversation.collected, **heard["collected"]}
