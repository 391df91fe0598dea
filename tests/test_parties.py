"""Avoidance: who is complained about neither sees nor handles the complaint, through any call (law.md B.5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from cases import (
    audit,
    callbacks,
    complaint_desk,
    complaint_levels,
    complaints,
    conversations,
    handover,
    holders,
    parties,
    roles,
    sweep,
)
from cases.clock import utc_now
from cases.complaints import Details
from cases.enums import ComplaintCategory, ComplaintCheck, ComplaintLevel, HandoverReason, ReplyBy, Severity
from cases.errors import Invalid, NotAllowed, NotFound, Refused
from cases.models import Agent, AuditEntry, Complaint, ComplaintEvent, Conversation
from cases.settings import parse_hours
from gateway.problems import sentences
from tests.conftest import MakeAgent, Open
from tests.desk_rows import filed, staff
from tests.gateway_server import Chat, Desk, Gateway
from tests.rasa_stand_in import RasaStandIn
from tests.rows import CLAIM, WANG, load_two

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ALL_DAY = parse_hours("00:00-24:00")
Staff = dict[str, Agent]


@pytest.fixture
def people(make_agent: MakeAgent) -> Staff:
    return {**staff(make_agent), "lin": make_agent("lin", name="小林")}


@pytest.fixture
def wang(session: Session, opened: Open) -> Conversation:
    load_two(session)
    return opened(WANG)


def held(session: Session, row: Conversation, agent: Agent, at: datetime) -> None:
    """An agent has the conversation for a while."""
    handover.take_over(session, row.id, agent, at)
    handover.hand_back(session, row.id, agent, "", at)


def about_attitude(session: Session, row: Conversation, at: datetime, request_id: str = "r1", **more: Any) -> Complaint:
    return filed(session, row, at, request_id, category=ComplaintCategory.ATTITUDE, **more)


def classify_as_attitude(session: Session, complaint: Complaint, agent: Agent, at: datetime) -> None:
    complaint_desk.classify(session, complaint.no, agent, ComplaintCategory.ATTITUDE, Severity.MEDIUM, "客户说明", at)


def audited(session: Session, action: str) -> list[tuple[str, str]]:
    """Who noted whom."""
    rows = session.query(AuditEntry).filter_by(action=action).order_by(AuditEntry.id)
    return [(row.actor, row.data["party"]) for row in rows]


# Who is a party


def test_who_held_the_conversation_is_a_party_to_a_complaint_about_attitude(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """And only he; it stands in the log."""
    held(session, wang, people["chen"], now)
    complaint = about_attitude(session, wang, now + HOUR)
    assert complaint.parties == ["chen"]
    assert session.query(ComplaintEvent).filter_by(action="filed").one().data["parties"] == ["chen"]
    assert parties.shown(session, complaint) == [{"username": "chen", "name": "chen"}]


def test_a_complaint_about_delay_has_no_parties(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Whoever held the conversation handles it on."""
    held(session, wang, people["chen"], now)
    assert filed(session, wang, now + HOUR).parties == []


