"""What the desk shows: the queue, a conversation with everything around it, complaints. Numbers are masked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import claims, complaints, conversations, messages, outbox, risk, roles, tags
from cases.clock import utc_now
from cases.enums import HandoverState, Owner
from cases.handover import open_handover
from cases.masking import mask_name, mask_phone
from cases.models import (
    AccidentReport,
    Agent,
    Appointment,
    Claim,
    Complaint,
    ComplaintEvent,
    Conversation,
    Customer,
    Handover,
    Policy,
)
from cases.roles import May
from gateway.chat import shown_message, shown_time
from gateway.desk import around, following

ALL = 10**6


def queue(session: Session, agent: Agent) -> dict[str, Any]:
    """Who waits, most urgent first; the agent's own; for a supervisor all."""
    waiting = session.execute(
        select(Handover)
        .where(Handover.state == HandoverState.WAITING)
        .order_by(Handover.priority.desc(), Handover.ahead.desc(), Handover.requested_at, Handover.id)
    ).scalars()
    shown: dict[str, Any] = {
        "waiting": [_queued(session, row) for row in waiting if roles.may_take(session, agent, row)]
    }
    mine = select(Conversation).where(Conversation.agent_id == agent.id).order_by(Conversation.active_at.desc())
    shown["mine"] = [shown_row(session, row) for row in session.execute(mine).scalars()]
    if roles.allows(agent, May.READ_ALL):
        every = select(Conversation).where(Conversation.owner.in_([Owner.QUEUED, Owner.HUMAN]))
        shown["all"] = [
            shown_row(session, row) for row in session.execute(every).scalars() if _is_shown(session, row, agent)
        ]
    return shown


def _is_shown(session: Session, row: Conversation, agent: Agent) -> bool:
    """Whether a conversation that people have is listed: one's own, and where no complaint is about the agent."""
    if row.agent_id == agent.id:
        return True
    stay = roles.latest_stay(session, row)
    return not roles.kept_from(session, agent, row, stay.reason if stay else None)


def _queued(session: Session, row: Handover) -> dict[str, Any]:
    conversation = conversations.get(session, row.conversation_id)
    waited = (utc_now() - row.requested_at).total_seconds()
    return {
        **shown_row(session, conversation),
        "reason": row.reason.value,
        "priority": row.priority,
        "first": bool(row.ahead),
        "flags": row.flags,
        "summary": row.summary,
        "waited_seconds": int(waited),
        "requested_at": shown_time(row.requested_at),
        "wanted_role": row.wanted_role,
    }


def shown_row(session: Session, conversation: Conversation) -> dict[str, Any]:
    """A conversation in a list."""
    agent = session.get(Agent, conversation.agent_id) if conversation.agent_id else None
    return {
        "conversation_id": conversation.id,
        "channel": conversation.channel.value,
        "owner": conversation.owner.value,
        "mood": conversation.mood,
        "flags": conversation.flags,
        "active_at": shown_time(conversation.active_at),
        "agent": agent.name if agent else None,
        "customer": _customer_name(session, conversation),
    }


def _customer_name(session: Session, conversation: Conversation) -> str | None:
    customer = session.get(Customer, conversation.customer_key) if conversation.customer_key else None
    return mask_name(customer.name) if customer else None


def conversation(session: Session, conversation_id: str, agent: Agent) -> dict[str, Any]:
    """Everything about one conversation."""
    row = conversations.get(session, conversation_id)
    roles.require_readable(session, row, agent)
    kept = roles.kept_from(session, agent, row)
    every_stay = session.execute(select(Handover).where(Handover.conversation_id == row.id).order_by(Handover.id))
    stays = [stay for stay in every_stay.scalars() if not (kept and stay.reason in roles.FOR_COMPLAINTS)]
    return {
        "conversation": {
            **shown_row(session, row),
            "id": row.id,
            "epoch": row.epoch,
            "contact": mask_phone(row.contact_phone),
            "tags": tags.of(session, row),
            "tags_off": tags.is_off(session, row),
            "risk": [following.shown(label) for label in risk.of(session, row, agent)],
        },
        "customer": _customer(session, row),
        "policies": _policies(session, row),
        "claims": [shown_claim(claim) for claim in claims.own_claims(session, row)],
        "complaints": [
            shown_complaint(c) for c in complaints.of_customer(session, row) if not roles.is_party(agent, c)
        ],
        "reports": _reports(session, row),
        "handovers": [around.stay(session, stay) for stay in stays],
        "notes": around.notes(session, row, by=agent if kept else None),
        "callbacks": [] if kept else around.callbacks(session, row),
        "ratings": around.ratings(session, row),
        "earlier": around.earlier(session, row, agent),
        "collected": {} if kept else row.collected,
        "summary": stays[-1].summary if stays else "",
        "delivery": outbox.shown(session, row, utc_now()),
        "messages": [shown_message(message) for message in messages.after(session, row.id, 0, limit=ALL)],
    }


