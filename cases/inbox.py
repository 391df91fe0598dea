"""What comes in over a channel: each thing once, into the right conversation.

A bound customer has one open hand-over: while he waits for or talks with a person in the app, what he writes on the
channel goes there too. Otherwise it goes into the channel's newest conversation that is open, or begins one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import bindings, conversations
from cases.enums import Channel, EventState, Kind, Opening, Owner, Sender, Turn
from cases.models import ChannelEvent, ChannelUser, Conversation, Message
from cases.platforms import insert_new

STAYS_OPEN = timedelta(hours=48)
LATE = timedelta(minutes=10)


def take(
    session: Session,
    channel: Channel,
    user: str,
    key: str,
    at: datetime,
    now: datetime,
    *,
    opens: Opening | None = None,
    digest: str = "",
) -> ChannelEvent | None:
    """Note that something came in; None when it had come before."""
    happened = at if now - LATE < at < now else now
    new = insert_new(
        session,
        ChannelEvent,
        channel=channel,
        user=user,
        key=key,
        at=happened,
        opens=opens,
        state=EventState.DONE,
        attempts=0,
        digest=digest,
    )
    return event(session, channel, key) if new else None


def event(session: Session, channel: Channel, key: str) -> ChannelEvent:
    """What came in under that key."""
    find = select(ChannelEvent).where(ChannelEvent.channel == channel, ChannelEvent.key == key)
    return session.execute(find.execution_options(populate_existing=True)).scalar_one()


def user_of(session: Session, channel: Channel, user: str, now: datetime) -> ChannelUser:
    """A channel's user, made on first sight; not locked."""
    insert_new(session, ChannelUser, channel=channel, user=user, following=True, created_at=now)
    return session.get(ChannelUser, (channel, user))


def conversation_for(session: Session, user: ChannelUser, now: datetime) -> Conversation:
    """Where a user's next message belongs."""
    found = bindings.with_people(session, user.customer_key) if user.customer_key else None
    if found is None:
        found = _newest(session, user, now) or _begin(session, user, now)
    elif found.channel_user is None:
        found.channel_user = user.user  # the app's conversation is told to this channel too from now on
    found.expires_at = max(found.expires_at, now + STAYS_OPEN)
    session.flush()
    return found


def _newest(session: Session, user: ChannelUser, now: datetime) -> Conversation | None:
    mine = select(Conversation).where(
        Conversation.channel_user == user.user,
        Conversation.channel.in_([user.channel, Channel.APP]),
        Conversation.expires_at > now,
        Conversation.owner != Owner.CLOSED,
    )
    same = Conversation.customer_key == user.customer_key if user.customer_key else Conversation.customer_key.is_(None)
    return session.execute(mine.where(same).order_by(Conversation.active_at.desc())).scalars().first()


def _begin(session: Session, user: ChannelUser, now: datetime) -> Conversation:
    opened = conversations.open_conversation(
        session, now, customer_key=user.customer_key, channel=user.channel, channel_user=user.user
    )
    return conversations.get(session, opened.conversation_id)


def picked(session: Session, conversation_id: str, number: int) -> str | None:
    """The id of the choice that a number means, when the last turn made an offer."""
    offer = _last_offer(session, conversation_id)
    if offer is None or not 1 <= number <= len(offer.choices):
        return None
    return str(offer.choices[number - 1]["id"])


def _last_offer(session: Session, conversation_id: str) -> Message | None:
    rows = (
        session.execute(
            select(Message)
            .where(Message.conversation_id == conversation_id, Message.sender.in_([Sender.BOT, Sender.AGENT]))
            .order_by(Message.seq.desc())
            .limit(10)
        )
        .scalars()
        .all()
    )
    turn = [row for row in rows if row.sender is Sender.BOT and row.answers == rows[0].answers] if rows else []
    offers = [row for row in turn if row.choices]
    return offers[0] if offers and rows[0].sender is Sender.BOT else None


def without_turn(session: Session, conversation_id: str, seq: int) -> None:
    """A message that the bot need not answer: we do."""
    session.execute(
        Message.__table__.update()
        .where(Message.conversation_id == conversation_id, Message.seq == seq, Message.turn == Turn.PENDING.value)
        .values(turn=Turn.DONE.value)
    )


def rating_row(session: Session, user: ChannelUser, message_id: int) -> Message | None:
    """The rating that a tapped menu belongs to, if it was this user's."""
    row = session.get(Message, message_id)
    if row is None or row.kind is not Kind.RATING:
        return None
    conversation = conversations.get(session, row.conversation_id)
    return row if conversation.channel_user == user.user else None


def waiting_media(session: Session, limit: int = 100) -> list[int]:
    """Pictures that are still to be fetched: read at start, after a crash."""
    rows = select(ChannelEvent.id).where(ChannelEvent.state == EventState.MEDIA).order_by(ChannelEvent.id).limit(limit)
    return list(session.execute(rows).scalars())


def known_user(session: Session, channel: Channel, user: str) -> ChannelUser | None:
    """A channel's user, if there is one. Only reads."""
    return session.get(ChannelUser, (channel, user))
