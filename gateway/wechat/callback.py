"""The official account's callback: verified, decrypted, stored once, answered within five seconds.

Every kind of bad input gets the same 400 with nothing in it. A message that came before gets the answer that it got
before, or `success`; it never runs a second turn.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time

from sqlalchemy.orm import Session
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cases import deliveries, inbox, outbox, platforms
from cases.clock import utc_now
from cases.enums import Channel, EventState, Turn
from cases.messages import by_seq
from cases.models import ChannelEvent
from gateway.state import State, state_of
from gateway.wechat import mapping
from gateway.wechat.account import crypto_of, own_host
from gateway.wechat.crypto import Crypto, Refused, same
from gateway.wechat.incoming import Incoming, Taken, take
from gateway.wechat.text import composer
from gateway.wechat.xml import fields_of, written

FRESH = 600
ANSWER_WITHIN, ANSWER_AT_ALL = 3.5, 4.4
BODY_WITHIN = 4.0
MAX_BODY = 64 * 1024
REPLY_KEPT = 60
OUTER = {"ToUserName", "Encrypt"}
log = logging.getLogger(__name__)


def refusal() -> Response:
    """The one answer to bad input."""
    return PlainTextResponse("", 400)


def success() -> Response:
    """Understood, nothing to say: unencrypted, as the platform wants it."""
    return PlainTextResponse("success")


def parameter(request: Request, name: str, pattern: str) -> str:
    """A parameter of the address that is there once and fits. Raises Refused."""
    given = request.query_params.getlist(name)
    if len(given) != 1 or not re.fullmatch(pattern, given[0], re.ASCII):
        raise Refused
    return given[0]


def fresh(timestamp: str) -> None:
    """Raise Refused for a time stamp that is not of now."""
    if abs(time.time() - int(timestamp)) > FRESH:
        raise Refused


def stamps(request: Request) -> tuple[str, str]:
    """Time stamp and nonce. Raises Refused."""
    timestamp, nonce = parameter(request, "timestamp", r"\d{10}"), parameter(request, "nonce", r"[A-Za-z0-9_\-]{1,64}")
    fresh(timestamp)
    return timestamp, nonce


async def body_of(request: Request) -> bytes:
    """The body, bounded in size and time. Raises Refused."""
    try:
        body = await asyncio.wait_for(request.body(), BODY_WITHIN)
    except (asyncio.TimeoutError, ClientDisconnect):
        raise Refused from None
    if len(body) > MAX_BODY:
        raise Refused
    return body


def opened(crypto: Crypto, body: bytes, request: Request, outer: set[str]) -> tuple[dict[str, str], str]:
    """The fields of an encrypted message, and its signature. Raises Refused."""
    timestamp, nonce = stamps(request)
    signature = parameter(request, "msg_signature", r"[0-9a-f]{40}")
    envelope = fields_of(body)
    if "Encrypt" not in envelope or not set(envelope) <= outer:
        raise Refused
    return fields_of(crypto.open(envelope["Encrypt"], signature, timestamp, nonce)), signature


async def check(request: Request) -> Response:
    """The URL check: the echo text verbatim, for whoever knows the token."""
    try:
        timestamp, nonce = stamps(request)
        echo = parameter(request, "echostr", r"[\x21-\x7e]{1,256}")
        given = parameter(request, "signature", r"[0-9a-f]{40}")
        if not same(given, crypto_of(state_of(request).settings).sign(timestamp, nonce)):
            raise Refused
    except Refused:
        return refusal()
    return PlainTextResponse(echo)


async def receive(request: Request) -> Response:
    """A message or an event. When something of ours is broken the platform is asked to come again (503)."""
    began, state = time.monotonic(), state_of(request)
    try:
        thing, signature = await _read(request, state)
    except Refused:
        return refusal()
    state.messages_rate.take(thing.user)
    try:
        taken = await state.write(_store, state, thing, signature)
        if isinstance(taken, Taken):
            taken = await _answered(request, state, thing, taken, began)
    except Exception:
        log.exception("a message could not be taken")
        return PlainTextResponse("", 503)
    return refusal() if taken is None else _sealed(state, thing, taken)


async def _answered(request: Request, state: State, thing: Incoming, taken: Taken, began: float) -> str:
    """What the bot says in time; empty when it needs longer, and the sender will send it."""
    _wake(state, taken)
    await _settled(state, taken, began + ANSWER_WITHIN)
    in_time = time.monotonic() < began + ANSWER_AT_ALL and not await request.is_disconnected()
    return await state.write(_reply, state, thing, taken.event_id, in_time)


async def _read(request: Request, state: State) -> tuple[Incoming, str]:
    crypto = crypto_of(state.settings)
    body = await body_of(request)
    if parameter(request, "encrypt_type", "aes") and request.query_params.getlist("signature"):
        plain = parameter(request, "signature", r"[0-9a-f]{40}")
        if not same(plain, crypto.sign(*stamps(request))):
            raise Refused
    fields, signature = opened(crypto, body, request, OUTER)
    return mapping.incoming(fields, state.settings.wechat_account), signature


def _store(session: Session, state: State, thing: Incoming, signature: str) -> Taken | str | None:
    """Store what came; for what came before its answer (empty: `success`); None for a bent replay."""
    now = utc_now()
    used_for = platforms.use_signature(session, signature, f"wx:{thing.key}"[:128], now)
    if used_for is not None and used_for != f"wx:{thing.key}"[:128]:
        log.warning("a signature came again with another message")
        return None
    taken = take(session, state, thing, now)
    return _earlier(session, thing) if taken is None else taken


def _earlier(session: Session, thing: Incoming) -> str:
    """The platform's retry: what the first one got."""
    event = inbox.event(session, thing.channel, thing.key)
    if event.digest != thing.digest:
        log.warning("the same message id came with another content")
        return ""
    return str(event.reply or "") if (utc_now() - event.at).total_seconds() < REPLY_KEPT else ""


