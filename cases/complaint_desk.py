"""What agents do with a complaint beside answering it: register, classify, verify, note, wait, withdraw, close.

Service-rules A070–A074 and A083; law.md B.5 for withdrawal. Answers stand in `cases.complaint_replies`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, callbacks, claims, clocks, complaint_work, complaints, conversations, parties, roles
from cases.complaint_work import found, record, require_state, take_up, tell, written
from cases.complaints import Details
from cases.enums import ComplaintCategory, ComplaintCheck, ComplaintState, Severity
from cases.errors import Invalid, NotAllowed, NotFound, Refused
from cases.models import Agent, Claim, Complaint, ComplaintEvent, Conversation
from cases.roles import May

KNOWN_FLAGS = complaints.OUTSIDE_FLAGS | {"injury"}


def register(
    session: Session,
    conversation_id: str,
    agent: Agent,
    details: Details,
    now: datetime,
    severity: Severity | None = None,
) -> Complaint:
    """Write down a customer's complaint for him, once for each dialog (A070); he is told number and limits."""
    roles.require(agent, May.COMPLAINT_FIRST_LINE)
    conversation = conversations.lock(session, conversation_id)
    if conversation.agent_id != agent.id and not roles.allows(agent, May.READ_ALL):
        raise NotAllowed("another agent's conversation")
    filed = complaints.file(
        session, conversation_id, _complete(session, conversation, agent, details), now, by=roles.actor(agent)
    )
    complaint = filed.complaint
    if filed.new and severity and list(Severity).index(severity) > list(Severity).index(complaint.severity):
        complaint.severity = severity
    if filed.new:
        tell(session, complaint, now, "registered", "registered")
    return complaint


def _complete(session: Session, conversation: Conversation, agent: Agent, details: Details) -> Details:
    flags = {*details.flags, *conversation.flags} & KNOWN_FLAGS
    return replace(
        details,
        request_id=f"{agent.id}:{conversation.id}:{details.request_id}"[:80],
        flags=sorted(flags),
        about=_named(session, details.about),
        what_happened=written(details.what_happened, "what_happened"),
        wanted=written(details.wanted, "wanted"),
        claim_no=_claim_no(session, conversation, details.claim_no),
        contact=details.contact or conversation.contact_phone,
    )


def _named(session: Session, username: str | None) -> str | None:
    """The agent whom the customer complains about, if he named one."""
    if username and parties.by_username(session, username) is None:
        raise Invalid("about")
    return username or None


def _claim_no(session: Session, conversation: Conversation, claim_no: str | None) -> str | None:
    """A claim of this customer; one that is another's is refused, one that is not known is taken as it was said."""
    if not claim_no:
        return None
    no = claims.normal_subject(claim_no)
    mine = {claim.claim_no for claim in claims.own_claims(session, conversation)}
    if not claims.CLAIM_NO.fullmatch(no) or (no not in mine and session.get(Claim, no) is not None):
        raise Invalid("claim_no")
    return no


def classify(
    session: Session, no: str, agent: Agent, category: ComplaintCategory, severity: Severity, note: str, now: datetime
) -> Complaint:
    """Correct category and severity, with the reason (A071, A083)."""
    complaint = take_up(session, no, agent)
    basis = written(note, "note")
    before = {"category": complaint.category.value, "severity": complaint.severity.value}
    complaint.category, complaint.severity = category, severity
    complaint.matter = "/".join((*complaint.matter.split("/")[:-1], category.value))
    record(
        session,
        complaint,
        agent,
        now,
        "classify",
        basis,
        before=before,
        after={"category": category.value, "severity": severity.value},
    )
    parties.note_holders(session, complaint, now)
    return complaint


def check(
    session: Session, no: str, agent: Agent, code: ComplaintCheck, done: bool, note: str, now: datetime
) -> Complaint:
    """Tick off a line of the verification checklist, or take it back; both stay in the log (A072–A074)."""
    complaint = take_up(session, no, agent)
    record(session, complaint, agent, now, "check", written(note, "note", needed=False), code=code.value, done=done)
    return complaint


def checks(session: Session, no: str) -> list[dict[str, Any]]:
    """How the checklist stands: the newest word on each line."""
    rows = select(ComplaintEvent).where(ComplaintEvent.complaint_no == no, ComplaintEvent.action == "check")
    latest = {row.data["code"]: row for row in session.execute(rows.order_by(ComplaintEvent.id)).scalars()}
    return [
        {"code": code.value, "done": bool(row.data["done"]), "by": row.actor.partition(":")[2], "at": row.at}
        for code in ComplaintCheck
        if (row := latest.get(code.value))
    ]


