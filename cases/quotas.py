"""How many messages a channel still takes for a customer, counted from stored events and sends.

WeChat: 5 in 48 hours after his message, 3 in a minute after a menu click, a follow or a scan.

What the documents leave open is read the careful way: a message that was sent counts against the 48 hours even when a
menu click allowed it; a window is taken as closed a little early (docs/wechat.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.enums import Opening
from cases.models import ChannelEvent, ChannelSend, ChannelUser

AFTER_MESSAGE, AFTER_EVENT = 5, 3
MESSAGE_LASTS, EVENT_LASTS = timedelta(hours=48), timedelta(minutes=1)
MESSAGE_MARGIN, EVENT_MARGIN = timedelta(seconds=30), timedelta(seconds=3)
FOR_PERSON = 2
CUSTOM = "custom"


@dataclass(frozen=True)
class Window:
    """What may still be sent: after a message and after an event; when the last possibility ends."""

    after_message: int = 0
    after_event: int = 0
    closes_at: datetime | None = None

    @property
    def for_person(self) -> int:
        """How many a member of staff may send."""
        return max(self.after_message, self.after_event)

    @property
    def for_bot(self) -> int:
        """How many the bot may send: two of the long window are kept for the person."""
        return max(self.after_message - FOR_PERSON, self.after_event)

    @property
    def open(self) -> bool:
        """Whether the time is not over, whatever is left of the number."""
        return self.closes_at is not None


def window(session: Session, user: ChannelUser, now: datetime) -> Window:
    """The window of a user as of now."""
    message, event = _latest(session, user, now)
    newest = max((moment for moment in (message, event) if moment), default=None)
    if newest is None:
        return Window()
    closes = max(moment + length for moment, length in ((message, MESSAGE_LASTS), (event, EVENT_LASTS)) if moment)
    if user.shut_at is not None and user.shut_at >= newest:
        return Window(closes_at=closes)
    return Window(
        max(AFTER_MESSAGE - _sent(session, user, message), 0) if message else 0,
        max(AFTER_EVENT - _sent(session, user, event), 0) if event else 0,
        closes,
    )


def _latest(session: Session, user: ChannelUser, now: datetime) -> tuple[datetime | None, datetime | None]:
    mine = (ChannelEvent.channel == user.channel, ChannelEvent.user == user.user)
    message = select(func.max(ChannelEvent.at)).where(
        *mine, ChannelEvent.opens == Opening.MESSAGE, ChannelEvent.at > now - MESSAGE_LASTS + MESSAGE_MARGIN
    )
    event = select(func.max(ChannelEvent.at)).where(
        *mine,
        ChannelEvent.opens.in_([Opening.MENU, Opening.FOLLOW, Opening.SCAN]),
        ChannelEvent.at > now - EVENT_LASTS + EVENT_MARGIN,
    )
    return session.execute(message).scalar_one(), session.execute(event).scalar_one()


def _sent(session: Session, user: ChannelUser, since: datetime) -> int:
    counted = (
        select(func.count())
        .select_from(ChannelSend)
        .where(
            ChannelSend.channel == user.channel,
            ChannelSend.user == user.user,
            ChannelSend.via == CUSTOM,
            ChannelSend.at >= since,
        )
    )
    return int(session.execute(counted).scalar_one())
