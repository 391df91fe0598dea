"""What agents do over HTTP and what they find, for the tests of the desk."""

from __future__ import annotations

from typing import Any

from cases import handover
from cases.clock import utc_now
from cases.enums import HandoverReason
from tests.gateway_server import Chat, Desk, Gateway
from tests.rows import CLAIM

FORBIDDEN = "我保证三天内一定全赔到账"
SCRIPT = "<script>alert(1)</script>"


def post(desk: Desk, path: str, **body: Any) -> Any:
    """Do something."""
    return desk.client.post(f"/api/desk/{path}", json=body)


def register(desk: Desk, chat: Chat, **changes: Any) -> Any:
    """Register a complaint about delay."""
    body = {
        "conversation_id": chat.id,
        "category": "delay",
        "claim_no": CLAIM,
        "what_happened": f"三周没有人联系 {SCRIPT}",
        "wanted": "尽快处理",
        "reply_by": "app",
        "client_id": f"dialog-{chat.id}",
        **changes,
    }
    return post(desk, "complaints", **body)


def queue(gateway: Gateway, chat: Chat, reason: HandoverReason = HandoverReason.ASKED, summary: str = "查进度") -> None:
    """The customer waits for a person."""
    with gateway.database.write() as session:
        handover.request(session, chat.id, reason, utc_now(), gateway.settings.service_hours, summary=summary)
