"""The supervisors' calls (web/API.md): board, reassigning, weekly review."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from cases import handover, sweep
from cases.clock import utc_now
from cases.enums import HandoverReason
from tests.desk_calls import post, register
from tests.gateway_server import Chat, Desk, Gateway
from tests.rows import WANG

CUSTOMER = WANG  # whose conversation `chat` is
pytestmark = pytest.mark.usefixtures("obliging")


@pytest.mark.parametrize("path", ["agents", "board", "reports/weekly?week=2026-W47"])
def test_what_only_supervisors_see(desks: dict[str, Desk], path: str) -> None:
    """Refused to the others."""
    answers = {name: desk.client.get(f"/api/desk/{path}").status_code for name, desk in desks.items()}
    assert answers == {"chen": 403, "zhou": 403, "lin": 403, "lead": 200}


def test_the_board_shows_waiting_agents_and_breaches(gateway: Gateway, desks: dict[str, Desk], held: Chat) -> None:
    """Who waits too long, what the clocks found, and complaints with the press in them."""
    no = register(desks["chen"], held, category="process", flags=["media"]).json()["no"]
    waiting = gateway.chat()
    with gateway.database.write() as session:
        early = utc_now() - timedelta(minutes=20)
        handover.request(session, waiting.id, HandoverReason.ASKED, early, gateway.settings.service_hours)
    board = desks["lead"].get("board").json()
    assert ("queue", waiting.id) in {(row["type"], row["no"]) for row in board["breaches"]}
    assert board["longest_wait_seconds"] >= 1200
    with gateway.database.write() as session:
        sweep.run(session, utc_now() + timedelta(hours=21))
    shown = desks["lead"].get("board").json()
    kinds = {(row["type"], row["no"]) for row in shown["breaches"]}
    assert ("outside", no) in kinds
    assert ("first_feedback", no) in kinds
    assert shown["with_people"] >= 1
    chen = next(row for row in shown["agents"] if row["name"] == "小陈")
    assert chen["online"]
    assert chen["conversations"] >= 1
    post(desks["lead"], f"complaints/{no}/note", text="已评估")
    assert ("outside", no) not in {(row["type"], row["no"]) for row in desks["lead"].get("board").json()["breaches"]}


def test_a_supervisor_reassigns(gateway: Gateway, desks: dict[str, Desk], held: Chat) -> None:
    """Held or waiting; the customer is told who it is now; the first agent is out of it."""
    lin = desks["lin"].agent["id"]
    assert desks["chen"].do("reassign", held.id, agent_id=lin, note="").status_code == 403
    moved = desks["lead"].do("reassign", held.id, agent_id=lin, note="请继续跟进")
    assert moved.json() == {"owner": "human", "agent": "林同学"}
    assert held.messages("system")[-1]["meta"]["notice"] == "agent_changed"
    assert desks["chen"].reply(held, "您好").status_code == 403
    assert desks["lin"].reply(held, "您好，我来继续处理。").status_code == 200
    assert desks["lead"].do("reassign", held.id, agent_id=lin, note="").status_code == 409
    assert desks["lead"].do("reassign", held.id, agent_id=10**6, note="").status_code == 404
    assert desks["lead"].do("reassign", gateway.chat().id, agent_id=lin, note="").status_code == 409


def test_the_weekly_review_as_json_and_table(desks: dict[str, Desk]) -> None:
    """The shape of web/API.md; the table opens in a spreadsheet."""
    shown = desks["lead"].get("reports/weekly", week="2026-W47").json()
    assert set(shown) == {
        "week", "from", "to", "volume", "topics", "self_service", "handover_reasons", "first_response", "resolution",
        "targets", "complaints", "satisfaction", "unanswered", "wording", "suggestions",
    }  # fmt: skip
    assert (shown["from"], shown["to"], len(shown["volume"]["by_day"])) == ("2026-11-16", "2026-11-22", 7)
    table = desks["lead"].get("reports/weekly", week="2026-W47", format="csv")
    assert table.headers["content-disposition"] == 'attachment; filename="weekly-2026-W47.csv"'
    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert rows[0] == ["分类", "项目", "数值"]
    assert {len(row) for row in rows} == {3}
    assert desks["lead"].get("reports/weekly", week="2026-47").status_code == 422
