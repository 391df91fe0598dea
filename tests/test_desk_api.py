"""The desk's further calls (web/API.md): complaints, numbers, labels, search, board, weekly review, ratings."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from cases import callbacks, conversations, handover, messages, sweep
from cases.clock import utc_now
from cases.enums import HandoverReason
from cases.messages import Draft
from cases.models import AuditEntry, Complaint, Event, Rating
from gateway.desk import search
from gateway.telling import tell
from tests.gateway_server import Chat, Desk, Gateway, events, until
from tests.rasa_stand_in import RasaStandIn
from tests.rows import CLAIM, OTHER_CLAIM, PHONE, PLATE, POLICY, WANG

FORBIDDEN = "我保证三天内一定全赔到账"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def chat(gateway: Gateway) -> Chat:
    """Ms Wang's conversation."""
    return gateway.chat(WANG)


@pytest.fixture(autouse=True)
def obliging(rasa: RasaStandIn) -> Iterator[None]:
    yield
    rasa.reset()


@pytest.fixture(scope="module")
def desks(gateway: Gateway) -> dict[str, Desk]:
    """Everybody logged in once."""
    return {name: gateway.desk(name) for name in ("chen", "zhou", "lin", "lead")}


@pytest.fixture
def held(gateway: Gateway, chat: Chat, desks: dict[str, Desk]) -> Chat:
    """Ms Wang's conversation, with 小陈."""
    chat.say("我要投诉，电话13800009999")
    chat.answered()
    desks["chen"].accept(chat)
    return chat


def post(desk: Desk, path: str, **body: Any) -> Any:
    return desk.client.post(f"/api/desk/{path}", json=body)


def register(desk: Desk, chat: Chat, **changes: Any) -> Any:
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


# Complaints


def test_a_complaint_from_registering_to_the_customers_word(desks: dict[str, Desk], held: Chat) -> None:
    """Registered, checked, fed back, answered in the app, tapped by the customer; every step shows the complaint."""
    chen = desks["chen"]
    made = register(chen, held)
    assert made.status_code == 200, made.text
    no = made.json()["no"]
    assert register(chen, held).json()["no"] == no
    path = f"complaints/{no}"
    assert post(chen, f"{path}/check", code="file", done=True, note="").json()["checks"][0]["by"] == "chen"
    fed = post(chen, f"{path}/feedback", text="已联系定损人员核对", reason="资料较多", expected_at="2099-01-01T18:00")
    assert fed.json()["first_feedback_at"]
    shown = post(chen, f"{path}/answer", text="经核实，定损报告可在App查收。", via="app").json()
    assert (shown["state"], shown["legal_limit_days"], shown["schemes"]) == ("answered", 15, [])
    said = [row for row in held.messages("system") if row["meta"].get("complaint") == no]
    assert [row["meta"]["notice"].split(".")[1] for row in said] == ["registered", "progress", "result"]
    satisfied = next(one["id"] for one in said[-1]["choices"] if one["label"] == "满意")
    assert held.tap(satisfied).status_code == 202
    shown = chen.get(path).json()
    assert (shown["state"], shown["confirmation"]) == ("confirmed", "satisfied")
    assert [line["action"] for line in shown["log"]] == ["filed", "check", "feedback", "answer", "confirm"]
    assert post(chen, f"{path}/answer", text="再次答复您。", via="phone").status_code == 409


