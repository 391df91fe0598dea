"""The weekly review (A130–A137): every figure recomputed from the raw rows in another way."""

from __future__ import annotations

import json
import math
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from cases import reports_weekly
from cases.clock import SHANGHAI, parse_moment
from cases.db import Database
from cases.errors import Invalid
from cases.messages import Door
from cases.reports_weekly import parse_week
from gateway.desk.supervision import as_csv, named, safe
from tests.rows import DAY
from tests.weekly_rows import MONDAY, serve

WEEK = "2026-W48"  # 23 to 29 November


def moment(row: Any) -> datetime:
    """A raw time of the database."""
    return datetime.fromisoformat(str(row)).replace(tzinfo=parse_moment("2026-01-01").tzinfo)


class Raw:
    """The rows as they stand in the database, without any of our code."""

    def __init__(self, session: Session) -> None:
        session.flush()
        self._session = session

    def __call__(self, table: str) -> Sequence[Any]:
        return self._session.execute(sql(f"SELECT * FROM {table} ORDER BY 1")).all()

    def in_week(self, table: str, column: str) -> list[Any]:
        found = [row for row in self(table) if getattr(row, column)]
        return [row for row in found if MONDAY <= moment(getattr(row, column)) < MONDAY + 7 * DAY]


@pytest.fixture(scope="module")
def served(empty_database: Path, tmp_path_factory: pytest.TempPathFactory, door: Door) -> Iterator[Session]:
    """Three weeks of made-up service around the week that is asked for."""
    path = tmp_path_factory.mktemp("weekly") / "claims.db"
    shutil.copyfile(empty_database, path)
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        serve(session, door)
        yield session
    database.dispose()


@pytest.fixture
def raw(served: Session) -> Raw:
    return Raw(served)


@pytest.fixture
def report(served: Session) -> dict[str, Any]:
    return reports_weekly.weekly(served, parse_week(WEEK), MONDAY + 7 * DAY)


def local_day(row: Any) -> str:
    return moment(row).astimezone(SHANGHAI).date().isoformat()


def test_volume(raw: Raw, report: dict[str, Any]) -> None:
    """Conversations with a customer's words, their messages, by Shanghai's day."""
    said = [row for row in raw.in_week("messages", "at") if row.sender == "customer"]
    days = defaultdict(set)
    for row in said:
        days[local_day(row.at)].add(row.conversation_id)
    handed = Counter(local_day(row.requested_at) for row in raw.in_week("handovers", "requested_at"))
    assert report["volume"]["messages"] == len(said) > 20
    assert report["volume"]["conversations"] == len({row.conversation_id for row in said})
    assert {day["day"]: (day["conversations"], day["handovers"]) for day in report["volume"]["by_day"]} == {
        (date(2026, 11, 23) + n * DAY).isoformat(): (
            len(days[(date(2026, 11, 23) + n * DAY).isoformat()]),
            handed[(date(2026, 11, 23) + n * DAY).isoformat()],
        )
        for n in range(7)
    }


def test_topics_and_self_service(raw: Raw, report: dict[str, Any]) -> None:
    """A question that is answered in two bubbles counts once; whoever got a person was not self-served."""
    rows = raw.in_week("messages", "at")
    answers = [(row, json.loads(row.meta)) for row in rows if row.sender == "bot"]
    asked = {(row.conversation_id, row.answers, meta["faq_id"]) for row, meta in answers if "faq_id" in meta}
    assert {row["id"]: row["count"] for row in report["topics"]} == Counter(topic for _, _, topic in asked)
    mine = {row.conversation_id for row in rows if row.sender == "customer"}
    served = {row.conversation_id for row, meta in answers if meta.get("route") in ("faq", "claim_status")} & mine
    served -= {row.conversation_id for row in raw("handovers") if moment(row.requested_at) < MONDAY + 7 * DAY}
    served -= {row.conversation_id for row in raw("callbacks") if moment(row.created_at) < MONDAY + 7 * DAY}
    assert report["self_service"]["self_served"] == len(served) > 0
    assert report["self_service"]["rate"] == round(len(served) / len(mine), 4)


def test_hand_overs(raw: Raw, report: dict[str, Any]) -> None:
    """Reasons, first response and resolution, with nearest-rank quantiles."""
    rows = raw.in_week("handovers", "requested_at")
    assert {row["reason"]: row["count"] for row in report["handover_reasons"]} == Counter(row.reason for row in rows)
    waits = []
    for row in rows:
        said = [
            moment(m.at) for m in raw("messages") if m.conversation_id == row.conversation_id and m.sender == "agent"
        ]
        said = [at for at in said if at >= moment(row.requested_at)]
        if said and (not row.ended_at or min(said) <= moment(row.ended_at)):
            waits.append((min(said) - moment(row.requested_at)).total_seconds())
    ended = [row for row in raw.in_week("handovers", "ended_at") if row.state in ("returned", "closed")]
    took = [(moment(row.ended_at) - moment(row.requested_at)).total_seconds() for row in ended]
    for name, seconds in (("first_response", waits), ("resolution", took)):
        ordered = sorted(seconds)
        assert report[name] == {
            "count": len(ordered),
            "p50_seconds": round(ordered[math.ceil(0.5 * len(ordered)) - 1]),
            "p90_seconds": round(ordered[math.ceil(0.9 * len(ordered)) - 1]),
        }, name
    assert len(waits) > 3


