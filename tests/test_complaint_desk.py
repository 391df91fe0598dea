"""What staff do with a complaint, from registering to the end (service-rules A070–A084, law.md B.5, conflicts A.6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cases import (
    audit,
    callbacks,
    complaint_desk,
    complaint_levels,
    complaint_replies,
    conversations,
    handover,
    schemes,
    sweep,
)
from cases.clock import parse_moment
from cases.complaints import Details
from cases.db import Database
from cases.enums import (
    ComplaintCategory,
    ComplaintCheck,
    ComplaintLevel,
    ComplaintState,
    Confirmation,
    HandoverReason,
    ReplyBy,
    SchemeKind,
    Severity,
)
from cases.errors import BadWording, Invalid, NotAllowed, NotFound, Refused
from cases.messages import Door
from cases.models import Agent, AuditEntry, Callback, Complaint, ComplaintEvent, Conversation, Notice
from cases.settings import read_settings
from gateway.telling import draft_of, tell
from tests.conftest import Load, MakeAgent, Open
from tests.desk_rows import filed, log_of, staff, told
from tests.rows import CLAIM, LI, OTHER_CLAIM, WANG, load_two

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = parse_moment("2026-11-23T10:00:00+08:00")
Staff = dict[str, Agent]


@pytest.fixture
def people(make_agent: MakeAgent) -> Staff:
    return staff(make_agent)


@pytest.fixture
def wang(session: Session, opened: Open) -> Conversation:
    """Ms Wang's conversation, begun on Monday."""
    load_two(session)
    return opened(WANG, MONDAY)


@pytest.fixture
def complaint(session: Session, wang: Conversation) -> Complaint:
    return filed(session, wang, MONDAY)


def details(**changes: Any) -> Details:
    values: dict[str, Any] = {
        "request_id": "dialog-1",
        "category": ComplaintCategory.ATTITUDE,
        "what_happened": "电话里态度不好，号码13800001234",
        "wanted": "道歉",
        "reply_by": ReplyBy.PHONE,
        "claim_no": CLAIM,
    }
    return Details(**{**values, **changes})


def answer(session: Session, door: Door, no: str, agent: Agent, at: datetime, via: ReplyBy = ReplyBy.APP) -> Complaint:
    return complaint_replies.answer(
        session, door, no, agent, "经核实，您的案件已完成定损，定损报告可在App查收。", via, at
    )


# Registering


def test_an_agent_registers_a_complaint_once(session: Session, wang: Conversation, people: Staff) -> None:
    """Masked, with the agent in the log, told to the customer; the same dialog sent twice is one complaint."""
    handover.take_over(session, wang.id, people["chen"], MONDAY)
    made = [complaint_desk.register(session, wang.id, people["chen"], details(), MONDAY) for _ in range(3)]
    assert len({row.no for row in made}) == 1
    assert made[0].what_happened == "电话里态度不好，号码138****1234"
    assert log_of(session, made[0].no) == [("agent:chen", "filed")]
    assert told(session) == ["complaint.registered"]


def test_only_the_holder_or_a_supervisor_registers(session: Session, wang: Conversation, people: Staff) -> None:
    """Not somebody else's conversation."""
    handover.take_over(session, wang.id, people["chen"], MONDAY)
    with pytest.raises(NotAllowed):
        complaint_desk.register(session, wang.id, people["zhou"], details(), MONDAY)
    assert complaint_desk.register(session, wang.id, people["lead"], details(), MONDAY)


@pytest.mark.parametrize("claim_no", [OTHER_CLAIM, "what", "RDAA2026"])
def test_a_complaint_names_no_strangers_claim(
    session: Session, wang: Conversation, people: Staff, claim_no: str
) -> None:
    """Another customer's claim, or no claim number at all."""
    handover.take_over(session, wang.id, people["chen"], MONDAY)
    with pytest.raises(Invalid):
        complaint_desk.register(session, wang.id, people["chen"], details(claim_no=claim_no), MONDAY)


def test_severity_can_be_raised_but_not_lowered_below_what_the_case_says(
    session: Session, wang: Conversation, people: Staff
) -> None:
    """The press makes it serious, whatever is ticked."""
    handover.take_over(session, wang.id, people["chen"], MONDAY)
    wang.flags = ["media"]
    row = complaint_desk.register(session, wang.id, people["chen"], details(), MONDAY, Severity.MINOR)
    assert (row.severity, row.flags) == (Severity.SERIOUS, ["media"])


