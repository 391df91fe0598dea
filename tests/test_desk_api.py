"""The desk's further calls (web/API.md): numbers, labels, search, ratings, streams, standard answers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from cases import callbacks, conversations, messages
from cases.clock import utc_now
from cases.enums import HandoverReason
from cases.messages import Draft
from cases.models import AuditEntry, Complaint, Event, Rating
from gateway.desk import search
from gateway.telling import tell
from tests.desk_calls import SCRIPT, post, register
from tests.gateway_server import Chat, Desk, Gateway, events, until
from tests.rows import CLAIM, PHONE, PLATE, POLICY, WANG

CUSTOMER = WANG  # whose conversation `chat` is
pytestmark = pytest.mark.usefixtures("obliging")

# Around a conversation


def test_a_conversation_in_which_a_call_is_owed_may_be_read(gateway: Gateway, desks: dict[str, Desk]) -> None:
    """By whoever may make the call; not when it was made."""
    chat = gateway.chat()
    assert desks["zhou"].get(f"conversations/{chat.id}").status_code == 403
    with gateway.database.write() as session:
        callbacks.record(session, chat.id, HandoverReason.LOW_RATING, "回访", utc_now())
    shown = desks["zhou"].get(f"conversations/{chat.id}").json()
    assert post(desks["zhou"], f"callbacks/{shown['callbacks'][0]['id']}/done", note="已回访").status_code == 200
    assert desks["zhou"].get(f"conversations/{chat.id}").status_code == 403


def test_who_may_make_a_call_sees_the_numbers_for_it(gateway: Gateway, desks: dict[str, Desk]) -> None:
    """Phone and contact, masked in the list, against a reason, audited; nothing else, and not when it was made."""
    chat, lin = gateway.chat(WANG), desks["lin"]
    with gateway.database.write() as session:
        conversations.get(session, chat.id).contact_phone = "13800009999"
        callbacks.record(session, chat.id, HandoverReason.LOW_RATING, "回访", utc_now())
    call = next(row for row in lin.get("callbacks").json()["callbacks"] if row["conversation_id"] == chat.id)
    assert call["numbers"] == {"contact": "138****9999", "phone": "138****1234"}
    for field, value in {"phone": PHONE, "contact": "13800009999"}.items():
        assert lin.do("reveal", chat.id, field=field, reason="回电").json() == {"value": value}
    assert lin.do("reveal", chat.id, field="phone", reason="").status_code == 422
    assert lin.do("reveal", chat.id, field="vin", key=POLICY, reason="回电").status_code == 403
    with gateway.database.read() as session:
        lines = select(AuditEntry).where(AuditEntry.subject == chat.id, AuditEntry.action.like("desk.reveal%"))
        kept = [(row.actor, row.action, row.reason) for row in session.execute(lines.order_by(AuditEntry.id)).scalars()]
    assert kept == [
        ("agent:lin", "desk.reveal.phone", "回电"),
        ("agent:lin", "desk.reveal.contact", "回电"),
    ]
    assert post(lin, f"callbacks/{call['id']}/done", note="已回访").status_code == 200
    assert lin.do("reveal", chat.id, field="phone", reason="回电").status_code == 403


def test_a_call_of_a_conversation_that_another_holds_is_his(
    gateway: Gateway, desks: dict[str, Desk], held: Chat
) -> None:
    """And a supervisor's; to the others it is neither listed nor a reason to read or to see a number."""
    with gateway.database.write() as session:
        callbacks.record(session, held.id, HandoverReason.LOW_RATING, "回访", utc_now())
    listed = {name: held.id in desks[name].get("callbacks").text for name in desks}
    assert listed == {"chen": True, "zhou": False, "lin": False, "lead": True}
    call = next(row for row in desks["chen"].get("callbacks").json()["callbacks"] if row["conversation_id"] == held.id)
    assert desks["lin"].get(f"conversations/{held.id}").status_code == 403
    assert desks["lin"].do("reveal", held.id, field="phone", reason="回电").status_code == 403
    assert post(desks["lin"], f"callbacks/{call['id']}/done", note="x").status_code == 404
    assert post(desks["chen"], f"callbacks/{call['id']}/done", note="已回访").status_code == 200


