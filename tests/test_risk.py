"""The internal label “to be followed up first” (service-rules A117, conflict 4): its reason, its effect, its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import complaints, handover, loading, risk, roles
from cases.desk_enums import RiskKind
from cases.enums import ComplaintCategory, HandoverReason, HandoverState
from cases.errors import Invalid, NotAllowed, NotFound
from cases.models import AuditEntry, Conversation, RiskLabel
from tests.conftest import Open
from tests.desk_rows import ALL_DAY, Staff, filed
from tests.rows import CLAIM, DAY, LI, WANG, claim, load_rows, load_two, policy


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
