"""What the gateway tells of itself: logs and figures without customers' data, health."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.gateway_server import SESSIONS, Chat, Gateway, refused
from tests.rasa_stand_in import RasaStandIn
from tests.rows import PASSWORD, PHONE, WANG

pytestmark = pytest.mark.usefixtures("obliging")


def test_no_number_and_no_secret_reaches_a_log(
    gateway: Gateway, chat: Chat, rasa: RasaStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where Rasa fails and a body is wrong."""
    caplog.set_level(logging.DEBUG)
    rasa.status = 500
    chat.say(f"我电话{PHONE}，身份证11010519491231002X")
    chat.answered()
    chat.post(client_id="b", text=f"{PHONE}" * 100)
    gateway.client.post("/api/desk/login", json={"username": "chen", "password": "hush-hush"})
    assert "no answer from Rasa" in caplog.text
    for secret in (PHONE, "11010519491231", chat.token, "hush-hush", gateway.settings.gateway_secret, PASSWORD):
        assert secret not in caplog.text


def test_figures_hold_no_customers_data(gateway: Gateway, rasa: RasaStandIn) -> None:
    """Counts only: turns by outcome, conversations by owner."""
    chat = gateway.chat(WANG)
    chat.say(f"我电话{PHONE}")
    chat.answered()
    figures = gateway.client.get("/metrics").text
    for word in (chat.id, chat.token, WANG, PHONE, "王", "138****1234", "chen"):
        assert word not in figures
    values = dict(line.rsplit(" ", 1) for line in figures.splitlines() if not line.startswith("#"))
    assert float(values['claims_conversations{owner="bot"}']) >= 1
    assert float(values['claims_turns_total{outcome="done"}']) >= 1
    assert float(values["claims_turn_seconds_count"]) >= 1


def test_ready_means_that_every_part_answers(gateway: Gateway, rasa: RasaStandIn) -> None:
    """503 names what does not; the process lives all the same."""
    assert gateway.client.get("/readyz").json() == {"status": "ready"}
    rasa.status = 500
    answer = gateway.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["down"] == ["rasa", "actions"]
    assert gateway.client.get("/healthz").status_code == 200


def test_ready_names_a_database_that_is_gone(rasa: RasaStandIn, empty_database: Path, tmp_path: Path) -> None:
    """And nothing else."""
    gateway = Gateway(tmp_path / "var", empty_database, rasa.url)
    try:
        gateway.database.dispose()
        gateway.app.state.gateway.database.dispose()
        for path in (tmp_path / "var").glob("claims.db*"):
            path.unlink()
        (tmp_path / "var" / "claims.db").mkdir()
        answer = gateway.client.get("/readyz")
        assert (answer.status_code, answer.json()["down"]) == (503, ["database"])
        refused(gateway.client.post(SESSIONS), 500)
    finally:
        gateway.close()
