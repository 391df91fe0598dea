"""Avoidance over HTTP: no call of the desk shows a complaint to its party, or lets him handle it (law.md B.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from cases import callbacks, complaint_desk, complaints, conversations, handover, sweep
from cases.clock import utc_now
from cases.complaints import Details
from cases.enums import ComplaintCategory, HandoverReason, ReplyBy
from cases.models import Complaint, ComplaintEvent
from tests.desk_calls import post
from tests.gateway_server import Chat, Desk, Gateway
from tests.rows import WANG

pytestmark = pytest.mark.usefixtures("obliging")


@pytest.fixture(scope="module")
def desks(gateway: Gateway) -> dict[str, Desk]:
    return {name: gateway.desk(name) for name in ("chen", "lin", "lead")}


def with_chen(gateway: Gateway, desks: dict[str, Desk]) -> Chat:
    """A guest whom 小陈 has taken."""
    chat = gateway.chat()
    chat.say("转人工")
    chat.answered()
    desks["chen"].accept(chat)
    return chat


@pytest.fixture
def complained(gateway: Gateway, desks: dict[str, Desk]) -> tuple[Chat, str]:
    """A guest who had 小陈 and complains of his attitude."""
    chat = with_chen(gateway, desks)
    assert desks["chen"].do("return", chat.id, note="").status_code == 200
    with gateway.database.write() as session:
        row = conversations.get(session, chat.id)
        details = Details(f"r{chat.id}", ComplaintCategory.ATTITUDE, "客服不耐烦", "道歉", ReplyBy.APP, flags=["media"])
        no = complaints.file(session, row.id, details, utc_now()).complaint.no
        handover.request(
            session,
            row.id,
            HandoverReason.COMPLAINT,
            utc_now(),
            gateway.settings.service_hours,
            summary=f"{no} 客服不耐烦",
        )
    return chat, no


def test_no_call_shows_a_complaint_to_its_party(
    gateway: Gateway, desks: dict[str, Desk], complained: tuple[Chat, str]
) -> None:
    """Lists, the complaint, its actions, the queue, the conversation, search: as if it were not there."""
    chat, no = complained
    chen, lin = desks["chen"], desks["lin"]
    assert no in {row["no"] for row in lin.get("complaints").json()["complaints"]}
    assert chat.id in {row["conversation_id"] for row in lin.get("queue").json()["waiting"]}
    assert no not in chen.get("complaints").text
    assert chen.get(f"complaints/{no}").json() == chen.get("complaints/TS20261122999999").json()
    assert chen.get(f"complaints/{no}").status_code == 404
    for action, body in (
        ("note", {"text": "x"}),
        ("await", {"note": "x"}),
        ("party_remove", {"agent": "chen", "reason": "x"}),
    ):
        assert post(chen, f"complaints/{no}/{action}", **body).status_code == 404, action
    assert chat.id not in {row["conversation_id"] for row in chen.get("queue").json()["waiting"]}
    assert chen.get(f"conversations/{chat.id}").status_code == 403
    assert chen.do("accept", chat.id).status_code == 403
    assert chen.client.get("/api/desk/conversations", params={"q": no}).json()["conversations"] == []
    shown = lin.get(f"complaints/{no}").json()
    assert shown["parties"] == [{"username": "chen", "name": "小陈"}]


def test_a_party_is_told_of_no_call_and_no_breach(
    gateway: Gateway, desks: dict[str, Desk], complained: tuple[Chat, str]
) -> None:
    """Call-backs, and for a supervisor the board."""
    chat, no = complained
    with gateway.database.write() as session:
        callbacks.record(session, chat.id, HandoverReason.COMPLAINT, no, utc_now() - timedelta(hours=5))
        sweep.run(session, utc_now() + timedelta(hours=21))
    call = next(row for row in desks["lin"].get("callbacks").json()["callbacks"] if row["conversation_id"] == chat.id)
    assert chat.id not in desks["chen"].get("callbacks").text
    assert post(desks["chen"], f"callbacks/{call['id']}/done", note="").status_code == 404
    assert {row["type"] for row in desks["lead"].get("board").json()["breaches"] if row["no"] in (no, chat.id)} >= {
        "outside", "first_feedback", "callback",
    }  # fmt: skip
    with gateway.database.write() as session:
        session.execute(update(Complaint).where(Complaint.no == no).values(parties=["chen", "lead"]))
    board = desks["lead"].get("board").text
    assert no not in board and chat.id not in board


def test_a_supervisor_cannot_reassign_it_to_its_party(desks: dict[str, Desk], complained: tuple[Chat, str]) -> None:
    """Refused with the reason."""
    chat, _ = complained
    answer = desks["lead"].do("reassign", chat.id, agent_id=desks["chen"].agent["id"], note="")
    assert (answer.status_code, answer.json()["error"]) == (409, "party")
    assert "回避" in answer.json()["message"]


def test_who_registers_a_complaint_about_himself_is_told_that_others_handle_it(
    gateway: Gateway, desks: dict[str, Desk]
) -> None:
    """Named, he is out of it: the customer is told; he holds the conversation on and sees nothing of the complaint."""
    chat, chen = with_chen(gateway, desks), desks["chen"]
    body = {
        "conversation_id": chat.id, "category": "attitude", "what_happened": "客服不耐烦", "wanted": "道歉",
        "reply_by": "app", "client_id": "d1", "about": "chen",
    }  # fmt: skip
    made = post(chen, "complaints", **body)
    assert made.status_code == 200
    assert made.json() == {"no": made.json()["no"], "recused": True}
    assert any(row["meta"].get("notice") == "complaint.registered" for row in chat.messages("system"))
    shown = chen.get(f"conversations/{chat.id}").json()
    assert (shown["complaints"], shown["conversation"]["owner"]) == ([], "human")
    parties_shown = desks["lead"].get(f"complaints/{made.json()['no']}").json()["parties"]
    assert [row["username"] for row in parties_shown] == ["chen"]
    assert post(chen, "complaints", **{**body, "client_id": "d2", "about": "nobody"}).status_code == 422
    no = made.json()["no"]
    assert (
        post(desks["lead"], f"complaints/{no}/party_remove", agent="chen", reason="客户指的是修理厂").status_code == 200
    )
    assert chen.get(f"complaints/{no}").status_code == 200


def test_who_writes_a_complaint_down_is_no_party_unless_he_is_named(gateway: Gateway, desks: dict[str, Desk]) -> None:
    """About a surveyor's manners, say: he works on it."""
    chat, chen = with_chen(gateway, desks), desks["chen"]
    body = {
        "conversation_id": chat.id, "category": "attitude", "what_happened": "查勘员说话难听", "wanted": "道歉",
        "reply_by": "app", "client_id": "d9",
    }  # fmt: skip
    made = post(chen, "complaints", **body).json()
    assert made["parties"] == [] and chen.get(f"complaints/{made['no']}").status_code == 200


