"""Channels: who writes there, what came in, what goes out, what the platform allows."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint

from cases.enums import Channel, DeliveryState, EventState, Opening
from cases.models.base import Base, UtcDateTime, code


class ChannelUser(Base):
    """A user of a channel (WeChat: openid). Not a policyholder until bound to one."""

    __tablename__ = "channel_users"
    channel = Column(code(Channel), primary_key=True)
    user = Column(String(64), primary_key=True)
    customer_key = Column(ForeignKey("customers.key"), index=True)
    bound_at = Column(UtcDateTime)
    bound_by = Column(String(16))
    following = Column(Boolean, nullable=False, default=True)
    service_state = Column(Integer)  # WeCom: 0 to 4
    shut_at = Column(UtcDateTime)  # the platform said that nothing more may be sent; until the customer's next message
    shut_code = Column(String(16))
    held_until = Column(UtcDateTime)  # a callback still hopes to answer passively; the sender waits
    typing_at = Column(UtcDateTime)
    lease_until = Column(UtcDateTime)  # a sender is at work for this user
    template_at = Column(UtcDateTime)
    created_at = Column(UtcDateTime, nullable=False)


class ChannelEvent(Base):
    """What came in, once: the unique key is the dedupe. `opens` says what it allows us to send."""

    __tablename__ = "channel_events"
    id = Column(Integer, primary_key=True)
    channel = Column(code(Channel), nullable=False)
    user = Column(String(64), nullable=False)
    key = Column(String(128), nullable=False)
    opens = Column(code(Opening))
    at = Column(UtcDateTime, nullable=False)
    state = Column(code(EventState), nullable=False, index=True)
    conversation_id = Column(ForeignKey("conversations.id"))
    seq = Column(Integer)
    media_id = Column(String(128))
    attempts = Column(Integer, nullable=False, default=0)
    error = Column(String(32))
    reply = Column(Text)  # the passive answer that was given, for the platform's retry
    digest = Column(String(64))  # of the content: the same key with another content is an anomaly
    __table_args__ = (UniqueConstraint("channel", "key"), Index(None, "channel", "user", "opens", "at"))


class Delivery(Base):
    """One outgoing message on its way to a channel. `bundle` groups what belongs to one turn of the bot."""

    __tablename__ = "deliveries"
    id = Column(Integer, primary_key=True)
    message_id = Column(ForeignKey("messages.id"), nullable=False, unique=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    channel = Column(code(Channel), nullable=False)
    user = Column(String(64), nullable=False)
    bundle = Column(String(48), nullable=False)
    state = Column(code(DeliveryState), nullable=False)
    done_chars = Column(Integer, nullable=False, default=0)  # how much of a long text has been sent
    attempts = Column(Integer, nullable=False, default=0)
    next_at = Column(UtcDateTime, nullable=False)
    error = Column(String(32))
    via = Column(String(16))
    created_at = Column(UtcDateTime, nullable=False)
    claimed_at = Column(UtcDateTime)
    sent_at = Column(UtcDateTime)
    __table_args__ = (Index(None, "channel", "user", "state"), Index(None, "state", "next_at"))


class ChannelSend(Base):
    """One bubble that was sent or is being sent: what the budget is counted from."""

    __tablename__ = "channel_sends"
    id = Column(Integer, primary_key=True)
    channel = Column(code(Channel), nullable=False)
    user = Column(String(64), nullable=False)
    via = Column(String(16), nullable=False)
    bundle = Column(String(48), nullable=False)
    at = Column(UtcDateTime, nullable=False)
    __table_args__ = (Index(None, "channel", "user", "at"),)


class Platform(Base):
    """A platform's access token with its one refresher, and whether its API rests."""

    __tablename__ = "platforms"
    name = Column(String(16), primary_key=True)
    token = Column(Text)
    token_expires_at = Column(UtcDateTime)
    renew_at = Column(UtcDateTime)  # early enough that nobody waits
    bad_token = Column(Text)  # the token that the platform refused: to be replaced
    refresher = Column(String(32))
    refresher_until = Column(UtcDateTime)
    forced_at = Column(UtcDateTime)
    paused_until = Column(UtcDateTime)
    pause_code = Column(String(32))


class SeenSignature(Base):
    """A signature or one-time ticket that was used, and for what."""

    __tablename__ = "seen_signatures"
    signature = Column(String(80), primary_key=True)
    key = Column(String(128), nullable=False)
    at = Column(UtcDateTime, nullable=False, index=True)


class SyncCursor(Base):
    """How far the messages of a WeCom customer-service account have been read."""

    __tablename__ = "sync_cursors"
    account = Column(String(64), primary_key=True)
    cursor = Column(String(128), nullable=False, default="")
    token = Column(String(128))  # of the newest callback; lets sync_msg through without the strict limit
    wanted_at = Column(UtcDateTime)  # a callback that has not been followed yet
    updated_at = Column(UtcDateTime, nullable=False)
