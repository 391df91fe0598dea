"""The desk over HTTP: log-in, and that nothing is done without one."""

from __future__ import annotations

import time

import httpx
import pytest
from sqlalchemy import select

from cases import callbacks, handover
from cases.clock import utc_now
from cases.models import Agent, AgentSession
from tests.gateway_server import Chat, Desk, Gateway, events
from tests.rows import PASSWORD, WANG

CUSTOMER = WANG  # whose conversation `chat` is
pytestmark = pytest.mark.usefixtures("obliging")


def test_a_log_in_gives_a_csrf_token_and_an_agent(desks: dict[str, Desk]) -> None:
    """The cookie is for HTTP only and for this site."""
    desk = desks["lead"]
    assert desk.agent == {"id": desk.agent["id"], "username": "lead", "name": "李主管", "role": "supervisor"}
    assert desk.get("me").json() == {"csrf": desk.csrf, "agent": desk.agent}


def test_the_cookie_is_guarded(gateway: Gateway) -> None:
    """HttpOnly, SameSite=Lax, new at every log-in; what the browser sent before is not taken over."""
    planted = {"cookie": "desk_session=planted"}
    login = {"username": "zhou", "password": PASSWORD}
    made = [gateway.client.post("/api/desk/login", json=login, headers=planted).headers["set-cookie"] for _ in range(2)]
    for cookie in made:
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert "planted" not in cookie
    assert made[0].split(";")[0] != made[1].split(";")[0]
    gateway.client.cookies.clear()


@pytest.mark.parametrize(
    "login",
    [
        {"username": "chen", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "", "password": ""},
        {"username": "chen\x00", "password": "x" * 5000},
    ],
)
def test_a_wrong_log_in_is_401_in_the_same_words(gateway: Gateway, login: dict[str, str]) -> None:
    """Whether the name is known or not; no cookie."""
    answer = gateway.client.post("/api/desk/login", json=login)
    assert (answer.status_code, answer.json()["error"]) == (401, "login")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "queue"),
        ("GET", "me"),
        ("GET", "events"),
        ("GET", "complaints"),
        ("GET", "complaints/TS20261122000001"),
        ("GET", "conversations/x"),
        ("GET", "conversations/x/images/y"),
        ("POST", "logout"),
        ("POST", "wording/review"),
        *(
            ("POST", f"conversations/x/{what}")
            for what in ("accept", "messages", "notes", "transfer", "escalate", "return", "close")
        ),
    ],
)
def test_nothing_is_shown_or_done_without_a_log_in(gateway: Gateway, method: str, path: str) -> None:
    """401 everywhere, with and without a cookie that means nothing."""
    for cookie in ({}, {"cookie": "desk_session=x"}, {"cookie": "desk_session="}):
        answer = gateway.client.request(method, f"/api/desk/{path}", headers={**cookie, "x-csrf-token": "x"})
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")


@pytest.mark.parametrize("token", [None, "", "x", "é"])
def test_a_change_needs_the_csrf_token(gateway: Gateway, chat: Chat, chen: Desk, lin: Desk, token: str | None) -> None:
    """None, a wrong one, a colleague's: 403, and nothing changed."""
    for given in (token, lin.csrf):
        headers = [(b"cookie", f"desk_session={chen.client.cookies['desk_session']}".encode())]
        if given is not None:
            headers.append((b"x-csrf-token", given.encode("latin-1")))
        for path in (f"conversations/{chat.id}/accept", "logout", "wording/review"):
            answer = gateway.client.post(f"/api/desk/{path}", json={}, headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (403, "csrf")
    assert chat.owner() == "bot"
    assert chen.get("me").status_code == 200


def test_a_foreign_page_can_do_nothing(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Even with cookie and token (hostile 16, 24)."""
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1", "http://[::1", f"http://x@{gateway.url[7:]}"):
        answer = chen.client.post(f"/api/desk/conversations/{chat.id}/accept", json={}, headers={"origin": origin})
        assert (answer.status_code, answer.json()["error"]) == (403, "origin")
        login = {"username": "chen", "password": PASSWORD}
        assert gateway.client.post("/api/desk/login", json=login, headers={"origin": origin}).status_code == 403
    assert chat.owner() == "bot"


def test_a_form_is_no_json(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """What a foreign form can send without asking is refused: 415; nor does an override of the method help."""
    path = f"/api/desk/conversations/{chat.id}/accept"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert chen.client.post(path, content=b"{}", headers={"content-type": kind}).status_code == 415
    for headers in ({"x-http-method-override": "POST"}, {"x-method-override": "POST"}):
        assert chen.client.get(path, headers=headers).status_code == 405
        assert chen.client.get(path, params={"_method": "POST"}, headers=headers).status_code == 405
    assert chat.owner() == "bot"


def test_logging_out_ends_the_session_and_its_stream(gateway: Gateway) -> None:
    """The stream says so within five seconds; the cookie is worth nothing any more."""
    desk = gateway.desk("lin")
    with desk.client.stream("GET", "/api/desk/events") as answer:
        told = events(answer)
        assert next(told)[1] == "queue"
        other = httpx.Client(base_url=gateway.url, cookies=desk.client.cookies, headers={"x-csrf-token": desk.csrf})
        cookies = dict(other.cookies)
        assert other.post("/api/desk/logout").status_code == 200
        began = time.monotonic()
        assert [name for _, name, _ in told][-1] == "ended"
        assert time.monotonic() - began < 5
    headers = {"cookie": f"desk_session={cookies['desk_session']}"}
    assert gateway.client.get("/api/desk/queue", headers=headers).status_code == 401


def test_a_closed_account_is_cut_off(gateway: Gateway) -> None:
    """Its stream ends within five seconds, its next request is 401 (hostile 25)."""
    with gateway.database.write() as session:
        from cases import agents

        agents.set_password(session, "leaver", PASSWORD)
    desk = gateway.desk("leaver")
    with desk.client.stream("GET", "/api/desk/events") as answer:
        told = events(answer)
        next(told)
        with gateway.database.write() as session:
            session.execute(select(Agent).where(Agent.username == "leaver")).scalar_one().active = False
        began = time.monotonic()
        assert [name for _, name, _ in told][-1] == "ended"
        assert time.monotonic() - began < 5
    assert desk.get("queue").status_code == 401


def test_an_idle_session_is_over(gateway: Gateway) -> None:
    """Two hours after its last request."""
    desk = gateway.desk("zhou")
    with gateway.database.write() as session:
        newest = session.execute(select(AgentSession).order_by(AgentSession.created_at.desc())).scalars().first()
        newest.seen_at = utc_now() - (callbacks.WITHIN + handover.QUEUE_TIMEOUT)
    assert desk.get("queue").status_code == 401
