"""Finding standard answers and conversations."""

from __future__ import annotations

import threading
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cases import roles
from cases.claims import normal_subject
from cases.enums import Owner
from cases.errors import NotAllowed
from cases.models import Agent, Claim, Complaint, Conversation, Customer, Policy
from faq.knowledge import Entry, KnowledgeBase, knowledge
from faq.matching import Matcher, load_matcher
from gateway.desk import views
from gateway.desk.access import agent_of
from gateway.problems import Unprocessable
from gateway.state import state_of

MOST = 8
MOST_CONVERSATIONS = 50
LIKELY = 0.02


class Finder:
    """The matcher of this process, read in the background at the first search; until then letters are compared."""

    def __init__(self) -> None:
        self._matcher: Matcher | None = None
        self._reading: threading.Thread | None = None

    def find(self, text: str) -> list[tuple[Entry, float]]:
        """The entries that a text asks for, likeliest first."""
        base = knowledge().current
        exact = [(entry, 1.0) for entry in base.entries.values() if text == entry.id or text in entry.title]
        found = self._likely(text, base)
        seen = {entry.id for entry, _ in exact}
        return [*exact, *((entry, score) for entry, score in found if entry.id not in seen)][:MOST]

    def _likely(self, text: str, base: KnowledgeBase) -> list[tuple[Entry, float]]:
        if self._matcher is None:
            self._begin()
            return _by_letters(text, base)
        match = self._matcher.match(text)
        return [
            (base.entries[row.faq_id], row.score)
            for row in match.candidates
            if row.faq_id in base.entries and row.score >= LIKELY
        ]

    def _begin(self) -> None:
        if self._reading is None:
            self._reading = threading.Thread(target=self._read, daemon=True)
            self._reading.start()

    def _read(self) -> None:
        self._matcher = load_matcher()


def _by_letters(text: str, base: KnowledgeBase) -> list[tuple[Entry, float]]:
    scored = [
        (entry, max(fuzz.partial_ratio(text, words) for words in (entry.title, *entry.phrasings)) / 100)
        for entry in base.entries.values()
    ]
    return sorted((row for row in scored if row[1] >= 0.5), key=lambda row: -row[1])[:MOST]


FINDER = Finder()


async def faq(request: Request) -> Response:
    """Standard answers with what they rest on, for the reply box."""
    await agent_of(request, changing=False)
    text = request.query_params.get("q", "").strip()
    if not 1 <= len(text) <= 100:
        raise Unprocessable()
    found = await run_in_threadpool(FINDER.find, text)
    return JSONResponse({"results": [shown_entry(entry, score) for entry, score in found]})


def shown_entry(entry: Entry, score: float) -> dict[str, Any]:
    """A topic with its whole answer and its citations; a clause only where it was checked."""
    cited = [knowledge().current.citations[name] for name in entry.citations]
    return {
        "faq_id": entry.id,
        "title": entry.title,
        "answer": "\n".join(entry.parts),
        "score": round(score, 4),
        "citations": [
            {"id": one.id, "document": one.title, **({"clause": one.clause} if one.clause else {})} for one in cited
        ],
    }


async def conversations(request: Request) -> Response:
    """What the bot has (`owner=bot`), or what belongs to a claim, plate, complaint or customer (`q`)."""
    agent = await agent_of(request, changing=False)
    text = request.query_params.get("q", "").strip()
    if len(text) > 64 or (not text and request.query_params.get("owner") != Owner.BOT.value):
        raise Unprocessable()
    work = _found if text else _with_bot
    return JSONResponse({"conversations": await state_of(request).read(work, agent, text)})


def _with_bot(session: Session, agent: Agent, _: str) -> list[dict[str, Any]]:
    """The bot's conversations that are still open, to be taken over without being asked."""
    roles.require(agent, roles.May.TALK)
    rows = select(Conversation).where(
        Conversation.owner == Owner.BOT, Conversation.expires_at > views.utc_now(), Conversation.last_seq > 0
    )
    found = session.execute(rows.order_by(Conversation.active_at.desc()).limit(MOST_CONVERSATIONS)).scalars()
    return [views.shown_row(session, row) for row in found if not roles.kept_from(session, agent, row, ended=False)]


def _found(session: Session, agent: Agent, text: str) -> list[dict[str, Any]]:
    """Whatever the agent may read of it."""
    subject = normal_subject(text)
    claim_or_plate = (Claim.claim_no == subject) | (Policy.plate == subject)
    keys = select(Policy.customer_key).outerjoin(Claim, Claim.policy_no == Policy.policy_no).where(claim_or_plate)
    complained = session.execute(select(Complaint).where((Complaint.no == subject) | (Complaint.claim_no == subject)))
    filed_in = [row.conversation_id for row in complained.scalars() if not roles.is_party(agent, row)]
    known = select(Customer.key).where(Customer.key == text)
    rows = select(Conversation).where(
        Conversation.customer_key.in_(keys)
        | Conversation.customer_key.in_(known)
        | Conversation.id.in_(filed_in)
        | (Conversation.id == text)
    )
    found = session.execute(rows.order_by(Conversation.active_at.desc()).limit(MOST_CONVERSATIONS)).scalars()
    return [views.shown_row(session, row) for row in found if _readable(session, row, agent)]


def _readable(session: Session, row: Conversation, agent: Agent) -> bool:
    try:
        roles.require_readable(session, row, agent)
    except NotAllowed:
        return False
    return True
