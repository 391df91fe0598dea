"""The desk's calls about complaints (web/API.md), from registering to the customer's word."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from cases.models import Event
from tests.desk_calls import FORBIDDEN, post, register
from tests.gateway_server import Chat, Desk, Gateway
from tests.rows import OTHER_CLAIM, WANG

CUSTOMER = WANG  # whose conversation `chat` is
pytestmark = pytest.mark.usefixtures("obliging")


def test_a_complaint_from_registering_to_the_customers_word(desks: dict[str, Desk], held: Chat) -> None:
    """Registered, checked, fed back, answered in the app, tapped by the customer; every step shows the complaint."""
    chen = desks["chen"]
    made = register(chen, held)
    assert made.status_code == 200, made.text
    no = made.json()["no"]
    assert register(chen, held).json()["no"] == no
    path = f"complaints/{no}"
    assert post(chen, f"{path}/check", code="file", done=True, note="").json()["checks"][0]["by"] == "chen"
    fed = post(chen, f"{path}/feedback", text="已联系定损人员核对", reason="资料较多", expected_at="2099-01-01T18:00")
    assert fed.json()["first_feedback_at"]
    shown = post(chen, f"{path}/answer", text="经核实，定损报告可在App查收。", via="app").json()
    assert (shown["state"], shown["legal_limit_days"], shown["schemes"]) == ("answered", 15, [])
    said = [row for row in held.messages("system") if row["meta"].get("complaint") == no]
    assert [row["meta"]["notice"].split(".")[1] for row in said] == ["registered", "progress", "result"]
    satisfied = next(one["id"] for one in said[-1]["choices"] if one["label"] == "满意")
    assert held.tap(satisfied).status_code == 202
    shown = chen.get(path).json()
    assert (shown["state"], shown["confirmation"]) == ("confirmed", "satisfied")
    assert [line["action"] for line in shown["log"]] == ["filed", "check", "feedback", "answer", "confirm"]
    assert post(chen, f"{path}/answer", text="再次答复您。", via="phone").status_code == 409


def test_stopped_wording_is_refused_and_counted(gateway: Gateway, desks: dict[str, Desk], held: Chat) -> None:
    """In a reply and in an answer: 422 with the review; kept for the weekly review, masked."""
    no = register(desks["chen"], held).json()["no"]
    for answer in (
        desks["chen"].reply(held, f"{FORBIDDEN}，打13800001234"),
        post(desks["chen"], f"complaints/{no}/answer", text=FORBIDDEN, via="phone"),
    ):
        assert answer.status_code == 422
        assert answer.json()["error"] == "wording"
        assert answer.json()["review"]["hits"]
    with gateway.database.read() as session:
        rows = session.execute(select(Event).order_by(Event.id.desc()).limit(2)).scalars().all()
    assert {row.kind.value for row in rows} == {"wording_stop"}
    assert all(row.data["rules"] and "13800001234" not in row.text for row in rows)


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("close", {"note": "办结"}, 409, "not_answered"),
        ("confirm", {"result": "satisfied"}, 409, "complaint_state"),
        ("extend", {"days": 30, "reason": "情况复杂"}, 403, "not_allowed"),
        ("scheme", {"id": "x", "note": "y"}, 403, "not_allowed"),
        ("resume", {"note": ""}, 409, "not_waiting"),
        ("escalate", {"reason": " "}, 422, "invalid"),
        ("classify", {"category": "nonsense", "severity": "minor", "note": "x"}, 422, "invalid"),
        ("answer", {"text": "x", "via": "pigeon"}, 422, "invalid"),
        ("answer", {"text": "字" * 2001, "via": "phone"}, 422, "invalid"),
        ("feedback", {"text": "进展", "expected_at": "soon"}, 422, "invalid"),
        ("feedback", {"text": "进展", "expected_at": "2020-01-01T10:00"}, 422, "invalid"),
        ("check", {"code": "forum", "done": True}, 422, "invalid"),
        ("explode", {}, 404, "not_found"),
    ],
)
def test_what_a_complaint_does_not_allow(
    desks: dict[str, Desk], held: Chat, action: str, body: dict[str, Any], status: int, code: str
) -> None:
    """A sentence for each, never a 500."""
    no = register(desks["chen"], held).json()["no"]
    answer = post(desks["chen"], f"complaints/{no}/{action}", **body)
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert answer.json()["message"]


@pytest.mark.parametrize(
    "changes",
    [{"claim_no": OTHER_CLAIM}, {"category": "x"}, {"what_happened": " "}, {"reply_by": "x"}, {"client_id": ""}],
)
def test_a_complaint_that_cannot_be_registered(desks: dict[str, Desk], held: Chat, changes: dict[str, Any]) -> None:
    """Another customer's claim among them."""
    assert register(desks["chen"], held, **changes).status_code == 422


def test_a_complaint_that_went_up_is_not_for_the_first_line(desks: dict[str, Desk], held: Chat) -> None:
    """He who worked on it still reads it; a colleague does not; the specialist goes on, then the supervisor extends."""
    no = register(desks["chen"], held).json()["no"]
    assert post(desks["chen"], f"complaints/{no}/escalate", reason="无法解决").json()["level"] == "specialist"
    reads = {name: desk.get(f"complaints/{no}").status_code for name, desk in desks.items()}
    assert reads == {"chen": 200, "zhou": 200, "lin": 404, "lead": 200}
    assert post(desks["chen"], f"complaints/{no}/escalate", reason="再升级").status_code == 403
    listed = {name: no in str(desk.get("complaints").json()) for name, desk in desks.items()}
    assert listed == {"chen": True, "zhou": True, "lin": False, "lead": True}
    extended = post(desks["lead"], f"complaints/{no}/extend", days=30, reason="需要第三方评估").json()
    assert extended["legal_limit_days"] == 30


def test_schemes_are_the_supervisors(desks: dict[str, Desk], held: Chat) -> None:
    """Off until approved, shown with a complaint then, applied by a supervisor, off again."""
    body = {"kind": "priority", "name": "优先加急处理", "legal_reference": "法务2026-01"}
    assert post(desks["zhou"], "schemes", **body).status_code == 403
    refused = post(desks["lead"], "schemes", **{**body, "name": "减免手续费"})
    assert (refused.status_code, refused.json()["error"]) == (422, "invalid")
    assert "《保险法》第二十三条、第一百一十六条" in refused.json()["message"]
    made = post(desks["lead"], "schemes", **body).json()
    no = register(desks["chen"], held).json()["no"]
    assert [row["id"] for row in desks["chen"].get(f"complaints/{no}").json()["schemes"]] == [made["id"]]
    assert post(desks["lead"], f"complaints/{no}/scheme", id=made["id"], note="等待较久").status_code == 200
    assert post(desks["lead"], f"schemes/{made['id']}/end").status_code == 200
    assert desks["lead"].get("schemes").json() == {"schemes": []}
