"""The one history as a page inside WeChat, for bound users (law.md B.6): what was said in the app and here."""

from __future__ import annotations

import html
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cases import bindings, history, inbox
from cases.clock import local, utc_now
from cases.enums import Channel, Kind, Sender
from cases.models import Message
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
    found = await state.write(_lines, openid)
    if found is None:
        how = phrases("wechat")["bind"]["how"].replace("{app}", state.settings.app_name)
        return page(words["title"], how, status=403)
    text, lines = found
    return page(words["title"], words[text].replace("{app}", state.settings.app_name), content="".join(lines))


def _lines(session: Session, openid: str) -> tuple[str, list[str]] | None:
    """What is said above the lines, and the lines as markup, oldest first; None for a user who is not bound."""
    user = inbox.known_user(session, Channel.WECHAT, openid)
    if user is None or user.customer_key is None:
        return None
    found = history.of_user(session, user, utc_now(), SHOWN)
    rows = [_line(row, channel, row.at) for row, channel in found.lines]
    text = "intro" if user.bound_by == bindings.BY_APP else "own_only"
    return (text, ["<dl>", *rows, "</dl>"]) if rows else ("empty", [])


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
