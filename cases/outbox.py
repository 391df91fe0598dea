"""The outbox from its sides: whom a sender has to serve, what a customer's message changes, what the desk shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from cases import quotas
from cases.deliveries import AFTER_PASSIVE, STALE, address, lock_user
from cases.enums import Channel, DeliveryState, Sender
from cases.models import ChannelUser, Conversation, Delivery, Message

LEASE = timedelta(seconds=60)
TEMPLATE_EVERY = timedelta(hours=24)
TYPING_WITHIN = timedelta(seconds=10)


def due_users(session: Session, channel: Channel, now: datetime, limit: int = 200) -> list[str]:
    """Who has something that may leave now, the longest waiting first. Only reads."""
    rows = (
        select(Delivery.user)
        .join(ChannelUser, (ChannelUser.channel == Delivery.channel) & (ChannelUser.user == Delivery.user))
        .where(
            Delivery.channel == channel,
            Delivery.state == DeliveryState.PENDING,
            Delivery.next_at <= now,
            or_(ChannelUser.lease_until.is_(None), ChannelUser.lease_until < now),
        )
        .order_by(Delivery.id)
        .limit(limit * 4)
    )
    return list(dict.fromkeys(session.execute(rows).scalars()))[:limit]


def lease(session: Session, channel: Channel, user: str, now: datetime) -> bool:
    """Become the only sender for a user; False while another is."""
    changed = session.execute(
        update(ChannelUser)
        .where(
            ChannelUser.channel == channel,
            ChannelUser.user == user,
            or_(ChannelUser.lease_until.is_(None), ChannelUser.lease_until < now),
        )
        .values(lease_until=now + LEASE)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)


def unlease(session: Session, channel: Channel, user: str) -> None:
    """Let others send for that user again."""
    session.execute(
        update(ChannelUser)
        .where(ChannelUser.channel == channel, ChannelUser.user == user)
        .values(lease_until=None)
        .execution_options(synchronize_session=False)
    )


def recover(session: Session, now: datetime) -> int:
    """What a sender that died was at is sent again: the one case in which the platform may have it twice."""
    changed = session.execute(
        update(Delivery)
        .where(Delivery.state == DeliveryState.SENDING, Delivery.claimed_at < now - STALE)
        .values(state=DeliveryState.PENDING, attempts=Delivery.attempts + 1, next_at=now, error="interrupted")
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)


def typing_wanted(session: Session, channel: Channel, now: datetime) -> list[str]:
    """To whom the typing sign is to be shown."""
    wanted = select(ChannelUser.user).where(ChannelUser.channel == channel, ChannelUser.typing_at > now - TYPING_WITHIN)
    return list(session.execute(wanted).scalars())


def typing_shown(session: Session, channel: Channel, user: str) -> None:
    """The sign was shown, or is no longer wanted."""
    session.execute(
        update(ChannelUser)
        .where(ChannelUser.channel == channel, ChannelUser.user == user)
        .values(typing_at=None)
        .execution_options(synchronize_session=False)
    )


def take_template(session: Session, channel: Channel, now: datetime) -> list[str]:
    """Who is to be told by a template message that something waits for him, at most once a day; noted as told."""
    rows = (
        session.execute(
            select(ChannelUser)
            .join(Delivery, (ChannelUser.channel == Delivery.channel) & (ChannelUser.user == Delivery.user))
            .join(Message, Message.id == Delivery.message_id)
            .where(
                ChannelUser.channel == channel,
                ChannelUser.following,
                Delivery.state == DeliveryState.WAITING,
                Delivery.error.in_(["window_closed", "45015"]),
                Message.sender.in_([Sender.AGENT, Sender.SYSTEM]),
                or_(ChannelUser.template_at.is_(None), ChannelUser.template_at < now - TEMPLATE_EVERY),
            )
            .distinct()
            .limit(20)
        )
        .scalars()
        .all()
    )
    for user in rows:
        user.template_at = now
    return [str(user.user) for user in rows]


def mark_template(session: Session, channel: Channel, user: str, outcome: str) -> None:
    """Note on the waiting rows that a template message announced them, or why it did not."""
    session.execute(
        update(Delivery)
        .where(Delivery.channel == channel, Delivery.user == user, Delivery.state == DeliveryState.WAITING)
        .values(via=outcome[:16])
        .execution_options(synchronize_session=False)
    )


def shown(session: Session, conversation: Conversation, now: datetime) -> dict[str, Any] | None:
    """For the desk: the channel, what may still be sent and until when, and which messages did not get through."""
    channel = address(session, conversation)
    if channel is None:
        return None
    user = session.get(ChannelUser, (channel, conversation.channel_user))
    if user is None:
        return None
    left = quotas.window(session, user, now)
    return {
        "channel": channel.value,
        "left": left.for_person,
        "of": quotas.AFTER_MESSAGE,
        "kept": quotas.FOR_PERSON,
        "closes_at": left.closes_at.isoformat() if left.closes_at else None,
        "can_send": left.for_person > 0,
        "shut": user.shut_code,
        "following": user.following,
        "bound": user.customer_key is not None,
        "announced_at": user.template_at.isoformat() if user.template_at else None,
        "messages": _states(session, conversation),
    }


def _states(session: Session, conversation: Conversation) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Message.seq, Delivery.state, Delivery.error, Delivery.via, Delivery.attempts)
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Delivery.conversation_id == conversation.id, Delivery.state != DeliveryState.SENT)
        .order_by(Message.seq)
    )
    return [
        {"seq": seq, "state": state.value, "error": error, "via": via, "attempts": attempts}
        for seq, state, error, via, attempts in rows
    ]


def shut(session: Session, channel: Channel, user_id: str, code: str, now: datetime) -> None:
    """The platform takes nothing more for this user until he writes again."""
    user = lock_user(session, channel, user_id, now)
    user.shut_at, user.shut_code = now, code


def release(session: Session, user: ChannelUser, event_id: int, now: datetime) -> int:
    """The customer wrote: what waited for that goes first, as one bundle."""
    user.shut_at = user.shut_code = None
    bundle = f"late:{event_id}"
    waiting = [DeliveryState.WAITING]
    return _change(
        session, user, waiting, state=DeliveryState.PENDING, bundle=bundle, next_at=now, attempts=0, error=None
    )


def hold(session: Session, user: ChannelUser, until: datetime) -> None:
    """A callback may answer within its reply: the sender waits that long with everything."""
    user.held_until = until
    session.flush()
    session.execute(
        update(Delivery)
        .where(
            Delivery.channel == user.channel,
            Delivery.user == user.user,
            Delivery.state == DeliveryState.PENDING,
            Delivery.next_at < until,
        )
        .values(next_at=until)
        .execution_options(synchronize_session=False)
    )


def abandon(session: Session, user: ChannelUser, code: str) -> int:
    """Nothing can reach this user any more."""
    return _change(
        session, user, [DeliveryState.PENDING, DeliveryState.WAITING], state=DeliveryState.FAILED, error=code
    )


def unhold(session: Session, user: ChannelUser, now: datetime) -> None:
    """The callback has been answered: the sender may send."""
    user.held_until = None
    session.execute(
        update(Delivery)
        .where(
            Delivery.channel == user.channel,
            Delivery.user == user.user,
            Delivery.state == DeliveryState.PENDING,
            Delivery.attempts == 0,
            Delivery.next_at > now + AFTER_PASSIVE,
        )
        .values(next_at=now)
        .execution_options(synchronize_session=False)
    )


def _change(session: Session, user: ChannelUser, states: Sequence[DeliveryState], **values: Any) -> int:
    changed = session.execute(
        update(Delivery)
        .where(Delivery.channel == user.channel, Delivery.user == user.user, Delivery.state.in_(states))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)
