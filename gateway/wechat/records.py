"""The one history as a page inside WeChat, for bound users (law.md B.6): what was said in the app and here."""

from __future__ import annotations

import html
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cases import history
from cases.clock import local
from cases.enums import Channel, Kind, Sender
from cases.models import ChannelUser, Message
from cases.settings import Settings
from faq.knowledge import phrases
from gateway.security import client_address
from gateway.state import state_of
from gateway.wechat.codes import ApiError
from gateway.wechat.crypto import Refused
from gateway.wechat.oauth import ask_platform, openid_of, page

PATH = "/wechat/history"
READ = "/wechat/history/read"
SHOWN = 100


def address(settings: Settings) -> str:
    """Where the page is; it shows each who opens it his own."""
    return f"{settings.public_url}{PATH}"


async def begin(request: Request) -> Response:
    """To the platform, which says who opened the page."""
    return ask_platform(state_of(request).settings, READ, "history")


async def read(request: Request) -> Response:
    """The latest lines of whoever came back from the platform."""
    state, words = state_of(request), phrases("wechat")["history"]
    state.sessions_rate.take(client_address(request))
    try:
        openid = await run_in_threadpool(openid_of, state, request.query_params.get("code", ""))
    except (Refused, ApiError):
        return page(words["title"], words["failed"], status=400)
    lines = await state.read(_lines, openid)
    if lines is None:
        return page(
            words["title"], phrases("wechat")["bind"]["how"].replace("{app}", state.settings.app_name), status=403
        )
    return page(words["title"], words["intro" if lines else "empty"], content="".join(lines))


def _lines(session: Session, openid: str) -> list[str] | None:
    """The customer's lines as markup, oldest first; None for a user who is not bound."""
    user = session.get(ChannelUser, (Channel.WECHAT.value, openid))
    if user is None or user.customer_key is None:
        return None
    found = history.of_customer(session, user.customer_key, most=SHOWN)
    rows = [_line(row, channel, row.at) for row, channel in found.lines]
    return ["<dl>", *rows, "</dl>"] if rows else []


def _line(row: Message, channel: Channel, at: datetime) -> str:
    words = phrases("wechat")["history"]
    who = words["who"][row.sender.value] + (
        f" {row.meta['agent']}" if row.sender is Sender.AGENT and row.meta.get("agent") else ""
    )
    when = local(at).strftime("%Y-%m-%d %H:%M")
    text = words["picture"] if row.kind is Kind.IMAGE else row.text
    head = f"{when} · {words['channels'][channel.value]} · {who}"
    return f"<dt>{html.escape(head)}</dt><dd>{html.escape(text)}</dd>"


routes = [Route(PATH, begin, methods=["GET"]), Route(READ, read, methods=["GET"])]