def _wake(state: State, taken: Taken) -> None:
    if taken.media:
        state.media.wake(taken.event_id)
    if taken.conversation_id and taken.seq is not None:
        state.turns.wake(taken.conversation_id)
    for key in filter(None, (taken.conversation_id, "desk")):
        state.waiting.wake(key)


async def _settled(state: State, taken: Taken, until: float) -> None:
    """Wait until the bot has answered, at most until then."""
    while taken.conversation_id and (left := until - time.monotonic()) > 0:
        if await state.read(_is_settled, taken.event_id):
            return
        await state.waiting.wait(taken.conversation_id, min(left, 0.5))


def _is_settled(session: Session, event_id: int) -> bool:
    event = session.get(ChannelEvent, event_id)
    if event.state is EventState.MEDIA:
        return False
    row = by_seq(session, event.conversation_id, event.seq) if event.seq is not None else None
    return row is None or row.turn is not Turn.PENDING


def _reply(session: Session, state: State, thing: Incoming, event_id: int, in_time: bool) -> str:
    """What is said in the reply itself, claimed before it is sent; the sender may send the rest."""
    now, claimed = utc_now(), None
    if in_time:
        compose = composer(own_host(state.settings))
        claimed = deliveries.claim(session, Channel.WECHAT, thing.user, compose, now, deliveries.PASSIVE)
    user = deliveries.lock_user(session, Channel.WECHAT, thing.user, now)
    outbox.unhold(session, user, now)
    if claimed is None:
        user.typing_at = now if _owes(session, event_id) else None
        return ""
    session.get(ChannelEvent, event_id).reply = claimed.bubble.text
    return claimed.bubble.text


def _owes(session: Session, event_id: int) -> bool:
    return bool(session.get(ChannelEvent, event_id).conversation_id) and not _is_settled(session, event_id)


def _sealed(state: State, thing: Incoming, text: str) -> Response:
    if not text:
        return success()
    now, nonce = int(time.time()), secrets.token_hex(8)
    account = state.settings.wechat_account or thing.account
    content = written(ToUserName=thing.user, FromUserName=account, CreateTime=now, MsgType="text", Content=text)
    encrypted, signature = crypto_of(state.settings).seal(content, str(now), nonce)
    envelope = written(Encrypt=encrypted, MsgSignature=signature, TimeStamp=now, Nonce=nonce)
    return Response(envelope, media_type="application/xml")


routes = [
    Route("/wechat/callback", check, methods=["GET"]),
    Route("/wechat/callback", receive, methods=["POST"]),
]
