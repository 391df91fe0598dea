"""Avoidance: who is a party to a complaint, and what a party is kept from (law.md B.5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from cases import audit, complaint_desk, complaint_levels, handover, holders, parties, roles
from cases.complaints import Details
from cases.enums import ComplaintCategory, ComplaintCheck, ComplaintLevel, HandoverReason, ReplyBy, Severity
from cases.errors import Invalid, NotAllowed, NotFound, Refused
from cases.models import Agent, AuditEntry, Complaint, ComplaintEvent, Conversation
from gateway.problems import sentences
from tests.conftest import MakeAgent, Open
from tests.desk_rows import ALL_DAY, Staff, filed, staff
from tests.rows import CLAIM, DAY, HOUR, WANG, load_two


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
