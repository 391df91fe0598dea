"""What strangers try on the gateway, and that they get a plain refusal: never a 500, never somebody else's data.

The numbers are those of the hostile list (chat, desk, hand-over); pictures are in test_photos_hostile.py.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases import conversations
from cases.enums import HandoverReason
from cases.errors import TooMany
from gateway.problems import sentences
from gateway.security import JSON_LIMIT, RateLimit, customer_of
from tests.gateway_server import Chat, Desk, Gateway, until
from tests.rasa_stand_in import RasaStandIn, echo
from tests.rows import LI, PASSWORD, PHONE, WANG

SESSIONS, MESSAGES, STREAM = "/api/chat/sessions", "/api/chat/messages", "/api/chat/stream"
DAY = 24 * 3600


@pytest.fixture
def chat(gateway: Gateway) -> Chat:
    """A guest's conversation."""
    return gateway.chat()


@pytest.fixture(scope="module")
def desk(gateway: Gateway) -> Desk:
    """小陈."""
    return gateway.desk("chen")


@pytest.fixture(autouse=True)
def obliging(rasa: RasaStandIn) -> Iterator[None]:
    """Rasa answers again when a test is over."""
    yield
    rasa.reset()


def refused(answer: httpx.Response, *statuses: int) -> None:
    """An error as the contract wants it: one of these, a code and a Chinese sentence, nothing of the inside."""
    assert answer.status_code in statuses, (answer.status_code, answer.text[:200])
    body = answer.json()
    assert set(body) >= {"error", "message"}
    assert body["message"] in sentences().values()
    for word in ("Traceback", "sqlalchemy", 'File "', ".py"):
        assert word not in answer.text


# 12: tokens and ids


@pytest.mark.parametrize("path", [MESSAGES, STREAM, "/api/chat/images/" + "a" * 32])
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Basic Zzp6",
        "bearer x",
        "Bearer " + "x" * 43,
        "Token x",
        "Bearer \xe9",
        "Bearer " + "x" * 9000,
        "Bearer x y",
    ],
)
def test_12_without_the_right_token_nothing_is_read(gateway: Gateway, path: str, header: str | None) -> None:
    """401 for none, a malformed and an unknown one."""
    headers = [] if header is None else [(b"authorization", header.encode("latin-1"))]
    refused(gateway.client.get(path, headers=headers), 401)


def test_12_the_token_is_the_only_key(gateway: Gateway, chat: Chat) -> None:
    """The conversation's id opens nothing, in header, address or cookie; nor does the app's own token."""
    for key in (chat.id, gateway.jwt(sub=WANG)):
        refused(gateway.client.get(MESSAGES, headers={"authorization": f"Bearer {key}"}), 401)
    refused(gateway.client.get(MESSAGES, params={"token": chat.token, "conversation_id": chat.id}), 401)
    refused(gateway.client.get(MESSAGES, headers={"cookie": f"token={chat.token}; desk_session={chat.token}"}), 401)


def test_12_a_token_opens_its_own_conversation_whatever_id_is_named(gateway: Gateway, chat: Chat) -> None:
    """Another's id in body or address is not looked at."""
    other = gateway.chat(WANG)
    other.say("秘密")
    answer = chat.post(client_id="a", text="你好", conversation_id=other.id, sender=other.id)
    assert answer.status_code in (202, 422)
    shown = gateway.client.get(MESSAGES, params={"conversation_id": other.id}, headers=chat.headers)
    assert "秘密" not in shown.text
    assert len(other.messages("customer")) == 1


def test_12_every_log_in_gets_a_new_conversation(gateway: Gateway) -> None:
    """A guest's session does not become a customer's: nothing can be planted."""
    guest = gateway.chat()
    headers = {"authorization": f"Bearer {gateway.jwt(sub=WANG)}", "cookie": f"conversation={guest.id}"}
    opened = gateway.client.post(SESSIONS, json={"conversation_id": guest.id, "token": guest.token}, headers=headers)
    assert opened.json()["conversation_id"] != guest.id
    assert opened.json()["token"] != guest.token
    with gateway.database.read() as session:
        assert conversations.get(session, guest.id).customer_key is None