def test_complaining_again_is_flagged(
    session: Session, wang: Conversation, complaint: Complaint, people: Staff
) -> None:
    """The same claim in another category; or the third one lately, of anything (A090)."""
    again = filed(session, wang, MONDAY + DAY, "r2", category=ComplaintCategory.AMOUNT)
    assert "repeated" in again.flags
    third = filed(session, wang, MONDAY + DAY, "r3", claim_no=None, category=ComplaintCategory.OTHER)
    assert "repeated" in third.flags
    assert set(complaint_desk.related(session, complaint, people["lead"])) == {third.no, again.no}


def test_classifying_needs_a_reason_and_is_logged(session: Session, complaint: Complaint, people: Staff) -> None:
    """What it was and what it became."""
    with pytest.raises(Invalid):
        complaint_desk.classify(
            session, complaint.no, people["chen"], ComplaintCategory.AMOUNT, Severity.MEDIUM, " ", MONDAY
        )
    complaint_desk.classify(
        session, complaint.no, people["chen"], ComplaintCategory.AMOUNT, Severity.MEDIUM, "核对后调整", MONDAY
    )
    row = session.execute(select(ComplaintEvent).where(ComplaintEvent.action == "classify")).scalar_one()
    assert row.data == {
        "before": {"category": "delay", "severity": "minor"},
        "after": {"category": "amount", "severity": "medium"},
    }


def test_the_checklist_keeps_the_newest_word_and_the_log_all(
    session: Session, complaint: Complaint, people: Staff
) -> None:
    """Ticked, taken back, ticked by another; the forum is not on the list (A073)."""
    for name, done in (("chen", True), ("chen", False), ("zhou", True)):
        complaint_desk.check(session, complaint.no, people[name], ComplaintCheck.FILE, done, "", MONDAY)
    assert [(row["code"], row["done"], row["by"]) for row in complaint_desk.checks(session, complaint.no)] == [
        ("file", True, "zhou")
    ]
    assert len(log_of(session, complaint.no)) == 4
    assert "forum" not in {check.value for check in ComplaintCheck}


# Answering


def test_feedback_in_the_app_is_told_with_reason_and_time(
    session: Session, complaint: Complaint, people: Staff, door: Door, tmp_path: Any
) -> None:
    """Progress, reason and when he hears again (A078); it counts as the first feedback once."""
    at = MONDAY + HOUR
    again = MONDAY + 2 * DAY
    for n in range(2):
        complaint_replies.feedback(
            session,
            door,
            complaint.no,
            people["chen"],
            "已联系定损人员核对",
            at + n * HOUR,
            reason="资料较多",
            expected_at=again,
        )
    assert (complaint.first_feedback_at, complaint.promised_at) == (at, again)
    notice = session.execute(select(Notice).order_by(Notice.id)).scalars().first()
    said = draft_of(notice, read_settings({"VAR_DIR": str(tmp_path)})).text
    assert "已联系定损人员核对" in said
    assert "原因是：资料较多。" in said
    assert "2026-11-25 10:00" in said
    assert door.review(said).out == said


def test_what_may_not_be_said_is_not_written(session: Session, complaint: Complaint, people: Staff, door: Door) -> None:
    """Neither in feedback nor in an answer, by whatever way."""
    with pytest.raises(BadWording):
        complaint_replies.feedback(session, door, complaint.no, people["chen"], "我保证三天内一定全赔到账", MONDAY)
    for via in ReplyBy:
        with pytest.raises(BadWording):
            complaint_replies.answer(session, door, complaint.no, people["chen"], "给您返现200元作为补偿", via, MONDAY)
    assert complaint.first_feedback_at is None
    assert log_of(session, complaint.no) == [(f"customer:{WANG}", "filed")]


def test_an_answer_by_telephone_is_recorded_as_done(
    session: Session, complaint: Complaint, people: Staff, door: Door
) -> None:
    """The chat only asks what he says to it."""
    answer(session, door, complaint.no, people["chen"], MONDAY + HOUR, ReplyBy.PHONE)
    assert told(session) == ["complaint.answered"]
    assert (complaint.state, complaint.answered_via) == (ComplaintState.ANSWERED, ReplyBy.PHONE)
    assert complaint.first_feedback_at == MONDAY + HOUR


def test_who_cannot_be_reached_in_the_chat_is_not_answered_there(
    session: Session, complaint: Complaint, people: Staff, door: Door
) -> None:
    """The session is over: another way has to be taken."""
    with pytest.raises(Refused) as caught:
        answer(session, door, complaint.no, people["chen"], MONDAY + 2 * DAY)
    assert caught.value.code == "unreachable"
    assert answer(session, door, complaint.no, people["chen"], MONDAY + 2 * DAY, ReplyBy.SMS)


def test_an_answer_reaches_the_customer_in_a_newer_conversation(
    session: Session, complaint: Complaint, people: Staff, door: Door, opened: Open
) -> None:
    """One customer, wherever he is now."""
    newer = opened(WANG, MONDAY + 2 * DAY)
    answer(session, door, complaint.no, people["chen"], MONDAY + 2 * DAY)
    assert session.execute(select(Notice.conversation_id)).scalars().all() == [newer.id]


