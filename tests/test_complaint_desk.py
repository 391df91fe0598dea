"""What staff do with a complaint: registering, answering, the log (rules A070–A078, law.md B.5, conflicts A.6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cases import audit, complaint_desk, complaint_levels, complaint_replies, conversations, handover
from cases.complaints import Details
from cases.db import Database
from cases.enums import (
    ComplaintCategory,
    ComplaintCheck,
    ComplaintLevel,
    ComplaintState,
    Confirmation,
    ReplyBy,
    Severity,
)
from cases.errors import BadWording, Invalid, NotAllowed, Refused
from cases.messages import Door
from cases.models import AuditEntry, Complaint, ComplaintEvent, Conversation, Notice
from cases.settings import read_settings
from gateway.telling import draft_of
from tests.conftest import Load, Open
from tests.desk_rows import Staff, answer, filed, log_of, told
from tests.rows import CLAIM, DAY, HOUR, MONDAY, OTHER_CLAIM, WANG, load_two


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
