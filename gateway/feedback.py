"""Thumbs: what a customer thought of one of the bot's messages. A thumb down goes to the review list."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import review_list
from cases.clock import utc_now
from cases.errors import Conflict
from gateway.chat import authenticated
from gateway.problems import Unprocessable
from gateway.reading import read_body
from gateway.security import check_origin
from gateway.state import state_of

MOST_SEQ = 10**9


class Thumb(msgspec.Struct):
    """For which message, and which way."""

    seq: int
    useful: bool


async def post_feedback(request: Request) -> Response:
    """Take it, once a message: again the same is 200 too, a changed mind 422, a message that is not the bot's 404."""
    check_origin(request)
    state = state_of(request)
    conversation = await authenticated(request)
    state.messages_rate.take(conversation.id)
    thumb = await read_body(request, Thumb)
    if not 0 < thumb.seq < MOST_SEQ:
        raise Unprocessable()
    try:
        await state.write(review_list.give_feedback, conversation.id, thumb.seq, thumb.useful, utc_now())
    except Conflict:
        raise Unprocessable() from None
    return JSONResponse({"seq": thumb.seq, "useful": thumb.useful})


routes = [Route("/api/chat/feedback", post_feedback, methods=["POST"])]