def note(session: Session, no: str, agent: Agent, text: str, now: datetime) -> Complaint:
    """A line of the log that nobody outside sees; after the end too, by everyone who sees the complaint."""
    complaint = found(session, no, agent)
    record(session, complaint, agent, now, "note", written(text))
    return complaint


def wait_for_customer(session: Session, no: str, agent: Agent, text: str, now: datetime) -> Complaint:
    """The customer is to act: the service clocks stand, the legal one runs on."""
    complaint = take_up(session, no, agent, states=(ComplaintState.OPEN,))
    if complaint.waiting_since is not None:
        raise Refused("already_waiting")
    record(session, complaint, agent, now, "await", written(text, "note"))
    complaint_work.pause(complaint, now)
    return complaint


def go_on(session: Session, no: str, agent: Agent, text: str, now: datetime) -> Complaint:
    """The customer has acted."""
    complaint = take_up(session, no, agent, states=(ComplaintState.OPEN,))
    if complaint.waiting_since is None:
        raise Refused("not_waiting")
    record(session, complaint, agent, now, "resume", written(text, "note", needed=False))
    complaint_work.resume(complaint, now)
    return complaint


def withdraw(session: Session, no: str, agent: Agent, text: str, now: datetime) -> Complaint:
    """The customer takes it back: it ends the same day, whoever hears it first (law.md B.5, article 15)."""
    complaint = found(session, no, agent)
    require_state(complaint, complaints.OPEN)
    record(session, complaint, agent, now, "withdraw", written(text, "note"))
    _withdrawn(session, complaint, roles.actor(agent), now)
    tell(session, complaint, now, "withdrawn", "withdrawn")
    return complaint


def withdraw_by_customer(session: Session, no: str, conversation_id: str, now: datetime) -> Complaint:
    """The customer takes it back himself, in the chat: it ends once; one that has ended stays as it is. Raises
    NotFound alike for unknown and not his.
    """
    conversation = conversations.lock(session, conversation_id)
    complaint = complaint_work.lock(session, no)
    if complaint is None or no not in {row.no for row in complaints.of_customer(session, conversation)}:
        raise NotFound("complaint")
    if complaint.state in complaints.OPEN:
        who = claims.actor(conversation)
        complaints.log(session, no, now, who, "withdraw")
        audit.record(session, now, actor=who, action="complaint.withdraw", subject=no)
        _withdrawn(session, complaint, who, now)
    return complaint


def _withdrawn(session: Session, complaint: Complaint, who: str, now: datetime) -> None:
    """It ends, and with it the calls that are owed for it: nobody rings about what was taken back."""
    end(session, complaint, ComplaintState.WITHDRAWN, now)
    for call in callbacks.end_about(session, complaint.no, complaint.what_happened, now):
        complaints.log(session, complaint.no, now, who, "callback_end", callback=call)
        audit.record(session, now, actor=who, action="complaint.callback_end", subject=complaint.no, callback=call)


def close(session: Session, no: str, agent: Agent, text: str, now: datetime) -> Complaint:
    """End an answered complaint whose customer was asked again and said nothing: that is no satisfaction (A080)."""
    complaint = take_up(session, no, agent, deciding=True)
    if complaint.state is not ComplaintState.ANSWERED:
        raise Refused("not_answered")
    if not complaint.asked_again:
        raise Refused("not_confirmed")
    record(session, complaint, agent, now, "close", written(text, "note"), confirmation=None)
    end(session, complaint, ComplaintState.CLOSED, now)
    tell(session, complaint, now, "closed", "closed")
    return complaint


def end(session: Session, complaint: Complaint, state: ComplaintState, now: datetime) -> None:
    """No clock runs any more."""
    complaint.state, complaint.closed_at, complaint.waiting_since = state, now, None
    clocks.end_marks(session, now, complaint.no)


def related(session: Session, complaint: Complaint, agent: Agent) -> Sequence[str]:
    """Other complaints of the same customer or the same claim, newest first (A090), but those about the agent."""
    same = Complaint.conversation_id == complaint.conversation_id
    if complaint.customer_key:
        same = same | (Complaint.customer_key == complaint.customer_key)
    if complaint.claim_no:
        same = same | (Complaint.claim_no == complaint.claim_no)
    rows = select(Complaint).where(same, Complaint.no != complaint.no).order_by(Complaint.created_at.desc())
    return [row.no for row in session.execute(rows).scalars() if not roles.is_party(agent, row)]