def test_stopped_wording_is_refused_and_counted(gateway: Gateway, desks: dict[str, Desk], held: Chat) -> None:
    """In a reply and in an answer: 422 with the review; kept for the weekly review, masked."""
    no = register(desks["chen"], held).json()["no"]
    for answer in (
        desks["chen"].reply(held, f"{FORBIDDEN}，打13800001234"),
        post(desks["chen"], f"complaints/{no}/answer", text=FORBIDDEN, via="phone"),
    ):
        assert answer.status_code == 422
        assert answer.json()["error"] == "wording"
        assert answer.json()["review"]["hits"]
    with gateway.database.read() as session:
        rows = session.execute(select(Event).order_by(Event.id.desc()).limit(2)).scalars().all()
    assert {row.kind.value for row in rows} == {"wording_stop"}
    assert all(row.data["rules"] and "13800001234" not in row.text for row in rows)


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("close", {"note": "办结"}, 409, "not_answered"),
        ("confirm", {"result": "satisfied"}, 409, "complaint_state"),
        ("extend", {"days": 30, "reason": "情况复杂"}, 403, "not_allowed"),
        ("scheme", {"id": "x", "note": "y"}, 403, "not_allowed"),
        ("resume", {"note": ""}, 409, "not_waiting"),
        ("escalate", {"reason": " "}, 422, "invalid"),
        ("classify", {"category": "nonsense", "severity": "minor", "note": "x"}, 422, "invalid"),
        ("answer", {"text": "x", "via": "pigeon"}, 422, "invalid"),
        ("answer", {"text": "字" * 2001, "via": "phone"}, 422, "invalid"),
        ("feedback", {"text": "进展", "expected_at": "soon"}, 422, "invalid"),
        ("feedback", {"text": "进展", "expected_at": "2020-01-01T10:00"}, 422, "invalid"),
        ("check", {"code": "forum", "done": True}, 422, "invalid"),
        ("explode", {}, 404, "not_found"),
    ],
)
def test_what_a_complaint_does_not_allow(
    desks: dict[str, Desk], held: Chat, action: str, body: dict[str, Any], status: int, code: str
) -> None:
    """A sentence for each, never a 500."""
    no = register(desks["chen"], held).json()["no"]
    answer = post(desks["chen"], f"complaints/{no}/{action}", **body)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "changes",
    [{"claim_no": OTHER_CLAIM}, {"category": "x"}, {"what_happened": " "}, {"reply_by": "x"}, {"client_id": ""}],
)
def test_a_complaint_that_cannot_be_registered(desks: dict[str, Desk], held: Chat, changes: dict[str, Any]) -> None:
    """Another customer's claim among them."""
    assert register(desks["chen"], held, **changes).status_code == 422


def test_a_complaint_that_went_up_is_not_for_the_first_line(desks: dict[str, Desk], held: Chat) -> None:
    """He who worked on it still reads it; a colleague does not; the specialist goes on, then the supervisor extends."""
    no = register(desks["chen"], held).json()["no"]
    assert post(desks["chen"], f"complaints/{no}/escalate", reason="无法解决").json()["level"] == "specialist"
    reads = {name: desk.get(f"complaints/{no}").status_code for name, desk in desks.items()}
    assert reads == {"chen": 200, "zhou": 200, "lin": 404, "lead": 200}
    assert post(desks["chen"], f"complaints/{no}/escalate", reason="再升级").status_code == 403
    listed = {name: no in str(desk.get("complaints").json()) for name, desk in desks.items()}
    assert listed == {"chen": True, "zhou": True, "lin": False, "lead": True}
    extended = post(desks["lead"], f"complaints/{no}/extend", days=30, reason="需要第三方评估").json()
    assert extended["legal_limit_days"] == 30


def test_schemes_are_the_supervisors(desks: dict[str, Desk], held: Chat) -> None:
    """Off until approved, shown with a complaint then, applied by a supervisor, off again."""
    body = {"kind": "priority", "name": "优先加急处理", "legal_reference": "法务2026-01"}
    assert post(desks["zhou"], "schemes", **body).status_code == 403
    refused = post(desks["lead"], "schemes", **{**body, "name": "减免手续费"})
    assert (refused.status_code, refused.json()["error"]) == (422, "invalid")
    assert "《保险法》第二十三条、第一百一十六条" in refused.json()["message"]
    made = post(desks["lead"], "schemes", **body).json()
    no = register(desks["chen"], held).json()["no"]
    assert [row["id"] for row in desks["chen"].get(f"complaints/{no}").json()["schemes"]] == [made["id"]]
    assert post(desks["lead"], f"complaints/{no}/scheme", id=made["id"], note="等待较久").status_code == 200
    assert post(desks["lead"], f"schemes/{made['id']}/end").status_code == 200
    assert desks["lead"].get("schemes").json() == {"schemes": []}


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


