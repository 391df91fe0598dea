"""Binding by the insurer's app: a link for the signed-in customer, opened and confirmed in WeChat (OAuth, snsapi_base).

app ── POST /wechat/link (JWT) ──> link ── opened in WeChat ──> /wechat/bind ──> the platform ──> /wechat/bound?code
/wechat/bound shows whose data it would be and asks; POST /wechat/bound binds. Links are good once, for ten minutes.
"""

from __future__ import annotations

import html
import secrets
import time

import jwt
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import bindings, inbox, platforms
from cases.clock import utc_now
from cases.enums import Channel
from cases.errors import NotFound
from cases.masking import mask_name
from cases.models import Customer, SeenSignature
from cases.settings import Settings
from faq.knowledge import phrases
from gateway.problems import Unauthorized
from gateway.reading import bearer
from gateway.security import client_address, customer_of
from gateway.state import state_of
from gateway.wechat.codes import ApiError
from gateway.wechat.crypto import Refused
from gateway.wechat.oauth import ask_platform, openid_of, page

GOOD_FOR = 600
PURPOSE = "wechat-bind"
FORM = (
    '<form method="post" action="/wechat/bound"><input type="hidden" name="ticket" value="{}">'
    "<button>{}</button></form>"
)


def confirmation(settings: Settings, **values: str) -> str:
    """A signed note to ourselves, for the page that asks."""
    content = {**values, "exp": int(time.time()) + GOOD_FOR}
    return jwt.encode(content, settings.gateway_secret + PURPOSE, algorithm="HS256")


def confirmed(settings: Settings, text: str) -> dict[str, str]:
    """What the note says. Raises Refused."""
    try:
        content = jwt.decode(
            text[:2048], settings.gateway_secret + PURPOSE, algorithms=["HS256"], options={"require": ["exp"]}
        )
    except (jwt.PyJWTError, ValueError):
        raise Refused from None
    return {name: str(value) for name, value in content.items()}


async def link(request: Request) -> Response:
    """For the app: the link that its signed-in customer opens in WeChat."""
    state, token = state_of(request), bearer(request)
    if token is None:
        raise Unauthorized()
    customer = customer_of(token, state.settings.app_jwt_secret)
    state.sessions_rate.take(client_address(request))
    made = secrets.token_hex(16)
    await state.read(_name, customer)
    await state.write(platforms.use_signature, f"link:{made}", customer, utc_now())
    return JSONResponse({"url": f"{state.settings.public_url}/wechat/bind?ticket={made}", "expires_in": GOOD_FOR}, 201)


async def begin(request: Request) -> Response:
    """To the platform, which says who opened the link."""
    state = state_of(request)
    settings, given = state.settings, request.query_params.get("ticket", "")
    try:
        await state.read(_customer, given)
    except Refused:
        return told("page_failed", settings, status=400)
    return ask_platform(settings, "/wechat/bound", given)


async def ask(request: Request) -> Response:
    """Back from the platform: say whose data it would be, and ask."""
    state = state_of(request)
    state.sessions_rate.take(client_address(request))
    try:
        customer = await state.read(_customer, request.query_params.get("state", ""))
        openid = await run_in_threadpool(openid_of, state, request.query_params.get("code", ""))
        name = await state.read(_name, customer)
    except (Refused, NotFound, ApiError):
        return told("page_failed", state.settings, status=400)
    confirm = confirmation(state.settings, openid=openid, link=request.query_params["state"])
    return told("page_question", state.settings, confirm=confirm, name=name)


async def bound(request: Request) -> Response:
    """The customer confirmed: bind, once."""
    state = state_of(request)
    form = await request.form(max_files=0, max_fields=2)
    try:
        note = confirmed(state.settings, str(form.get("ticket", "")))
        await state.write(_bind, note["openid"], note["link"])
    except (Refused, NotFound, KeyError):
        return told("page_failed", state.settings, status=400)
    return told("page_done", state.settings)


def _name(session: Session, customer_key: str) -> str:
    customer = session.get(Customer, customer_key)
    if customer is None:
        raise NotFound("customer")
    return mask_name(customer.name)


def _customer(session: Session, link_id: str) -> str:
    """Whose link it is. Raises Refused for one that is not ours, used or over."""
    found = session.get(SeenSignature, f"link:{link_id[:64]}")
    if found is None or (utc_now() - found.at).total_seconds() > GOOD_FOR:
        raise Refused
    return str(found.key)


def _bind(session: Session, openid: str, link_id: str) -> None:
    now, customer = utc_now(), _customer(session, link_id)
    session.delete(session.get(SeenSignature, f"link:{link_id}"))
    session.flush()
    user = inbox.user_of(session, Channel.WECHAT, openid, now)
    bindings.unbind(session, user, now)
    bindings.bind(session, user, customer, bindings.BY_APP, now)


def told(text: str, settings: Settings, *, status: int = 200, confirm: str = "", **values: str) -> Response:
    """A page in the account's words."""
    words = phrases("wechat")["bind"]
    said = words[text].replace("{app}", settings.app_name)
    for name, value in values.items():
        said = said.replace("{" + name + "}", value)
    form = FORM.format(html.escape(confirm), html.escape(words["page_confirm"])) if confirm else ""
    return page(words["page_title"], said, content=form, status=status)


routes = [
    Route("/wechat/link", link, methods=["POST"]),
    Route("/wechat/bind", begin, methods=["GET"]),
    Route("/wechat/bound", ask, methods=["GET"]),
    Route("/wechat/bound", bound, methods=["POST"]),
]
