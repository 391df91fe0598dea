"""The desk's addresses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session
from sse_starlette.sse import EventSourceResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import agents, conversations, photos, roles
from cases.clock import utc_now
from cases.models import Agent, Conversation
from gateway.chat import image_response
from gateway.desk import complaints, following, search, suggesting, supervision, tools, views
from gateway.desk.access import agent_of, log_in, log_out, still_in, who_am_i
from gateway.desk.acting import acting, reading, shown_review
from gateway.desk.talking import (
    Ending,
    Passing,
    Text,
    accept,
    close,
    endpoint,
    escalate,
    give_back,
    note,
    reply,
    transfer,
)
from gateway.reading import read_body
from gateway.state import state_of

BASE = "/api/desk"
TALK = BASE + "/conversations/{id:str}"
CHECK_EVERY = 2.0
PRESENT_EVERY = timedelta(minutes=1)


class Nothing(msgspec.Struct):
    """An empty body."""


def _queue(session: Session, agent: Agent) -> Any:
    return views.queue(session, agent)


def _conversation(session: Session, agent: Agent, id: str) -> Any:
    return views.conversation(session, id, agent)


async def review(request: Request) -> Response:
    """What is wrong with a text, why, and what may be said instead."""
    await agent_of(request, changing=True)
    body = await read_body(request, Text)
    return JSONResponse(shown_review(state_of(request).door.review(body.text[:2000])))


async def image(request: Request) -> Response:
    """A picture of a conversation that the agent may read."""
    agent = await agent_of(request, changing=False)
    state = state_of(request)

    def find(session: Session) -> bytes:
        row = conversations.get(session, request.path_params["id"])
        roles.require_readable(session, row, agent)
        return photos.read_photo(session, state.photos, row.id, request.path_params["image_id"])

    return image_response(await state.read(find))


async def events(request: Request) -> Response:
    """The queue as server-sent events, whenever it changes; ends with the session."""
    agent = await agent_of(request, changing=False)
    return EventSourceResponse(_changes(request, agent), ping=15)


async def _changes(request: Request, agent: Agent) -> AsyncIterator[dict[str, Any]]:
    state, known, heard = state_of(request), "", None
    while await still_in(request):
        if agent.seen_at is None or utc_now() - agent.seen_at > PRESENT_EVERY:
            agent.seen_at = utc_now()
            await state.write(agents.present, agent.id, agent.seen_at)
        shown, news = await state.read(_news, agent)
        told = json.dumps(_without_clock(shown), ensure_ascii=False)
        if told != known:
            known = told
            yield {"event": "queue", "data": json.dumps(shown, ensure_ascii=False)}
        for conversation_id, seq in news.items():
            if heard is not None and heard.get(conversation_id, 0) < seq:
                yield {"event": "message", "data": json.dumps({"conversation_id": conversation_id, "seq": seq})}
        heard = news
        await state.waiting.wait("desk", CHECK_EVERY)
    yield {"event": "ended", "data": "{}"}


def _news(session: Session, agent: Agent) -> tuple[dict[str, Any], dict[str, int]]:
    """The queue, and how far the agent's own conversations have come."""
    mine = select(Conversation.id, Conversation.last_seq).where(Conversation.agent_id == agent.id)
    return views.queue(session, agent), {row.id: row.last_seq for row in session.execute(mine)}


def _without_clock(shown: dict[str, Any]) -> dict[str, Any]:
    """The queue without the waiting times, which grow by themselves."""
    return {**shown, "waiting": [{**row, "waited_seconds": 0} for row in shown["waiting"]]}


routes = [
    Route(BASE + "/login", log_in, methods=["POST"]),
    Route(BASE + "/logout", log_out, methods=["POST"]),
    Route(BASE + "/me", who_am_i, methods=["GET"]),
    Route(BASE + "/queue", reading(_queue), methods=["GET"]),
    Route(BASE + "/events", events, methods=["GET"]),
    Route(TALK, reading(_conversation), methods=["GET"]),
    Route(TALK + "/images/{image_id:str}", image, methods=["GET"]),
    Route(TALK + "/accept", endpoint(Nothing, accept), methods=["POST"]),
    Route(TALK + "/messages", endpoint(Text, reply), methods=["POST"]),
    Route(TALK + "/notes", endpoint(Text, note), methods=["POST"]),
    Route(TALK + "/transfer", endpoint(Passing, transfer), methods=["POST"]),
    Route(TALK + "/escalate", endpoint(Passing, escalate), methods=["POST"]),
    Route(TALK + "/return", endpoint(Ending, give_back), methods=["POST"]),
    Route(TALK + "/close", endpoint(Ending, close), methods=["POST"]),
    Route(TALK + "/reveal", acting(tools.Reveal, tools.reveal), methods=["POST"]),
    Route(TALK + "/tags", acting(tools.Tags, tools.put_tags), methods=["POST"]),
    Route(TALK + "/reassign", acting(supervision.Reassign, supervision.reassign), methods=["POST"]),
    Route(BASE + "/conversations", search.conversations, methods=["GET"]),
    Route(BASE + "/faq", search.faq, methods=["GET"]),
    Route(BASE + "/phrases", reading(tools.quick_phrases), methods=["GET"]),
    Route(BASE + "/callbacks", reading(tools.callbacks), methods=["GET"]),
    Route(BASE + "/callbacks/{callback:str}/done", acting(tools.Done, tools.end_callback), methods=["POST"]),
    Route(BASE + "/complaints", reading(complaints.every), methods=["GET"]),
    Route(BASE + "/complaints", acting(complaints.Register, complaints.register), methods=["POST"]),
    Route(BASE + "/complaints/{no:str}", reading(complaints.one), methods=["GET"]),
    Route(BASE + "/complaints/{no:str}/{action:str}", complaints.act, methods=["POST"]),
    Route(BASE + "/checklist", reading(complaints.checklist), methods=["GET"]),
    Route(BASE + "/schemes", reading(complaints.every_scheme), methods=["GET"]),
    Route(BASE + "/schemes", acting(complaints.NewScheme, complaints.approve_scheme), methods=["POST"]),
    Route(BASE + "/schemes/{scheme:str}/end", acting(Nothing, complaints.end_scheme), methods=["POST"]),
    Route(BASE + "/follow-up", reading(following.to_follow_up), methods=["GET"]),
    Route(BASE + "/follow-up/{label:str}/done", acting(following.FollowedUp, following.follow_up), methods=["POST"]),
    Route(BASE + "/follow-up/{label:str}/remove", acting(following.Removal, following.remove), methods=["POST"]),
    Route(BASE + "/suggestions", reading(suggesting.every), methods=["GET"]),
    Route(BASE + "/suggestions", acting(suggesting.NewSuggestion, suggesting.record), methods=["POST"]),
    Route(BASE + "/suggestions/{suggestion:str}/mark", acting(suggesting.Marked, suggesting.mark), methods=["POST"]),
    Route(BASE + "/colleagues", reading(supervision.colleagues), methods=["GET"]),
    Route(BASE + "/agents", reading(supervision.agents), methods=["GET"]),
    Route(BASE + "/board", reading(supervision.board), methods=["GET"]),
    Route(BASE + "/reports/weekly", supervision.weekly, methods=["GET"]),
    Route(BASE + "/wording/review", review, methods=["POST"]),
]