def _customer(session: Session, row: Conversation) -> dict[str, Any] | None:
    customer = session.get(Customer, row.customer_key) if row.customer_key else None
    if customer is None:
        return None
    return {"key": customer.key, "name": mask_name(customer.name), "phone": mask_phone(customer.phone)}


def _policies(session: Session, row: Conversation) -> list[dict[str, Any]]:
    if not row.customer_key:
        return []
    found = session.execute(select(Policy).where(Policy.customer_key == row.customer_key)).scalars()
    return [
        {
            "policy_no": p.policy_no,
            "plate": p.plate,
            "valid_from": p.valid_from.isoformat(),
            "valid_to": p.valid_to.isoformat(),
            "coverages": p.coverages,
        }
        for p in found
    ]


def shown_claim(claim: Claim) -> dict[str, Any]:
    """A claim with its timeline."""
    return {
        "claim_no": claim.claim_no,
        "plate": claim.policy.plate,
        "kind": claim.kind.value,
        "status": claim.status.value,
        "status_at": shown_time(claim.status_at),
        "accident_at": shown_time(claim.accident_at),
        "missing_documents": claim.missing_documents,
        "injured": claim.injured,
        "events": [{"status": event.status.value, "at": shown_time(event.at)} for event in claim.events],
    }


def shown_complaint(row: Complaint) -> dict[str, Any]:
    """A complaint in a list."""
    return {
        "no": row.no,
        "conversation_id": row.conversation_id,
        "claim_no": row.claim_no,
        "category": row.category.value,
        "severity": row.severity.value,
        "level": row.level.value,
        "state": row.state.value,
        "flags": row.flags,
        "what_happened": row.what_happened,
        "wanted": row.wanted,
        "reply_by": row.reply_by.value,
        "contact": mask_phone(row.contact),
        "created_at": shown_time(row.created_at),
        "first_feedback_due": shown_time(row.first_feedback_due),
        "first_feedback_at": _time(row.first_feedback_at),
        "legal_due": shown_time(row.legal_due),
        "level_due": _time(row.level_due),
        "closed_at": _time(row.closed_at),
        "legal_limit_days": row.legal_days or complaints.LEGAL_DAYS,
        "promised_at": _time(row.promised_at),
        "waiting_since": _time(row.waiting_since),
        "answered_at": _time(row.answered_at),
        "answered_via": row.answered_via.value if row.answered_via else None,
        "confirmation": row.confirmation.value if row.confirmation else None,
    }


def complaint_log(session: Session, no: str) -> list[dict[str, Any]]:
    """A complaint's log, oldest first."""
    found = session.execute(select(ComplaintEvent).where(ComplaintEvent.complaint_no == no).order_by(ComplaintEvent.id))
    return [
        {"at": shown_time(e.at), "actor": e.actor, "action": e.action, "text": e.text, "data": e.data}
        for e in found.scalars()
    ]


def _reports(session: Session, row: Conversation) -> list[dict[str, Any]]:
    accidents = session.execute(select(AccidentReport).where(AccidentReport.conversation_id == row.id)).scalars()
    visits = session.execute(select(Appointment).where(Appointment.conversation_id == row.id)).scalars()
    return [
        *(
            {
                "no": r.no,
                "type": "report",
                "kind": r.kind.value,
                "happened": r.happened,
                "place": r.place,
                "plate": r.plate,
                "loss_band": r.loss_band,
                "description": r.description,
            }
            for r in accidents
        ),
        *(
            {"no": r.no, "type": "appointment", "wished_time": r.wished_time, "place": r.place, "subject": r.subject}
            for r in visits
        ),
    ]


def _time(moment: datetime | None) -> str | None:
    return shown_time(moment) if moment else None


def waiting_summary(session: Session, conversation_id: str) -> str:
    """What the open hand-over says the customer wants."""
    return str(open_handover(session, conversation_id).summary)
