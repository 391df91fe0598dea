"""The app's chat over HTTP, with the real gateway and a stand-in for Rasa (contract, "App chat"; hostile list 28)."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cases import conversations
from tests.gateway_server import Chat, Gateway, until
from tests.rasa_stand_in import RasaStandIn, echo
from tests.rows import WANG

pytestmark = pytest.mark.usefixtures("obliging")
CHOICES = {
    "messages": [
        {
            "text": "请选择",
            "buttons": [{"title": "查进度", "payload": "/check"}, {"title": "转人工", "payload": "/human"}],
        }
    ]
}


# Sessions


def test_a_session_is_three_things_and_a_welcome(gateway: Gateway) -> None:
    """Its time has Shanghai's offset, a day from now."""
    answer = gateway.client.post("/api/chat/sessions")
    opened = answer.json()
    assert answer.status_code == 201
    assert {"conversation_id", "token", "expires_at"} <= set(opened)
    assert opened["expires_at"].endswith("+08:00")
    assert answer.headers["cache-control"] == "no-store"


def test_a_token_of_the_app_signs_a_customer_in(gateway: Gateway) -> None:
    """A guest and an unknown key are nobody."""
    for given, kept in ((WANG, WANG), (None, None), ("C9999", None)):
        chat = gateway.chat(given)
        with gateway.database.read() as session:
            assert conversations.get(session, chat.id).customer_key == kept


def test_a_message_is_accepted_and_answered(chat: Chat, rasa: RasaStandIn, gateway: Gateway) -> None:
    """202 with its place; then the answer with its route; Rasa was called with our secret."""
    answer = chat.post(client_id="a", text="怎么报案")
    assert (answer.status_code, answer.json()) == (202, {"seq": 1})
    chat.answered()
    one, two = chat.messages()
    assert (one["from"], one["text"], one["seq"], one["kind"]) == ("customer", "怎么报案", 1, "text")
    assert (two["from"], two["text"], two["seq"], two["meta"]) == ("bot", "收到：怎么报案", 2, {"route": "faq"})
    assert set(two) == {"seq", "from", "kind", "text", "choices", "data", "meta", "at"}
    assert chat.owner() == "bot"
    assert rasa.secrets == {gateway.settings.gateway_secret}


# Once, in order


def test_the_same_client_id_again_is_200_with_the_same_place(chat: Chat, rasa: RasaStandIn) -> None:
    """And no second turn."""
    first = chat.post(client_id="a", text="你好")
    chat.answered()
    again = chat.post(client_id="a", text="你好")
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json() == {"seq": 1}
    assert len(rasa.calls_of(chat.id)) == 1


def test_twenty_retries_at_once_are_one_message_and_one_turn(chat: Chat, rasa: RasaStandIn) -> None:
    """One 202, nineteen 200, one place."""
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: chat.post(client_id="same", text="你好"), range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]
    assert {answer.json()["seq"] for answer in answers} == {1}
    chat.answered()
    assert len(rasa.calls_of(chat.id)) == 1
    assert len(chat.messages()) == 2


def test_messages_that_come_at_once_keep_one_order_and_are_all_heard(chat: Chat, rasa: RasaStandIn) -> None:
    """No place twice, no gap; each text reaches Rasa once, in the order of the places."""
    with ThreadPoolExecutor(10) as pool:
        places = list(pool.map(lambda n: chat.say(f"第{n}句", f"m{n}"), range(10)))
    assert len(set(places)) == 10
    until(lambda: sum(call["text"].count("第") for call in rasa.calls_of(chat.id)) == 10)
    heard = "，".join(call["text"] for call in rasa.calls_of(chat.id)).split("，")
    assert heard == chat.texts("customer")
    until(lambda: len(chat.messages("bot")) == len(rasa.calls_of(chat.id)))
    assert [row["seq"] for row in chat.messages()] == list(range(1, len(chat.messages()) + 1))


def test_one_turn_at_a_time_in_a_conversation(chat: Chat, rasa: RasaStandIn) -> None:
    """What comes meanwhile waits and is the next turn, as one."""
    rasa.gate.clear()
    chat.say("一")
    until(lambda: rasa.calls_of(chat.id))
    chat.say("二")
    chat.say("三")
    time.sleep(0.1)
    assert len(rasa.calls_of(chat.id)) == 1
    rasa.gate.set()
    assert chat.answered(2) == ["收到：一", "收到：二，三"]


def test_a_slow_conversation_holds_up_no_other(gateway: Gateway, rasa: RasaStandIn) -> None:
    """Turns of different customers run side by side."""
    release = threading.Event()

    def slow(call: dict[str, Any]) -> Any:
        if call["text"] == "慢":
            release.wait(5)
        return echo(call)

    rasa.answer = slow
    one, two = gateway.chat(), gateway.chat()
    one.say("慢")
    two.say("快")
    assert two.answered() == ["收到：快"]
    assert one.messages("bot") == []
    release.set()
    assert one.answered() == ["收到：慢"]


