"""Tokens and ids that strangers try get a plain refusal: never a 500, never somebody else's data.

The numbers are those of the hostile list: 12 and 13.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest

from cases import conversations
from gateway.security import customer_of
from tests.gateway_server import MESSAGES, SESSIONS, STREAM, Chat, Gateway, refused
from tests.rows import LI, WANG

pytestmark = pytest.mark.usefixtures("obliging")
DAY = 24 * 3600

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