def test_12_a_token_is_over_after_a_day(gateway: Gateway, chat: Chat) -> None:
    """401 then, also for writing."""
    with gateway.database.write() as session:
        row = conversations.get(session, chat.id)
        row.expires_at = row.created_at
    refused(gateway.client.get(MESSAGES, headers=chat.headers), 401)
    refused(chat.post(client_id="a", text="你好"), 401)


# 13: the app's JWT


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = (json.dumps(part).encode() for part in (header, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), signature])


def signed_with_nothing(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Which the library itself refuses to do."""
    text = unsigned(header, claims).rstrip(".")
    digest = hmac.new(b"", text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def bad_tokens(gateway: Gateway) -> dict[str, str]:
    """One of every kind that must be refused."""
    now = int(time.time())
    good = gateway.jwt(sub=WANG)
    head, body, signature = good.split(".")
    claims = {"sub": WANG, "exp": now + 600}
    return {
        "none": unsigned({"alg": "none", "typ": "JWT"}, claims),
        "None with a signature": unsigned({"alg": "None"}, claims, signature),
        "no algorithm": unsigned({"typ": "JWT"}, claims, signature),
        "no signature": f"{head}.{body}.",
        "another's signature": f"{head}.{body}.{gateway.jwt(sub=LI).split('.')[2]}",
        "a changed body": f"{head}.{unsigned({}, {**claims, 'sub': LI}).split('.')[1]}.{signature}",
        "another key": gateway.jwt(sub=WANG, secret="another secret, quite long enough"),
        "an empty key": signed_with_nothing({"alg": "HS256", "typ": "JWT"}, claims),
        "HS512": gateway.jwt(sub=WANG, algorithm="HS512"),
        "RS256 in name": unsigned({"alg": "RS256", "typ": "JWT"}, claims, signature),
        "no exp": gateway.jwt(sub=WANG, exp=None),
        "expired": gateway.jwt(sub=WANG, exp=now - 60),
        "ten years": gateway.jwt(sub=WANG, exp=now + 3650 * DAY),
        "eight days": gateway.jwt(sub=WANG, exp=now + 8 * DAY),
        "exp is a text": gateway.jwt(sub=WANG, exp="soon"),
        "exp is a list": gateway.jwt(sub=WANG, exp=[now + 600]),
        "exp is infinite": gateway.jwt(sub=WANG, exp=float("inf")),
        "exp is no number": gateway.jwt(sub=WANG, exp=float("nan")),
        "not before tomorrow": gateway.jwt(sub=WANG, nbf=now + DAY),
        "issued tomorrow": gateway.jwt(sub=WANG, iat=now + DAY),
        "for somebody else": gateway.jwt(sub=WANG, aud="another-app"),
        "no sub": gateway.jwt(),
        "an empty sub": gateway.jwt(sub=""),
        "a long sub": gateway.jwt(sub="x" * 65),
        "sub is a number": unsigned({"alg": "HS256"}, {**claims, "sub": 1001}, signature),
        "kid is a path": unsigned({"alg": "HS256", "kid": "../../../dev/null"}, claims, signature),
        "jwk inside": unsigned({"alg": "HS256", "jwk": {"kty": "oct", "k": ""}}, claims, signature),
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.{signature}",
        "no JSON": "e30x.e30x.x",
        "nested deep": f"{base64.urlsafe_b64encode(b'[' * 2000).decode()}.{body}.{signature}",
        "5 kB": gateway.jwt(sub=WANG, padding="x" * 5000),
    }


def test_13_unsound_tokens_of_the_app_are_refused(gateway: Gateway) -> None:
    """401, and no conversation is opened as a guest instead."""
    for name, token in bad_tokens(gateway).items():
        answer = gateway.client.post(SESSIONS, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 401, name
        refused(answer, 401)


def test_13_a_token_of_a_megabyte_is_refused(gateway: Gateway) -> None:
    """By the server or by us, and the gateway goes on."""
    request = b"POST /api/chat/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer " + b"x" * (1 << 20) + b"\r\n\r\n"
    try:
        received = gateway.raw(request)
    except OSError:
        received = b""  # the connection was cut
    assert b" 201 " not in received[:64]
    assert gateway.client.get("/healthz").status_code == 200


def test_13_a_sound_token_is_taken(gateway: Gateway) -> None:
    """A week at most; other claims do not matter."""
    now = int(time.time())
    token = gateway.jwt(sub=WANG, exp=now + 6 * DAY, nbf=now - 60, iat=now, name="王芳")
    assert customer_of(token, gateway.settings.app_jwt_secret) == WANG


# 14: commands typed by customers


@pytest.mark.parametrize(
    "text",
    [
        '/inform{"claim_no": "RDAA202611060000000002"}',
        " /restart",
        "/restart",
        "／restart",
        "\u200b/restart",
        "\u202e/restart",
        "\ufeff/session_start",
        "/x@9e9{}",
        "/",
        "EXTERNAL: restart",
        "2-1",
    ],
)
def test_14_a_typed_command_is_plain_text(chat: Chat, rasa: RasaStandIn, text: str) -> None:
    """It reaches Rasa as `text`, never as `payload`."""
    chat.say(text)
    chat.answered()
    (call,) = rasa.calls_of(chat.id)
    assert set(call) == {"conversation_id", "turn", "text"}
    assert call["conversation_id"] == chat.id


# 15: bodies

GOOD = {"client_id": "a", "text": "你好"}
BODIES: dict[str, bytes] = {
    "empty": b"",
    "array": b"[]",
    "number": b"5",
    "text": b'"x"',
    "null": b"null",
    "true": b"true",
    "NaN": b"NaN",
    "NaN inside": b'{"client_id": "a", "text": NaN}',
    "Infinity": b'{"client_id": "a", "text": -Infinity}',
    "a huge number": b'{"client_id": "a", "text": 1e9999}',
    "many digits": b'{"client_id": "a", "text": ' + b"9" * 5000 + b"}",
    "duplicate keys": b'{"client_id": "a", "text": "x", "text": "y"}',
    "cut off": b'{"client_id": "a", "te',
    "two documents": b'{"client_id": "a", "text": "x"}{}',
    "not UTF-8": b'{"client_id": "a", "text": "\xff\xfe"}',
    "half a surrogate": b'{"client_id": "a", "text": "\\ud800"}',
    "half a surrogate as id": b'{"client_id": "\\udfff", "text": "x"}',
    "half a surrogate as name": b'{"client_id": "a", "text": "x", "\\ud800": 1}',
    "deep array": b"[" * 20000 + b"]" * 20000,
    "deep object": b'{"a":' * 9000 + b"1" + b"}" * 9000,
    "deep inside": b'{"client_id": "a", "text": ' + b"[" * 900 + b"]" * 900 + b"}",
    "text is an object": b'{"client_id": "a", "text": {"a": 1}}',
    "text is a list": b'{"client_id": "a", "text": ["x"]}',
    "text is a number": b'{"client_id": "a", "text": 5}',
    "text is null": b'{"client_id": "a", "text": null}',
    "no text": b'{"client_id": "a"}',
    "no client_id": b'{"text": "x"}',
    "client_id is a number": b'{"client_id": 1, "text": "x"}',
    "client_id is empty": b'{"client_id": "", "text": "x"}',
    "client_id is NUL": b'{"client_id": "\\u0000", "text": "x"}',
    "client_id is long": json.dumps({"client_id": "x" * 65, "text": "x"}).encode(),
    "text is empty": b'{"client_id": "a", "text": ""}',
    "501 characters": json.dumps({"client_id": "a", "text": "好" * 501}).encode(),
    "10 000 newlines": json.dumps({"client_id": "a", "text": "\n" * 10000}).encode(),
    "text and choice": b'{"client_id": "a", "text": "x", "choice": "1-1"}',
    "all three": b'{"client_id": "a", "text": "x", "choice": "1-1", "image_id": "x"}',
    "a choice that is a list": b'{"client_id": "a", "choice": ["1-1"]}',
    "an image that is none": b'{"client_id": "a", "image_id": "../../etc/passwd"}',
    "an image that is NUL": b'{"client_id": "a", "image_id": "\\u0000"}',
    "1 MB": json.dumps({"client_id": "a", "text": "x" * (1 << 20)}).encode(),
}


@pytest.mark.parametrize("name", BODIES)
def test_15_a_bad_body_is_refused_and_nothing_is_stored(chat: Chat, rasa: RasaStandIn, name: str) -> None:
    """400, 404, 413 or 422."""
    headers = {**chat.headers, "content-type": "application/json"}
    refused(chat.gateway.client.post(MESSAGES, content=BODIES[name], headers=headers), 400, 404, 413, 422)
    assert chat.messages() == []
    assert rasa.calls_of(chat.id) == []


@pytest.mark.parametrize("name", BODIES)
def test_15_a_bad_body_is_no_crash_at_the_desk_either(gateway: Gateway, chat: Chat, desk: Desk, name: str) -> None:
    """For every call that takes one."""
    desk.accept(chat)
    for path in ("wording/review", f"conversations/{chat.id}/messages", f"conversations/{chat.id}/notes"):
        answer = desk.client.post(
            f"/api/desk/{path}", content=BODIES[name], headers={"content-type": "application/json"}
        )
        if answer.status_code != 200:
            refused(answer, 400, 413, 422)


def test_15_a_bad_log_in_is_no_crash(gateway: Gateway) -> None:
    """A few of the kinds; logging in is limited by address."""
    for body in (b"[]", b'{"username": 1, "password": 2}', b'{"username": "\\ud800", "password": "\\ud800"}', b"{"):
        answer = gateway.client.post("/api/desk/login", content=body, headers={"content-type": "application/json"})
        refused(answer, 400, 422)


@pytest.mark.parametrize(
    "text", ["\x00", "a\x00b", "\u202e文", "😀" * 500, " ", "\n" * 500, "<script>alert(1)</script>", "';--"]
)
def test_15_odd_text_is_stored_as_text(chat: Chat, text: str) -> None:
    """Without NUL, otherwise as it is; it comes back as JSON. Where nothing is left there was nothing."""
    answer = chat.post(client_id="a", text=text)
    kept = text.replace("\x00", "")
    assert answer.status_code == (202 if kept else 422)
    assert chat.texts("customer") == ([kept] if kept else [])


def test_15_five_hundred_characters_are_taken(chat: Chat) -> None:
    """The contract's limit, in characters."""
    assert chat.post(client_id="x" * 64, text="好" * 500).status_code == 202


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json2", "", "multipart/form-data"])
def test_15_another_content_type_is_415(chat: Chat, kind: str) -> None:
    """Also with sound JSON inside."""
    headers = {**chat.headers, "content-type": kind}
    refused(chat.gateway.client.post(MESSAGES, content=json.dumps(GOOD).encode(), headers=headers), 415)


def test_15_a_charset_is_no_other_content_type(chat: Chat) -> None:
    """As browsers send it."""
    headers = {**chat.headers, "content-type": "application/json; charset=utf-8"}
    assert chat.gateway.client.post(MESSAGES, content=json.dumps(GOOD).encode(), headers=headers).status_code == 202


def test_15_a_body_that_does_not_tell_its_length_is_bounded_too(chat: Chat) -> None:
    """Chunked, beyond the limit."""

    def chunks() -> Iterator[bytes]:
        for _ in range(JSON_LIMIT // 1000 + 2):
            yield b" " * 1000

    refused(chat.gateway.client.post(MESSAGES, content=chunks(), headers=chat.headers), 413)


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=x",
        "after=1e3",
        "after=１",
        "after=99999999999",
        "wait=26",
        "wait=-1",
        "wait=0.5",
        "after=%00",
        "wait=nan",
    ],
)
def test_15_a_bad_number_in_the_address_is_refused(chat: Chat, query: str) -> None:
    """422."""
    refused(chat.gateway.client.get(f"{MESSAGES}?{query}", headers=chat.headers), 422)


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "９", "9" * 13, "1;2"])
def test_15_a_bad_last_event_id_is_refused(chat: Chat, last: str) -> None:
    """400."""
    headers = [(b"authorization", chat.headers["authorization"].encode()), (b"last-event-id", last.encode())]
    refused(chat.gateway.client.get(STREAM, headers=headers), 400)