def test_the_answer_tells_the_ways_outside_and_offers_four_words(
    session: Session, complaint: Complaint, people: Staff, door: Door, tmp_path: Any
) -> None:
    """Review by the superior office, mediation, arbitration, court, 12378 (law.md B.5); 收到 满意 不满意 需要人工."""
    answer(session, door, complaint.no, people["chen"], MONDAY)
    draft = draft_of(session.execute(select(Notice)).scalar_one(), read_settings({"VAR_DIR": str(tmp_path)}))
    for way in ("核查", "调解", "仲裁", "诉讼", "12378"):
        assert way in draft.text
    assert [label for label, _ in draft.choices] == ["收到", "满意", "不满意", "需要人工"]
    assert door.review(draft.text).out == draft.text


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


# Levels


def test_the_ladder_has_four_steps_with_two_business_days_each(
    session: Session, complaint: Complaint, people: Staff
) -> None:
    """First line, specialists, cross-department, outside (A081, A082); the reason is logged, the customer told."""
    at = parse_moment("2026-11-27T10:00:00+08:00")  # a Friday
    seen = []
    for name in ("chen", "zhou", "lead"):
        complaint_levels.escalate(session, complaint.no, people[name], "本级无法解决", at)
        seen.append((complaint.level, complaint.level_due))
    due = parse_moment("2026-12-02T00:00:00+08:00")
    assert seen == [
        (ComplaintLevel.SPECIALIST, due),
        (ComplaintLevel.CROSS_DEPARTMENT, due),
        (ComplaintLevel.OUTSIDE, None),
    ]
    assert told(session) == ["complaint.escalated", "complaint.escalated", "complaint.outside"]
    with pytest.raises(Refused):
        complaint_levels.escalate(session, complaint.no, people["lead"], "再升级", at)


def test_escalating_needs_a_reason(session: Session, complaint: Complaint, people: Staff) -> None:
    """The basis of the decision stands in the log (A083)."""
    with pytest.raises(Invalid):
        complaint_levels.escalate(session, complaint.no, people["chen"], "", MONDAY)


# The legal limit


def test_the_legal_limit_is_extended_by_a_supervisor_step_by_step(
    session: Session, complaint: Complaint, people: Staff, door: Door
) -> None:
    """15, 30, 60 calendar days from the day it came; told each time; a service clock is not moved by it."""
    extend = complaint_replies.extend
    with pytest.raises(NotAllowed):
        extend(session, door, complaint.no, people["zhou"], 30, "情况复杂", MONDAY)
    with pytest.raises(Invalid):
        extend(session, door, complaint.no, people["lead"], 60, "情况复杂", MONDAY)
    level_due = complaint.level_due
    extend(session, door, complaint.no, people["lead"], 30, "需要第三方评估", MONDAY + DAY)
    assert complaint.legal_due == parse_moment("2026-12-24T00:00:00+08:00")
    extend(session, door, complaint.no, people["lead"], 60, "评估尚未完成", MONDAY + 20 * DAY)
    assert complaint.legal_due == parse_moment("2027-01-23T00:00:00+08:00")
    assert complaint.level_due == level_due
    assert told(session) == ["complaint.extended", "complaint.extended"]
    with pytest.raises(Invalid):
        extend(session, door, complaint.no, people["lead"], 90, "再延长", MONDAY + 20 * DAY)


def test_a_limit_that_has_passed_is_not_extended(
    session: Session, complaint: Complaint, people: Staff, door: Door
) -> None:
    """It would hide that it was missed."""
    with pytest.raises(Refused) as caught:
        complaint_replies.extend(session, door, complaint.no, people["lead"], 30, "情况复杂", MONDAY + 40 * DAY)
    assert caught.value.code == "legal_limit_over"


def test_an_extension_that_the_chat_cannot_tell_is_told_by_a_person(
    session: Session, opened: Open, people: Staff, door: Door
) -> None:
    """A guest whose session is over: a call is recorded, because the extension has to be told."""
    guest = opened(None, MONDAY)
    row = filed(session, guest, MONDAY, claim_no=None)
    complaint_replies.extend(session, door, row.no, people["lead"], 30, "情况复杂", MONDAY + 3 * DAY)
    assert session.execute(select(Callback.summary)).scalar_one() == row.no


# Logs that nobody edits


