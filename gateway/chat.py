"""The app's chat API (contract, "App chat")."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.orm import Session
from sse_starlette.sse import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import bindings, conversations, handover, history, messages, photos
from cases.clock import local, utc_now
from cases.conversations import Opened, Posted
from cases.enums import Channel, Kind, Owner
from cases.errors import NotFound
from cases.models import Conversation, Message
from faq.knowledge import phrases
from gateway.problems import BadRequest, Unauthorized, Unprocessable
from gateway.reading import bearer, number, read_body
from gateway.security import check_origin, client_address, customer_of
from gateway.state import State, state_of

LONGEST_WAIT = 25
POLL = 1.0


class PostedMessage(msgspec.Struct):
    """What a customer sends: exactly one of text, choice and image_id."""

    client_id: str
    text: str | None = None
    choice: str | None = None
    image_id: str | None = None


async def open_session(request: Request) -> Response:
    """Begin a conversation, signed in with the app's JWT or as a guest."""
    check_origin(request)
    state = state_of(request)
    state.sessions_rate.take(client_address(request))
    token = bearer(request)
    customer = customer_of(token, state.settings.app_jwt_secret) if token else None
    opened = await state.write(_open, customer, state.settings.gateway_secret)
    return JSONResponse(
        {
            "conversation_id": opened.conversation_id,
            "token": opened.token,
            "expires_at": shown_time(opened.expires_at),
            "welcome": phrases("notices")["welcome"],
        },
        status_code=201,
    )


def _open(session: Session, customer: str | None, secret: str) -> Opened:
    """A new conversation; or the one that the customer has with a person on another channel: one open hand-over."""
    joined = bindings.reopen_in_app(session, customer, secret, utc_now()) if customer else None
    return joined or conversations.open_conversation(session, utc_now(), customer_key=customer)


async def authenticated(request: Request) -> Conversation:
    """The conversation that the session token opens. Raises Unauthorized."""
    token = bearer(request)
    if token is None:
        raise Unauthorized()
    try:
        return await state_of(request).read(conversations.by_token, token, utc_now())
    except NotFound:
        raise Unauthorized() from None


async def post_message(request: Request) -> Response:
    """Store a customer's message and wake its turn: 202, or 200 for a `client_id` that was there before."""
    check_origin(request)
    state = state_of(request)
    conversation = await authenticated(request)
    _take_message(state, conversation.id)
    posted = await state.write(_store, conversation.id, await _read_message(request))
    if posted.new:
        state.turns.wake(conversation.id)
        state.waiting.wake(conversation.id)
        state.waiting.wake("desk")
    return JSONResponse({"seq": posted.seq}, 202 if posted.new else 200)


def _take_message(state: State, conversation_id: str) -> None:
    """One message of a conversation's rate, and of a smaller one while its answer is awaited. Raises TooMany."""
    state.messages_rate.take(conversation_id)
    if state.turns.answering(conversation_id):
        state.unanswered_rate.take(conversation_id)


async def _read_message(request: Request) -> PostedMessage:
    message = await read_body(request, PostedMessage)
    if not 1 <= len(message.client_id) <= 64:
        raise Unprocessable()
    if sum(value is not None for value in (message.text, message.choice, message.image_id)) != 1:
        raise Unprocessable()
    if message.text is not None and not message.text:
        raise Unprocessable("empty")
    if message.text is not None and len(message.text) > conversations.MAX_TEXT:
        raise Unprocessable("too_long")
    return message


def _store(session: Session, conversation_id: str, message: PostedMessage) -> Posted:
    now = utc_now()
    if message.text is not None:
        return conversations.post_text(
            session, conversation_id, message.client_id, message.text.replace("\x00", ""), now
        )
    if message.choice is not None:
        return conversations.post_choice(session, conversation_id, message.client_id, message.choice, now)
    return conversations.post_image(session, conversation_id, message.client_id, str(message.image_id), now)


async def get_messages(request: Request) -> Response:
    """The messages behind `after`; with `wait`, not before there are some or the time is over."""
    conversation = await authenticated(request)
    state, after = state_of(request), number(request, "after", 0, 10**9)
    wait = number(request, "wait", 0, LONGEST_WAIT)
    end = utc_now().timestamp() + wait
    while True:
        shown = await state.read(view, conversation.id, after)
        left = end - utc_now().timestamp()
        if shown["messages"] or left <= 0:
            return JSONResponse(shown)
        await state.waiting.wait(conversation.id, min(left, POLL))