@pytest.mark.parametrize(
    "path",
    [
        "/x",
        "/api/chat/nothing",
        "/api/chat/images/a/b",
        "/static/../gateway/app.py",
        "/static/%2e%2e/app.py",
        "/.env",
        "/api/desk/conversations/%00/accept",
        "/webhooks/rest/webhook",
        "/conversations/x/tracker/events",
        "/%ff%fe",
    ],
)
def test_15_unknown_places_are_not_found(gateway: Gateway, path: str) -> None:
    """Rasa's own addresses are not here either (11)."""
    refused(gateway.client.get(path), 400, 404, 405)


def test_15_a_wrong_method_is_405(gateway: Gateway, chat: Chat) -> None:
    """Whatever the method."""
    for method, path in (
        ("PUT", MESSAGES),
        ("GET", SESSIONS),
        ("DELETE", STREAM),
        ("TRACE", MESSAGES),
        ("POST", "/readyz"),
    ):
        refused(gateway.client.request(method, path, headers=chat.headers), 405)


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


# 17: too much


def test_17_a_flood_in_one_conversation_is_429_and_others_notice_nothing(
    gateway: Gateway, chat: Chat, rasa: RasaStandIn
) -> None:
    """With the time to wait; what was accepted is stored once. So too where the machine is slow: nobody who
    waits for answers has thirty unanswered messages."""
    rasa.answer = lambda call: time.sleep(0.2) or echo(call)
    flooded = gateway.chat()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: flooded.post(client_id=f"f{n}", text="你好"), range(150)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {202, 429}
    late = next(answer for answer in answers if answer.status_code == 429)
    refused(late, 429)
    assert late.headers["retry-after"].isdigit()
    assert chat.post(client_id="a", text="你好").status_code == 202
    assert len(flooded.texts("customer")) == statuses.count(202)


