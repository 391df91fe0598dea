"""Avoidance: who is complained about does not handle the complaint (law.md B.5).

Those who held the customer's conversations are noted when a complaint about attitude is filed (`complaints.file`);
whoever works on it adds one, a supervisor removes one, with the reason in the log. What a party is kept from stands in
`cases.roles`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, complaints, holders, roles
from cases.complaint_work import take_up, written
from cases.enums import ComplaintCategory
from cases.errors import Invalid, NotFound, Refused
from cases.models import Agent, Complaint
from cases.roles import May


def add(session: Session, no: str, agent: Agent, username: str, reason: str, now: datetime) -> Complaint:
    """Note that an agent is complained about; he no longer sees it from now on. It may be oneself. Raises Refused when
    nobody could work on it then.
    """
    complaint, why = take_up(session, no, agent), written(reason, "reason")
    if by_username(session, username) is None:
        raise Invalid("agent")
    parties = {*(complaint.parties or ()), username}
    if username not in (complaint.parties or ()):
        if not _is_anybody_left(session, complaint, parties):
            raise Refused("nobody_left")
        complaint.parties = sorted(parties)
        _record(session, complaint, roles.actor(agent), now, "party_add", username, why)
    return complaint


def _is_anybody_left(session: Session, complaint: Complaint, parties: Collection[str]) -> bool:
    """Whether an open account whose role works at the complaint's level is no party."""
    able = Agent.role.in_(roles.TABLE[roles.LEVELS[complaint.level]][0])
    rows = select(Agent.id).where(Agent.active.is_(True), able, Agent.username.not_in(parties))
    return session.execute(rows).first() is not None


def remove(session: Session, no: str, agent: Agent, username: str, reason: str, now: datetime) -> Complaint:
    """A supervisor notes that an agent is not complained about after all; never a party's own word, who does not see
    it.
    """
    complaint = take_up(session, no, agent)
    roles.require(agent, May.PARTIES)
    why = written(reason, "reason")
    if username not in (complaint.parties or ()):
        raise NotFound("party")
    complaint.parties = [name for name in complaint.parties if name != username]
    _record(session, complaint, roles.actor(agent), now, "party_remove", username, why)
    return complaint


def note_holders(session: Session, complaint: Complaint, now: datetime) -> None:
    """A complaint that turns out to be about attitude: those who held the customer's conversations before it was filed,
    but not the agent who wrote it down; who finds that out is none the less one of them.
    """
    if complaint.category is not ComplaintCategory.ATTITUDE:
        return
    wrote = complaints.filed_by(session, complaint.no)
    for name in holders.of(session, complaint.conversation_id, complaint.created_at):
        if name not in (complaint.parties or ()) and f"agent:{name}" != wrote:
            complaint.parties = sorted({*(complaint.parties or ()), name})
            _record(session, complaint, "system", now, "party_add", name)


def _record(
    session: Session, complaint: Complaint, who: str, now: datetime, action: str, username: str, why: str = ""
) -> None:
    """A line for a name in the complaint's log and one in the audit log (A083)."""
    complaints.log(session, complaint.no, now, who, action, why, party=username)
    audit.record(
        session, now, actor=who, action=f"complaint.{action}", subject=complaint.no, reason=why or None, party=username
    )


def by_username(session: Session, username: str) -> Agent | None:
    """An agent, whether or not the account is still open."""
    row: Agent | None = session.execute(select(Agent).where(Agent.username == username)).scalar_one_or_none()
    return row


def shown(session: Session, complaint: Complaint) -> list[dict[str, Any]]:
    """The parties with their names."""
    rows = select(Agent.username, Agent.name).where(Agent.username.in_(complaint.parties or []))
    names = {row.username: row.name for row in session.execute(rows)}
    return [{"username": name, "name": names.get(name, name)} for name in complaint.parties or []]