@pytest.fixture
def lead_complained(gateway: Gateway, desks: dict[str, Desk]) -> Iterator[tuple[Chat, str]]:
    """Ms Wang's conversation, with 小林, in which she complained of 李主管."""
    chat = gateway.chat(WANG)
    desks["lin"].accept(chat)
    with gateway.database.write() as session:
        details = Details(f"l{chat.id}", ComplaintCategory.PROCESS, "主管不回电", "回电", ReplyBy.APP, about="lead")
        no = complaints.file(session, chat.id, details, utc_now()).complaint.no
        conversations.get(session, chat.id).contact_phone = "13800009999"
    yield chat, no
    with gateway.database.write() as session:
        complaint_desk.withdraw_by_customer(session, no, chat.id, utc_now())
        session.execute(update(Complaint).where(Complaint.no == no).values(parties=[]))
    desks["lin"].do("return", chat.id, note="")


def test_a_supervisor_who_is_a_party_sees_no_number_of_the_complainant(
    gateway: Gateway, desks: dict[str, Desk], lead_complained: tuple[Chat, str]
) -> None:
    """Neither in the conversation in which she complained, nor in her others."""
    chat, _ = lead_complained
    other = gateway.chat(WANG)
    for where in (chat, other):
        for field in ("phone", "contact"):
            assert desks["lead"].do("reveal", where.id, field=field, reason="复核").status_code == 403, field
    with gateway.database.write() as session:
        callbacks.record(session, other.id, HandoverReason.LOW_RATING, "回访", utc_now())
    assert other.id not in desks["lead"].get("callbacks").text and other.id in desks["chen"].get("callbacks").text
    assert desks["lin"].do("reveal", chat.id, field="phone", reason="回电").status_code == 200


