"""Customers who are followed up first (service-rules A117): why, that it was done, and taking the label away."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import risk, roles
from cases.clock import utc_now
from cases.masking import mask_name
from cases.models import Agent, Conversation, Customer, RiskLabel
from gateway.chat import shown_time
from gateway.reading import row_number
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
    return {"customers": [_with_customer(session, row, agent) for row in risk.to_follow_up(session, agent)]}


def _with_customer(session: Session, row: RiskLabel, agent: Agent) -> dict[str, Any]:
    """Whose it is, and the newest conversation with him in which he did not complain about the agent."""
    whose, _, key = row.owner.partition(":")
    mine = Conversation.customer_key == key if whose == "customer" else Conversation.id == key
    rows = session.execute(select(Conversation).where(mine).order_by(Conversation.active_at.desc())).scalars()
    customer = session.get(Customer, key) if whose == "customer" else None
    return {
        **shown(row),
        "customer": mask_name(customer.name) if customer else None,
        "conversation_id": next((one.id for one in rows if not roles.kept_from(session, agent, one)), None),
    }


def follow_up(session: Session, state: State, agent: Agent, body: FollowedUp, label: str) -> dict[str, Any]:
    """A specialist followed the customer up."""
    return shown(risk.follow_up(session, row_number(label, "label"), agent, body.note, utc_now()))


def remove(session: Session, state: State, agent: Agent, body: Removal, label: str) -> dict[str, Any]:
    """A supervisor takes the label away."""
    return shown(risk.remove(session, row_number(label, "label"), agent, body.reason, utc_now()))
