"""Conversations, their messages, who owns them, and the hand-overs between bot and people."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Text, UniqueConstraint

from cases.enums import Channel, HandoverReason, HandoverState, Kind, Owner, Rated, Sender, Turn
from cases.models.base import Base, Json, UtcDateTime, code


class Conversation(Base):
    """One conversation. `epoch` counts changes of owner; `human_epoch` is the epoch at which a person last took it."""

    __tablename__ = "conversations"
    id = Column(String(32), primary_key=True)
    channel = Column(code(Channel), nullable=False, default=Channel.APP)
    channel_user = Column(String(64), index=True)
    customer_key = Column(ForeignKey("customers.key"), index=True)
    token_hash = Column(String(64), unique=True)
    expires_at = Column(UtcDateTime, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    active_at = Column(UtcDateTime, nullable=False)
    owner = Column(code(Owner), nullable=False, default=Owner.BOT, index=True)
    epoch = Column(Integer, nullable=False, default=0)
    human_epoch = Column(Integer, nullable=False, default=0)
    agent_id = Column(ForeignKey("agents.id"), index=True)
    last_seq = Column(Integer, nullable=False, default=0)
    proved_claims = Column(Json, nullable=False, default=list)
    contact_phone = Column(String(20))  # the number that the customer gave for an answer; shown masked
    mood = Column(String(16))
    flags = Column(Json, nullable=False, default=list)
    collected = Column(Json, nullable=False, default=dict)  # what a form has gathered so far, for the agent


class Message(Base):
    """One line of a conversation, in the order of `seq`. Customer text is stored masked."""

    __tablename__ = "messages"
    id = Column(Integer, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False)
    seq = Column(Integer, nullable=False)
    sender = Column(code(Sender), nullable=False)
    kind = Column(code(Kind), nullable=False)
    text = Column(Text, nullable=False, default="")
    choices = Column(Json, nullable=False, default=list)
    payloads = Column(Json, nullable=False, default=dict)  # choice id → what Rasa gets; never leaves the server
    data = Column(Json, nullable=False, default=dict)
    meta = Column(Json, nullable=False, default=dict)
    at = Column(UtcDateTime, nullable=False)
    client_id = Column(String(80))
    turn = Column(code(Turn), index=True)
    turn_input = Column(Text)  # what the turn is run with when that is not the text: a choice's payload
    heard = Column(Json)  # for a customer message: what the bot took it for; never leaves the server
    answers = Column(Integer)  # for a bot message: the customer message that it answers
    ruleset = Column(String(16))
    agent_id = Column(ForeignKey("agents.id"))
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "sender", "client_id"),
        Index(None, "conversation_id", "turn"),
    )


class Handover(Base):
    """One stay of a conversation with people: asked for, accepted, handed back or closed."""

    __tablename__ = "handovers"
    id = Column(Integer, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    reason = Column(code(HandoverReason), nullable=False)
    priority = Column(Integer, nullable=False)  # higher first: injury before complaint before the rest
    ahead = Column(Integer, nullable=False, default=0, server_default="0")  # 1: first among equals (A117)
    flags = Column(Json, nullable=False, default=list)
    summary = Column(Text, nullable=False, default="")
    state = Column(code(HandoverState), nullable=False, index=True)
    requested_at = Column(UtcDateTime, nullable=False)
    queued_at = Column(UtcDateTime)  # when it last began to wait, after it was passed on
    accepted_at = Column(UtcDateTime)
    ended_at = Column(UtcDateTime)
    agent_id = Column(ForeignKey("agents.id"))
    wanted_role = Column(String(16))
    note = Column(Text)


class Callback(Base):
    """A call-back that was recorded because nobody was there."""

    __tablename__ = "callbacks"
    id = Column(Integer, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    reason = Column(code(HandoverReason), nullable=False)
    phone = Column(String(20))
    summary = Column(Text, nullable=False, default="")
    due_at = Column(UtcDateTime, nullable=False)
    done_at = Column(UtcDateTime)
    created_at = Column(UtcDateTime, nullable=False)


class Note(Base):
    """What an agent wrote for colleagues; no customer sees it."""

    __tablename__ = "notes"
    id = Column(Integer, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    agent_id = Column(ForeignKey("agents.id"), nullable=False)
    text = Column(Text, nullable=False)
    at = Column(UtcDateTime, nullable=False)


class Rating(Base):
    """A customer's rating of one case: one to five, of the person, of the bot or of a claim; by dimensions where
    given.
    """

    __tablename__ = "ratings"
    id = Column(Integer, primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    handover_id = Column(ForeignKey("handovers.id"), unique=True)
    agent_id = Column(ForeignKey("agents.id"))
    invitation_id = Column(Integer, unique=True)  # the invitation that it answers; none when the customer began it
    subject = Column(code(Rated))
    score = Column(Integer, nullable=False)
    dimensions = Column(Json)
    comment = Column(Text, nullable=False, default="")
    at = Column(UtcDateTime, nullable=False)


class Photo(Base):
    """A picture that a customer sent, as it was re-encoded and kept."""

    __tablename__ = "photos"
    id = Column(String(32), primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    sha256 = Column(String(64), nullable=False)
    width = Column(Integer, nullable=False)
    height = Column(Integer, nullable=False)
    size = Column(Integer, nullable=False)
    checks = Column(Json, nullable=False)
    shot = Column(String(8))  # which picture of the guided list it was counted as (P1…P17)
    usable = Column(Boolean, nullable=False)
    at = Column(UtcDateTime, nullable=False)
