"""Complaints at the desk: the list, one with its log and checklist, and what is done with it (web/API.md)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cases import (
    complaint_desk,
    complaint_levels,
    complaint_replies,
    complaints,
    conversations,
    parties,
    roles,
    schemes,
)
from cases.clock import parse_moment, utc_now
from cases.complaints import Details
from cases.enums import ComplaintCategory, ComplaintCheck, Confirmation, ReplyBy, SchemeKind, Severity
from cases.errors import NotFound
from cases.models import Agent, Complaint, ComplaintEvent, Scheme
from faq.knowledge import phrases
from gateway.chat import shown_time
from gateway.desk import views
from gateway.desk.access import agent_of
from gateway.desk.acting import perform
from gateway.problems import Unprocessable
from gateway.reading import read_body
from gateway.state import State, state_of

MOST = 500


class Register(msgspec.Struct):
    """A complaint that an agent writes down."""

    conversation_id: str
    category: ComplaintCategory
    what_happened: str
    wanted: str
    reply_by: ReplyBy
    client_id: str
    claim_no: str | None = None
    contact: str | None = None
    severity: Severity | None = None
    flags: list[str] = []
    about: str | None = None


class Classify(msgspec.Struct):
    category: ComplaintCategory
    severity: Severity
    note: str


class Check(msgspec.Struct):
    code: ComplaintCheck
    done: bool
    note: str = ""


class Feedback(msgspec.Struct):
    text: str
    reason: str | None = ""
    expected_at: str | None = None
    via: ReplyBy | None = None


class Answer(msgspec.Struct):
    text: str
    via: ReplyBy


class Confirm(msgspec.Struct):
    result: Confirmation


class Reason(msgspec.Struct):
    reason: str


class Party(msgspec.Struct):
    agent: str
    reason: str


class Extend(msgspec.Struct):
    days: int
    reason: str


class Apply(msgspec.Struct):
    id: str
    note: str


class Remark(msgspec.Struct):
    note: str = ""


class Text(msgspec.Struct):
    text: str


class NewScheme(msgspec.Struct):
    kind: SchemeKind
    name: str
    legal_reference: str


Do = Callable[[Session, State, Agent, str, Any, datetime], Any]
ACTIONS: dict[str, tuple[type[msgspec.Struct], Do]] = {
    "classify": (
        Classify,
        lambda s, g, a, no, b, now: complaint_desk.classify(s, no, a, b.category, b.severity, b.note, now),
    ),
    "check": (Check, lambda s, g, a, no, b, now: complaint_desk.check(s, no, a, b.code, b.done, b.note, now)),
    "feedback": (
        Feedback,
        lambda s, g, a, no, b, now: complaint_replies.feedback(
            s, g.door, no, a, b.text, now, reason=b.reason or "", expected_at=moment(b.expected_at), via=b.via
        ),
    ),
    "answer": (Answer, lambda s, g, a, no, b, now: complaint_replies.answer(s, g.door, no, a, b.text, b.via, now)),
    "confirm": (Confirm, lambda s, g, a, no, b, now: complaint_replies.confirm(s, no, a, b.result, now)),
    "escalate": (Reason, lambda s, g, a, no, b, now: complaint_levels.escalate(s, no, a, b.reason, now)),
    "extend": (Extend, lambda s, g, a, no, b, now: complaint_replies.extend(s, g.door, no, a, b.days, b.reason, now)),
    "scheme": (Apply, lambda s, g, a, no, b, now: schemes.apply(s, no, a, b.id, b.note, now)),
    "withdraw": (Remark, lambda s, g, a, no, b, now: complaint_desk.withdraw(s, no, a, b.note, now)),
    "close": (Remark, lambda s, g, a, no, b, now: complaint_desk.close(s, no, a, b.note, now)),
    "await": (Remark, lambda s, g, a, no, b, now: complaint_desk.wait_for_customer(s, no, a, b.note, now)),
    "resume": (Remark, lambda s, g, a, no, b, now: complaint_desk.go_on(s, no, a, b.note, now)),
    "party_add": (Party, lambda s, g, a, no, b, now: parties.add(s, no, a, b.agent, b.reason, now)),
    "party_remove": (Party, lambda s, g, a, no, b, now: parties.remove(s, no, a, b.agent, b.reason, now)),
    "note": (Text, lambda s, g, a, no, b, now: complaint_desk.note(s, no, a, b.text, now)),
}


def moment(text: str | None) -> datetime | None:
    """A time that a page sent; without an offset it is Shanghai's. Raises Unprocessable."""
    try:
        return parse_moment(text) if text else None
    except ValueError:
        raise Unprocessable() from None


