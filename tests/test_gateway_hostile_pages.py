"""Foreign pages, hosts and addresses that strangers try get a plain refusal: never a 500, never somebody else's data.

The numbers are those of the hostile list: 16 and 26.
"""

from __future__ import annotations

import pytest

from gateway.security import JSON_LIMIT
from tests.gateway_server import GOOD, MESSAGES, SESSIONS, STREAM, Chat, Gateway, refused

pytestmark = pytest.mark.usefixtures("obliging")

# 16: foreign pages


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "file://", "http://[::1", "x", ""],
)
def test_16_a_foreign_page_may_not_speak_for_the_customer(gateway: Gateway, chat: Chat, origin: str) -> None:
    """403 on everything that opens, writes or streams; nothing is stored."""
    headers = {**chat.headers, "origin": origin}
    refused(gateway.client.post(SESSIONS, headers={"origin": origin}), 403)
    refused(gateway.client.post(MESSAGES, json=GOOD, headers=headers), 403)
    refused(gateway.client.post("/api/chat/images", files={"file": b"x"}, headers=headers), 403)
    refused(gateway.client.get(STREAM, headers=headers), 403)
    assert chat.messages() == []


def test_16_our_own_page_and_programs_may(gateway: Gateway, chat: Chat) -> None:
    """The same origin, or none."""
    headers = {**chat.headers, "origin": gateway.url}
    assert gateway.client.post(MESSAGES, json=GOOD, headers=headers).status_code == 202


def test_16_no_answer_allows_another_site_to_read(gateway: Gateway, chat: Chat) -> None:
    """There are no CORS headers, not even on a preflight."""
    headers = {**chat.headers, "origin": "https://evil.example", "access-control-request-method": "POST"}
    for answer in (gateway.client.options(MESSAGES, headers=headers), gateway.client.get(MESSAGES, headers=headers)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "path", ["/", "/desk", "/healthz", "/metrics", SESSIONS, MESSAGES, "/nothing", "/api/desk/queue", "/static/x"]
)
def test_16_every_answer_has_its_guards(gateway: Gateway, path: str) -> None:
    """Pages, errors and figures: what may run and frame, no sniffing, no referrer; the API is not cached."""
    headers = gateway.client.get(path).headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "object-src 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers
    if path.startswith("/api/"):
        assert headers["cache-control"] == "no-store"


def test_16_refusals_at_the_door_have_their_guards_too(gateway: Gateway) -> None:
    """Too large, and a malformed host."""
    large = gateway.client.post(SESSIONS, content=b" " * (JSON_LIMIT + 1))
    refused(large, 413)
    odd = gateway.client.get("/healthz", headers={"host": "a b"})
    refused(odd, 400)
    for answer in (large, odd):
        assert answer.headers["x-content-type-options"] == "nosniff"


# 26: hosts and addresses


@pytest.mark.parametrize("host", ["a/?x=", "a b", "evil@good", "a:99999999", "", "http://evil", "a\\b", "a?b", "a#b"])
def test_26_a_malformed_host_is_refused(gateway: Gateway, host: str) -> None:
    """400."""
    received = gateway.raw(f"GET /healthz HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
    assert received.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "line",
    [
        "GET http://evil.example/healthz HTTP/1.1",
        "GET //evil.example/ HTTP/1.1",
        "GET http://169.254.169.254/ HTTP/1.1",
    ],
)
def test_26_an_address_with_a_host_leads_nowhere(gateway: Gateway, line: str) -> None:
    """No redirect, nothing fetched, nothing of theirs in the answer."""
    received = gateway.raw(f"{line}\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
    assert received.split(b" ")[1] in (b"200", b"400", b"404")
    assert b"location:" not in received.lower()
    assert b"evil" not in received


def test_26_forwarded_headers_of_strangers_are_ignored(gateway: Gateway, chat: Chat) -> None:
    """Neither the origin nor the address of a request is what such a header says."""
    spoof = {
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "forwarded": "host=evil.example",
        "x-original-url": "/api/desk/queue",
        "x-rewrite-url": "/api/desk/queue",
    }
    headers = {**chat.headers, **spoof, "origin": "https://evil.example"}
    refused(gateway.client.post(MESSAGES, json=GOOD, headers=headers), 403)
    assert gateway.client.get("/healthz", headers=spoof).json() == {"status": "ok"}