# Reading


def test_reading_behind_a_place(chat: Chat) -> None:
    """Only what is newer."""
    chat.say("你好")
    chat.answered()
    assert [row["seq"] for row in chat.get(after=1)["messages"]] == [2]
    assert chat.get(after=2)["messages"] == []


def test_a_long_poll_waits_for_news(chat: Chat, rasa: RasaStandIn) -> None:
    """It ends as soon as there is some, long before its time."""
    rasa.gate.clear()
    chat.say("你好")
    threading.Timer(0.3, rasa.gate.set).start()
    began = time.monotonic()
    shown = chat.get(after=1, wait=20)
    assert [row["text"] for row in shown["messages"]] == ["收到：你好"]
    assert 0.2 < time.monotonic() - began < 5


def test_a_long_poll_ends_empty_when_its_time_is_over(chat: Chat) -> None:
    """Not earlier, not much later."""
    began = time.monotonic()
    assert chat.get(wait=1)["messages"] == []
    assert 0.9 < time.monotonic() - began < 3


def test_the_stream_tells_the_same_messages(chat: Chat) -> None:
    """With the place as id, and who has the conversation."""
    chat.say("你好")
    chat.answered()
    with chat.stream() as told:
        seen = [next(told) for _ in range(3)]
    assert [(one[0], one[1]) for one in seen] == [("1", "message"), ("2", "message"), ("", "state")]
    assert [one[2] for one in seen[:2]] == chat.messages()
    assert seen[2][2] == {"owner": "bot"}


def test_the_stream_goes_on_where_it_was_cut(chat: Chat) -> None:
    """By Last-Event-ID: nothing lost, nothing doubled, also what came meanwhile."""
    chat.say("一")
    chat.answered()
    with chat.stream() as told:
        last = int(next(told)[0])
    chat.say("二")
    chat.answered(2)
    with chat.stream(after=last) as told:
        seen = [next(told) for _ in range(3)]
    assert [one[0] for one in seen] == ["2", "3", "4"]


def test_the_stream_tells_what_comes_while_it_is_open(chat: Chat) -> None:
    """Without waiting for a poll."""
    with chat.stream() as told:
        assert next(told)[1] == "state"
        chat.say("你好")
        assert [next(told)[2]["text"] for _ in range(2)] == ["你好", "收到：你好"]


def test_numbers_are_masked_where_the_customer_reads_them_too(chat: Chat, rasa: RasaStandIn) -> None:
    """GET, stream and Rasa see the same masked text."""
    chat.say("我电话13800001234，身份证11010519491231002X")
    chat.answered()
    with chat.stream() as told:
        shown = [next(told)[2]["text"] for _ in range(2)]
    for text in (*shown, *chat.texts(), rasa.calls_of(chat.id)[0]["text"]):
        assert "13800001234" not in text
        assert "11010519491231" not in text
    assert "138****1234" in chat.texts("customer")[0]


def test_what_the_bot_says_passes_the_review(chat: Chat, rasa: RasaStandIn) -> None:
    """Also when Rasa sends what it must not."""
    rasa.answer = lambda call: {"messages": [{"text": "我保证三天内一定全赔到账"}]}
    chat.say("赔吗")
    assert "保证" not in chat.answered()[0]


# Choices


def test_a_tapped_choice_becomes_its_payload(chat: Chat, rasa: RasaStandIn) -> None:
    """The customer sees id and label; the label stands in the transcript."""
    rasa.answer = lambda call: CHOICES
    chat.say("你好")
    chat.answered()
    offered = chat.messages("bot")[0]
    assert offered["kind"] == "choices"
    assert offered["choices"] == [{"id": "2-1", "label": "查进度"}, {"id": "2-2", "label": "转人工"}]
    assert "/human" not in json.dumps(chat.get())
    rasa.answer = echo
    assert chat.tap("2-2").status_code == 202
    chat.answered(2)
    assert chat.texts("customer") == ["你好", "转人工"]
    assert rasa.calls_of(chat.id)[1] == {"conversation_id": chat.id, "turn": 3, "payload": "/human"}


def test_anothers_choice_and_an_invented_one_are_refused(gateway: Gateway, chat: Chat, rasa: RasaStandIn) -> None:
    """422, nothing stored, no turn."""
    rasa.answer = lambda call: CHOICES
    chat.say("你好")
    chat.answered()
    other = gateway.chat()
    for choice in ("2-1", "/human", "", "0-0", "2-1; DROP"):
        answer = other.tap(choice)
        assert answer.status_code == 422
        assert answer.json()["error"] == "invalid"
    assert other.messages() == []
    assert rasa.calls_of(other.id) == []
