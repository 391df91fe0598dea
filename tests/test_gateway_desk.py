"""The desk over HTTP: a conversation from accepting to closing, complaints, wording review."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from cases import complaints
from cases.clock import utc_now
from cases.complaints import Details
from cases.enums import ComplaintCategory, ReplyBy
from cases.errors import NotFound
from cases.models import Note
from gateway.reading import row_number
from tests.desk_calls import FORBIDDEN, queue
from tests.gateway_server import Chat, Desk, Gateway, until
from tests.rows import CLAIM, PHONE, WANG

CUSTOMER = WANG  # whose conversation `chat` is
pytestmark = pytest.mark.usefixtures("obliging")

# A conversation


def test_from_accepting_to_closing(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """The customer sees who is there and what is said, in order, under the agent's own name."""
    chat.say("我要找人")
    chat.answered()
    queue(gateway, chat)
    assert chen.do("accept", chat.id).json() == {"owner": "human", "epoch": 2}
    assert chen.reply(chat, "您好，请问有什么可以帮您？").status_code == 200
    chat.say("材料交齐了吗")
    assert chen.do("notes", chat.id, text="客户问材料").status_code == 200
    assert chen.do("close", chat.id, summary="已告知材料情况").json() == {"owner": "closed"}
    rows = [(row["from"], row["meta"].get("notice") or row["meta"].get("agent")) for row in chat.messages()[2:]]
    spoken = [("system", "agent_joined"), ("agent", "小陈"), ("customer", None), ("system", "session_ended")]
    assert rows == [*spoken, ("system", "satisfaction.conversation")]
    assert "客户问材料" not in json.dumps(chat.get(), ensure_ascii=False)