def test_a_number_is_revealed_against_a_reason_and_audited(
    gateway: Gateway, desks: dict[str, Desk], held: Chat
) -> None:
    """Phone, contact and vin, to whoever has it; to a supervisor too; to no colleague."""
    chen = desks["chen"]
    shown = chen.get(f"conversations/{held.id}").json()
    assert (shown["customer"]["phone"], shown["conversation"]["contact"]) == ("138****1234", "138****9999")
    asked = {"phone": PHONE, "contact": "13800009999"}
    for field, value in asked.items():
        assert chen.do("reveal", held.id, field=field, reason="回电核实").json() == {"value": value}
    vin = chen.do("reveal", held.id, field="vin", key=POLICY, reason="核对车辆")
    assert vin.json() == {"value": "LSVAA1234A1234567"}
    no = register(chen, held, contact="13700007777").json()["no"]
    asked = chen.do("reveal", held.id, field="complaint", key=no, reason="按客户方式答复").json()["value"]
    with gateway.database.read() as session:
        assert asked == session.get(Complaint, no).contact
    assert desks["lin"].do("reveal", held.id, field="phone", reason="好奇一下").status_code == 403
    assert desks["lead"].do("reveal", held.id, field="phone", reason="复核").status_code == 200
    for reason in ("", "x", "字" * 101):
        assert chen.do("reveal", held.id, field="phone", reason=reason).status_code == 422
    assert chen.do("reveal", held.id, field="id_last4", reason="核实").status_code == 422
    with gateway.database.read() as session:
        rows = session.execute(
            select(AuditEntry).where(AuditEntry.subject == held.id).order_by(AuditEntry.id)
        ).scalars()
        kept = [(row.actor, row.action, row.reason) for row in rows if row.action.startswith("desk.reveal")]
    assert kept == [
        ("agent:chen", "desk.reveal.phone", "回电核实"),
        ("agent:chen", "desk.reveal.contact", "回电核实"),
        ("agent:chen", "desk.reveal.vin", "核对车辆"),
        ("agent:chen", "desk.reveal.complaint", "按客户方式答复"),
        ("agent:lead", "desk.reveal.phone", "复核"),
    ]


def test_labels_are_set_deleted_and_switched_off(gateway: Gateway, desks: dict[str, Desk], held: Chat) -> None:
    """They belong to the customer, in any conversation, and the customer never sees them (A118)."""
    chen = desks["chen"]
    assert chen.do("tags", held.id, tags=["偏好线上", "对金额敏感"]).json()["tags"] == ["偏好线上", "对金额敏感"]
    assert "偏好线上" not in str(held.get())
    assert chen.do("tags", held.id, tags=["偏好线上"]).json()["tags"] == ["偏好线上"]
    other = gateway.chat(WANG)
    desks["lin"].accept(other)
    assert desks["lin"].get(f"conversations/{other.id}").json()["conversation"]["tags"] == ["偏好线上"]
    assert chen.do("tags", held.id, off=True).json() == {"tags": [], "off": True}
    assert chen.do("tags", held.id, tags=["再加"]).json()["error"] == "tags_off"
    assert chen.do("tags", held.id, off=False).json() == {"tags": [], "off": False}
    assert chen.do("tags", held.id, tags=["字" * 13]).status_code == 422
    assert chen.do("tags", held.id, tags=[str(n) for n in range(9)]).status_code == 422
    assert desks["lin"].do("tags", held.id, tags=["x"]).status_code == 403


def test_what_stands_around_a_conversation(gateway: Gateway, desks: dict[str, Desk], held: Chat) -> None:
    """Names of agents with notes and stays; earlier contacts of the same customer."""
    desks["chen"].do("notes", held.id, text=SCRIPT)
    shown = desks["chen"].get(f"conversations/{held.id}").json()
    assert (shown["notes"][0]["agent"], shown["handovers"][0]["agent"]) == ("小陈", "小陈")
    newer = gateway.chat(WANG)
    desks["lin"].accept(newer)
    earlier = desks["lin"].get(f"conversations/{newer.id}").json()["earlier"]
    assert held.id in [row["conversation_id"] for row in earlier]


def test_search_finds_what_one_may_read(desks: dict[str, Desk], held: Chat) -> None:
    """By claim, plate, customer and conversation; a colleague finds nothing of it."""
    for text in (CLAIM, PLATE.lower(), WANG, held.id):
        found = [row["conversation_id"] for row in desks["chen"].get("conversations", q=text).json()["conversations"]]
        assert held.id in found, text
    lin = [row["conversation_id"] for row in desks["lin"].get("conversations", q=CLAIM).json()["conversations"]]
    assert held.id not in lin
    assert desks["chen"].get("conversations").status_code == 422
    assert desks["chen"].get("conversations", q="'; DROP TABLE x; --").json() == {"conversations": []}


def test_what_the_bot_has_can_be_taken_over(desks: dict[str, Desk], chat: Chat) -> None:
    """Listed while the bot has it, and not before anything was said."""
    listed = lambda: str(desks["chen"].get("conversations", owner="bot").json())  # noqa: E731 - asked three times
    assert chat.id not in listed()
    chat.say("你好")
    chat.answered()
    assert chat.id in listed()
    desks["chen"].accept(chat)
    assert chat.id not in listed()
    late = desks["lin"].do("accept", chat.id)
    assert (late.status_code, late.json()["error"], late.json()["agent"]) == (409, "already_taken", "小陈")


