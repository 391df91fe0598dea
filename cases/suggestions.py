"""What agents think should be done better: written down at the desk, adopted or declined (service-rules A092).

Rewards for good ones are no matter of this system; it keeps who suggested what.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, roles
from cases.desk_enums import SuggestionState
from cases.desk_texts import written
from cases.errors import Invalid, NotFound
from cases.models import Agent, Complaint, Suggestion
from cases.platforms import insert_new
from cases.roles import May

LONGEST_TOPIC = 40
MOST = 500
DECIDED = (SuggestionState.ADOPTED, SuggestionState.DECLINED)


def record(
    session: Session,
    agent: Agent,
    request_id: str,
    text: str,
    now: datetime,
    *,
    topic: str = "",
    complaint_no: str = "",
) -> Suggestion:
    """Write a suggestion down, once for each dialog; about a complaint only where the agent sees it."""
    roles.require(agent, May.SUGGEST)
    key = f"{agent.id}:{request_id}"[:80]
    mine = select(Suggestion).where(Suggestion.request_id == key)
    earlier: Suggestion | None = session.execute(mine).scalar_one_or_none()
    if earlier is not None:
        return earlier
    about = written(topic, "topic", needed=False)
    if len(about) > LONGEST_TOPIC:
        raise Invalid("topic")
    new = insert_new(
        session,
        Suggestion,
        agent_id=agent.id,
        text=written(text),
        topic=about or None,
        complaint_no=_seen(session, agent, complaint_no.strip().upper()),
        at=now,
        state=SuggestionState.OPEN,
        request_id=key,
    )
    row: Suggestion = session.execute(mine).scalar_one()
    if new:
        audit.record(session, now, actor=roles.actor(agent), action="suggestion.record", subject=str(row.id))
    return row


def _seen(session: Session, agent: Agent, no: str) -> str | None:
    if not no:
        return None
    complaint = session.get(Complaint, no)
    if complaint is None or not roles.sees(session, agent, complaint):
        raise Invalid("complaint_no")
    return no


def seen_by(session: Session, agent: Agent) -> Sequence[Suggestion]:
    """A supervisor sees all, undecided ones first; everybody else his own with what became of them."""
    rows = select(Suggestion).order_by(Suggestion.at.desc(), Suggestion.id.desc()).limit(MOST)
    if not roles.allows(agent, May.DECIDE_SUGGESTIONS):
        rows = rows.where(Suggestion.agent_id == agent.id)
    found = session.execute(rows).scalars()
    return sorted(found, key=lambda row: row.state is not SuggestionState.OPEN)


def mark(
    session: Session, suggestion_id: int, agent: Agent, state: SuggestionState, note: str, now: datetime
) -> Suggestion:
    """A supervisor adopts or declines it, with a note that the agent sees; it may be marked anew, audited each time."""
    roles.require(agent, May.DECIDE_SUGGESTIONS)
    if state not in DECIDED:
        raise Invalid("state")
    row = session.execute(
        select(Suggestion).where(Suggestion.id == suggestion_id).with_for_update()
    ).scalar_one_or_none()
    if row is None:
        raise NotFound("suggestion")
    row.note, row.state, row.decided_by, row.decided_at = written(note, "note"), state, agent.id, now
    audit.record(
        session, now, actor=roles.actor(agent), action=f"suggestion.{state}", subject=str(row.id), reason=row.note
    )
    return row