def test_who_passed_it_on_without_a_word_held_it_too(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """The queue forgets him, the audit log does not."""
    handover.take_over(session, wang.id, people["chen"], now)
    audit.record(session, now, actor="agent:chen", action=holders.TAKEN, subject=wang.id)
    handover.requeue(session, wang.id, people["chen"], "first_line", "", now)
    assert holders.of(session, wang.id, now) == ["chen"]


def test_adding_to_a_complaint_adds_parties(session: Session, wang: Conversation, people: Staff, now: datetime) -> None:
    """A second agent of whose attitude the customer complains."""
    about_attitude(session, wang, now)
    held(session, wang, people["lin"], now + HOUR)
    assert about_attitude(session, wang, now + 2 * HOUR, "r2").parties == ["lin"]


def test_a_complaint_that_turns_out_to_be_about_attitude_gets_its_parties(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Those before it was filed; who took it up since then goes on."""
    held(session, wang, people["chen"], now)
    complaint = filed(session, wang, now + HOUR)
    held(session, wang, people["lin"], now + 2 * HOUR)
    classify_as_attitude(session, complaint, people["lin"], now + 3 * HOUR)
    assert complaint.parties == ["chen"]


def test_who_held_it_before_is_a_party_though_he_finds_that_out_himself(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Reclassifying does not keep him on it; a line for each name says so in both logs."""
    for name in ("chen", "lin"):
        held(session, wang, people[name], now)
    complaint = filed(session, wang, now + HOUR)
    classify_as_attitude(session, complaint, people["chen"], now + 2 * HOUR)
    assert complaint.parties == ["chen", "lin"]
    assert not roles.sees(session, people["chen"], complaint)
    rows = session.query(ComplaintEvent).filter_by(action="party_add").all()
    assert [(row.actor, row.data) for row in rows] == [("system", {"party": "chen"}), ("system", {"party": "lin"})]
    assert audited(session, "complaint.party_add") == [("system", "chen"), ("system", "lin")]


def test_who_wrote_it_down_is_no_party_when_it_turns_out_to_be_about_attitude(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Neither then, nor when the customer adds to it; who else held the conversation is."""
    held(session, wang, people["lin"], now)
    handover.take_over(session, wang.id, people["chen"], now)
    details = Details("d1", ComplaintCategory.DELAY, "查勘员说话难听", "道歉", ReplyBy.PHONE, claim_no=CLAIM)
    complaint = complaint_desk.register(session, wang.id, people["chen"], details, now + HOUR)
    classify_as_attitude(session, complaint, people["zhou"], now + 2 * HOUR)
    assert complaint.parties == ["lin"]
    assert about_attitude(session, wang, now + 3 * HOUR, "r2").no == complaint.no
    assert complaint.parties == ["lin"]


def test_who_had_another_conversation_of_the_customer_is_no_party(
    session: Session, wang: Conversation, people: Staff, now: datetime, opened: Open
) -> None:
    """Whoever is meant from another day is named by hand; else a small desk could soon take nobody's complaint."""
    held(session, opened(WANG, now - DAY), people["chen"], now - DAY)
    held(session, wang, people["lin"], now)
    assert about_attitude(session, wang, now + HOUR).parties == ["lin"]


def test_a_guests_other_conversations_are_nobodys(session: Session, people: Staff, now: datetime, opened: Open) -> None:
    """Who is not known has this one only."""
    held(session, opened(), people["chen"], now)
    assert about_attitude(session, opened(), now + HOUR, claim_no=None).parties == []


def test_to_whom_it_was_reassigned_held_it_too(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Though he passed it on without a word; who reassigned it held nothing."""
    handover.request(session, wang.id, HandoverReason.ASKED, now, ALL_DAY)
    handover.reassign(session, wang.id, people["lead"], people["chen"], "", now)
    audit.record(session, now, actor="agent:lead", action=holders.GIVEN, subject=wang.id, to="chen")
    handover.requeue(session, wang.id, people["chen"], "first_line", "", now)
    assert about_attitude(session, wang, now + HOUR).parties == ["chen"]


def test_a_named_agent_is_a_party_whatever_it_is_about(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """A name that nobody has is refused."""
    handover.take_over(session, wang.id, people["chen"], now)
    details = Details("d1", ComplaintCategory.DELAY, "一直没有回电", "回电", ReplyBy.PHONE, about="zhou")
    complaint = complaint_desk.register(session, wang.id, people["chen"], details, now)
    assert complaint.parties == ["zhou"]
    nobody = Details("d2", ComplaintCategory.PROCESS, "流程复杂", "说明", ReplyBy.PHONE, about="nobody")
    with pytest.raises(Invalid):
        complaint_desk.register(session, wang.id, people["chen"], nobody, now)


def test_a_party_is_added_and_removed_with_a_reason(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Added by whoever works on it, removed by a supervisor; both stay in the logs; the party can do neither."""
    complaint = filed(session, wang, now)
    with pytest.raises(Invalid):
        parties.add(session, complaint.no, people["lin"], "chen", " ", now)
    with pytest.raises(Invalid):
        parties.add(session, complaint.no, people["lin"], "nobody", "客户来电指认", now)
    for _ in range(2):
        parties.add(session, complaint.no, people["lin"], "chen", "客户来电指认", now)
    with pytest.raises(NotFound):
        parties.remove(session, complaint.no, people["chen"], "chen", "不是我", now)
    for name in ("lin", "zhou"):
        with pytest.raises(NotAllowed):
            parties.remove(session, complaint.no, people[name], "chen", "不是他", now)
    parties.remove(session, complaint.no, people["lead"], "chen", "核实为查勘员", now)
    with pytest.raises(NotFound):
        parties.remove(session, complaint.no, people["lead"], "chen", "再次", now)
    rows = session.query(ComplaintEvent).filter(ComplaintEvent.action.like("party%")).all()
    assert [(row.actor, row.action, row.text, row.data) for row in rows] == [
        ("agent:lin", "party_add", "客户来电指认", {"party": "chen"}),
        ("agent:lead", "party_remove", "核实为查勘员", {"party": "chen"}),
    ]
    assert audited(session, "complaint.party_add") == [("agent:lin", "chen")]
    assert audited(session, "complaint.party_remove") == [("agent:lead", "chen")]
    assert roles.sees(session, people["chen"], complaint)


def test_the_last_who_can_work_on_it_does_not_step_back(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Of the accounts that are open, at the complaint's level; with one more it is his own word again."""
    complaint = filed(session, wang, now)
    complaint.level, complaint.parties = ComplaintLevel.CROSS_DEPARTMENT, ["root"]
    with pytest.raises(Refused) as refused:
        parties.add(session, complaint.no, people["lead"], "lead", "与客户相识", now)
    assert refused.value.code == "nobody_left" and complaint.parties == ["root"]
    assert "坐席" in sentences()["nobody_left"]
    parties.add(session, complaint.no, people["lead"], "zhou", "客户指认", now)
    complaint.parties = []
    people["root"].active = False
    with pytest.raises(Refused):
        parties.add(session, complaint.no, people["lead"], "lead", "与客户相识", now)
    people["root"].active = True
    assert parties.add(session, complaint.no, people["lead"], "lead", "与客户相识", now).parties == ["lead"]


# What a party is kept from


@pytest.mark.parametrize("name", ["chen", "zhou", "lead", "root"])
def test_to_a_party_it_does_not_exist(
    session: Session, wang: Conversation, people: Staff, now: datetime, name: str
) -> None:
    """Whatever his role, and though he worked on it before."""
    complaint, agent = filed(session, wang, now), people[name]
    complaint_desk.note(session, complaint.no, agent, "已看", now)
    complaint.parties = [name]
    assert not roles.sees(session, agent, complaint)
    for work in (
        lambda: complaint_desk.note(session, complaint.no, agent, "看看", now),
        lambda: complaint_desk.check(session, complaint.no, agent, ComplaintCheck.FILE, True, "", now),
        lambda: complaint_desk.withdraw(session, complaint.no, agent, "客户撤回", now),
        lambda: complaint_desk.wait_for_customer(session, complaint.no, agent, "等资料", now),
        lambda: complaint_levels.escalate(session, complaint.no, agent, "升级", now),
    ):
        with pytest.raises(NotFound):
            work()


def test_a_party_is_not_given_the_conversation(
    session: Session, wang: Conversation, people: Staff, now: datetime, opened: Open
) -> None:
    """Neither from the queue, nor from the bot, nor by a supervisor; after the end he may take it, not read it."""
    chen, lin = people["chen"], people["lin"]
    held(session, wang, chen, now)
    complaint = about_attitude(session, wang, now)
    with pytest.raises(NotAllowed):
        handover.take_over(session, wang.id, chen, now)
    handover.request(session, wang.id, HandoverReason.COMPLAINT, now, ALL_DAY)
    with pytest.raises(NotAllowed):
        handover.accept(session, wang.id, chen, now)
    with pytest.raises(Refused) as refused:
        handover.reassign(session, wang.id, people["lead"], chen, "", now)
    assert refused.value.code == "party"
    with pytest.raises(NotAllowed):
        roles.require_readable(session, wang, chen)
    assert handover.accept(session, wang.id, lin, now).agent_id == lin.id
    handover.hand_back(session, wang.id, lin, "", now)
    complaint_desk.withdraw_by_customer(session, complaint.no, wang.id, now)
    with pytest.raises(NotAllowed):
        roles.require_readable(session, wang, chen)
    assert handover.take_over(session, wang.id, chen, now).agent_id == chen.id


def test_another_conversation_is_kept_from_a_party_only_when_it_is_for_a_complaint(
    session: Session, wang: Conversation, people: Staff, now: datetime, opened: Open
) -> None:
    """The customer's other questions may reach anybody."""
    chen, other = people["chen"], opened(WANG)
    held(session, wang, chen, now)
    about_attitude(session, wang, now)
    handover.request(session, other.id, HandoverReason.ASKED, now, ALL_DAY)
    assert roles.may_take(session, chen, handover.open_handover(session, other.id))
    handover.request(session, other.id, HandoverReason.COMPLAINT, now, ALL_DAY)
    assert not roles.may_take(session, chen, handover.open_handover(session, other.id))


def test_a_supervisor_who_is_a_party_reassigns_nothing(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Nor reads the conversation."""
    filed(session, wang, now).parties = ["lead"]
    handover.request(session, wang.id, HandoverReason.COMPLAINT, now, ALL_DAY)
    with pytest.raises(NotAllowed):
        handover.reassign(session, wang.id, people["lead"], people["chen"], "", now)
    with pytest.raises(NotAllowed):
        roles.require_readable(session, wang, people["lead"])


# The desk's calls


@pytest.fixture(autouse=True)
def obliging(rasa: RasaStandIn) -> Iterator[None]:
    yield
    rasa.reset()


@pytest.fixture(scope="module")
def desks(gateway: Gateway) -> dict[str, Desk]:
    return {name: gateway.desk(name) for name in ("chen", "lin", "lead")}


@pytest.fixture
def complained(gateway: Gateway, desks: dict[str, Desk]) -> tuple[Chat, str]:
    """A guest who had 小陈 and complains of his attitude."""
    chat = gateway.chat()
    chat.say("转人工")
    chat.answered()
    desks["chen"].accept(chat)
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


def post(desk: Desk, path: str, **body: Any) -> Any:
    return desk.client.post(f"/api/desk/{path}", json=body)


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
    chat, chen = gateway.chat(), desks["chen"]
    chat.say("转人工")
    chat.answered()
    chen.accept(chat)
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
    chat, chen = gateway.chat(), desks["chen"]
    chat.say("转人工")
    chat.answered()
    chen.accept(chat)
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
    chat, chen = gateway.chat(), desks["chen"]
    chat.say("转人工")
    chat.answered()
    chen.accept(chat)
    assert chen.do("return", chat.id, note="").status_code == 200
    with gateway.database.write() as session:
        details = Details(f"r{chat.id}", ComplaintCategory.DELAY, "客服拖延", "道歉", ReplyBy.APP)
        no = complaints.file(session, chat.id, details, utc_now()).complaint.no
    done = post(chen, f"complaints/{no}/classify", category="attitude", severity="medium", note="客户说明")
    assert (done.status_code, done.json()) == (200, {"no": no, "recused": True})
    refused = post(desks["lin"], f"complaints/{no}/party_remove", agent="chen", reason="不是他")
    assert (refused.status_code, refused.json()["error"]) == (403, "not_allowed")