def test_complaints(raw: Raw, report: dict[str, Any]) -> None:
    """By category, severity and level; within 24 hours; missed clocks."""
    rows = raw.in_week("complaints", "created_at")
    shown = report["complaints"]
    assert shown["total"] == len(rows) > 2
    for name, column in (("by_category", "category"), ("by_severity", "severity"), ("by_level", "level")):
        assert {row[column]: row["count"] for row in shown[name]} == Counter(getattr(row, column) for row in rows)
    now = MONDAY + 7 * DAY
    decided = [row for row in rows if row.first_feedback_at or moment(row.first_feedback_due) < now]
    kept = [
        row
        for row in decided
        if row.first_feedback_at and moment(row.first_feedback_at) <= moment(row.first_feedback_due)
    ]
    assert shown["first_feedback_rate"] == (round(len(kept) / len(decided), 4) if decided else 0)
    late = {row.subject for row in raw.in_week("clock_marks", "at") if row.mark == "breached" and row.clock != "claim"}
    assert shown["overdue"] == len(late) > 0


def test_published_targets(raw: Raw, report: dict[str, Any]) -> None:
    """Recomputed state by state for the claims that were assessed without missing papers."""
    shown = {row["name"]: row for row in report["targets"]}
    assert all(row["rate"] == round(row["attained"] / row["total"], 4) for row in shown.values())
    histories = defaultdict(list)
    for row in raw("claim_events"):
        histories[row.claim_no].append((moment(row.at), row.status))
    simple = {row.claim_no for row in raw("claims") if row.kind == "single" and row.estimated_loss_yuan < 1000}
    total = attained = 0
    for no in simple:
        at = {status: when for when, status in histories[no]}
        pause = at["DOCS_SUBMITTED"] - at["DOCS_PARTIAL"] if "DOCS_SUBMITTED" in at else timedelta()
        due = at.get("REGISTERED", MONDAY) + DAY
        if "DOCS_PARTIAL" in at and at["DOCS_PARTIAL"] < due:
            due += pause
        running = histories[no] and histories[no][-1][1] in ("REGISTERED", "DOCS_SUBMITTED")
        if "ASSESSED" in at and MONDAY <= at["ASSESSED"] < MONDAY + 7 * DAY:
            total, attained = total + 1, attained + (at["ASSESSED"] <= due)
        elif "REGISTERED" in at and "ASSESSED" not in at and running and MONDAY <= due < MONDAY + 7 * DAY:
            total += 1
    assert (shown["simple_assessment"]["total"], shown["simple_assessment"]["attained"]) == (total, attained)
    first = [
        moment(row.first_feedback_at) <= moment(row.first_feedback_due)
        for row in raw.in_week("complaints", "first_feedback_at")
    ]
    missed = [row for row in raw.in_week("complaints", "first_feedback_due") if not row.first_feedback_at]
    assert shown["first_feedback"]["total"] == len(first) + len(missed)
    assert shown["first_feedback"]["attained"] == sum(first)


def test_satisfaction_unanswered_and_wording(raw: Raw, report: dict[str, Any]) -> None:
    """People and the bot apart, by dimension; texts of the review list; stops by rule, without the texts' numbers."""
    rows = raw.in_week("ratings", "at")
    for name, chosen in (("human", "human"), ("bot", "bot")):
        scores = [row.score for row in rows if row.subject == chosen]
        mean = round(sum(scores) / len(scores), 2) if scores else 0.0
        assert report["satisfaction"][name] == {"count": len(scores), "average": mean}
    points = [json.loads(row.dimensions)["process"] for row in rows]
    assert report["satisfaction"]["dimensions"] == [
        {"name": "process", "count": len(points), "average": round(sum(points) / len(points), 2)}
    ]
    assert report["satisfaction"]["low"] == sum(row.score <= 2 for row in rows)
    open_ones = [
        row.text
        for row in raw.in_week("review_items", "at")
        if row.kind in ("not_understood", "handed_over", "out_of_scope")
    ]
    assert {row["text"]: row["count"] for row in report["unanswered"]} == Counter(open_ones)
    kinds = Counter(row.kind for row in raw.in_week("events", "at"))
    assert (report["wording"]["stops"], report["wording"]["rewrites"]) == (
        kinds["wording_stop"],
        kinds["wording_rewrite"],
    )
    assert all("13800001234" not in row.text for row in raw("events"))


def test_a_week_begins_on_monday_in_shanghai() -> None:
    """Not in London, and not on Sunday."""
    week = parse_week("2026-W01")
    assert (week.monday, week.start) == (date(2025, 12, 29), parse_moment("2025-12-29T00:00:00+08:00"))
    assert week.end - week.start == 7 * DAY


@pytest.mark.parametrize("text", ["", "2026-48", "2026-W00", "2026-W54", "W48", "2026-W4٨", "99999-W01", "2026-W48 "])
def test_what_is_no_week_is_refused(text: str) -> None:
    """One answer for all."""
    with pytest.raises(Invalid):
        parse_week(text)


def test_a_week_without_anything_is_empty(session: Session) -> None:
    """And divides by nothing."""
    shown = reports_weekly.weekly(session, parse_week("2020-W10"), MONDAY)
    assert shown["self_service"] == {"conversations": 0, "self_served": 0, "rate": 0.0}
    assert shown["first_response"] == {"count": 0, "p50_seconds": 0, "p90_seconds": 0}


def test_the_table_holds_every_figure_and_no_formula(report: dict[str, Any]) -> None:
    """Hostile case 22: what a customer typed is text in a spreadsheet."""
    report["unanswered"].append({"text": "=cmd|' /C calc'!A0", "count": 3})
    table = as_csv(named(report))
    assert "'=cmd" in table
    assert f"会话量,conversations,{report['volume']['conversations']}" in table
    assert not [line for line in table.splitlines() for cell in line.split(",") if cell.strip('"').startswith("=")]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", " =1"])
def test_a_formula_becomes_text(cell: str) -> None:
    """In every disguise that spreadsheets know; a number stays one."""
    assert safe(cell) == f"'{cell}"
    assert (safe(3), safe("三")) == (3, "三")
