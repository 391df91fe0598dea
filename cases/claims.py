"""Claims as a customer may see them: his own, or those that a guest has proved to be his (contract; law.md B.6)."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import audit, conversations
from cases.errors import Locked, NotFound
from cases.models import Claim, Conversation, Customer, Policy, ProofAttempt

MAX_FAILURES = 5
CONVERSATION_WINDOW = timedelta(hours=24)
SUBJECT_WINDOW = timedelta(hours=1)
LOCK = timedelta(minutes=30)
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Z][A-Z0-9]{4,5}[A-Z0-9挂学警港澳]"
)
CLAIM_NO = re.compile(r"[A-Z]{4}\d{18}")


def normal_subject(text: str) -> str:
    """A claim number or plate as it is stored: capitals, no spaces or separators."""
    return re.sub(r"[\s·•.\-_]", "", unicodedata.normalize("NFKC", text)).upper()


def own_claims(session: Session, conversation: Conversation) -> list[Claim]:
    """The claims that this conversation may see, newest first."""
    query = select(Claim).join(Policy).order_by(Claim.accident_at.desc(), Claim.claim_no)
    if conversation.customer_key:
        return list(session.execute(query.where(Policy.customer_key == conversation.customer_key)).scalars())
    if not conversation.proved_claims:
        return []
    return list(session.execute(query.where(Claim.claim_no.in_(conversation.proved_claims))).scalars())


def own_claim(session: Session, conversation_id: str, claim_no: str, now: datetime) -> Claim:
    """One claim of this conversation's customer, with an audit line. Raises NotFound for unknown and for not theirs
    alike.
    """
    conversation = conversations.get(session, conversation_id)
    found = [claim for claim in own_claims(session, conversation) if claim.claim_no == normal_subject(claim_no)]
    audit.record(
        session,
        now,
        actor=actor(conversation),
        action="claim.read",
        subject=normal_subject(claim_no),
        outcome="ok" if found else "refused",
    )
    if not found:
        raise NotFound("claim")
    return found[0]


def actor(conversation: Conversation) -> str:
    """How the audit log names who is behind a conversation."""
    return f"customer:{conversation.customer_key}" if conversation.customer_key else f"guest:{conversation.id}"


def prove(session: Session, conversation_id: str, subject: str, phone_last4: str, now: datetime) -> list[Claim]:
    """A guest proves himself by claim number or plate and the last four digits of the phone on file.

    The claims that this opens, kept on the conversation. Raises NotFound for every failure alike, and Locked when the
    conversation, or that claim or plate for all guests, has failed five times (contract).
    """
    conversation = conversations.lock(session, conversation_id)
    subject = normal_subject(subject)
    raise_if_locked(session, conversation_id, subject, now)
    found = _claims_behind(session, subject, phone_last4)
    session.add(ProofAttempt(conversation_id=conversation_id, subject=subject, ok=bool(found), at=now))
    session.flush()
    audit.record(
        session,
        now,
        actor=actor(conversation),
        action="claim.prove",
        subject=subject,
        outcome="ok" if found else "refused",
    )
    if not found:
        raise NotFound("claim")
    conversation.proved_claims = sorted({*conversation.proved_claims, *(claim.claim_no for claim in found)})
    return found


def _claims_behind(session: Session, subject: str, phone_last4: str) -> list[Claim]:
    matching = (Claim.claim_no == subject) | (Policy.plate == subject)
    query = (
        select(Claim, Customer.phone).join(Policy, Claim.policy_no == Policy.policy_no).join(Customer).where(matching)
    )
    rows = session.execute(query.order_by(Claim.accident_at.desc())).all()
    return [claim for claim, phone in rows if phone[-4:] == phone_last4]


def raise_if_locked(session: Session, conversation_id: str, subject: str | None, now: datetime) -> None:
    """Raise Locked while this conversation, or this claim or plate for guests, is locked."""
    moments = [_locked_until(session, ProofAttempt.conversation_id == conversation_id, CONVERSATION_WINDOW, now)]
    if subject:
        moments.append(_locked_until(session, ProofAttempt.subject == normal_subject(subject), SUBJECT_WINDOW, now))
    until = max((moment for moment in moments if moment), default=None)
    if until:
        raise Locked(until)


def _locked_until(session: Session, which: object, window: timedelta, now: datetime) -> datetime | None:
    """When the lock that five failures within the window set is over; None when there is none. A lock starts the
    count anew.
    """
    failed = session.execute(
        select(ProofAttempt.at)
        .where(which, ProofAttempt.ok.is_(False), ProofAttempt.at > now - CONVERSATION_WINDOW - LOCK)
        .order_by(ProofAttempt.at)
    ).scalars()
    counted: list[datetime] = []
    until: datetime | None = None
    for at in failed:
        counted = [*(earlier for earlier in counted if at - earlier <= window), at]
        if len(counted) == MAX_FAILURES:
            counted, until = [], at + LOCK
    return until if until and until > now else None


def failures(session: Session, conversation_id: str, now: datetime) -> int:
    """How often proofs failed in this conversation lately (three lead to the offer of a person, law.md B.7)."""
    counted = (
        select(func.count())
        .select_from(ProofAttempt)
        .where(
            ProofAttempt.conversation_id == conversation_id,
            ProofAttempt.ok.is_(False),
            ProofAttempt.at > now - CONVERSATION_WINDOW,
        )
    )
    return int(session.execute(counted).scalar_one())