# Supervisor


@pytest.mark.parametrize("path", ["agents", "board", "reports/weekly?week=2026-W47"])
def test_what_only_supervisors_see(desks: dict[str, Desk], path: str) -> None:
    """Refused to the others."""
    answers = {name: desk.client.get(f"/api/desk/{path}").status_code for name, desk in desks.items()}
    assert answers == {"chen": 403, "zhou": 403, "lin": 403, "lead": 200}


def test_the_board_shows_waiting_agents_and_breaches(gateway: Gateway, desks: dict[str, Desk], held: Chat) -> None:
    """Who waits too long, what the clocks found, and complaints with the press in them."""
    no = register(desks["chen"], held, category="process", flags=["media"]).json()["no"]
    waiting = gateway.chat()
    with gateway.database.write() as session:
        early = utc_now() - timedelta(minutes=20)
        handover.request(session, waiting.id, HandoverReason.ASKED, early, gateway.settings.service_hours)
    board = desks["lead"].get("board").json()
    assert ("queue", waiting.id) in {(row["type"], row["no"]) for row in board["breaches"]}
    assert board["longest_wait_seconds"] >= 1200
    with gateway.database.write() as session:
        sweep.run(session, utc_now() + timedelta(hours=21))
    shown = desks["lead"].get("board").json()
    kinds = {(row["type"], row["no"]) for row in shown["breaches"]}
    assert ("outside", no) in kinds
    assert ("first_feedback", no) in kinds
    assert shown["with_people"] >= 1
    chen = next(row for row in shown["agents"] if row["name"] == "小陈")
    assert chen["online"]
    assert chen["conversations"] >= 1
    post(desks["lead"], f"complaints/{no}/note", text="已评估")
    assert ("outside", no) not in {(row["type"], row["no"]) for row in desks["lead"].get("board").json()["breaches"]}


def test_a_supervisor_reassigns(gateway: Gateway, desks: dict[str, Desk], held: Chat) -> None:
    """Held or waiting; the customer is told who it is now; the first agent is out of it."""
    lin = desks["lin"].agent["id"]
    assert desks["chen"].do("reassign", held.id, agent_id=lin, note="").status_code == 403
    moved = desks["lead"].do("reassign", held.id, agent_id=lin, note="请继续跟进")
    assert moved.json() == {"owner": "human", "agent": "林同学"}
    assert held.messages("system")[-1]["meta"]["notice"] == "agent_changed"
    assert desks["chen"].reply(held, "您好").status_code == 403
    assert desks["lin"].reply(held, "您好，我来继续处理。").status_code == 200
    assert desks["lead"].do("reassign", held.id, agent_id=lin, note="").status_code == 409
    assert desks["lead"].do("reassign", held.id, agent_id=10**6, note="").status_code == 404
    assert desks["lead"].do("reassign", gateway.chat().id, agent_id=lin, note="").status_code == 409


def test_the_weekly_review_as_json_and_table(desks: dict[str, Desk]) -> None:
    """The shape of web/API.md; the table opens in a spreadsheet."""
    shown = desks["lead"].get("reports/weekly", week="2026-W47").json()
    assert set(shown) == {
        "week", "from", "to", "volume", "topics", "self_service", "handover_reasons", "first_response", "resolution",
        "targets", "complaints", "satisfaction", "unanswered", "wording", "suggestions",
    }  # fmt: skip
    assert (shown["from"], shown["to"], len(shown["volume"]["by_day"])) == ("2026-11-16", "2026-11-22", 7)
    table = desks["lead"].get("reports/weekly", week="2026-W47", format="csv")
    assert table.headers["content-disposition"] == 'attachment; filename="weekly-2026-W47.csv"'
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[0] == ["分类", "项目", "数值"]
    assert {len(row) for row in rows} == {3}
    assert desks["lead"].get("reports/weekly", week="2026-47").status_code == 422


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
