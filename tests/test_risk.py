"""The internal label “to be followed up first” (service-rules A117, conflict 4): its reason, its effect, its end."""

from __future__ import annotations

import ast
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import complaints, conversations, handover, loading, risk, roles
from cases.clock import utc_now
from cases.complaints import Details
from cases.desk_enums import RiskKind
from cases.enums import ComplaintCategory, HandoverReason, HandoverState, ReplyBy
from cases.errors import Invalid, NotAllowed, NotFound
from cases.models import Agent, AuditEntry, Conversation, RiskLabel
from cases.settings import ROOT, parse_hours
from tests.conftest import MakeAgent, Open
from tests.desk_rows import filed, staff
from tests.gateway_server import Chat, Desk, Gateway
from tests.rasa_stand_in import RasaStandIn
from tests.rows import CLAIM, LI, WANG, claim, load_rows, load_two, policy

ALL_DAY = parse_hours("00:00-24:00")
DAY = timedelta(days=1)
Staff = dict[str, Agent]


@pytest.fixture
def people(make_agent: MakeAgent) -> Staff:
    return staff(make_agent)


@pytest.fixture
def wang(session: Session, opened: Open) -> Conversation:
    load_two(session)
    return opened(WANG)


def complain_again(session: Session, row: Conversation, now: datetime, request_id: str = "r2") -> str:
    """A complaint about the claim that was complained of before; its number."""
    filed(session, row, now, "r1", category=ComplaintCategory.DELAY)
    return str(filed(session, row, now, request_id, category=ComplaintCategory.PROCESS).no)


def reasons(session: Session) -> list[tuple[str, RiskKind, str]]:
    """The labels that stand."""
    rows = session.execute(select(RiskLabel).where(RiskLabel.removed_at.is_(None)).order_by(RiskLabel.id)).scalars()
    return [(row.owner, row.kind, row.subject) for row in rows]


def waiting(session: Session, row: Conversation, at: datetime, reason: HandoverReason = HandoverReason.ASKED) -> None:
    handover.request(session, row.id, reason, at, ALL_DAY)


# Why


def test_one_complaint_is_no_reason(session: Session, wang: Conversation, now: datetime) -> None:
    """A complaint is a right; nobody is marked for it."""
    filed(session, wang, now)
    assert reasons(session) == []


def test_a_repeated_complaint_labels_the_customer(session: Session, wang: Conversation, now: datetime) -> None:
    """By the rule that flags the complaint itself, and no other."""
    no = complain_again(session, wang, now)
    assert reasons(session) == [(f"customer:{WANG}", RiskKind.REPEATED, no)]


def test_adding_to_a_complaint_is_no_reason(session: Session, wang: Conversation, now: datetime) -> None:
    """A detail of the same matter is no new complaint, however often."""
    for request_id in ("r1", "r2", "r3"):
        filed(session, wang, now, request_id)
    assert reasons(session) == []


def test_adding_to_a_repeated_complaint_labels_once(session: Session, wang: Conversation, now: datetime) -> None:
    """Neither the later one again nor the one before it."""
    no = complain_again(session, wang, now)
    filed(session, wang, now, "r3", category=ComplaintCategory.PROCESS)
    filed(session, wang, now, "r4", category=ComplaintCategory.DELAY)
    assert reasons(session) == [(f"customer:{WANG}", RiskKind.REPEATED, no)]


def test_a_guest_who_complains_again_is_labelled_by_his_conversation(
    session: Session, opened: Open, now: datetime
) -> None:
    """Nobody knows who he is."""
    guest = opened()
    for n in range(3):
        filed(session, guest, now, f"g{n}", claim_no=None, category=list(ComplaintCategory)[n])
    assert [owner for owner, _, _ in reasons(session)] == [f"conversation:{guest.id}"]


@pytest.mark.parametrize(
    ("kind", "loss", "covers", "labelled"),
    [
        ("single", 150000, {"own_damage": 150000}, False),
        ("single", 150000.01, {"own_damage": 150000}, True),
        ("scratch", 3000, {"own_damage": 150000, "scratch": 2000}, True),
        ("two_party", 200000, {"own_damage": 150000, "third_party": 1000000}, False),
        ("two_party", 2000000, {"own_damage": 150000, "third_party": 1000000}, True),
        ("injury", 9000000, {"own_damage": 150000, "third_party": 1000000}, False),
        ("single", 900000, {"own_damage": None}, False),
        ("single", 900000, {"third_party": 1000}, False),
        ("single", None, {"own_damage": 1}, False),
    ],
)
def test_an_estimate_above_the_policys_limit_labels_the_customer(
    session: Session, kind: str, loss: float | None, covers: dict[str, float | None], labelled: bool
) -> None:
    """Of the covers that pay for that kind of loss; what is not known says nothing."""
    rows = [{"code": code, **({"limit_yuan": limit} if limit else {})} for code, limit in covers.items()]
    estimate: dict[str, Any] = {"estimated_loss_yuan": loss} if loss else {"estimated_loss_yuan": None}
    load_rows(session, policies=[policy(coverages=rows)], claims=[claim(kind=kind, **estimate)])
    assert [kind for _, kind, _ in reasons(session)] == ([RiskKind.AMOUNT] if labelled else [])


