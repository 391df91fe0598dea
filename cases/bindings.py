"""Which customer is behind a user of a channel: bound by proof or by the app's page, and unbound (law.md B.6).

An openid is a WeChat user, not a policyholder: nothing of a claim is said to it before it is bound or has proved it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, claims, conversations
from cases.conversations import Opened
from cases.enums import Channel, Owner
from cases.errors import NotFound
from cases.models import ChannelUser, Claim, Conversation, Customer

BY_PROOF, BY_APP = "proof", "app"
WITH_PEOPLE = (Owner.QUEUED, Owner.HUMAN)


def bind_by_proof(
    session: Session, user: ChannelUser, conversation_id: str, subject: str, phone_last4: str, now: datetime
) -> Customer:
    """Bind by a claim number or plate and four digits of the phone. Raises NotFound, Locked (`claims.prove`)."""
    found = claims.prove(session, conversation_id, subject, phone_last4, now)
    return bind(session, user, found[0].policy.customer_key, BY_PROOF, now)


def bind(session: Session, user: ChannelUser, customer_key: str, by: str, now: datetime) -> Customer:
    """Bind a user to a customer; his open conversations become the customer's, but for one in which he proved another's
    claim: that ends. Raises NotFound.
    """
    customer = session.get(Customer, customer_key)
    if customer is None:
        raise NotFound("customer")
    user.customer_key, user.bound_at, user.bound_by = customer_key, now, by
    for conversation in _conversations(session, user, now):
        if _about_others(session, conversation, customer_key):
            _let_go(conversation, now)
        else:
            conversation.customer_key = customer_key
    audit.record(session, now, actor=f"customer:{customer_key}", action="channel.bind", subject=_subject(user), by=by)
    session.flush()
    return customer


def _about_others(session: Session, conversation: Conversation, customer_key: str) -> bool:
    """Whether claims of somebody else were proved and spoken of in a conversation."""
    proved = [session.get(Claim, no) for no in conversation.proved_claims or ()]
    return any(claim is not None and claim.policy.customer_key != customer_key for claim in proved)


def unbind(session: Session, user: ChannelUser, now: datetime) -> bool:
    """Take a binding back; False when there was none. What comes next begins a new conversation, with nothing known."""
    if user.customer_key is None:
        return False
    audit.record(session, now, actor=f"customer:{user.customer_key}", action="channel.unbind", subject=_subject(user))
    for conversation in _conversations(session, user, now):
        _let_go(conversation, now)
    user.customer_key = user.bound_at = user.bound_by = None
    session.flush()
    return True


def _let_go(conversation: Conversation, now: datetime) -> None:
    if conversation.channel is Channel.APP:
        conversation.channel_user = None
        return
    conversation.customer_key, conversation.proved_claims = None, []
    if conversation.owner not in WITH_PEOPLE:
        conversation.expires_at = now


def _conversations(session: Session, user: ChannelUser, now: datetime) -> list[Conversation]:
    mine = select(Conversation).where(
        Conversation.channel_user == user.user,
        Conversation.channel.in_([user.channel, Channel.APP]),
        Conversation.expires_at > now,
        Conversation.owner != Owner.CLOSED,
    )
    return list(session.execute(mine).scalars())


def _subject(user: ChannelUser) -> str:
    return f"{user.channel.value}:{user.user}"[:64]


def with_people(session: Session, customer_key: str, besides: str | None = None) -> Conversation | None:
    """The conversation in which this customer waits for or talks with a person."""
    mine = select(Conversation).where(Conversation.customer_key == customer_key, Conversation.owner.in_(WITH_PEOPLE))
    if besides:
        mine = mine.where(Conversation.id != besides)
    return session.execute(mine.order_by(Conversation.active_at.desc())).scalars().first()


def reopen_in_app(session: Session, customer_key: str, secret: str, now: datetime) -> Opened | None:
    """The app enters the conversation that the signed-in customer has with a person on another channel, if any.

    The token follows from our secret, so that a second device does not lock the first one out.
    """
    found = with_people(session, customer_key)
    if found is None or found.channel is Channel.APP:
        return None
    entry = hmac.new(secret.encode(), f"app-entry:{found.id}:{customer_key}".encode(), hashlib.sha256).digest()
    token = base64.urlsafe_b64encode(entry).decode().rstrip("=")
    found.token_hash = conversations.hash_token(token)
    found.expires_at = max(found.expires_at, now + conversations.LIFETIME)
    session.flush()
    return Opened(found.id, token, found.expires_at)
