"""Suggestions of agents (service-rules A092): writing one down, the list, adopting and declining."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy.orm import Session

from cases import roles, suggestions
from cases.clock import utc_now
from cases.desk_enums import SuggestionState
from cases.models import Agent, Complaint, Suggestion
from gateway.chat import shown_time
from gateway.problems import Unprocessable
from gateway.reading import row_number
from gateway.state import State


class NewSuggestion(msgspec.Struct):
    """What could be better."""

    client_id: str
    text: str
    topic: str | None = None
    complaint_no: str | None = None


class Marked(msgspec.Struct):
    """What becomes of it, and why."""

    state: SuggestionState
    note: str


def every(session: Session, agent: Agent) -> dict[str, Any]:
    """All for a supervisor, one's own for the others."""
    return {"suggestions": [shown(session, agent, row) for row in suggestions.seen_by(session, agent)]}


def record(session: Session, state: State, agent: Agent, body: NewSuggestion) -> dict[str, Any]:
    """Write one down."""
    if not 1 <= len(body.client_id) <= 64:
        raise Unprocessable()
    made = suggestions.record(
        session,
        agent,
        body.client_id,
        body.text,
        utc_now(),
        topic=body.topic or "",
        complaint_no=body.complaint_no or "",
    )
    return shown(session, agent, made)


def mark(session: Session, state: State, agent: Agent, body: Marked, suggestion: str) -> dict[str, Any]:
    """Adopt or decline one."""
    number = row_number(suggestion, "suggestion")
    return shown(session, agent, suggestions.mark(session, number, agent, body.state, body.note, utc_now()))


def shown(session: Session, agent: Agent, row: Suggestion) -> dict[str, Any]:
    """A suggestion as pages show it; the complaint only to who sees that."""
    by, decided = session.get(Agent, row.agent_id), session.get(Agent, row.decided_by) if row.decided_by else None
    complaint = session.get(Complaint, row.complaint_no) if row.complaint_no else None
    return {
        "id": row.id,
        "text": row.text,
        "topic": row.topic,
        "complaint_no": complaint.no if complaint and roles.sees(session, agent, complaint) else None,
        "agent": by.name if by else None,
        "at": shown_time(row.at),
        "state": row.state.value,
        "note": row.note,
        "decided_by": decided.name if decided else None,
        "decided_at": shown_time(row.decided_at) if row.decided_at else None,
    }
