"""What helps an agent beside talking: quick phrases, labels, a masked number in full, call-backs."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, complaints, conversations, roles, tags
from cases.clock import utc_now
from cases.errors import NotAllowed, NotFound, Refused
from cases.masking import mask, mask_phone
from cases.models import Agent, Callback, Complaint, Conversation, Customer, Policy
from cases.roles import May
from faq.knowledge import phrases
from gateway.chat import shown_time
from gateway.problems import Unprocessable
from gateway.reading import row_number
from gateway.state import State

MOST_CALLBACKS = 200
NUMBERS = ("contact", "phone")  # what one rings


class Reveal(msgspec.Struct):
    """Which number, and why."""

    field: str
    reason: str
    key: str | None = None


class Tags(msgspec.Struct):
    """The labels as they shall be, or that there shall be none."""

    tags: list[str] = []
    off: bool | None = None


class Done(msgspec.Struct):
    """How a call-back went."""

    note: str = ""


def quick_phrases(session: Session, agent: Agent) -> dict[str, Any]:
    """The quick phrases of `faq/desk.yml`."""
    return {"phrases": phrases("desk")["phrases"]}


def reveal(session: Session, state: State, agent: Agent, body: Reveal, id: str) -> dict[str, Any]:
    """A masked number in full, where the roles allow it, against a reason, audited (PIPL 51)."""
    conversation = conversations.get(session, id)
    roles.require_revealable(session, conversation, agent, number=body.field in NUMBERS)
    reason = mask(body.reason.strip()).text
    if not 2 <= len(reason) <= 100:
        raise Unprocessable()
    value = _number(session, conversation, agent, body)
    audit.record(
        session,
        utc_now(),
        actor=roles.actor(agent),
        action=f"desk.reveal.{body.field}",
        subject=id,
        outcome="ok" if value else "empty",
        reason=reason,
        key=body.key,
    )
    return {"value": value or ""}


def _number(session: Session, conversation: Conversation, agent: Agent, body: Reveal) -> str | None:
    customer = session.get(Customer, conversation.customer_key) if conversation.customer_key else None
    if body.field == "phone" and customer is not None:
        return str(customer.phone)
    if body.field == "contact":
        return conversation.contact_phone
    if body.field == "vin" and customer is not None:
        policy = session.get(Policy, body.key or "")
        return policy.vin if policy is not None and policy.customer_key == customer.key else None
    if body.field == "complaint":
        complaint = session.get(Complaint, body.key or "")
        of_customer = complaints.of_customer(session, conversation)
        mine = {row.no for row in of_customer if not roles.is_party(agent, row)}
        return complaint.contact if complaint is not None and complaint.no in mine else None
    raise Unprocessable()


def put_tags(session: Session, state: State, agent: Agent, body: Tags, id: str) -> dict[str, Any]:
    """Set or delete labels, or switch them off and on for a customer (A118)."""
    conversation = conversations.get(session, id)
    roles.require_readable(session, conversation, agent)
    if not state.settings.service_tags:
        raise Refused("tags_off")
    if body.off is not None:
        tags.switch(session, conversation, agent, body.off, utc_now())
    if not body.off and (body.tags or body.off is None):
        tags.put(session, conversation, agent, body.tags, utc_now())
    return {"tags": tags.of(session, conversation), "off": tags.is_off(session, conversation)}


def callbacks(session: Session, agent: Agent) -> dict[str, Any]:
    """The call-backs that are still to be made, the earliest first."""
    rows = session.execute(
        select(Callback).where(Callback.done_at.is_(None)).order_by(Callback.due_at).limit(MOST_CALLBACKS)
    )
    return {"callbacks": [_owed(session, row) for row in rows.scalars() if roles.may_call(session, agent, row)]}


def _owed(session: Session, row: Callback) -> dict[str, Any]:
    """A call-back with the numbers that may be revealed for it, masked."""
    conversation = conversations.get(session, row.conversation_id)
    customer = session.get(Customer, conversation.customer_key) if conversation.customer_key else None
    known = {"contact": conversation.contact_phone, "phone": customer.phone if customer else None}
    return {**shown_callback(row), "numbers": {field: mask_phone(value) for field, value in known.items() if value}}


def shown_callback(row: Callback) -> dict[str, Any]:
    """A call-back as pages show it."""
    return {
        "id": row.id,
        "conversation_id": row.conversation_id,
        "reason": row.reason.value,
        "phone": mask_phone(row.phone),
        "summary": row.summary,
        "due_at": shown_time(row.due_at),
        "created_at": shown_time(row.created_at),
        "done_at": shown_time(row.done_at) if row.done_at else None,
    }


def end_callback(session: Session, state: State, agent: Agent, body: Done, callback: str) -> dict[str, Any]:
    """A call-back was made."""
    roles.require(agent, May.TALK)
    row = session.get(Callback, row_number(callback, "callback"))
    if row is None or not roles.may_call(session, agent, row):
        raise NotFound("callback")
    if row.done_at is not None:
        raise NotAllowed("done before")
    row.done_at = utc_now()
    note = mask(body.note.strip()).text[:500]
    row.summary = f"{row.summary}\n{note}".strip()
    audit.record(
        session, utc_now(), actor=roles.actor(agent), action="desk.callback", subject=row.conversation_id, reason=note
    )
    return shown_callback(row)
