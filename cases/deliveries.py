"""The outbox: every message to a customer on a channel is a row, leaves once, in order, within the platform's quota.

    PENDING → SENDING → SENT            also → FAILED for good, DROPPED when it is not worth one of the last places
    PENDING → WAITING → PENDING         until the customer writes again: no place left, or the window is closed

Rows hold reviewed messages only (`messages.send` writes both in one transaction). What stands together and is text
leaves as one bubble; a turn of the bot gets two bubbles at most.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from cases import quotas
from cases.enums import Channel, DeliveryState, Kind, Sender
from cases.models import ChannelSend, ChannelUser, Conversation, Delivery, Message
from cases.platforms import insert_new

PREFIXES = {"wx:": Channel.WECHAT, "kf:": Channel.WECOM}
BUBBLES_A_TURN = 2
NOTICE_HOLD = timedelta(seconds=4)  # a notice leaves together with what the agent says next
AFTER_PASSIVE = timedelta(seconds=1)
STALE = timedelta(seconds=90)
MINOR_NOTICES = frozenset({"session_ended", "session_idle", "satisfaction.conversation"})
PASSIVE = "passive"


@dataclass(frozen=True)
class Piece:
    """A message as it waits to be sent; `done_chars` of it were sent before."""

    delivery_id: int
    message: Message
    done_chars: int


@dataclass(frozen=True)
class Bubble:
    """What is sent in one go. `takes` says how far each row gets by it: (row, characters, finished)."""

    text: str
    takes: tuple[tuple[int, int, bool], ...]
    choices: tuple[tuple[str, str], ...] = ()  # a menu: (id, label)


Compose = Callable[[Sequence[Piece], bool], Bubble]


@dataclass(frozen=True)
class Claimed:
    """A bubble that is ours to send, and its line in the count."""

    channel: Channel
    user: str
    bubble: Bubble
    send_id: int | None
    key: str
    attempts: int
    bundle: str = field(default="")


def enqueue(session: Session, conversation: Conversation, rows: Sequence[Message], now: datetime) -> None:
    """Put written messages on their way, where the customer is on a channel that does not come to fetch them."""
    channel = address(session, conversation)
    if channel is None or not rows:
        return
    user = lock_user(session, channel, str(conversation.channel_user), now)
    for row in rows:
        held = user.held_until if row.sender is Sender.BOT and user.held_until else now
        hold = now + NOTICE_HOLD if row.sender is Sender.SYSTEM else held
        session.add(
            Delivery(
                message_id=row.id,
                conversation_id=conversation.id,
                channel=channel,
                user=user.user,
                bundle=_bundle(row),
                state=DeliveryState.PENDING,
                done_chars=0,
                attempts=0,
                next_at=max(now, hold),
                created_at=now,
            )
        )
    session.flush()


def address(session: Session, conversation: Conversation) -> Channel | None:
    """The channel on which the customer wrote last, or None for the app, which fetches by itself."""
    if conversation.channel_user is None:
        return None
    last = session.execute(
        select(Message.client_id)
        .where(Message.conversation_id == conversation.id, Message.sender == Sender.CUSTOMER)
        .order_by(Message.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    if last is None:
        return conversation.channel if conversation.channel is not Channel.APP else None
    return PREFIXES.get(last[:3])


def _bundle(row: Message) -> str:
    return f"t{row.conversation_id}:{row.answers}" if row.answers and row.sender is Sender.BOT else f"m{row.id}"


def lock_user(session: Session, channel: Channel, user: str, now: datetime) -> ChannelUser:
    """A channel's user, locked until the transaction ends, made on first sight."""
    find = (
        select(ChannelUser)
        .where(ChannelUser.channel == channel, ChannelUser.user == user)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = session.execute(find).scalar_one_or_none()
    if found is None:
        insert_new(session, ChannelUser, channel=channel, user=user, following=True, created_at=now)
        found = session.execute(find).scalar_one()
    return found


def claim(
    session: Session, channel: Channel, user_id: str, compose: Compose, now: datetime, via: str = quotas.CUSTOM
) -> Claimed | None:
    """Take what is next for a user, so that nobody else sends it; what may not be sent now is put off."""
    user = lock_user(session, channel, user_id, now)
    while rows := _head(session, user, now, via):
        refusal = None if via == PASSIVE else _refusal(session, user, rows, now)
        if refusal is None:
            return _take(session, user, rows, compose, now, via)
        _put_off(rows, *refusal)
        session.flush()
    return None


def _head(session: Session, user: ChannelUser, now: datetime, via: str) -> list[tuple[Delivery, Message]]:
    """The rows that stand first and may leave together; empty when nothing is due or something is under way."""
    found = session.execute(
        select(Delivery, Message)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.channel == user.channel,
            Delivery.user == user.user,
            Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING]),
        )
        .order_by(Delivery.id)
    ).all()
    rows = [(delivery, message) for delivery, message in found]
    if not rows or any(delivery.state is DeliveryState.SENDING for delivery, _ in rows):
        return []
    first = rows[0][0]
    if via != PASSIVE and (min(row.next_at for row, _ in rows) > now or (first.attempts and first.next_at > now)):
        return []
    ratings = [place for place, (_, message) in enumerate(rows) if message.kind is Kind.RATING]
    if ratings and ratings[0] == 0:
        return rows[:1] if via != PASSIVE else []
    return rows[: ratings[0]] if ratings else rows