# Standard answers


def test_a_standard_answer_comes_with_its_citations(desks: dict[str, Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    """By letters at once, by the matcher as soon as it is read; a topic's id finds it."""
    monkeypatch.setattr(search.FINDER, "_reading", object())  # as while the matcher is being read
    found = desks["chen"].get("faq", q="定损价格有争议").json()["results"]
    assert 0 < len(found) <= 8
    assert "assess.dispute" in [row["faq_id"] for row in found]
    first = next(row for row in found if row["faq_id"] == "assess.dispute")
    assert first["answer"]
    assert all(row["document"] for row in first["citations"])
    assert desks["chen"].get("faq", q="assess.dispute").json()["results"][0]["faq_id"] == "assess.dispute"
    for wrong in ("", " ", "字" * 101):
        assert desks["chen"].get("faq", q=wrong).status_code == 422


def test_the_matcher_ranks_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it thinks unlikely is left out."""
    from faq.matching import Candidate, Match

    class Known:
        def match(self, text: str) -> Match:
            rows = (Candidate("assess.dispute", 0.9), Candidate("photo.how_to", 0.001), Candidate("no.such", 0.5))
            return Match(text, "assess.dispute", 0.9, rows, 0.0)

    monkeypatch.setattr(search.FINDER, "_matcher", Known())
    assert [(entry.id, score) for entry, score in search.FINDER.find("不认可这个价")] == [("assess.dispute", 0.9)]


def test_quick_phrases_pass_the_review(gateway: Gateway, desks: dict[str, Desk]) -> None:
    """Unchanged, without a warning."""
    shown = desks["chen"].get("phrases").json()["phrases"]
    assert len({row["key"] for row in shown}) == len(shown) >= 9
    for row in shown:
        review = post(desks["chen"], "wording/review", text=row["text"]).json()
        assert (review["verdict"], review["hits"]) == ("pass", []), row["key"]
    assert len(desks["chen"].get("checklist").json()["checks"]) == 7


# Satisfaction and call-backs


def test_closing_asks_for_a_rating_that_is_taken_after_the_end(
    gateway: Gateway, desks: dict[str, Desk], held: Chat
) -> None:
    """A low one is thanked for, and opens a call for the desk."""
    desks["chen"].do("close", held.id, summary="已处理")
    card = held.messages()[-1]
    assert (card["kind"], len(card["choices"]), card["data"]["dimensions"][0]) == ("rating", 5, "流程便捷性")
    assert held.post(client_id="later", text="还在吗").status_code == 409
    assert held.post(client_id="score", text="2分 沟通效率1分 等太久").status_code == 202
    with gateway.database.write() as session:
        tell(session, gateway.app.state.gateway.door, gateway.settings)
        rating = session.execute(select(Rating).where(Rating.conversation_id == held.id)).scalar_one()
    assert (rating.score, rating.dimensions, rating.agent_id) == (2, {"communication": 1}, desks["chen"].agent["id"])
    assert held.messages()[-1]["meta"]["notice"] == "satisfaction.low"
    call = next(row for row in desks["lin"].get("callbacks").json()["callbacks"] if row["conversation_id"] == held.id)
    assert (call["reason"], call["summary"]) == ("low_rating", "等太久")
    assert post(desks["lin"], f"callbacks/{call['id']}/done", note="已回访").json()["done_at"]
    assert post(desks["lin"], f"callbacks/{call['id']}/done", note="").status_code == 403
    assert post(desks["lin"], "callbacks/x/done", note="").status_code == 404


# Streams


def test_the_stream_tells_of_new_messages_in_ones_own_conversations(desks: dict[str, Desk], held: Chat) -> None:
    """And the queue is not repeated because waiting times grow."""
    with desks["chen"].client.stream("GET", "/api/desk/events") as answer:
        stream = events(answer)
        assert next(stream)[1] == "queue"
        seq = held.say("还有一件事")
        found = next(event for event in stream if event[1] == "message" and event[2]["conversation_id"] == held.id)
        assert found[2]["seq"] == seq


def test_a_rewritten_text_is_counted_too(gateway: Gateway, chat: Chat) -> None:
    """Whoever wrote it."""
    with gateway.database.write() as session:
        door = gateway.app.state.gateway.door
        messages.send(session, door, chat.id, [Draft("按公司规定，这个不能报。")], utc_now())
    with gateway.database.read() as session:
        rows = session.execute(select(Event).where(Event.conversation_id == chat.id)).scalars().all()
    until(lambda: chat.texts("bot"))
    assert [row.data["who"] for row in rows] == ["bot"]