def test_a_supervisor_who_is_a_party_is_not_shown_the_row(
    desks: dict[str, Desk], lead_complained: tuple[Chat, str]
) -> None:
    """Not among all that people have."""
    assert lead_complained[0].id not in desks["lead"].get("queue").text


def test_a_supervisor_who_is_a_party_writes_nothing_into_the_complaint(
    gateway: Gateway, desks: dict[str, Desk], lead_complained: tuple[Chat, str]
) -> None:
    """Registering the same matter in another's conversation, or in the customer's other one, would add to it."""
    chat, no = lead_complained
    for where in (chat, gateway.chat(WANG)):
        made = post(
            desks["lead"], "complaints", conversation_id=where.id, category="process", what_happened="客户说没事了",
            wanted="无", reply_by="app", client_id=f"p{where.id}",
        )  # fmt: skip
        assert made.status_code == 403
    with gateway.database.read() as session:
        lines = session.query(ComplaintEvent).filter_by(complaint_no=no).all()
    assert [line.action for line in lines] == ["filed"]


def test_a_party_who_holds_the_conversation_reads_only_his_own_notes(
    gateway: Gateway, desks: dict[str, Desk], complained: tuple[Chat, str]
) -> None:
    """What colleagues noted may be about the complaint."""
    chat, no = complained
    desks["lin"].accept(chat)
    desks["lin"].do("notes", chat.id, text=f"{no} 已向班组长核实")
    with gateway.database.write() as session:
        complaint_desk.withdraw_by_customer(session, no, chat.id, utc_now())
    desks["lin"].do("return", chat.id, note="")
    desks["chen"].accept(chat)
    desks["chen"].do("notes", chat.id, text="客户问进度")
    shown = desks["chen"].get(f"conversations/{chat.id}").json()
    assert [row["text"] for row in shown["notes"]] == ["客户问进度"]
    desks["chen"].do("return", chat.id, note="")
    assert len(desks["lead"].get(f"conversations/{chat.id}").json()["notes"]) == 2


def test_an_agent_can_step_back_himself(gateway: Gateway, desks: dict[str, Desk], complained: tuple[Chat, str]) -> None:
    """He names himself and is out of it; everybody can look up colleagues."""
    _, no = complained
    done = post(desks["lin"], f"complaints/{no}/party_add", agent="lin", reason="与客户相识")
    assert (done.status_code, done.json()) == (200, {"no": no, "recused": True})
    assert desks["lin"].get(f"complaints/{no}").status_code == 404
    assert {"username": "chen", "name": "小陈", "role": "first_line"} in desks["lin"].get("colleagues").json()["agents"]


def test_a_former_holder_who_reclassifies_is_told_that_others_handle_it(
    gateway: Gateway, desks: dict[str, Desk]
) -> None:
    """His call shows him nothing of it any more; and who may not remove a party is told so."""
    chat, chen = with_chen(gateway, desks), desks["chen"]
    assert chen.do("return", chat.id, note="").status_code == 200
    with gateway.database.write() as session:
        details = Details(f"r{chat.id}", ComplaintCategory.DELAY, "客服拖延", "道歉", ReplyBy.APP)
        no = complaints.file(session, chat.id, details, utc_now()).complaint.no
    done = post(chen, f"complaints/{no}/classify", category="attitude", severity="medium", note="客户说明")
    assert (done.status_code, done.json()) == (200, {"no": no, "recused": True})
    refused = post(desks["lin"], f"complaints/{no}/party_remove", agent="chen", reason="不是他")
    assert (refused.status_code, refused.json()["error"]) == (403, "not_allowed")