def _refusal(
    session: Session, user: ChannelUser, rows: Sequence[tuple[Delivery, Message]], now: datetime
) -> tuple[str, bool] | None:
    """Why the head may not be sent now, and whether that is for its own bundle only."""
    left = quotas.window(session, user, now)
    person = any(message.sender is Sender.AGENT for _, message in rows)
    if (left.for_person if person else left.for_bot) <= 0:
        return (user.shut_code or ("budget" if left.open else "window_closed"), False)
    head = rows[0][0]
    if head.bundle[0] != "m" and _bubbles_sent(session, user, head.bundle) >= BUBBLES_A_TURN:
        return ("long", True)
    return None


def _bubbles_sent(session: Session, user: ChannelUser, bundle: str) -> int:
    mine = (ChannelSend.channel == user.channel, ChannelSend.user == user.user, ChannelSend.bundle == bundle)
    return int(session.execute(select(func.count()).select_from(ChannelSend).where(*mine)).scalar_one())


def _put_off(rows: Sequence[tuple[Delivery, Message]], code: str, bundle_only: bool) -> None:
    for delivery, message in rows:
        if bundle_only and delivery.bundle != rows[0][0].bundle:
            continue
        minor = message.kind is Kind.RATING or message.meta.get("notice") in MINOR_NOTICES
        delivery.state = DeliveryState.DROPPED if minor and code != "long" else DeliveryState.WAITING
        delivery.error = code


def _take(
    session: Session,
    user: ChannelUser,
    rows: Sequence[tuple[Delivery, Message]],
    compose: Compose,
    now: datetime,
    via: str,
) -> Claimed:
    head = rows[0][0]
    last = head.bundle[0] != "m" and _bubbles_sent(session, user, head.bundle) == BUBBLES_A_TURN - 1
    bubble = compose([Piece(delivery.id, message, delivery.done_chars) for delivery, message in rows], last)
    send = ChannelSend(channel=user.channel, user=user.user, via=via, bundle=head.bundle, at=now)
    session.add(send)
    session.flush()
    taken = {row_id for row_id, _, _ in bubble.takes}
    for delivery, _ in rows:
        if delivery.id in taken:
            delivery.state, delivery.claimed_at, delivery.via = DeliveryState.SENDING, now, via
    key = f"d{head.id}c{head.done_chars}"
    claimed = Claimed(user.channel, user.user, bubble, send.id, key, head.attempts, head.bundle)
    if via == PASSIVE:
        sent(session, claimed, now)
        _after_passive(session, claimed, now)
    session.flush()
    return claimed


def _after_passive(session: Session, claimed: Claimed, now: datetime) -> None:
    """What is left follows a moment later, so that it does not overtake the reply."""
    session.execute(
        update(Delivery)
        .where(
            Delivery.channel == claimed.channel, Delivery.user == claimed.user, Delivery.state == DeliveryState.PENDING
        )
        .values(next_at=now + AFTER_PASSIVE)
        .execution_options(synchronize_session=False)
    )


def sent(session: Session, claimed: Claimed, now: datetime) -> None:
    """The platform took it. A row that was sent in part goes on with the rest."""
    for row_id, chars, finished in claimed.bubble.takes:
        row = session.get(Delivery, row_id)
        row.done_chars, row.error, row.attempts = chars, None, 0
        row.state = DeliveryState.SENT if finished else DeliveryState.PENDING
        row.sent_at, row.next_at = now, now


def not_sent(
    session: Session,
    claimed: Claimed,
    now: datetime,
    code: str,
    *,
    state: DeliveryState = DeliveryState.PENDING,
    pause: timedelta = timedelta(0),
    charged: bool = True,
    counted: bool = False,
) -> None:
    """It was not taken: try again after the pause, wait for the customer, or give up. `charged` counts the attempt;
    `counted` leaves it in the quota's count, because the platform may have taken it after all."""
    for row_id, _, _ in claimed.bubble.takes:
        row = session.get(Delivery, row_id)
        row.state, row.error, row.next_at = state, code, now + pause
        row.attempts += 1 if charged else 0
    if not counted and claimed.send_id is not None:
        session.delete(session.get(ChannelSend, claimed.send_id))