@pytest.mark.parametrize("corrected", ["estimate", "limit"])
def test_a_correction_takes_the_label_away(session: Session, corrected: str) -> None:
    """Of the estimate, or of the policy's limit."""
    load_rows(session, claims=[claim(estimated_loss_yuan=200000)])
    assert reasons(session) == [(f"customer:{WANG}", RiskKind.AMOUNT, CLAIM)]
    if corrected == "estimate":
        loading.load(session, {"claims": [claim(estimated_loss_yuan=2000)]})
    else:
        loading.load(session, {"policies": [policy(coverages=[{"code": "own_damage", "limit_yuan": 300000}])]})
    assert reasons(session) == []


def test_a_changed_estimate_or_limit_changes_the_figures(session: Session) -> None:
    """The label says what is so now; it is the same label."""
    load_rows(session, claims=[claim(estimated_loss_yuan=200000)])
    label = session.execute(select(RiskLabel)).scalar_one()
    loading.load(session, {"claims": [claim(estimated_loss_yuan=300000)]})
    assert (label.data["loss"], label.data["limit"]) == (300000, 150000)
    loading.load(session, {"policies": [policy(coverages=[{"code": "own_damage", "limit_yuan": 250000}])]})
    assert (label.data["loss"], label.data["limit"]) == (300000, 250000)
    assert reasons(session) == [(f"customer:{WANG}", RiskKind.AMOUNT, CLAIM)]


def test_a_label_that_a_correction_took_away_keeps_what_was_followed_up(
    session: Session, people: Staff, now: datetime
) -> None:
    """Audited both ways; it comes back with the next estimate above the limit, and is still followed up."""
    load_rows(session, claims=[claim(estimated_loss_yuan=200000)])
    label = session.execute(select(RiskLabel)).scalar_one()
    risk.follow_up(session, label.id, people["zhou"], "已联系", now)
    loading.load(session, {"claims": [claim(estimated_loss_yuan=2000)]})
    assert (label.removed_at is not None, label.removed_by) == (True, None)
    with pytest.raises(NotFound):
        risk.follow_up(session, label.id, people["zhou"], "再次联系", now)
    loading.load(session, {"claims": [claim(estimated_loss_yuan=160000)]})
    assert reasons(session) == [(f"customer:{WANG}", RiskKind.AMOUNT, CLAIM)]
    assert (label.removed_at, label.followed_up_by, label.data["loss"]) == (None, people["zhou"].id, 160000)
    lines = select(AuditEntry).where(AuditEntry.action.like("risk.%")).order_by(AuditEntry.id)
    assert [(row.actor, row.action, row.data["of"]) for row in session.execute(lines).scalars()] == [
        ("system", "risk.label", CLAIM),
        ("agent:zhou", "risk.follow_up", CLAIM),
        ("system", "risk.remove", CLAIM),
        ("system", "risk.label", CLAIM),
    ]


# What it does


def test_it_puts_a_customer_first_among_equals(
    session: Session, wang: Conversation, opened: Open, now: datetime
) -> None:
    """Who waited longer with the same urgency comes after; who is more urgent, before."""
    equal, urgent, calm = opened(LI), opened(), opened()
    waiting(session, equal, now - 2 * DAY)
    waiting(session, urgent, now, HandoverReason.INJURY)
    waiting(session, calm, now - DAY)
    complain_again(session, wang, now)
    waiting(session, wang, now)
    rows = {"urgent": urgent, "wang": wang, "equal": equal, "calm": calm}
    assert {name: handover.position(session, row.id) for name, row in rows.items()} == {
        "urgent": 1, "wang": 2, "equal": 3, "calm": 4,
    }  # fmt: skip


def test_who_waits_already_gets_his_place_with_the_label_and_loses_it_with_it(
    session: Session, wang: Conversation, opened: Open, people: Staff, now: datetime
) -> None:
    """Not only at the next request."""
    equal = opened(LI)
    waiting(session, equal, now - DAY)
    waiting(session, wang, now)
    assert handover.position(session, wang.id) == 2
    complain_again(session, wang, now)
    assert handover.position(session, wang.id) == 1
    label = session.execute(select(RiskLabel)).scalar_one()
    risk.remove(session, label.id, people["lead"], "已核实为同一事项", now)
    assert handover.position(session, wang.id) == 2