def test_what_an_agent_sees_of_a_conversation(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Transcript, customer masked, policies, claims with their timeline, stays, notes."""
    chat.say(f"打{PHONE}")
    chat.answered()
    chen.accept(chat)
    chen.do("notes", chat.id, text=f"回拨{PHONE}")
    shown = chen.get(f"conversations/{chat.id}").json()
    assert shown["customer"] == {"key": WANG, "name": "王*", "phone": "138****1234"}
    assert shown["conversation"]["contact"] == "138****1234"
    assert [row["claim_no"] for row in shown["claims"]] == [CLAIM]
    assert shown["claims"][0]["events"][0]["status"] == "ASSESSED"
    assert shown["policies"][0]["plate"] == "京A12345"
    assert [row["text"] for row in shown["messages"]] == chat.texts()
    assert shown["handovers"][0]["reason"] == "taken_over"
    assert shown["notes"][0]["text"] == "回拨138****1234"
    assert PHONE not in json.dumps(shown)
    assert "payloads" not in json.dumps(shown)


def test_a_conversation_that_is_not_ones_own_is_neither_read_nor_written(
    gateway: Gateway, chat: Chat, chen: Desk, lin: Desk, desks: dict[str, Desk]
) -> None:
    """403; a supervisor reads, but does not write; an unknown one is 404 (hostile 25)."""
    assert lin.get(f"conversations/{chat.id}").status_code == 403
    chen.accept(chat)
    for other in (lin, desks["lead"]):
        for what, body in (
            ("messages", {"text": "您好", "client_id": "1"}),
            ("notes", {"text": "x"}),
            ("transfer", {}),
            ("escalate", {}),
            ("return", {}),
            ("close", {}),
        ):
            assert other.do(what, chat.id, **body).status_code == 403, what
    assert lin.get(f"conversations/{chat.id}").status_code == 403
    assert desks["lead"].get(f"conversations/{chat.id}").status_code == 200
    assert chen.get("conversations/nobody").status_code == 404
    assert chen.do("accept", "nobody").status_code == 404
    assert chat.texts("agent") == []
    with gateway.database.read() as session:
        assert session.execute(select(Note).where(Note.conversation_id == chat.id)).first() is None


def test_what_one_had_can_still_be_read(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """After it was closed; writing is 409."""
    chen.accept(chat)
    chen.do("close", chat.id)
    assert chen.get(f"conversations/{chat.id}").status_code == 200
    for what, body in (
        ("messages", {"text": "您好", "client_id": "1"}),
        ("notes", {"text": "x"}),
        ("close", {}),
        ("accept", {}),
    ):
        assert chen.do(what, chat.id, **body).status_code == 409, what


@pytest.mark.parametrize("text", ["x", "", "-1", "1.0", "１", "²", "1" * 10, "1 or 1"])
def test_what_is_no_rows_number_is_no_row(text: str) -> None:
    """As if there were none of that number; a digit is an ASCII digit."""
    with pytest.raises(NotFound):
        row_number(text, "label")
    assert row_number("17", "label") == 17


def test_of_agents_who_accept_at_once_one_wins(gateway: Gateway, desks: dict[str, Desk]) -> None:
    """The others are told by name of the error; ten times."""
    for _ in range(10):
        chat = gateway.chat()
        queue(gateway, chat)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda desk, chat=chat: desk.do("accept", chat.id), desks.values()))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        lost = {answer.json()["error"] for answer in answers if answer.status_code == 409}
        assert lost == {"already_taken"}
        assert len([row for row in chat.messages("system") if row["meta"]["notice"] == "agent_joined"]) == 1


def test_a_reply_is_sent_once(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """However often it is tried, also at once."""
    chen.accept(chat)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: chen.reply(chat, "您好", "same"), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["seq"] for answer in answers}) == 1
    assert chat.texts("agent") == ["您好"]


def test_an_agent_who_answers_while_the_customer_writes_keeps_one_order(
    gateway: Gateway, chat: Chat, chen: Desk
) -> None:
    """No place is given twice and nothing is lost."""
    chen.accept(chat)
    talking = threading.Thread(target=lambda: [chat.say(f"问{n}") for n in range(10)])
    talking.start()
    for n in range(10):
        assert chen.reply(chat, f"答复{n}").status_code == 200
    talking.join()
    rows = chat.messages()
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert chat.texts("customer") == [f"问{n}" for n in range(10)]
    assert chat.texts("agent") == [f"答复{n}" for n in range(10)]


@pytest.mark.parametrize(
    "body",
    [
        {"text": "", "client_id": "1"},
        {"text": " \n", "client_id": "1"},
        {"text": "您好"},
        {"text": "您好", "client_id": ""},
        {"text": "您好", "client_id": "x" * 65},
        {"text": "好" * 2001, "client_id": "1"},
        {"text": 5, "client_id": "1"},
        {"text": ["您好"], "client_id": "1"},
        {"client_id": "1"},
    ],
)
def test_a_reply_that_is_none_is_refused(gateway: Gateway, chen: Desk, body: dict[str, Any]) -> None:
    """422; nothing is sent."""
    chat = gateway.chat()
    chen.accept(chat)
    assert chen.do("messages", chat.id, **body).status_code == 422
    assert chat.texts("agent") == []


def test_blocked_wording_is_refused_with_what_may_be_said(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Rule, place, why, and the compliant sentence; the customer sees nothing of it."""
    chen.accept(chat)
    answer = chen.reply(chat, FORBIDDEN, "w")
    assert (answer.status_code, answer.json()["error"]) == (422, "wording")
    review = answer.json()["review"]
    assert review["verdict"] == "block"
    assert review["out"]
    for hit in review["hits"]:
        assert FORBIDDEN[slice(*hit["span"])] == hit["found"]
        assert hit["rule"]
        assert hit["reason"]
    assert chat.texts("agent") == []
    assert chen.reply(chat, "服务目标以页面公示为准，请您放心。", "w").status_code == 200


def test_a_number_in_a_reply_is_masked(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Agents paste too."""
    chen.accept(chat)
    chen.reply(chat, f"您留的电话是{PHONE}")
    assert chat.texts("agent") == ["您留的电话是138****1234"]


def test_the_review_is_there_while_one_writes(chen: Desk) -> None:
    """Three verdicts, nothing stored."""
    said = {"我们会尽快处理。": "pass", "按公司规定处理。": "rewrite", FORBIDDEN: "block"}
    for text, verdict in said.items():
        shown = chen.client.post("/api/desk/wording/review", json={"text": text}).json()
        assert shown["verdict"] == verdict, text
        assert bool(shown["hits"]) == (verdict != "pass")


# Complaints


def test_complaints_are_listed_and_shown_with_their_log(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Service and legal time limits side by side; the number masked; an unknown one is 404."""
    details = Details("desk-1", ComplaintCategory.DELAY, "三周没人联系", "尽快处理", ReplyBy.PHONE, CLAIM, PHONE)
    with gateway.database.write() as session:
        no = complaints.file(session, chat.id, details, utc_now()).complaint.no
    assert no in {row["no"] for row in chen.get("complaints").json()["complaints"]}
    shown = chen.get(f"complaints/{no}").json()
    assert (shown["contact"], shown["category"], shown["level"]) == ("138****1234", "delay", "first_line")
    assert shown["first_feedback_due"] < shown["legal_due"]
    assert [row["action"] for row in shown["log"]] == ["filed"]
    assert PHONE not in json.dumps(shown)
    assert chen.get("complaints/TS20991231000001").status_code == 404


def test_a_customers_picture_is_shown_to_who_may_read_it(gateway: Gateway, chat: Chat, chen: Desk, lin: Desk) -> None:
    """And not under another conversation."""
    from tests.pictures import drawn, encoded

    sent = gateway.client.post("/api/chat/images", files={"file": encoded(drawn())}, headers=chat.headers)
    image_id = sent.json()["image_id"]
    chen.accept(chat)
    other = gateway.chat()
    chen.accept(other)
    assert chen.get(f"conversations/{chat.id}/images/{image_id}").headers["content-type"] == "image/jpeg"
    assert chen.get(f"conversations/{other.id}/images/{image_id}").status_code == 404
    assert lin.get(f"conversations/{chat.id}/images/{image_id}").status_code == 403


def test_news_of_a_conversation_reaches_the_customer_at_once(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """A reply ends a long poll; nobody waits for the next one."""
    chen.accept(chat)
    after = chat.messages()[-1]["seq"]
    threading.Timer(0.2, chen.reply, (chat, "您好")).start()
    began = time.monotonic()
    assert [row["text"] for row in chat.get(after=after, wait=20)["messages"]] == ["您好"]
    assert time.monotonic() - began < 3
    until(lambda: chat.owner() == "human")
