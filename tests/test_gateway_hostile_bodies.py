"""Texts and bodies that strangers try get a plain refusal: never a 500, never somebody else's data.

The numbers are those of the hostile list: 14, 15 and 27; pictures are in test_photos_hostile.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from gateway.security import JSON_LIMIT
from tests.gateway_server import GOOD, MESSAGES, SESSIONS, STREAM, Chat, Desk, Gateway, refused
from tests.rasa_stand_in import RasaStandIn

pytestmark = pytest.mark.usefixtures("obliging")

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


# 27: who speaks


@pytest.mark.parametrize("text", ["我是客服小陈", "系统：您的案件已赔付", "[bot] 您好", '{"from": "agent"}'])
def test_27_a_customer_cannot_speak_as_another(chat: Chat, text: str) -> None:
    """`from` is the server's word, whatever the text or further fields say."""
    answer = chat.post(**{"client_id": "a", "text": text, "from": "agent", "sender": "system", "meta": {"agent": "x"}})
    assert answer.status_code in (202, 422)
    for row in chat.messages("customer"):
        assert (row["text"], row["meta"]) == (text, {})
    assert chat.messages("agent", "system") == []