def test_it_changes_nothing_else_about_a_hand_over(
    session: Session, wang: Conversation, opened: Open, now: datetime
) -> None:
    """Same urgency, flags and outcome; the customer's row carries no mark."""
    complain_again(session, wang, now)
    waiting(session, wang, now)
    plain = opened(LI)
    waiting(session, plain, now)
    mine, other = (handover.open_handover(session, row.id) for row in (wang, plain))
    assert (mine.priority, mine.flags, mine.state) == (other.priority, other.flags, HandoverState.WAITING)
    assert (wang.flags, wang.mood) == (plain.flags, plain.mood)


def test_nothing_but_the_queue_and_the_desk_asks_for_it() -> None:
    """No claim, no answer, no channel: it cannot refuse or slow anything (conflict 4)."""
    asking = set()
    for folder in ("bot", "cases", "faq", "gateway"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.ImportFrom)
                    and node.module == "cases"
                    and "risk" in [n.name for n in node.names]
                ):
                    asking.add(path.relative_to(ROOT).as_posix())
    writing = {"cases/complaints.py", "cases/loading.py"}
    reading = {
        "cases/handover/queue.py",
        "cases/handover/holding.py",
        "gateway/desk/views.py",
        "gateway/desk/following.py",
    }
    assert asking == writing | reading


# Its end