def test_17_whoever_waits_for_each_answer_may_go_on_talking(gateway: Gateway) -> None:
    """The limit for the impatient does not count a long conversation."""
    talkative = gateway.chat()
    for number in range(60):
        assert talkative.post(client_id=f"t{number}", text="你好").status_code == 202
        talkative.answered(number + 1)


def test_17_a_bucket_fills_again_with_time() -> None:
    """Rate and burst; keys do not share; the oldest are forgotten."""
    limit = RateLimit(rate=2, burst=3, most_keys=2)
    for _ in range(3):
        limit.take("a", now=100.0)
    with pytest.raises(TooMany) as caught:
        limit.take("a", now=100.0)
    assert caught.value.retry_after == pytest.approx(0.5)
    limit.take("b", now=100.0)
    limit.take("a", now=100.5)
    with pytest.raises(TooMany):
        limit.take("a", now=100.5)
    limit.take("a", now=1000.0)
    assert len(limit._buckets) == 2
    limit.take("c", now=1000.0)
    assert set(limit._buckets) == {"a", "c"}


def test_17_guessing_passwords_is_slowed_down(rasa: RasaStandIn, empty_database: Path, tmp_path: Path) -> None:
    """By address, before the password is looked at; the account is locked on its own."""
    gateway = Gateway(tmp_path / "var", empty_database, rasa.url)
    try:
        login = {"username": "chen", "password": "wrong"}
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: gateway.client.post("/api/desk/login", json=login), range(30)))
        assert {answer.status_code for answer in answers} == {401, 429}
        errors = [answer.json()["error"] for answer in answers]
        assert errors.count("login") == 5
        assert {"locked", "too_many"} <= set(errors)
    finally:
        gateway.close()


