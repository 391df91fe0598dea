"""Complaints: written once, added to rather than doubled, answered within the service and the legal time limits.

Service-rules A070–A083; 15/30/60 days by the consumer-complaint measures of 2020 (law.md B.5); 24 hours for the first
feedback (A078).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, conversations, holders, numbers, risk
from cases.claims import actor
from cases.clock import add_business_days, add_days
from cases.enums import ComplaintCategory, ComplaintLevel, ComplaintState, ReplyBy, Severity
from cases.errors import NotFound
from cases.models import Complaint, ComplaintEvent, Conversation

FIRST_FEEDBACK = timedelta(hours=24)
LEGAL_DAYS = 15
LEVEL_BUSINESS_DAYS = 2
OPEN = (ComplaintState.OPEN, ComplaintState.ANSWERED)
REPEATED_WITHIN = timedelta(days=180)
MANY = 2
OUTSIDE_FLAGS = frozenset({"regulator", "media", "lawyer"})


@dataclass(frozen=True)
class Details:
    """What a customer said of a complaint. `request_id` names the form that asked, so that a retry writes nothing
    new.
    """

    request_id: str
    category: ComplaintCategory
    what_happened: str
    wanted: str
    reply_by: ReplyBy
    claim_no: str | None = None
    contact: str | None = None
    flags: Sequence[str] = field(default_factory=tuple)
    about: str | None = None  # the agent whom the customer named


@dataclass(frozen=True)
class Filed:
    """The complaint and whether it is new; an open one about the same matter was added to instead."""

    complaint: Complaint
    new: bool


def file(session: Session, conversation_id: str, details: Details, now: datetime, by: str | None = None) -> Filed:
    """Write a complaint exactly once; add to an open one about the same matter. `by` is who writes it for the
    customer.
    """
    conversation = conversations.lock(session, conversation_id)
    if written := _written_by(session, details.request_id):
        return Filed(written, new=True)
    if added := _added_by(session, details.request_id):
        return Filed(added, new=False)
    if same := _same_matter(session, conversation, details):
        _add_to(session, conversation, same, details, now, by or actor(conversation))
        return Filed(same, new=False)
    if repeated(session, conversation, details.claim_no, now):
        details = replace(details, flags=[*details.flags, risk.REPEATED])
    complaint = _new(conversation, details, numbers.next_number(session, numbers.COMPLAINT, now), now)
    complaint.parties = involved(session, conversation, details, now, {by})
    session.add(complaint)
    session.flush()
    log(
        session,
        complaint.no,
        now,
        by or actor(conversation),
        "filed",
        details.what_happened,
        flags=complaint.flags,
        parties=complaint.parties,
    )
    audit.record(session, now, actor=by or actor(conversation), action="complaint.file", subject=complaint.no)
    risk.note_complaint(session, conversation, complaint, now)
    return Filed(complaint, new=True)


def _written_by(session: Session, request_id: str) -> Complaint | None:
    return session.execute(select(Complaint).where(Complaint.request_id == request_id)).scalar_one_or_none()


def _added_by(session: Session, request_id: str) -> Complaint | None:
    query = select(Complaint).join(ComplaintEvent, ComplaintEvent.complaint_no == Complaint.no)
    return session.execute(query.where(ComplaintEvent.request_id == request_id)).scalars().first()


def matter_of(conversation: Conversation, details: Details) -> str:
    """What a complaint is about: whose, which claim (or none), which category."""
    whose = conversation.customer_key or conversation.id
    return f"{whose}/{details.claim_no or '-'}/{details.category}"


def _same_matter(session: Session, conversation: Conversation, details: Details) -> Complaint | None:
    """The open complaint about the same matter, locked: as it is once whoever works on it has committed, and None when
    it has ended by then.
    """
    query = select(Complaint).where(Complaint.matter == matter_of(conversation, details), Complaint.state.in_(OPEN))
    locked = query.order_by(Complaint.created_at.desc()).with_for_update().execution_options(populate_existing=True)
    found = session.execute(locked).scalars().first()
    return found if found is not None and found.state in OPEN else None


def repeated(
    session: Session, conversation: Conversation, claim_no: str | None, now: datetime, one: Complaint | None = None
) -> bool:
    """Whether this customer complained of the same claim before, or twice of anything lately (A090, A117); before `one`
    if it is written already.
    """
    every = of_customer(session, conversation)
    earlier = [row for row in every if one is None or (row.created_at, row.no) < (one.created_at, one.no)]
    lately = [row for row in earlier if row.created_at > now - REPEATED_WITHIN]
    return any(claim_no and row.claim_no == claim_no for row in earlier) or len(lately) >= MANY


def involved(
    session: Session, conversation: Conversation, details: Details, until: datetime, writers: Collection[str | None]
) -> list[str]:
    """Whom a complaint is about (law.md B.5): who is named; about attitude, those who held the customer's
    conversations, but not the agents who write it down for him, unless they are named too.
    """
    held = holders.of(session, conversation.id, until) if details.category is ComplaintCategory.ATTITUDE else []
    others = {name for name in held if f"agent:{name}" not in writers}
    return sorted({*others, *([details.about] if details.about else [])})


def filed_by(session: Session, no: str) -> str | None:
    """Who wrote a complaint down, as its log names him."""
    rows = select(ComplaintEvent.actor).where(ComplaintEvent.complaint_no == no, ComplaintEvent.action == "filed")
    return session.execute(rows.order_by(ComplaintEvent.id)).scalars().first()


def _add_to(
    session: Session, conversation: Conversation, complaint: Complaint, details: Details, now: datetime, who: str
) -> None:
    """A detail flags the complaint; the customer is labelled only if it repeats an earlier one (A117)."""
    complaint.flags = sorted({*complaint.flags, *details.flags, risk.REPEATED})
    complaint.severity = max(
        complaint.severity, severity_of(complaint.flags, details.category), key=list(Severity).index
    )
    newly = involved(session, conversation, details, now, {who, filed_by(session, complaint.no)})
    complaint.parties = sorted({*(complaint.parties or ()), *newly})
    text = f"{details.what_happened}\n{details.wanted}".strip()
    log(
        session,
        complaint.no,
        now,
        who,
        "added",
        text,
        request_id=details.request_id,
        flags=complaint.flags,
        parties=complaint.parties,
    )
    if repeated(session, conversation, complaint.claim_no, now, complaint):
        risk.note_complaint(session, conversation, complaint, now)


def severity_of(flags: Sequence[str], category: ComplaintCategory) -> Severity:
    """How serious a complaint is taken: outside bodies, harm and repetition before the rest."""
    if OUTSIDE_FLAGS & set(flags) or "injury" in flags:
        return Severity.SERIOUS
    if risk.REPEATED in flags or category in (ComplaintCategory.AMOUNT, ComplaintCategory.ATTITUDE):
        return Severity.MEDIUM
    return Severity.MINOR


def _new(conversation: Conversation, details: Details, no: str, now: datetime) -> Complaint:
    flags = sorted(set(details.flags))
    return Complaint(
        no=no,
        conversation_id=conversation.id,
        customer_key=conversation.customer_key,
        claim_no=details.claim_no,
        matter=matter_of(conversation, details),
        category=details.category,
        severity=severity_of(flags, details.category),
        level=ComplaintLevel.FIRST_LINE,
        state=ComplaintState.OPEN,
        what_happened=details.what_happened,
        wanted=details.wanted,
        reply_by=details.reply_by,
        contact=details.contact,
        flags=flags,
        created_at=now,
        first_feedback_due=now + FIRST_FEEDBACK,
        legal_due=add_days(now, LEGAL_DAYS),
        level_due=add_business_days(now, LEVEL_BUSINESS_DAYS),
        legal_days=LEGAL_DAYS,
        request_id=details.request_id,
    )


def log(
    session: Session,
    no: str,
    now: datetime,
    who: str,
    action: str,
    text: str = "",
    *,
    request_id: str | None = None,
    **data: Any,
) -> None:
    """Add a line to a complaint's log (A083); the database lets no line be changed."""
    session.add(
        ComplaintEvent(complaint_no=no, at=now, actor=who, action=action, text=text, data=data, request_id=request_id)
    )
    session.flush()


def of_customer(session: Session, conversation: Conversation) -> list[Complaint]:
    """The complaints that this conversation may see, newest first: the customer's own, or those filed in it."""
    mine = Complaint.conversation_id == conversation.id
    if conversation.customer_key:
        mine = mine | (Complaint.customer_key == conversation.customer_key)
    return list(session.execute(select(Complaint).where(mine).order_by(Complaint.created_at.desc())).scalars())


def running(session: Session, conversation: Conversation) -> list[Complaint]:
    """Those of the customer's complaints that have not ended, newest first."""
    return [complaint for complaint in of_customer(session, conversation) if complaint.state in OPEN]


def own_complaint(session: Session, conversation_id: str, no: str, now: datetime) -> Complaint:
    """One complaint of this conversation's customer, with an audit line. Raises NotFound alike for unknown and not
    theirs.
    """
    conversation = conversations.get(session, conversation_id)
    found = [complaint for complaint in of_customer(session, conversation) if complaint.no == no.strip().upper()]
    audit.record(
        session,
        now,
        actor=actor(conversation),
        action="complaint.read",
        subject=no[:20],
        outcome="ok" if found else "refused",
    )
    if not found:
        raise NotFound("complaint")
    return found[0]