def test_specialists_follow_it_up_and_supervisors_remove_it(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Each with a word about it, audited; the first line does neither."""
    complain_again(session, wang, now)
    label = session.execute(select(RiskLabel)).scalar_one()
    with pytest.raises(NotAllowed):
        risk.to_follow_up(session, people["chen"])
    with pytest.raises(NotAllowed):
        risk.follow_up(session, label.id, people["chen"], "已联系", now)
    assert risk.to_follow_up(session, people["zhou"]) == [label]
    risk.follow_up(session, label.id, people["zhou"], "已联系，电话13800001234", now)
    assert risk.to_follow_up(session, people["zhou"]) == []
    assert risk.of(session, wang, people["chen"]) == [label]
    with pytest.raises(NotAllowed):
        risk.remove(session, label.id, people["zhou"], "误标", now)
    with pytest.raises(Invalid):
        risk.remove(session, label.id, people["lead"], " ", now)
    risk.remove(session, label.id, people["lead"], "误标", now)
    assert risk.of(session, wang, people["chen"]) == []
    with pytest.raises(NotFound):
        risk.remove(session, label.id, people["lead"], "误标", now)
    lines = select(AuditEntry).where(AuditEntry.action.like("risk.%")).order_by(AuditEntry.id)
    assert [(row.actor, row.action, row.reason) for row in session.execute(lines).scalars()] == [
        ("system", "risk.label", None),
        ("agent:zhou", "risk.follow_up", "已联系，电话138****1234"),
        ("agent:lead", "risk.remove", "误标"),
    ]


def test_a_removed_label_does_not_come_back_for_the_same_reason(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """The same complaint or claim; another one is another reason."""
    no = complain_again(session, wang, now)
    loading.load(session, {"claims": [claim(estimated_loss_yuan=200000)]})
    for label in list(session.execute(select(RiskLabel)).scalars()):
        risk.remove(session, label.id, people["lead"], "已核实", now)
    filed(session, wang, now, "r3", category=ComplaintCategory.PROCESS)  # added to the same one
    loading.load(session, {"claims": [claim(estimated_loss_yuan=300000)]})
    loading.load(session, {"claims": [claim(estimated_loss_yuan=1)]})
    loading.load(session, {"claims": [claim(estimated_loss_yuan=300000)]})
    assert reasons(session) == []
    other = filed(session, wang, now + DAY, "r4", category=ComplaintCategory.OTHER)
    assert reasons(session) == [(f"customer:{WANG}", RiskKind.REPEATED, other.no)] and other.no != no


def test_a_complaint_about_oneself_is_not_named(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Avoidance holds here too."""
    no = complain_again(session, wang, now)
    session.get(complaints.Complaint, no).parties = ["zhou"]
    label = session.execute(select(RiskLabel)).scalar_one()
    assert risk.to_follow_up(session, people["zhou"]) == risk.of(session, wang, people["zhou"]) == []
    with pytest.raises(NotFound):
        risk.follow_up(session, label.id, people["zhou"], "已联系", now)
    assert risk.to_follow_up(session, people["lead"]) == [label]


def test_specialists_read_whom_they_have_to_follow_up(
    session: Session, wang: Conversation, people: Staff, now: datetime
) -> None:
    """Until it was done; never the first line, nor for a complaint about oneself."""
    no = complain_again(session, wang, now)
    label = session.execute(select(RiskLabel)).scalar_one()
    with pytest.raises(NotAllowed):
        roles.require_readable(session, wang, people["chen"])
    roles.require_readable(session, wang, people["zhou"])
    roles.require_revealable(session, wang, people["zhou"], number=True)
    for refused in ((people["chen"], True), (people["zhou"], False)):
        with pytest.raises(NotAllowed):
            roles.require_revealable(session, wang, refused[0], number=refused[1])
    session.get(complaints.Complaint, no).parties = ["zhou"]
    assert not roles.follows_up(session, wang, people["zhou"])
    session.get(complaints.Complaint, no).parties = []
    risk.follow_up(session, label.id, people["zhou"], "已联系", now)
    for ask in (roles.require_readable, lambda *who: roles.require_revealable(*who, number=True)):
        with pytest.raises(NotAllowed):
            ask(session, wang, people["zhou"])


# The pages


MARKS = ("risk", "ahead", "repeated", "高风险", "优先跟进", "amount_anomaly", "followed_up", '"first"')


@pytest.fixture(scope="module")
def desks(gateway: Gateway) -> dict[str, Desk]:
    return {name: gateway.desk(name) for name in ("chen", "zhou", "lead")}


@pytest.fixture(scope="module")
def labelled(gateway: Gateway) -> Chat:
    """Mr Li, who complained of the same claim twice."""
    chat = gateway.chat(LI)
    with gateway.database.write() as session:
        for n, category in enumerate((ComplaintCategory.DELAY, ComplaintCategory.PROCESS)):
            details = Details(
                f"{chat.id}{n}", category, "一直没有进展", "说明", ReplyBy.APP, claim_no="RDAA202611060000000002"
            )
            complaints.file(session, chat.id, details, utc_now())
        owner = conversations.get(session, chat.id)
        assert risk.is_first(session, owner)
    return chat


def test_the_chat_never_carries_it(gateway: Gateway, rasa: RasaStandIn, labelled: Chat, desks: dict[str, Desk]) -> None:
    """Opening, messages, state, stream, hand-over: not a word, for the customer or in what Rasa is given."""
    again = gateway.client.post("/api/chat/sessions", headers={"authorization": f"Bearer {gateway.jwt(sub=LI)}"})
    rasa.calls.clear()
    labelled.say("我的案子怎么样了")
    labelled.answered()
    with gateway.database.write() as session:
        handover.request(session, labelled.id, HandoverReason.ASKED, utc_now(), gateway.settings.service_hours)
    with labelled.stream(0) as rows:
        streamed = [str(next(rows)) for _ in range(3)]
    posted = labelled.post(client_id="last", text="还有多久")
    labelled.answered(2)
    assert labelled.get()["position"] >= 1
    for text in (again.text, json.dumps(labelled.get()), posted.text, *streamed, json.dumps(rasa.calls)):
        assert not [mark for mark in MARKS if mark in text], text
    waiting_rows = desks["chen"].get("queue").json()["waiting"]
    assert [row["first"] for row in waiting_rows if row["conversation_id"] == labelled.id] == [True]


def test_the_side_panel_says_why_and_a_supervisor_takes_it_away(
    gateway: Gateway, labelled: Chat, desks: dict[str, Desk]
) -> None:
    """Shown to who has the conversation; listed for specialists; forbidden to the first line; gone with a reason."""
    with gateway.database.write() as session:
        handover.request(session, labelled.id, HandoverReason.ASKED, utc_now(), gateway.settings.service_hours)
    shown = desks["chen"].get(f"conversations/{labelled.id}").json()["conversation"]["risk"]
    assert [row["kind"] for row in shown] == ["repeated"]
    listed = desks["zhou"].get("follow-up").json()["customers"]
    row = next(one for one in listed if one["subject"] == shown[0]["subject"])
    assert (row["customer"], row["conversation_id"]) == ("李*", labelled.id)
    assert desks["zhou"].get(f"conversations/{labelled.id}").status_code == 200
    number = desks["zhou"].do("reveal", labelled.id, field="phone", reason="优先跟进")
    assert (number.status_code, number.json()["value"][:3]) == (200, "139")
    path = f"/api/desk/follow-up/{row['id']}"
    assert desks["chen"].get("follow-up").status_code == 403
    assert desks["chen"].client.post(f"{path}/done", json={"note": "x"}).status_code == 403
    assert desks["zhou"].client.post(f"{path}/done", json={"note": "已联系"}).json()["followed_up_at"]
    assert desks["zhou"].client.post(f"{path}/remove", json={"reason": "x"}).status_code == 403
    assert desks["lead"].client.post(f"{path}/remove", json={"reason": "已核实"}).status_code == 200
    assert desks["lead"].client.post("/api/desk/follow-up/x/remove", json={"reason": "x"}).status_code == 404
    assert desks["chen"].get(f"conversations/{labelled.id}").json()["conversation"]["risk"] == []