async def act(request: Request) -> Response:
    """Do one thing with a complaint and show it."""
    agent = await agent_of(request, changing=True)
    if request.path_params["action"] not in ACTIONS:
        raise NotFound("action")
    body, work = ACTIONS[request.path_params["action"]]

    def run(session: Session, state: State, agent: Agent, content: Any, no: str, action: str) -> dict[str, Any]:
        work(session, state, agent, no, content, utc_now())
        return after(session, agent, no)

    content = await read_body(request, body)
    return JSONResponse(await perform(state_of(request), agent, run, content, **request.path_params))


def register(session: Session, state: State, agent: Agent, body: Register) -> dict[str, Any]:
    """Write a complaint down for a customer; the same dialog twice is one complaint."""
    if not 1 <= len(body.client_id) <= 40:
        raise Unprocessable()
    roles.require_unconcerned(session, conversations.get(session, body.conversation_id), agent)
    details = Details(
        body.client_id,
        body.category,
        body.what_happened,
        body.wanted,
        body.reply_by,
        claim_no=body.claim_no,
        contact=(body.contact or "")[:120] or None,
        flags=tuple(body.flags),
        about=body.about,
    )
    done = complaint_desk.register(session, body.conversation_id, agent, details, utc_now(), body.severity)
    return after(session, agent, done.no)


def after(session: Session, agent: Agent, no: str) -> dict[str, Any]:
    """A complaint after something was done; to whom it is about from now on, only that it is with others."""
    row = session.get(Complaint, no)
    return {"no": no, "recused": True} if row is not None and roles.is_party(agent, row) else one(session, agent, no)


def every(session: Session, agent: Agent) -> dict[str, Any]:
    """The complaints that the agent's role works on or that he worked on: open ones first, the most serious first."""
    worked_on = select(ComplaintEvent.complaint_no).where(ComplaintEvent.actor == roles.actor(agent))
    mine = Complaint.level.in_(roles.levels_of(agent)) | Complaint.no.in_(worked_on)
    rows = session.execute(select(Complaint).where(mine).order_by(Complaint.created_at.desc()).limit(MOST)).scalars()
    shown = [row for row in rows if not roles.is_party(agent, row)]
    return {"complaints": [views.shown_complaint(row) for row in sorted(shown, key=_urgency)]}


def _urgency(row: Complaint) -> tuple[Any, ...]:
    outside = bool(complaints.OUTSIDE_FLAGS & set(row.flags))
    return row.closed_at is not None, not outside, -list(Severity).index(row.severity), row.legal_due, row.no


def one(session: Session, agent: Agent, no: str) -> dict[str, Any]:
    """A complaint with its log, checklist, schemes and what it is related to. Raises NotFound alike for not his."""
    row = session.get(Complaint, no)
    if row is None or not roles.sees(session, agent, row):
        raise NotFound("complaint")
    names = phrases("desk")["checks"]
    checks = [
        {**check, "at": shown_time(check["at"]), "name": names[check["code"]]["name"]}
        for check in complaint_desk.checks(session, no)
    ]
    return {
        **views.shown_complaint(row),
        "log": views.complaint_log(session, no),
        "checks": checks,
        "schemes": [shown_scheme(scheme) for scheme in schemes.approved(session)],
        "related": complaint_desk.related(session, row, agent),
        "parties": parties.shown(session, row),
    }


def checklist(session: Session, agent: Agent) -> dict[str, Any]:
    """The texts of the verification checklist."""
    return {"checks": [{"code": code, **texts} for code, texts in phrases("desk")["checks"].items()]}


def every_scheme(session: Session, agent: Agent) -> dict[str, Any]:
    """The approved schemes; none means that compensation is off."""
    return {"schemes": [shown_scheme(row) for row in schemes.approved(session)]}


def shown_scheme(row: Scheme) -> dict[str, Any]:
    """A scheme as pages show it."""
    return {
        "id": row.id,
        "kind": row.kind.value,
        "name": row.name,
        "legal_reference": row.legal_reference,
        "approved_at": shown_time(row.approved_at),
    }


def approve_scheme(session: Session, state: State, agent: Agent, body: NewScheme) -> dict[str, Any]:
    """A supervisor turns a scheme on."""
    return shown_scheme(
        schemes.approve(session, state.door, agent, body.kind, body.name, body.legal_reference, utc_now())
    )


def end_scheme(session: Session, state: State, agent: Agent, body: Any, scheme: str) -> dict[str, Any]:
    """A supervisor turns a scheme off."""
    return shown_scheme(schemes.end(session, agent, scheme, utc_now()))
