"""The desk's business on PostgreSQL: logs that nobody edits, clocks, the weekly review, the migrations."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cases import (
    agents,
    audit,
    commands,
    complaint_replies,
    conversations,
    handover,
    parties,
    ratings,
    reports_weekly,
    risk,
    suggestions,
    sweep,
)
from cases.clock import parse_moment
from cases.complaint_desk import withdraw
from cases.db import Database
from cases.desk_enums import SuggestionState
from cases.enums import ComplaintCategory, HandoverReason, ReplyBy, Role
from cases.messages import Door
from cases.models import AuditEntry, Complaint, RiskLabel
from cases.reports_weekly import parse_week
from cases.settings import parse_hours, read_settings
from gateway.telling import tell
from tests.desk_rows import filed
from tests.postgres_server import postgres
from tests.rows import LI, OTHER_CLAIM, PASSWORD, WANG, load_two

pytestmark = pytest.mark.postgres
MONDAY = parse_moment("2026-11-23T10:00:00+08:00")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    """A migrated database with two customers and a supervisor."""
    with postgres() as url:
        commands.migrate(url)
        database = Database(url)
        with database.write() as session:
            load_two(session)
            agents.set_password(session, "lead", PASSWORD, role=Role.SUPERVISOR)
            audit.record(session, MONDAY, actor="system", action="x", subject="y")
        yield database
        database.dispose()


def test_nothing_is_left_to_migrate(server: Database) -> None:
    """The models and the revisions say the same, on this database too."""
    assert not commands.is_behind(str(server.engine.url.render_as_string(hide_password=False)))


@pytest.mark.parametrize("change", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["complaint_events", "audit_log"])
def test_the_logs_cannot_be_edited(server: Database, table: str, change: str) -> None:
    """Neither a line of it nor all at once."""
    with server.write() as session:
        row = conversations.get(session, conversations.open_conversation(session, MONDAY).conversation_id)
        filed(session, row, MONDAY, f"{table} {change}", claim_no=None)
    with pytest.raises(DBAPIError, match="append-only"), server.write() as session:
        session.execute(text(change.format(table)))


def test_a_complaint_from_filing_to_the_weekly_review(server: Database, door: Door, tmp_path: object) -> None:
    """Locks, notices that two processes may tell, clocks and figures."""
    with server.write() as session:
        lead = agents.set_password(session, "boss", PASSWORD, role=Role.SUPERVISOR)
        row = conversations.get(
            session, conversations.open_conversation(session, MONDAY, customer_key=WANG).conversation_id
        )
        complaint = filed(session, row, MONDAY, "review")
        no = complaint.no
        complaint_replies.feedback(session, door, no, lead, "已联系定损人员核对", MONDAY, via=ReplyBy.PHONE)
        complaint_replies.extend(session, door, no, lead, 30, "情况复杂", MONDAY)
        ratings.rate(session, row.id, 2, "流程1分 慢", MONDAY)
    with server.write() as session:
        tell(session, door, read_settings({"VAR_DIR": str(tmp_path)}))
    lines = []
    for n in range(1, 6):
        with server.read() as session:
            claims = sweep.claims_with_news(session, MONDAY + n * DAY)
        with server.write() as session:
            lines += sweep.run(session, MONDAY + n * DAY, claims=claims)
    assert f"escalated {no} specialist" in lines
    with server.write() as session:
        withdraw(session, no, lead, "客户撤回", MONDAY + 6 * DAY)
    with server.read() as session:
        report = reports_weekly.weekly(session, parse_week("2026-W48"), MONDAY + 8 * DAY)
    assert report["complaints"]["total"] >= 1
    assert report["satisfaction"]["dimensions"] == [{"name": "process", "count": 1, "average": 1.0}]


@pytest.mark.parametrize("what", ["suggestion", "label"])
def test_what_two_processes_write_at_once_is_written_once(server: Database, what: str) -> None:
    """The second waits for the first and takes what it wrote."""
    with server.write() as session:
        agent = agents.set_password(session, f"twice-{what}", PASSWORD, role=Role.FIRST_LINE)
        row = conversations.get(session, conversations.open_conversation(session, MONDAY).conversation_id)
        complaint = filed(session, row, MONDAY, f"twice-{what}", claim_no=None, category=ComplaintCategory.OTHER)
        complaint.flags = [risk.REPEATED]

    def write() -> int:
        with server.write() as session:
            if what == "suggestion":
                return int(suggestions.record(session, agent, "twice", "清单加上样例", MONDAY).id)
            risk.note_complaint(session, row, complaint, MONDAY)
            labels = session.query(RiskLabel).filter_by(subject=complaint.no).all()
            return int(labels[0].id)

    with ThreadPoolExecutor(1) as pool:
        with server.write() as session:
            if what == "suggestion":
                first = suggestions.record(session, agent, "twice", "清单加上样例", MONDAY).id
            else:
                risk.note_complaint(session, row, complaint, MONDAY)
                first = session.query(RiskLabel).filter_by(subject=complaint.no).one().id
            second = pool.submit(write)
            with pytest.raises(TimeoutError):
                second.result(timeout=1)
        assert second.result(timeout=10) == first
    action = "suggestion.record" if what == "suggestion" else "risk.label"
    with server.read() as session:
        lines = session.query(AuditEntry).filter_by(action=action).all()
    assert len([line for line in lines if line.subject == str(first) or line.data.get("of") == complaint.no]) == 1


def test_parties_labels_and_suggestions(server: Database) -> None:
    """Lists in a column, the place among equals, what is written once."""
    with server.write() as session:
        lead = agents.set_password(session, "chief", PASSWORD, role=Role.SUPERVISOR)
        held, equal = (
            conversations.get(
                session, conversations.open_conversation(session, MONDAY, customer_key=key).conversation_id
            )
            for key in (LI, None)
        )
        for n, category in enumerate((ComplaintCategory.DELAY, ComplaintCategory.PROCESS)):
            no = filed(session, held, MONDAY, f"party{n}", category=category, claim_no=OTHER_CLAIM).no
        parties.add(session, no, lead, "lead", "客户指认", MONDAY)
        handover.request(session, equal.id, HandoverReason.ASKED, MONDAY - DAY, parse_hours("00:00-24:00"))
        handover.request(session, held.id, HandoverReason.ASKED, MONDAY, parse_hours("00:00-24:00"))
        assert [handover.position(session, row.id) for row in (held, equal)] == [1, 2]
        label = risk.of(session, held, lead)[0]
        risk.remove(session, label.id, lead, "已核实", MONDAY)
        assert [handover.position(session, row.id) for row in (held, equal)] == [2, 1]
        made = [suggestions.record(session, lead, "s1", "清单加上样例", MONDAY) for _ in range(2)]
        suggestions.mark(session, made[0].id, lead, SuggestionState.ADOPTED, "下月上线", MONDAY)
        assert made[0] is made[1]
    with server.read() as session:
        assert session.get(Complaint, no).parties == ["lead"]
