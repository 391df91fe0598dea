"""Too much, and again and again: who floods the gateway is slowed down, others notice nothing.

The numbers are those of the hostile list: 17 and 29.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from cases.enums import HandoverReason
from cases.errors import TooMany
from gateway.security import RateLimit
from tests.gateway_server import STREAM, Chat, Desk, Gateway, refused, until
from tests.rasa_stand_in import RasaStandIn, echo

pytestmark = pytest.mark.usefixtures("obliging")

# 17: too much


def test_17_a_flood_in_one_conversation_is_429_and_others_notice_nothing(
    gateway: Gateway, chat: Chat, rasa: RasaStandIn
) -> None:
    """With the time to wait; what was accepted is stored once. So too where the machine is slow: nobody who
    waits for answers has thirty unanswered messages."""
    rasa.answer = lambda call: time.sleep(0.2) or echo(call)
    flooded = gateway.chat()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: flooded.post(client_id=f"f{n}", text="你好"), range(150)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {202, 429}
    late = next(answer for answer in answers if answer.status_code == 429)
    refused(late, 429)
    assert late.headers["retry-after"].isdigit()
    assert chat.post(client_id="a", text="你好").status_code == 202
    assert len(flooded.texts("customer")) == statuses.count(202)


def test_17_whoever_waits_for_each_answer_may_go_on_talking(gateway: Gateway) -> None:
    """The limit for the impatient does not count a long conversation."""
    talkative = gateway.chat()
    for number in range(60):
        assert talkative.post(client_id=f"t{number}", text="你好").status_code == 202
        talkative.answered(number + 1)


def test_17_a_bucket_fills_again_with_time() -> None:
    """Rate and burst; keys do not share; the oldest are forgotten."""
    limit = RateLimit(rate=2, burst=3, most_keys=2)
    for _ in range(3):
        limit.take("a", now=100.0)
    with pytest.raises(TooMany) as caught:
        limit.take("a", now=100.0)
    assert caught.value.retry_after == pytest.approx(0.5)
    limit.take("b", now=100.0)
    limit.take("a", now=100.5)
    with pytest.raises(TooMany):
        limit.take("a", now=100.5)
    limit.take("a", now=1000.0)
    assert len(limit._buckets) == 2
    limit.take("c", now=1000.0)
    assert set(limit._buckets) == {"a", "c"}


def test_17_guessing_passwords_is_slowed_down(rasa: RasaStandIn, empty_database: Path, tmp_path: Path) -> None:
    """By address, before the password is looked at; the account is locked on its own."""
    gateway = Gateway(tmp_path / "var", empty_database, rasa.url)
    try:
        login = {"username": "chen", "password": "wrong"}
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: gateway.client.post("/api/desk/login", json=login), range(30)))
        assert {answer.status_code for answer in answers} == {401, 429}
        errors = [answer.json()["error"] for answer in answers]
        assert errors.count("login") == 5
        assert {"locked", "too_many"} <= set(errors)
    finally:
        gateway.close()


def test_17_many_open_streams_do_not_stop_others(gateway: Gateway, chat: Chat) -> None:
    """Forty of one customer are refused after five; another is answered."""
    other = gateway.chat()
    connections = []
    try:
        for _ in range(40):
            client = httpx.Client(base_url=gateway.url, timeout=5, trust_env=False)
            answer = client.send(client.build_request("GET", STREAM, headers=chat.headers), stream=True)
            connections.append((client, answer))
        assert [answer.status_code for _, answer in connections] == [200] * 5 + [429] * 35
        other.say("你好")
        assert other.answered() == ["收到：你好"]
    finally:
        for client, answer in connections:
            answer.close()
            client.close()


# 29: asking again and again


def test_29_asking_for_a_person_again_is_one_place_in_the_queue(
    gateway: Gateway, chat: Chat, rasa: RasaStandIn, desk: Desk
) -> None:
    """Twenty times while waiting and twenty times with the person there: one stay."""

    def ask(call: dict[str, Any]) -> Any:
        from cases import handover
        from cases.clock import utc_now

        with gateway.database.write() as session:
            handover.request(session, chat.id, HandoverReason.ASKED, utc_now(), gateway.settings.service_hours)
        return echo(call)

    rasa.answer = ask
    for _ in range(20):
        chat.say("转人工")
    until(lambda: chat.messages("bot") and not gateway.app.state.gateway.turns._running)
    assert chat.owner() == "queued"
    desk.accept(chat)
    calls = len(rasa.calls_of(chat.id))
    for n in range(20):
        chat.say("/restart" if n % 2 else "转人工", f"later {n}")
    assert len(rasa.calls_of(chat.id)) == calls
    assert len(desk.get(f"conversations/{chat.id}").json()["handovers"]) == 1
