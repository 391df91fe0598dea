"""The desk over HTTP: the queue, and passing a conversation on."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from cases import handover
from cases.enums import HandoverReason
from cases.models import AuditEntry
from tests.desk_calls import FORBIDDEN, queue
from tests.gateway_server import Chat, Desk, Gateway, events
from tests.rows import WANG

CUSTOMER = WANG  # whose conversation `chat` is
pytestmark = pytest.mark.usefixtures("obliging")

# Queue


def test_the_queue_shows_the_most_urgent_first(gateway: Gateway, chen: Desk) -> None:
    """Injury before complaint before the rest; who, why, how long; no full name or number."""
    chats = [gateway.chat(WANG) for _ in range(3)]
    reasons = (HandoverReason.ASKED, HandoverReason.COMPLAINT, HandoverReason.INJURY)
    for one, reason in zip(chats, reasons, strict=True):
        queue(gateway, one, reason)
    shown = chen.get("queue").json()
    mine = [row for row in shown["waiting"] if row["conversation_id"] in {one.id for one in chats}]
    assert [row["reason"] for row in mine] == ["injury", "complaint", "asked"]
    assert all(row["customer"] == "王*" and row["waited_seconds"] >= 0 and row["summary"] == "查进度" for row in mine)
    assert "王芳" not in json.dumps(shown, ensure_ascii=False)
    assert "all" not in shown
    for one in chats:
        chen.accept(one)
    assert {one.id for one in chats} <= {row["conversation_id"] for row in chen.get("queue").json()["mine"]}


def test_a_supervisor_sees_what_others_have(gateway: Gateway, chat: Chat, chen: Desk, desks: dict[str, Desk]) -> None:
    """With the agent's name."""
    chen.accept(chat)
    rows = {row["conversation_id"]: row for row in desks["lead"].get("queue").json()["all"]}
    assert rows[chat.id]["agent"] == "小陈"


def test_the_stream_of_the_queue_tells_a_change(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """When somebody joins."""
    with chen.client.stream("GET", "/api/desk/events") as answer:
        told = events(answer)
        next(told)
        queue(gateway, chat)
        chat.say("你好")
        waiting = next(data for _, name, data in told if any(r["conversation_id"] == chat.id for r in data["waiting"]))
    assert waiting


# Passing on


def test_a_transfer_brings_it_to_a_colleague_with_the_note(
    gateway: Gateway, chat: Chat, chen: Desk, desks: dict[str, Desk]
) -> None:
    """It waits for the role that was named; the customer need not repeat himself."""
    chen.accept(chat)
    assert chen.do("transfer", chat.id, role="specialist", note="定损争议").json() == {"owner": "queued"}
    waiting = {row["conversation_id"]: row for row in desks["zhou"].get("queue").json()["waiting"]}
    assert (waiting[chat.id]["wanted_role"], waiting[chat.id]["summary"]) == ("specialist", "定损争议")
    assert chat.messages("system")[-1]["meta"]["notice"] == "transferred"
    desks["zhou"].accept(chat)
    assert chen.reply(chat, "您好").status_code == 403


@pytest.mark.parametrize(("username", "role"), [("chen", "specialist"), ("zhou", "supervisor"), ("lead", "supervisor")])
def test_escalating_goes_one_level_up(
    gateway: Gateway, chat: Chat, desks: dict[str, Desk], username: str, role: str
) -> None:
    """First line, specialist, supervisor (A081)."""
    desk = desks[username]
    desk.accept(chat)
    assert desk.do("escalate", chat.id, reason="客户不满意").status_code == 200
    waiting = {row["conversation_id"]: row for row in desks["lead"].get("queue").json()["waiting"]}
    assert waiting[chat.id]["wanted_role"] == role
    assert desks["lin"].do("accept", chat.id).status_code == 403
    desks["lead"].accept(chat)


def test_an_unknown_role_is_refused(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """And the conversation stays."""
    chen.accept(chat)
    for role in ("boss", "", "FIRST_LINE"):
        assert chen.do("transfer", chat.id, role=role).status_code == 422
    assert chat.owner() == "human"


def test_a_blocked_note_does_not_reach_the_customer(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Handing back says what was noted as far as it is compliant; the bot knows the note itself."""
    chen.accept(chat)
    assert chen.do("return", chat.id, note=FORBIDDEN).status_code == 200
    assert all("保证" not in text for text in chat.texts())
    with gateway.database.read() as session:
        assert handover.last_note(session, chat.id) == FORBIDDEN


def test_what_agents_do_is_audited(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Who took and who passed on which conversation."""
    chen.accept(chat)
    chen.do("transfer", chat.id)
    with gateway.database.read() as session:
        rows = session.execute(
            select(AuditEntry).where(AuditEntry.subject == chat.id).order_by(AuditEntry.id)
        ).scalars()
        assert [(row.actor, row.action) for row in rows] == [
            ("agent:chen", "desk.accept"),
            ("agent:chen", "desk.pass_on"),
        ]
