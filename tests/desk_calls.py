"""What agents do over HTTP, for the tests of the desk."""

from __future__ import annotations

from typing import Any

from tests.gateway_server import Chat, Desk
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
