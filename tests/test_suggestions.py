"""What agents think should be done better (service-rules A092)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import complaint_levels, reports_weekly, suggestions
from cases.clock import parse_moment
from cases.desk_enums import SuggestionState
from cases.errors import Invalid, NotAllowed, NotFound
from cases.models import Agent, AuditEntry, Complaint, Suggestion
from cases.reports_weekly import parse_week
from tests.gateway_server import Desk, Gateway

MONDAY = parse_moment("2026-11-23T10:00:00+08:00")
DAY = timedelta(days=1)
Staff = dict[str, Agent]


def suggest(session: Session, agent: Agent, at: datetime = MONDAY, request_id: str = "s1", **more: str) -> Suggestion:
    return suggestions.record(session, agent, request_id, "清单里加上发票样例，电话13800001234", at, **more)


def test_a_suggestion_is_written_down_once_and_masked(session: Session, people: Staff) -> None:
    """However often the form is sent; another agent's form of the same name is another suggestion."""
    made = [suggest(session, people["chen"], topic="材料") for _ in range(3)]
    assert len({row.id for row in made}) == 1
    assert (made[0].text, made[0].topic, made[0].state) == (
        "清单里加上发票样例，电话138****1234", "材料", SuggestionState.OPEN,
    )  # fmt: skip
    assert suggest(session, people["zhou"]).id != made[0].id


@pytest.mark.parametrize(
    ("text", "topic", "no"),
    [(" ", "", ""), ("好", "长" * 41, ""), ("好", "", "TS20261123999999"), ("长" * 2001, "", "")],
)
def test_what_is_no_suggestion(session: Session, people: Staff, text: str, topic: str, no: str) -> None:
    """Nothing, too much, or about a complaint that there is not."""
    with pytest.raises(Invalid):
        suggestions.record(session, people["chen"], "s", text, MONDAY, topic=topic, complaint_no=no)


def test_it_names_only_a_complaint_that_the_agent_sees(session: Session, people: Staff, complaint: Complaint) -> None:
    """Not one above him, not one about himself."""
    assert suggest(session, people["chen"], complaint_no=complaint.no.lower()).complaint_no == complaint.no
    complaint.parties = ["zhou"]
    with pytest.raises(Invalid):
        suggest(session, people["zhou"], complaint_no=complaint.no)
    complaint_levels.raise_level(session, complaint, MONDAY)
    with pytest.raises(Invalid):
        suggest(session, people["chen"], request_id="s2", complaint_no=complaint.no)


def test_supervisors_see_all_and_the_others_their_own(session: Session, people: Staff) -> None:
    """Undecided ones first, the newest first."""
    chen, zhou, lead = people["chen"], people["zhou"], people["lead"]
    first, second = suggest(session, chen), suggest(session, zhou, MONDAY + DAY)
    third = suggest(session, chen, MONDAY + 2 * DAY, "s2")
    suggestions.mark(session, third.id, lead, SuggestionState.DECLINED, "已有样例", MONDAY + 3 * DAY)
    assert suggestions.seen_by(session, lead) == [second, first, third]
    assert suggestions.seen_by(session, chen) == [first, third]
    assert suggestions.seen_by(session, zhou) == [second]


def test_a_supervisor_marks_it_with_a_note(session: Session, people: Staff) -> None:
    """Nobody else; never without a note; anew where he thinks better of it; audited each time."""
    row = suggest(session, people["chen"])
    for agent, state, note, error in (
        ("zhou", SuggestionState.ADOPTED, "好", NotAllowed),
        ("lead", SuggestionState.OPEN, "好", Invalid),
        ("lead", SuggestionState.ADOPTED, " ", Invalid),
    ):
        with pytest.raises(error):
            suggestions.mark(session, row.id, people[agent], state, note, MONDAY)
    with pytest.raises(NotFound):
        suggestions.mark(session, row.id + 1, people["lead"], SuggestionState.ADOPTED, "好", MONDAY)
    suggestions.mark(session, row.id, people["lead"], SuggestionState.DECLINED, "已有样例", MONDAY)
    suggestions.mark(session, row.id, people["root"], SuggestionState.ADOPTED, "下月上线", MONDAY + DAY)
    assert (row.state, row.note, row.decided_by) == (SuggestionState.ADOPTED, "下月上线", people["root"].id)
    lines = select(AuditEntry).where(AuditEntry.action.like("suggestion.%")).order_by(AuditEntry.id)
    assert [(line.actor, line.action) for line in session.execute(lines).scalars()] == [
        ("agent:chen", "suggestion.record"),
        ("agent:lead", "suggestion.declined"),
        ("agent:root", "suggestion.adopted"),
    ]


def test_the_weekly_review_counts_them(session: Session, people: Staff) -> None:
    """By the week in which they were written and marked; what is open stays open in later weeks."""
    rows = [suggest(session, people["chen"], MONDAY + n * DAY, f"s{n}") for n in (-1, 0, 1, 7)]
    for row, state in zip(rows, (SuggestionState.ADOPTED, SuggestionState.DECLINED), strict=False):
        suggestions.mark(session, row.id, people["lead"], state, "说明", MONDAY + 2 * DAY)

    def counted(week: str) -> Any:
        return reports_weekly.weekly(session, parse_week(week), MONDAY + 20 * DAY)["suggestions"]

    assert counted("2026-W47") == {"total": 1, "adopted": 0, "declined": 0, "open": 0}
    assert counted("2026-W48") == {"total": 2, "adopted": 1, "declined": 1, "open": 1}
    assert counted("2026-W49") == {"total": 1, "adopted": 0, "declined": 0, "open": 2}


def test_the_calls(gateway: Gateway) -> None:
    """Written by the first line, marked by a supervisor, read by who wrote it; a script stays a text."""
    chen, zhou, lead = (gateway.desk(name) for name in ("chen", "zhou", "lead"))

    def post(desk: Desk, path: str, **body: Any) -> Any:
        return desk.client.post(f"/api/desk/suggestions{path}", json=body)

    made = post(chen, "", client_id="s1", text="<script>alert(1)</script>", topic="材料").json()
    assert (made["text"], made["agent"], made["state"]) == ("<script>alert(1)</script>", "小陈", "open")
    assert post(chen, "", client_id="s1", text="再次").json()["id"] == made["id"]
    assert post(chen, "", client_id="", text="x").status_code == 422
    assert post(chen, "", client_id="s2", text="x", complaint_no="TS20261123999999").status_code == 422
    path = f"/{made['id']}/mark"
    assert post(chen, path, state="adopted", note="x").status_code == 403
    assert post(lead, path, state="open", note="x").status_code == 422
    assert post(lead, path, state="done", note="x").status_code in (400, 422)
    assert post(lead, "/x/mark", state="adopted", note="x").status_code == 404
    assert post(lead, path, state="adopted", note="下月上线").json()["decided_by"] == "李主管"
    assert [row["note"] for row in chen.get("suggestions").json()["suggestions"]] == ["下月上线"]
    assert zhou.get("suggestions").json() == {"suggestions": []}
    assert made["id"] in {row["id"] for row in lead.get("suggestions").json()["suggestions"]}
