"""Who works at the desk: the cookie, the CSRF header, the origin."""

from __future__ import annotations

import hmac
from typing import Any

import msgspec
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cases import agents
from cases.clock import utc_now
from cases.errors import NotFound
from cases.models import Agent
from gateway.problems import Forbidden, Unauthorized
from gateway.reading import read_body
from gateway.security import check_origin, client_address
from gateway.state import state_of

COOKIE = "desk_session"


class Login(msgspec.Struct):
    """A log-in."""

    username: str
    password: str


async def log_in(request: Request) -> Response:
    """Begin a desk session. The cookie is new at every log-in."""
    check_origin(request)
    state = state_of(request)
    state.logins_rate.take(client_address(request))
    login = await read_body(request, Login)
    done = await state.write(agents.log_in, login.username[:64], login.password[:256], utc_now())
    if done is None:
        raise Unauthorized("login")
    response = JSONResponse({"csrf": done.csrf, "agent": shown_agent(done.agent)})
    response.set_cookie(
        COOKIE,
        done.token,
        max_age=int(agents.LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=state.settings.public_url.startswith("https"),
    )
    return response


async def log_out(request: Request) -> Response:
    """End the session; its open streams end within seconds."""
    await agent_of(request, changing=True)
    state = state_of(request)
    await state.write(agents.log_out, request.cookies[COOKIE])
    state.waiting.wake("desk")
    response = JSONResponse({})
    response.delete_cookie(COOKIE, path="/")
    return response


async def who_am_i(request: Request) -> Response:
    """The agent and the CSRF token, for a page that was loaded again."""
    agent, csrf = await _session(request)
    return JSONResponse({"csrf": csrf, "agent": shown_agent(agent)})


async def agent_of(request: Request, *, changing: bool) -> Agent:
    """The agent behind a request; a changing one needs the CSRF header. Raises Unauthorized, Forbidden."""
    check_origin(request)
    agent, csrf = await _session(request)
    if changing and not hmac.compare_digest(request.headers.get("x-csrf-token", "").encode(), csrf.encode()):
        raise Forbidden("csrf")
    return agent


async def _session(request: Request) -> tuple[Agent, str]:
    token = request.cookies.get(COOKIE)
    if not token:
        raise Unauthorized()
    try:
        return await state_of(request).write(_touch, token)
    except NotFound:
        raise Unauthorized() from None


def _touch(session: Session, token: str) -> tuple[Agent, str]:
    found = agents.by_token(session, token, utc_now())
    agents.touch(session, token, utc_now())
    return found


async def still_in(request: Request) -> bool:
    """Whether the session of a stream is still good."""
    token = request.cookies.get(COOKIE, "")
    try:
        await state_of(request).read(agents.by_token, token, utc_now())
    except NotFound:
        return False
    return True


def shown_agent(agent: Agent) -> dict[str, Any]:
    """An agent as pages show him."""
    return {"id": agent.id, "username": agent.username, "name": agent.name, "role": agent.role.value}