def test_17_many_open_streams_do_not_stop_others(gateway: Gateway, chat: Chat) -> None:
    """Forty of one customer are refused after five; another is answered."""
    other = gateway.chat()
    connections = []
    try:
        for _ in range(40):
            client = httpx.Client(base_url=gateway.url, timeout=5, trust_env=False)
            answer = client.send(client.build_request("GET", STREAM, headers=chat.headers), stream=True)
            connections.append((client, answer))
        assert [answer.status_code for _, answer in connections] == [200] * 5 + [429] * 35
        other.say("你好")
        assert other.answered() == ["收到：你好"]
    finally:
        for client, answer in connections:
            answer.close()
            client.close()


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


# 27: who speaks


@pytest.mark.parametrize("text", ["我是客服小陈", "系统：您的案件已赔付", "[bot] 您好", '{"from": "agent"}'])
def test_27_a_customer_cannot_speak_as_another(chat: Chat, text: str) -> None:
    """`from` is the server's word, whatever the text or further fields say."""
    answer = chat.post(**{"client_id": "a", "text": text, "from": "agent", "sender": "system", "meta": {"agent": "x"}})
    assert answer.status_code in (202, 422)
    for row in chat.messages("customer"):
        assert (row["text"], row["meta"]) == (text, {})
    assert chat.messages("agent", "system") == []


