"""Customers who are followed up first (service-rules A117): why, that it was done, and taking the label away."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import risk
from cases.clock import utc_now
from cases.errors import NotFound
from cases.masking import mask_name
from cases.models import Agent, Conversation, Customer, RiskLabel
from gateway.chat import shown_time
from gateway.state import State


class FollowedUp(msgspec.Struct):
    """What was done."""

    note: str


class Removal(msgspec.Struct):
    """Why the label goes."""

    reason: str


def shown(row: RiskLabel) -> dict[str, Any]:
    """A label with its reason."""
    return {
        "id": row.id,
        "kind": row.kind.value,
        "subject": row.subject,
        "data": row.data,
        "at": shown_time(row.at),
        "followed_up_at": shown_time(row.followed_up_at) if row.followed_up_at else None,
    }


def to_follow_up(session: Session, agent: Agent) -> dict[str, Any]:
    """The specialists' list."""
    return {"customers": [_with_customer(session, row) for row in risk.to_follow_up(session, agent)]}


def _with_customer(session: Session, row: RiskLabel) -> dict[str, Any]:
    """Whose it is, and the newest conversation with him."""
    whose, _, key = row.owner.partition(":")
    mine = Conversation.customer_key == key if whose == "customer" else Conversation.id == key
    newest = select(Conversation.id).where(mine).order_by(Conversation.active_at.desc())
    customer = session.get(Customer, key) if whose == "customer" else None
    return {
        **shown(row),
        "customer": mask_name(customer.name) if customer else None,
        "conversation_id": session.execute(newest).scalars().first(),
    }


def follow_up(session: Session, state: State, agent: Agent, body: FollowedUp, label: str) -> dict[str, Any]:
    """A specialist followed the customer up."""
    return shown(risk.follow_up(session, _number(label), agent, body.note, utc_now()))


def remove(session: Session, state: State, agent: Agent, body: Removal, label: str) -> dict[str, Any]:
    """A supervisor takes the label away."""
    return shown(risk.remove(session, _number(label), agent, body.reason, utc_now()))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("label")
    return int(text)
