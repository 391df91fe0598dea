"""Who sees the label “to be followed up first” (service-rules A117, conflict 4): the desk, never the customer."""

from __future__ import annotations

import ast
import json

import pytest

from cases import complaints, conversations, handover, risk
from cases.clock import utc_now
from cases.complaints import Details
from cases.enums import ComplaintCategory, HandoverReason, ReplyBy
from cases.settings import ROOT
from tests.gateway_server import Chat, Desk, Gateway
from tests.rasa_stand_in import RasaStandIn
from tests.rows import LI

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