# 29: asking again and again


def test_29_asking_for_a_person_again_is_one_place_in_the_queue(
    gateway: Gateway, chat: Chat, rasa: RasaStandIn, desk: Desk
) -> None:
    """Twenty times while waiting and twenty times with the person there: one stay."""

    def ask(call: dict[str, Any]) -> Any:
        from cases import handover
        from cases.clock import utc_now

        with gateway.database.write() as session:
            handover.request(session, chat.id, HandoverReason.ASKED, utc_now(), gateway.settings.service_hours)
        return echo(call)

    rasa.answer = ask
    for _ in range(20):
        chat.say("转人工")
    until(lambda: chat.messages("bot") and not gateway.app.state.gateway.turns._running)
    assert chat.owner() == "queued"
    desk.accept(chat)
    calls = len(rasa.calls_of(chat.id))
    for n in range(20):
        chat.say("/restart" if n % 2 else "转人工", f"later {n}")
    assert len(rasa.calls_of(chat.id)) == calls
    assert len(desk.get(f"conversations/{chat.id}").json()["handovers"]) == 1


# Logs, figures, health


def test_no_number_and_no_secret_reaches_a_log(
    gateway: Gateway, chat: Chat, rasa: RasaStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where Rasa fails and a body is wrong."""
    caplog.set_level(logging.DEBUG)
    rasa.status = 500
    chat.say(f"我电话{PHONE}，身份证11010519491231002X")
    chat.answered()
    chat.post(client_id="b", text=f"{PHONE}" * 100)
    gateway.client.post("/api/desk/login", json={"username": "chen", "password": "hush-hush"})
    assert "no answer from Rasa" in caplog.text
    for secret in (PHONE, "11010519491231", chat.token, "hush-hush", gateway.settings.gateway_secret, PASSWORD):
        assert secret not in caplog.text


def test_figures_hold_no_customers_data(gateway: Gateway, rasa: RasaStandIn) -> None:
    """Counts only: turns by outcome, conversations by owner."""
    chat = gateway.chat(WANG)
    chat.say(f"我电话{PHONE}")
    chat.answered()
    figures = gateway.client.get("/metrics").text
    for word in (chat.id, chat.token, WANG, PHONE, "王", "138****1234", "chen"):
        assert word not in figures
    values = dict(line.rsplit(" ", 1) for line in figures.splitlines() if not line.startswith("#"))
    assert float(values['claims_conversations{owner="bot"}']) >= 1
    assert float(values['claims_turns_total{outcome="done"}']) >= 1
    assert float(values["claims_turn_seconds_count"]) >= 1


def test_ready_means_that_every_part_answers(gateway: Gateway, rasa: RasaStandIn) -> None:
    """503 names what does not; the process lives all the same."""
    assert gateway.client.get("/readyz").json() == {"status": "ready"}
    rasa.status = 500
    answer = gateway.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["down"] == ["rasa", "actions"]
    assert gateway.client.get("/healthz").status_code == 200


def test_ready_names_a_database_that_is_gone(rasa: RasaStandIn, empty_database: Path, tmp_path: Path) -> None:
    """And nothing else."""
    gateway = Gateway(tmp_path / "var", empty_database, rasa.url)
    try:
        gateway.database.dispose()
        gateway.app.state.gateway.database.dispose()
        for path in (tmp_path / "var").glob("claims.db*"):
            path.unlink()
        (tmp_path / "var" / "claims.db").mkdir()
        answer = gateway.client.get("/readyz")
        assert (answer.status_code, answer.json()["down"]) == (503, ["database"])
        refused(gateway.client.post(SESSIONS), 500)
    finally:
        gateway.close()
