"""Asking for a rating: once a case, of the agent who served then, after a person ended it (A110–A114, conflicts).

A case is a claim where one is known, else the conversation. What ended by itself is not asked about. The bot is
rated when the customer wants to; its ratings and people's are never mixed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import notices
from cases.claims import CLAIM_NO, actor
from cases.enums import HandoverState, Rated
from cases.models import Claim, Complaint, ComplaintEvent, Conversation, Handover, Invitation


def ask_after(session: Session, stay: Handover, agent_id: int, now: datetime) -> Invitation | None:
    """Ask about the service of an agent who closed a conversation; None when this case was asked about before."""
    if stay.state is not HandoverState.CLOSED:
        return None
    conversation = session.get(Conversation, stay.conversation_id)
    claim_no = claim_of(session, conversation)
    asked = _ask(
        session,
        now,
        f"claim:{claim_no}" if claim_no else f"conversation:{conversation.id}",
        subject=Rated.HUMAN,
        conversation_id=conversation.id,
        customer_key=conversation.customer_key,
        claim_no=claim_no,
        handover_id=stay.id,
        agent_id=agent_id,
    )
    if asked:
        notices.record(
            session,
            now,
            f"satisfaction:{asked.id}",
            "satisfaction.conversation",
            conversation_id=conversation.id,
            invitation=asked.id,
        )
    return asked


def ask_about_claim(session: Session, claim: Claim, now: datetime) -> Invitation | None:
    """Ask about a paid claim, seven days after (A110); None when this case was asked about before (A113)."""
    asked = _ask(
        session,
        now,
        f"claim:{claim.claim_no}",
        subject=Rated.CLAIM,
        customer_key=claim.policy.customer_key,
        claim_no=claim.claim_no,
    )
    if asked:
        notices.record(
            session,
            now,
            f"satisfaction:{asked.id}",
            "satisfaction.invite",
            customer_key=claim.policy.customer_key,
            claim=claim.claim_no,
            invitation=asked.id,
        )
    return asked


def _ask(session: Session, now: datetime, case_key: str, **values: object) -> Invitation | None:
    if session.execute(select(Invitation.id).where(Invitation.case_key == case_key)).first():
        return None
    asked = Invitation(case_key=case_key, created_at=now, **values)
    session.add(asked)
    session.flush()
    return asked


def claim_of(session: Session, conversation: Conversation) -> str | None:
    """The claim that a conversation was about, where it says so: a complaint, a guest's proof, a form."""
    proved = conversation.proved_claims[0] if len(conversation.proved_claims) == 1 else None
    candidates = (_complained_of(session, conversation), proved, (conversation.collected or {}).get("claim_no"))
    for no in candidates:
        if isinstance(no, str) and CLAIM_NO.fullmatch(no) and session.get(Claim, no) is not None:
            return no
    return None


def _complained_of(session: Session, conversation: Conversation) -> str | None:
    """The claim of the complaint that was filed or added to in this conversation."""
    said = (ComplaintEvent.actor == actor(conversation)) & (ComplaintEvent.at >= conversation.created_at)
    rows = (
        select(Complaint.claim_no)
        .join(ComplaintEvent, ComplaintEvent.complaint_no == Complaint.no)
        .where(Complaint.claim_no.is_not(None), said | (Complaint.conversation_id == conversation.id))
    )
    found: str | None = session.execute(rows.order_by(ComplaintEvent.id.desc())).scalars().first()
    return found
