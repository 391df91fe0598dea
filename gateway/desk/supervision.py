"""What supervisors see and do: the live board, the agents, reassigning, the weekly review and its export."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cases import audit, clocks, complaint_levels, complaints, handover, reports_weekly, roles
from cases.clock import utc_now
from cases.enums import HandoverState, Owner
from cases.errors import NotFound
from cases.masking import mask
from cases.models import Agent, Callback, Complaint, Conversation, Handover
from cases.roles import May
from faq.knowledge import knowledge, phrases
from gateway.chat import shown_time
from gateway.desk.access import agent_of
from gateway.desk.talking import notice
from gateway.state import State, state_of

PRESENT = timedelta(minutes=3)
QUEUE_LIMIT = timedelta(minutes=10)
MOST_BREACHES = 200
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Reassign(msgspec.Struct):
    """To whom, and why."""

    agent_id: int
    note: str = ""


def agents(session: Session, agent: Agent) -> dict[str, Any]:
    """The agents, whether they are at their desks, and how much they have."""
    roles.require(agent, May.BOARD)
    return {"agents": _agents(session)}


def _agents(session: Session) -> list[dict[str, Any]]:
    now = utc_now()
    held = dict(
        session.execute(
            select(Conversation.agent_id, func.count())
            .where(Conversation.owner == Owner.HUMAN)
            .group_by(Conversation.agent_id)
        ).all()
    )
    rows = session.execute(select(Agent).where(Agent.active.is_(True)).order_by(Agent.id)).scalars()
    return [
        {
            "id": row.id,
            "name": row.name,
            "role": row.role.value,
            "conversations": held.get(row.id, 0),
            "online": row.seen_at is not None and row.seen_at > now - PRESENT,
        }
        for row in rows
    ]


def board(session: Session, agent: Agent) -> dict[str, Any]:
    """Who waits, how long the longest, who has what, and which time limits are near or over."""
    roles.require(agent, May.BOARD)
    now = utc_now()
    waiting = list(
        session.execute(select(Handover.requested_at).where(Handover.state == HandoverState.WAITING)).scalars()
    )
    longest = max(((now - at).total_seconds() for at in waiting), default=0)
    counted = dict(
        session.execute(
            select(Conversation.owner, func.count())
            .where((Conversation.owner == Owner.HUMAN) | (Conversation.expires_at > now))
            .group_by(Conversation.owner)
        ).all()
    )
    return {
        "waiting": len(waiting),
        "longest_wait_seconds": max(0, int(longest)),
        "with_people": counted.get(Owner.HUMAN, 0),
        "with_bot": counted.get(Owner.BOT, 0),
        "agents": _agents(session),
        "breaches": sorted(_breaches(session, agent), key=lambda row: row["due"])[:MOST_BREACHES],
    }


def _breaches(session: Session, agent: Agent) -> Iterator[dict[str, Any]]:
    """Waiting, clocks, calls, and complaints that a supervisor has to look at; nothing of a complaint about himself."""
    now, texts = utc_now(), phrases("desk")["breaches"]
    every = list(session.execute(select(Complaint).where(Complaint.state.in_(complaints.OPEN))).scalars())
    about_him = {complaint.no for complaint in every if roles.is_party(agent, complaint)}
    rows = select(Handover).where(Handover.state == HandoverState.WAITING, Handover.requested_at < now - QUEUE_LIMIT)
    for stay in session.execute(rows).scalars():
        if _is_kept(session, agent, stay):
            continue
        yield _breach("queue", stay.conversation_id, texts["queue"], stay.requested_at + QUEUE_LIMIT)
    for mark in clocks.open_marks(session):
        if mark.subject in about_him:
            continue
        yield _breach(mark.clock.value, mark.subject, texts[mark.mark.value][mark.clock.value], mark.due_at)
    for call in session.execute(select(Callback).where(Callback.done_at.is_(None), Callback.due_at < now)).scalars():
        if not _is_kept(session, agent, call):
            yield _breach("callback", call.conversation_id, texts["callback"], call.due_at)
    for complaint in every:
        if complaint.no not in about_him and complaint_levels.needs_supervisor(session, complaint):
            yield _breach("outside", complaint.no, texts["outside"], complaint.first_feedback_due)


def _is_kept(session: Session, agent: Agent, row: Handover | Callback) -> bool:
    return roles.kept_from(session, agent, session.get(Conversation, row.conversation_id), row.reason)


def colleagues(session: Session, agent: Agent) -> dict[str, Any]:
    """Who works here, to say whom a complaint is about."""
    rows = session.execute(select(Agent).where(Agent.active.is_(True)).order_by(Agent.name, Agent.id)).scalars()
    return {"agents": [{"username": row.username, "name": row.name, "role": row.role.value} for row in rows]}


def _breach(kind: str, no: str, text: str, due: Any) -> dict[str, Any]:
    return {"type": kind, "no": no, "text": text, "due": shown_time(due)}


def reassign(session: Session, state: State, agent: Agent, body: Reassign, id: str) -> dict[str, Any]:
    """Give a conversation to another agent; the customer is told who speaks now."""
    to = session.get(Agent, body.agent_id)
    if to is None:
        raise NotFound("agent")
    row = handover.reassign(session, id, agent, to, mask(body.note.strip()).text[:500], utc_now())
    notice(session, state.door, id, "agent_changed", agent=to.name)
    audit.record(session, utc_now(), actor=roles.actor(agent), action="desk.reassign", subject=id, to=to.username)
    return {"owner": row.owner.value, "agent": to.name}


async def weekly(request: Request) -> Response:
    """The weekly review, as JSON or (`format=csv`) as a table."""
    agent = await agent_of(request, changing=False)
    week = reports_weekly.parse_week(request.query_params.get("week", ""))
    roles.require(agent, May.REPORTS)
    report = named(await state_of(request).read(reports_weekly.weekly, week, utc_now()))
    if request.query_params.get("format") != "csv":
        return JSONResponse(report)
    return Response(
        "\ufeff" + as_csv(report),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="weekly-{week.name}.csv"'},
    )


def named(report: dict[str, Any]) -> dict[str, Any]:
    """The review with the names of topics, targets and dimensions."""
    entries, texts = knowledge().current.entries, phrases("desk")
    for topic in report["topics"]:
        topic["title"] = entries[topic["id"]].title if topic["id"] in entries else topic["id"]
    for target in report["targets"]:
        target["key"], target["name"] = target["name"], texts["targets"].get(target["name"], target["name"])
    dimensions = phrases("notices")["satisfaction"]["dimensions"]
    for dimension in report["satisfaction"]["dimensions"]:
        dimension["key"], dimension["name"] = dimension["name"], dimensions.get(dimension["name"], dimension["name"])
    return report


def as_csv(report: Mapping[str, Any]) -> str:
    """Section, item, value; no cell is a formula (hostile case 22)."""
    out, texts = io.StringIO(), phrases("desk")["report"]
    table = csv.writer(out)
    table.writerow(texts["columns"])
    for section, name in texts["sections"].items():
        part = report["volume"]["by_day"] if section == "by_day" else report[section]
        for item, value in cells(part, skip={"by_day"} if section == "volume" else set()):
            table.writerow([safe(name), safe(item), safe(value)])
    return out.getvalue()


def cells(part: Any, path: str = "", skip: Collection[str] = ()) -> Iterator[tuple[str, Any]]:
    """Every figure with its place; a row of a list is named by its first text."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key not in skip:
                yield from cells(value, f"{path} {key}".strip())
    elif isinstance(part, list):
        for row in part:
            name = str(row.get("title") or next(value for value in row.values() if isinstance(value, str)))
            figures = {key: value for key, value in row.items() if not isinstance(value, str)}
            yield from cells(figures, f"{path} {name}".strip())
    else:
        yield path, part


def safe(value: Any) -> Any:
    """A cell that a spreadsheet takes as text."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" \u3000").startswith(FORMULA) else value
