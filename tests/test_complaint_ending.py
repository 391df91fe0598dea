"""How a complaint ends: the customer's word, closing, withdrawal (law.md B.5, article 15)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import callbacks, complaint_desk, complaint_replies, conversations, sweep
from cases.clock import parse_moment
from cases.enums import ComplaintCheck, ComplaintLevel, ComplaintState, Confirmation, HandoverReason, Severity
from cases.errors import NotFound, Refused
from cases.messages import Door
from cases.models import AuditEntry, Callback, Complaint, Conversation
from cases.settings import read_settings
from gateway.telling import tell
from tests.conftest import Open
from tests.desk_rows import Staff, answer, filed, log_of, told
from tests.rows import DAY, HOUR, LI, MONDAY, WANG

# The customer's word


def tap(session: Session, row: Conversation, label: str, at: datetime) -> None:
    """Tap the choice with that label in the newest offer."""
    from cases import messages

    offered = [message for message in messages.after(session, row.id, 0) if message.choices][-1]
    choice = next(one["id"] for one in offered.choices if one["label"] == label)
    conversations.post_choice(session, row.id, f"tap {label} {at}", choice, at)


@pytest.fixture
def answered(session: Session, complaint: Complaint, people: Staff, door: Door, tmp_path: Any) -> Complaint:
    """Answered in the app, told."""
    from cases.clock import utc_now

    conversation = session.get(Conversation, complaint.conversation_id)
    conversation.expires_at = utc_now() + 400 * DAY
    answer(session, door, complaint.no, people["chen"], MONDAY)
    tell(session, door, read_settings({"VAR_DIR": str(tmp_path)}))
    return complaint


@pytest.mark.parametrize(("label", "result"), [("收到", Confirmation.RECEIVED), ("满意", Confirmation.SATISFIED)])
def test_received_and_satisfied_end_it_and_are_told_apart(
    session: Session, answered: Complaint, wang: Conversation, label: str, result: Confirmation
) -> None:
    """收到 is no satisfaction (conflicts' hint)."""
    tap(session, wang, label, MONDAY + HOUR)
    assert (answered.state, answered.confirmation) == (ComplaintState.CONFIRMED, result)
    assert answered.closed_at == MONDAY + HOUR


def test_a_typed_word_counts_like_a_tap(session: Session, answered: Complaint, wang: Conversation) -> None:
    """And the bot is not asked."""
    conversations.post_text(session, wang.id, "t1", "不满意", MONDAY + HOUR)
    assert answered.level is ComplaintLevel.SPECIALIST
    from cases import messages

    assert messages.pending(session, wang.id) == []


def test_unsatisfied_goes_on_a_level_up(session: Session, answered: Complaint, wang: Conversation) -> None:
    """With a new clock of two business days; told; never an end."""
    tap(session, wang, "不满意", MONDAY + HOUR)
    assert (answered.state, answered.level) == (ComplaintState.OPEN, ComplaintLevel.SPECIALIST)
    assert answered.level_due == parse_moment("2026-11-26T00:00:00+08:00")
    assert told(session)[-2:] == ["complaint.unsatisfied", "complaint.escalated"]


def test_a_word_counts_once(session: Session, answered: Complaint, wang: Conversation) -> None:
    """A second tap on the same offer changes nothing."""
    tap(session, wang, "不满意", MONDAY + HOUR)
    tap(session, wang, "满意", MONDAY + 2 * HOUR)
    assert (answered.state, answered.level) == (ComplaintState.OPEN, ComplaintLevel.SPECIALIST)


def test_a_person_is_called_for(session: Session, answered: Complaint, wang: Conversation) -> None:
    """The complaint goes on, and somebody follows up."""
    tap(session, wang, "需要人工", MONDAY + HOUR)
    assert answered.state is ComplaintState.OPEN
    assert session.execute(select(Callback.summary)).scalar_one() == answered.no
    assert wang.owner.value == "queued"


def test_no_answer_is_not_satisfaction(session: Session, answered: Complaint, people: Staff) -> None:
    """Asked again twice, then a person calls; it is never closed by itself."""
    lines = [line for n in range(12) for line in sweep.run(session, MONDAY + n * DAY) if answered.no in line]
    assert lines == [f"asked_again {answered.no}", f"asked_again {answered.no}", f"callback {answered.no} unconfirmed"]
    assert answered.state is ComplaintState.ANSWERED
    assert session.execute(select(Callback.reason)).scalar_one() is HandoverReason.UNCONFIRMED


def test_closing_needs_an_answer_and_a_second_question(session: Session, answered: Complaint, people: Staff) -> None:
    """Then it is closed without a confirmation, which is no satisfaction."""
    with pytest.raises(Refused):
        complaint_desk.close(session, answered.no, people["chen"], "办结", MONDAY + DAY)
    sweep.run(session, MONDAY + 2 * DAY)
    complaint_desk.close(session, answered.no, people["chen"], "办结", MONDAY + 3 * DAY)
    assert (answered.state, answered.confirmation) == (ComplaintState.CLOSED, None)


def test_an_unanswered_complaint_is_not_closed(session: Session, complaint: Complaint, people: Staff) -> None:
    """By nobody."""
    with pytest.raises(Refused) as caught:
        complaint_desk.close(session, complaint.no, people["root"], "办结", MONDAY)
    assert caught.value.code == "not_answered"


def test_another_customer_sees_nothing_of_it(session: Session, answered: Complaint, opened: Open) -> None:
    """A confirmation from another conversation is not taken."""
    stranger = opened(LI, MONDAY)
    assert not complaint_replies.confirm_by_customer(
        session, answered.no, stranger.id, Confirmation.SATISFIED, MONDAY, "customer:C1002"
    )
    assert answered.state is ComplaintState.ANSWERED


# Withdrawal


def test_a_withdrawal_ends_it_the_same_day(session: Session, complaint: Complaint, people: Staff) -> None:
    """Whoever hears it; nothing runs any more, and nothing can be done with it but a note (law.md B.5, article 15)."""
    complaint.severity = Severity.SERIOUS
    sweep.run(session, MONDAY + 23 * HOUR)
    complaint_desk.withdraw(session, complaint.no, people["chen"], "客户来电撤回", MONDAY + 23 * HOUR)
    assert (complaint.state, complaint.closed_at) == (ComplaintState.WITHDRAWN, MONDAY + 23 * HOUR)
    assert told(session)[-1] == "complaint.withdrawn"
    assert [line for line in sweep.run(session, MONDAY + 90 * DAY) if complaint.no in line] == []
    with pytest.raises(Refused):
        complaint_desk.check(session, complaint.no, people["chen"], ComplaintCheck.FILE, True, "", MONDAY)
    assert complaint_desk.note(session, complaint.no, people["chen"], "回访已完成", MONDAY + DAY)


def test_a_customer_withdraws_in_the_chat_once(session: Session, wang: Conversation, complaint: Complaint) -> None:
    """The same moment however often it is said; one line in each log; the same matter can be complained of again."""
    for minutes in (0, 1, 2):
        complaint_desk.withdraw_by_customer(
            session, complaint.no, wang.id, MONDAY + HOUR + minutes * timedelta(minutes=1)
        )
    assert (complaint.state, complaint.closed_at) == (ComplaintState.WITHDRAWN, MONDAY + HOUR)
    assert log_of(session, complaint.no) == [(f"customer:{WANG}", "filed"), (f"customer:{WANG}", "withdraw")]
    written = select(AuditEntry.actor).where(AuditEntry.action == "complaint.withdraw")
    assert list(session.execute(written).scalars()) == [f"customer:{WANG}"]
    assert [line for line in sweep.run(session, MONDAY + 90 * DAY) if complaint.no in line] == []
    assert filed(session, wang, MONDAY + DAY, "r2").no != complaint.no


@pytest.mark.parametrize("by", ["agent", "customer"])
def test_nobody_rings_about_what_was_withdrawn(
    session: Session, wang: Conversation, complaint: Complaint, people: Staff, opened: Open, by: str
) -> None:
    """The open calls about it end, with a line each in the logs; what else is to be rung about stays."""
    other, third = opened(WANG, MONDAY), opened(WANG, MONDAY)
    complaint.what_happened = "三周没有人联系我\n也没有短信"
    callbacks.record(session, wang.id, HandoverReason.COMPLAINT, complaint.no, MONDAY)
    callbacks.record(session, other.id, HandoverReason.ASKED, "想问理赔进度", MONDAY)
    callbacks.record(session, other.id, HandoverReason.COMPLAINT, f"{complaint.no} 时效：三周没有人联系我", MONDAY)
    callbacks.record(session, third.id, HandoverReason.COMPLAINT, f"{complaint.no} {complaint.what_happened}", MONDAY)
    if by == "agent":
        complaint_desk.withdraw(session, complaint.no, people["chen"], "客户来电撤回", MONDAY + HOUR)
    else:
        complaint_desk.withdraw_by_customer(session, complaint.no, wang.id, MONDAY + HOUR)
    who = "agent:chen" if by == "agent" else f"customer:{WANG}"
    rows = {row.conversation_id: row for row in session.execute(select(Callback)).scalars()}
    assert rows[wang.id].done_at == rows[third.id].done_at == MONDAY + HOUR
    assert (rows[other.id].done_at, rows[other.id].summary) == (None, "想问理赔进度")
    assert log_of(session, complaint.no)[1:] == [(who, "withdraw"), (who, "callback_end"), (who, "callback_end")]
    ended = select(AuditEntry).where(AuditEntry.action == "complaint.callback_end").order_by(AuditEntry.id)
    assert [(row.subject, row.data["callback"]) for row in session.execute(ended).scalars()] == [
        (complaint.no, rows[wang.id].id),
        (complaint.no, rows[third.id].id),
    ]


def test_nobody_withdraws_another_customers_complaint(session: Session, complaint: Complaint, opened: Open) -> None:
    """Unknown and not his look alike."""
    li = opened(LI, MONDAY)
    for no in (complaint.no, "TS20261123999999"):
        with pytest.raises(NotFound):
            complaint_desk.withdraw_by_customer(session, no, li.id, MONDAY)
    assert complaint.state is ComplaintState.OPEN


def test_what_has_ended_is_not_withdrawn(session: Session, wang: Conversation, complaint: Complaint) -> None:
    """A complaint that was confirmed stays confirmed."""
    complaint_desk.end(session, complaint, ComplaintState.CONFIRMED, MONDAY)
    assert complaint_desk.withdraw_by_customer(session, complaint.no, wang.id, MONDAY + DAY).closed_at == MONDAY
    assert complaint.state is ComplaintState.CONFIRMED
