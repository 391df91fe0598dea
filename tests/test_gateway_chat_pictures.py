"""Pictures in the app's chat over HTTP (contract, "App chat")."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway_server import Chat, Gateway
from tests.pictures import drawn, encoded
from tests.rasa_stand_in import RasaStandIn

pytestmark = pytest.mark.usefixtures("obliging")
CHECKS = {"format", "size", "sharp", "bright", "glare", "screen", "duplicate", "subject"}


def upload(chat: Chat, data: bytes, name: str = "photo.jpg", **headers: str) -> Any:
    return chat.gateway.client.post(
        "/api/chat/images", files={"file": (name, data, "image/jpeg")}, headers={**chat.headers, **headers}
    )


def test_a_picture_is_taken_sent_and_read_by_its_owner_only(gateway: Gateway, chat: Chat, rasa: RasaStandIn) -> None:
    """201 with checks; the turn names it; another conversation gets 404, nobody 401."""
    answer = upload(chat, encoded(drawn()), "../../x\u202e.php")
    assert answer.status_code == 201
    image_id, checks = answer.json()["image_id"], answer.json()["checks"]
    assert {check["code"] for check in checks} <= CHECKS
    assert all(set(check) == {"code", "ok", "hint"} for check in checks)
    assert chat.post(client_id="p", image_id=image_id).status_code == 202
    chat.answered()
    assert chat.messages("customer")[0]["data"] == {"image_id": image_id}
    assert image_id in rasa.calls_of(chat.id)[0]["payload"]
    other = gateway.chat()
    assert other.post(client_id="p", image_id=image_id).status_code == 404
    read = {
        name: gateway.client.get(f"/api/chat/images/{image_id}", headers=headers)
        for name, headers in (("mine", chat.headers), ("theirs", other.headers), ("nobody", {}))
    }
    assert {name: got.status_code for name, got in read.items()} == {"mine": 200, "theirs": 404, "nobody": 401}
    mine = read["mine"].headers
    assert (mine["content-type"], mine["cache-control"], mine["x-content-type-options"]) == (
        "image/jpeg",
        "no-store",
        "nosniff",
    )
    assert mine["content-security-policy"].startswith("sandbox")
    assert read["mine"].content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"<svg onload='x'/>", 415), (b"", 415), (b"\xff\xd8\xff", 415), (b"\xff\xd8\xff" + bytes(12 << 20), 413)],
    ids=["svg", "empty", "truncated", "12 MB"],
)
def test_what_is_no_picture_is_refused(chat: Chat, data: bytes, status: int) -> None:
    """By its bytes, not by its name."""
    answer = upload(chat, data)
    assert answer.status_code == status
    assert set(answer.json()) >= {"error", "message"}


def test_a_form_without_a_file_is_refused(chat: Chat) -> None:
    """As is a body that is no form."""
    for content in ({"data": {"file": "text"}}, {"json": {"file": "x"}}, {"content": b""}, {"files": {"other": b"x"}}):
        answer = chat.gateway.client.post("/api/chat/images", headers=chat.headers, **content)
        assert answer.status_code == 422
