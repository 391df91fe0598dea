"""Avoidance: who is complained about does not handle the complaint (law.md B.5).

Those who held the conversation are noted when a complaint about attitude is filed (`complaints.file`); whoever works on
it adds or removes one, with the reason in the log. What a party is kept from stands in `cases.roles`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import complaints, holders
from cases.complaint_work import record, take_up, written
from cases.enums import ComplaintCategory
from cases.errors import Invalid, NotFound
from cases.models import Agent, Complaint


def add(session: Session, no: str, agent: Agent, username: str, reason: str, now: datetime) -> Complaint:
    """Note that an agent is complained about; he no longer sees it from now on. It may be oneself."""
    complaint, why = take_up(session, no, agent), written(reason, "reason")
    if by_username(session, username) is None:
        raise Invalid("agent")
    if username not in (complaint.parties or ()):
        complaint.parties = sorted({*(complaint.parties or ()), username})
        record(session, complaint, agent, now, "party_add", why, party=username)
    return complaint


def remove(session: Session, no: str, agent: Agent, username: str, reason: str, now: datetime) -> Complaint:
    """Note that an agent is not complained about after all; never a party's own word, who does not see it."""
    complaint, why = take_up(session, no, agent), written(reason, "reason")
    if username not in (complaint.parties or ()):
        raise NotFound("party")
    complaint.parties = [name for name in complaint.parties if name != username]
    record(session, complaint, agent, now, "party_remove", why, party=username)
    return complaint


def note_holders(session: Session, complaint: Complaint, agent: Agent, now: datetime) -> None:
    """A complaint that turns out to be about attitude: those who held the conversation before it was filed, but not the
    agent who finds that out.
    """
    held = holders.of(session, complaint.conversation_id, complaint.created_at)
    about_attitude = complaint.category is ComplaintCategory.ATTITUDE
    if newly := sorted(set(held) - {*(complaint.parties or ()), agent.username}) if about_attitude else []:
        complaint.parties = sorted({*(complaint.parties or ()), *newly})
        complaints.log(session, complaint.no, now, "system", "party_add", party=" ".join(newly))


def by_username(session: Session, username: str) -> Agent | None:
    """An agent, whether or not the account is still open."""
    row: Agent | None = session.execute(select(Agent).where(Agent.username == username)).scalar_one_or_none()
    return row


def shown(session: Session, complaint: Complaint) -> list[dict[str, Any]]:
    """The parties with their names."""
    rows = select(Agent.username, Agent.name).where(Agent.username.in_(complaint.parties or []))
    names = {row.username: row.name for row in session.execute(rows)}
    return [{"username": name, "name": names.get(name, name)} for name in complaint.parties or []]