def view(session: Session, conversation_id: str, after: int) -> dict[str, Any]:
    """What a customer sees of a conversation."""
    conversation = conversations.get(session, conversation_id)
    seen = {
        "messages": [shown_message(row) for row in messages.after(session, conversation_id, after)],
        "owner": conversation.owner.value,
    }
    if conversation.owner is Owner.QUEUED:
        seen["position"] = handover.position(session, conversation_id)
    return seen


def shown_message(row: Message) -> dict[str, Any]:
    """A message as the contract shows it; payloads of choices stay here."""
    return {
        "seq": row.seq,
        "from": row.sender.value,
        "kind": row.kind.value,
        "text": row.text,
        "choices": row.choices,
        "data": row.data,
        "meta": row.meta,
        "at": shown_time(row.at),
    }


def shown_time(moment: datetime) -> str:
    """A time with Shanghai's offset."""
    return local(moment).isoformat(timespec="milliseconds")


async def get_history(request: Request) -> Response:
    """What the signed-in customer said and was told in other conversations, on any channel; nothing to be tapped."""
    conversation = await authenticated(request)
    before = number(request, "before", 0, 10**12) or None
    return JSONResponse(await state_of(request).write(_history, conversation.id, before))


def _history(session: Session, conversation_id: str, before: int | None) -> dict[str, Any]:
    found = history.earlier(session, conversations.get(session, conversation_id), utc_now(), before)
    lines = [_past_message(row, channel) for row, channel in found.lines]
    return {"messages": lines, "before": found.before}


def _past_message(row: Message, channel: Channel) -> dict[str, Any]:
    """A line of another conversation: `seq` is its place among all lines."""
    kind = Kind.TEXT if row.kind in (Kind.RATING, Kind.CHOICES) else row.kind
    return {**shown_message(row), "seq": row.id, "kind": kind.value, "choices": [], "channel": channel.value}


async def stream(request: Request) -> Response:
    """The same as server-sent events: `id` is the seq; `state` events tell the owner and the place in the queue."""
    check_origin(request)
    conversation = await authenticated(request)
    last = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not last.isascii() or not last.isdigit() or len(last) > 12:
        raise BadRequest()
    state = state_of(request)
    state.streams.take(conversation.id)
    return EventSourceResponse(_counted(state, conversation, int(last)), ping=15)


async def _counted(state: State, conversation: Conversation, after: int) -> AsyncIterator[dict[str, Any]]:
    try:
        async for event in _events(state, conversation, after):
            yield event
    finally:
        state.streams.give_back(conversation.id)


async def _events(state: State, conversation: Conversation, after: int) -> AsyncIterator[dict[str, Any]]:
    known = None
    while conversation.expires_at > utc_now():
        shown = await state.read(view, conversation.id, after)
        for message in shown.pop("messages"):
            after = message["seq"]
            yield {"id": str(after), "data": json.dumps(message, ensure_ascii=False)}
        if shown != known:
            known = shown
            yield {"event": "state", "data": json.dumps(shown)}
        await state.waiting.wait(conversation.id, POLL)


async def post_image(request: Request) -> Response:
    """Take a picture: checked, re-encoded, kept."""
    check_origin(request)
    state = state_of(request)
    conversation = await authenticated(request)
    state.images_rate.take(conversation.id)
    form = await request.form(max_files=1, max_fields=4)
    upload = form.get("file")
    if not isinstance(upload, UploadFile):
        raise Unprocessable()
    data = await upload.read()
    picture = await run_in_threadpool(photos.examine, data)
    photo = await state.write(photos.keep, state.photos, conversation.id, picture, utc_now())
    return JSONResponse({"image_id": photo.id, "checks": photo.checks}, 201)


async def get_image(request: Request) -> Response:
    """A picture of this conversation or of the customer's history, to its owner only."""
    conversation = await authenticated(request)
    state = state_of(request)
    data = await state.read(history.read_photo, state.photos, conversation, request.path_params["image_id"])
    return image_response(data)


def image_response(data: bytes) -> Response:
    """A picture that nothing may cache, sniff or run."""
    return Response(
        data,
        media_type="image/jpeg",
        headers={
            "content-disposition": 'inline; filename="photo.jpg"',
            "content-security-policy": "sandbox; default-src 'none'",
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
    )


routes = [
    Route("/api/chat/sessions", open_session, methods=["POST"]),
    Route("/api/chat/messages", post_message, methods=["POST"]),
    Route("/api/chat/messages", get_messages, methods=["GET"]),
    Route("/api/chat/history", get_history, methods=["GET"]),
    Route("/api/chat/stream", stream, methods=["GET"]),
    Route("/api/chat/images", post_image, methods=["POST"]),
    Route("/api/chat/images/{image_id:str}", get_image, methods=["GET"]),
]