@pytest.mark.parametrize("table", [ComplaintEvent, AuditEntry])
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_logs_cannot_be_edited(database: Database, now: datetime, table: Any, verb: str) -> None:
    """The database itself refuses, also past this code."""
    with database.write() as session:
        load_two(session)
        row = conversations.get(session, conversations.open_conversation(session, now).conversation_id)
        filed(session, row, now)
        audit.record(session, now, actor="system", action="x", subject="y")
    change = delete(table) if verb == "delete" else update(table).values(actor="somebody else")
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(change.execution_options(synchronize_session=False))
    with database.read() as session:
        assert session.execute(select(table.actor)).first()[0] != "somebody else"


def test_the_migrated_database_guards_its_logs_too(tmp_path: Any) -> None:
    """The revision makes the same triggers as the models."""
    from cases import commands

    url = f"sqlite:///{tmp_path / 'm.db'}"
    commands.migrate(url)
    database = Database(url)
    with database.read() as session:
        rows = session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"))
        found = [row.name for row in rows]
    database.dispose()
    assert found == [
        "audit_log_no_DELETE",
        "audit_log_no_UPDATE",
        "complaint_events_no_DELETE",
        "complaint_events_no_UPDATE",
    ]


# Compensation


def test_schemes_are_off_until_a_supervisor_approves_one(
    session: Session, complaint: Complaint, people: Staff, door: Door
) -> None:
    """With the legal department's reference; ended, it is off again (A076, A077, conflict 2)."""
    assert schemes.approved(session) == []
    with pytest.raises(NotAllowed):
        schemes.approve(session, door, people["zhou"], SchemeKind.PRIORITY, "优先加急处理", "法务2026-01", MONDAY)
    with pytest.raises(Invalid):
        schemes.approve(session, door, people["lead"], SchemeKind.PRIORITY, "优先加急处理", "", MONDAY)
    made = schemes.approve(session, door, people["lead"], SchemeKind.PRIORITY, "优先加急处理", "法务2026-01", MONDAY)
    with pytest.raises(NotAllowed):
        schemes.apply(session, complaint.no, people["chen"], made.id, "客户等待较久", MONDAY)
    schemes.apply(session, complaint.no, people["lead"], made.id, "客户等待较久", MONDAY)
    assert log_of(session, complaint.no)[-1] == ("agent:lead", "scheme")
    schemes.end(session, people["lead"], made.id, MONDAY)
    with pytest.raises(NotFound):
        schemes.apply(session, complaint.no, people["lead"], made.id, "再次", MONDAY)


@pytest.mark.parametrize(
    "name",
    [
        "全额赔付",
        "返现200元",
        "赠送代金券",
        "次年保费折扣",
        "主动延长赔付周期1天",
        "免费保养一次",
        "减免手续费",
        "现金红包",
    ],
)
def test_what_the_conflicts_section_forbids_is_no_scheme(
    session: Session, people: Staff, door: Door, name: str
) -> None:
    """Conflicts 1 to 3, Insurance Law 116(4): whoever approves it."""
    with pytest.raises((Invalid, BadWording)):
        schemes.approve(session, door, people["root"], SchemeKind.PRIORITY, name, "法务2026-01", MONDAY)


def test_another_customer_sees_nothing_of_it(session: Session, answered: Complaint, opened: Open) -> None:
    """A confirmation from another conversation is not taken."""
    stranger = opened(LI, MONDAY)
    assert not complaint_replies.confirm_by_customer(
        session, answered.no, stranger.id, Confirmation.SATISFIED, MONDAY, "customer:C1002"
    )
    assert answered.state is ComplaintState.ANSWERED


def test_every_notice_of_a_complaint_is_compliant(
    session: Session, complaint: Complaint, people: Staff, door: Door, tmp_path: Any, load: Load
) -> None:
    """All placeholders filled, nothing rewritten at the door."""
    settings = read_settings({"VAR_DIR": str(tmp_path)})
    complaint_levels.escalate(session, complaint.no, people["chen"], "无法解决", MONDAY)
    complaint_replies.extend(session, door, complaint.no, people["lead"], 30, "需要第三方评估", MONDAY)
    answer(session, door, complaint.no, people["zhou"], MONDAY)
    complaint_replies.confirm(session, complaint.no, people["zhou"], Confirmation.UNSATISFIED, MONDAY)
    answer(session, door, complaint.no, people["lead"], MONDAY + HOUR, ReplyBy.PHONE)
    complaint_replies.confirm(session, complaint.no, people["lead"], Confirmation.UNSATISFIED, MONDAY + HOUR)
    complaint_desk.withdraw(session, complaint.no, people["lead"], "撤回", MONDAY + HOUR)
    assert complaint.level is ComplaintLevel.OUTSIDE
    for notice in session.execute(select(Notice)).scalars():
        said = draft_of(notice, settings).text
        assert "{" not in said, notice.name
        assert door.review(said).out == said, notice.name
