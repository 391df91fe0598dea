"""Processes die in the middle of a turn: the customer gets an answer or an apology, nothing is lost or doubled.

The action server is stopped (SIGSTOP) so that a turn hangs for as long as a test needs; then something is killed.
"""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cases.enums import Sender, Turn
from cases.models import Complaint, Handover, Message
from tests.service import Service, started
from tests.stories.talk import Customer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
UNDER_WAY = 0.7  # by then a turn has reached the action server
QUESTION, CONFIRM = "查案件进度", "确认登记"
COMPLAINT = ("我要投诉定损太慢拖了一个月，希望尽快处理，打电话回复我13711110005", "没有")
FILED, APOLOGY = "投诉已登记", "抱歉"


@pytest.fixture(scope="module")
def own_service(model: Path) -> Iterator[Service]:
    """A service whose processes may be killed."""
    with tempfile.TemporaryDirectory(prefix="crashes-") as folder:
        made = started(Path(folder))
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture
def running(own_service: Service) -> Iterator[Service]:
    """The service, whole again after the test."""
    yield own_service
    if "actions" in own_service.processes:
        own_service.signal("actions", signal.SIGCONT)
    own_service.start(*(name for name in ("gateway", "rasa", "actions") if name not in own_service.processes))
    own_service.wait_ready()


@pytest.fixture
def complaining(running: Service) -> Customer:
    """A customer who has only to confirm his complaint."""
    customer = Customer(running)
    for text in COMPLAINT:
        customer.say(text)
        seen = customer.answer()
    assert CONFIRM in [choice["label"] for message in seen["messages"] for choice in message["choices"]]
    return customer


def hang(service: Service) -> None:
    """From now on a turn that needs an action does not end."""
    service.signal("actions", signal.SIGSTOP)


def complaints(service: Service, customer: Customer) -> int:
    """How many complaints were written in a conversation."""
    with service.database.read() as session:
        query = select(func.count()).select_from(Complaint).where(Complaint.conversation_id == customer.id)
        return int(session.execute(query).scalar_one())


def answers(service: Service, customer: Customer) -> list[list[str]]:
    """For each message of the customer, in order, the bot's messages that answer it; each must have had its turn."""
    with service.database.read() as session:
        query = select(Message).where(Message.conversation_id == customer.id).order_by(Message.seq)
        rows = list(session.execute(query).scalars())
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    own = [row for row in rows if row.sender is Sender.CUSTOMER]
    assert Turn.PENDING not in [row.turn for row in own]
    return [[row.text for row in rows if row.sender is Sender.BOT and row.answers == mine.seq] for mine in own]


def confirmed_once(service: Service, customer: Customer) -> None:
    """The customer confirms again where he was put off; in the end there is one complaint, and he has its number."""
    if complaints(service, customer) == 0 or FILED not in "".join(answers(service, customer)[-1]):
        customer.tap(CONFIRM)
        customer.answer()
    told = [text for said in answers(service, customer) for text in said if FILED in text]
    assert complaints(service, customer) == 1
    assert len(told) == 1, answers(service, customer)
    time.sleep(0.3)
    assert complaints(service, customer) == 1


def test_the_action_server_dies_in_the_middle_of_a_turn(running: Service) -> None:
    """The customer hears an apology at once, not after a time-out; the next message is answered."""
    customer = Customer(running)
    hang(running)
    customer.say(QUESTION)
    time.sleep(UNDER_WAY)
    running.kill("actions")
    began = time.monotonic()
    said = customer.answer()["messages"]
    assert time.monotonic() - began < 20
    assert len(said) == 1 and APOLOGY in said[0]["text"]
    running.start("actions")
    running.wait_ready()
    customer.say(QUESTION)
    assert customer.answer()["messages"][0]["meta"]["route"] == "claim_status"
    assert [len(said) for said in answers(running, customer)] == [1, 1]


def test_the_action_server_dies_while_a_complaint_is_confirmed(running: Service, complaining: Customer) -> None:
    """One complaint in the end, whether or not it was written before the end."""
    hang(running)
    complaining.tap(CONFIRM)
    time.sleep(UNDER_WAY)
    running.kill("actions")
    complaining.answer()
    running.start("actions")
    running.wait_ready()
    confirmed_once(running, complaining)


def test_rasa_dies_in_the_middle_of_a_turn(running: Service, complaining: Customer) -> None:
    """An apology and a person are there long before Rasa is back; then the dialogue goes on where it was."""
    hang(running)
    complaining.tap(CONFIRM)
    time.sleep(UNDER_WAY)
    running.kill("rasa")
    running.signal("actions", signal.SIGCONT)
    began = time.monotonic()
    seen = complaining.answer()
    assert time.monotonic() - began < 20
    assert seen["owner"] == "queued"
    assert len(seen["messages"]) == 1 and APOLOGY in seen["messages"][0]["text"]
    running.start("rasa")
    running.wait_ready()
    confirmed_once(running, complaining)
    with running.database.read() as session:
        stays = select(func.count()).select_from(Handover).where(Handover.conversation_id == complaining.id)
        assert session.execute(stays).scalar_one() == 1


def test_the_gateway_dies_in_the_middle_of_a_turn(running: Service, complaining: Customer) -> None:
    """The new process takes the turn up again; Rasa, which may still be at it, answers once and writes once."""
    hang(running)
    complaining.tap(CONFIRM)
    time.sleep(UNDER_WAY)
    running.kill("gateway")
    running.start("gateway")
    time.sleep(4)  # the new gateway asks Rasa again while the first turn still hangs
    running.signal("actions", signal.SIGCONT)
    running.wait_ready()
    assert FILED in complaining.answer()["messages"][0]["text"]
    confirmed_once(running, complaining)


def test_the_gateway_dies_with_many_conversations_waiting(running: Service) -> None:
    """Everybody's message was a row before the crash, and everybody gets one answer after it."""
    customers = [Customer(running) for _ in range(8)]
    hang(running)
    for customer in customers:
        customer.say(QUESTION)
    running.kill("gateway")
    running.signal("actions", signal.SIGCONT)
    running.start("gateway")
    running.wait_ready()
    for customer in customers:
        assert customer.answer()["messages"][0]["meta"]["route"] == "claim_status"
        assert [len(said) for said in answers(running, customer)] == [1]


def test_a_message_repeated_after_the_crash_is_the_same_message(running: Service) -> None:
    """A page that got no reply to its POST sends it again under the same client_id."""
    customer = Customer(running)
    hang(running)
    first = customer.http.post("/messages", json={"client_id": "same", "text": QUESTION}).json()["seq"]
    running.kill("gateway")
    running.signal("actions", signal.SIGCONT)
    running.start("gateway")
    running.wait_ready()
    again = customer.http.post("/messages", json={"client_id": "same", "text": QUESTION})
    customer.seq = first
    customer.answer()
    assert (again.status_code, again.json()["seq"]) == (200, first)
    assert [len(said) for said in answers(running, customer)] == [1]
