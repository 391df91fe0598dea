"""The app's chat over HTTP, with the real gateway and a stand-in for Rasa (contract, "App chat"; hostile list 28)."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cases import conversations
from cases.clock import utc_now
from cases.models import Claim, ClaimEvent
from tests.gateway_server import Chat, Desk, Gateway, until
from tests.pictures import drawn, encoded
from tests.rasa_stand_in import RasaStandIn, echo
from tests.rows import CLAIM, LI, WANG, claim, customer

CHECKS = {"format", "size", "sharp", "bright", "glare", "screen", "duplicate", "subject"}
CHOICES = {
    "messages": [
        {
            "text": "请选择",
            "buttons": [{"title": "查进度", "payload": "/check"}, {"title": "转人工", "payload": "/human"}],
        }
    ]
}


@pytest.fixture
def chat(gateway: Gateway) -> Chat:
    """A guest's conversation."""
    return gateway.chat()


@pytest.fixture(autouse=True)
def obliging(rasa: RasaStandIn) -> Iterator[None]:
    """Rasa answers again when a test is over."""
    yield
    rasa.reset()


@pytest.fixture(scope="module")
def desk(gateway: Gateway) -> Desk:
    """小陈, first line."""
    return gateway.desk("chen")


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


# Rasa away, slow, silent


def test_when_rasa_is_down_the_customer_is_told_and_a_person_is_asked_for(chat: Chat, rasa: RasaStandIn) -> None:
    """One apology; the conversation waits for an agent, with its place."""
    rasa.status = 500
    chat.say("你好")
    (said,) = chat.answered()
    assert "转接人工" in said
    assert chat.get()["owner"] == "queued"
    assert chat.get()["position"] >= 1
    rasa.reset()
    chat.say("还在吗")
    assert chat.answered(2)[1] == "收到：还在吗"


def test_a_rasa_that_is_back_in_time_answers(chat: Chat, rasa: RasaStandIn) -> None:
    """The customer notices a delay only."""
    rasa.status = 503
    chat.say("你好")
    until(lambda: rasa.calls_of(chat.id))
    rasa.status = 200
    assert chat.answered() == ["收到：你好"]
    assert chat.owner() == "bot"


def test_when_rasa_is_too_slow_its_late_answer_is_not_said(chat: Chat, rasa: RasaStandIn) -> None:
    """The apology was said at the time limit; one answer a message."""
    rasa.gate.clear()
    chat.say("你好")
    (said,) = chat.answered()
    assert "转接人工" in said
    rasa.gate.set()
    time.sleep(0.2)
    assert len(chat.messages("bot")) == 1


def test_when_rasa_says_nothing_the_gateway_answers(chat: Chat, rasa: RasaStandIn) -> None:
    """Without calling a person."""
    rasa.answer = lambda call: {"messages": []}
    chat.say("你好")
    assert "消息已经保存" in chat.answered()[0]
    assert chat.owner() == "bot"


# Restarts


def test_a_restart_in_the_middle_of_turns_loses_and_doubles_nothing(
    rasa: RasaStandIn, empty_database: Path, tmp_path: Path
) -> None:
    """Five conversations wait for Rasa while the gateway is stopped; each is answered once by the next process."""
    gateway = Gateway(tmp_path / "var", empty_database, rasa.url, TURN_TIMEOUT="20")
    try:
        chats = [gateway.chat() for _ in range(5)]
        rasa.gate.clear()
        for number, chat in enumerate(chats):
            chat.say(f"第{number}位")
        until(lambda: all(rasa.calls_of(chat.id) for chat in chats))
        chats[0].say("还有一句")
        gateway.stop()
        rasa.gate.set()
        gateway.start()
        for number, chat in enumerate(chats):
            heard = f"第{number}位，还有一句" if number == 0 else f"第{number}位"
            assert chat.answered() == [f"收到：{heard}"]
            assert len(chat.messages()) == (3 if number == 0 else 2)
        chats[1].say("你好")
        assert chats[1].answered(2)[1] == "收到：你好"
    finally:
        gateway.close()


# Agents


def test_an_agent_who_takes_over_while_the_bot_answers_silences_it(
    gateway: Gateway, desk: Desk, rasa: RasaStandIn
) -> None:
    """Fifty times: an answer is under way, the agent accepts, the answer comes; no bot line behind the take-over."""
    chats = [gateway.chat() for _ in range(50)]
    with ThreadPoolExecutor(8) as pool:
        for number, chat in enumerate(chats):
            arrived, release = threading.Event(), threading.Event()

            def slow(
                call: dict[str, Any], arrived: threading.Event = arrived, release: threading.Event = release
            ) -> Any:
                arrived.set()
                release.wait(5)
                return echo(call)

            rasa.answer = slow
            chat.say("你好")
            assert arrived.wait(5)
            taking = pool.submit(desk.accept, chat)
            time.sleep(number * 0.0004)  # from well before the agent has it to well after
            release.set()
            taking.result()
    rasa.reset()
    until(lambda: not gateway.app.state.gateway.turns._running)
    for chat in chats:
        rows = chat.messages()
        joined = next(row["seq"] for row in rows if row["meta"].get("notice") == "agent_joined")
        assert [row for row in rows if row["from"] == "bot" and row["seq"] > joined] == []
        assert chat.owner() == "human"


def test_a_customer_with_a_person_is_not_answered_by_the_bot(
    gateway: Gateway, chat: Chat, desk: Desk, rasa: RasaStandIn
) -> None:
    """Nothing reaches Rasa, whatever is said; handed back, the bot goes on."""
    desk.accept(chat)
    for said in ("在吗", "转人工", "/restart"):
        chat.say(said)
    time.sleep(0.1)
    assert rasa.calls_of(chat.id) == []
    assert desk.do("return", chat.id, note="已说明材料清单").status_code == 200
    chat.say("谢谢")
    until(lambda: rasa.calls_of(chat.id))
    assert [call["text"] for call in rasa.calls_of(chat.id)] == ["谢谢"]
    assert chat.answered(2)[-1] == "收到：谢谢"
    assert "已说明材料清单" in chat.texts("bot")[0]


def test_a_hand_back_while_the_customer_types_loses_nothing(gateway: Gateway, desk: Desk, rasa: RasaStandIn) -> None:
    """Ten times at once: every message is stored; those that came after it are answered by the bot, once."""
    for _ in range(10):
        chat = gateway.chat()
        desk.accept(chat)
        with ThreadPoolExecutor(2) as pool:
            back = pool.submit(desk.do, "return", chat.id)
            said = pool.submit(chat.say, "还有个问题")
            assert back.result().status_code == 200
            seq = said.result()
        left = next(row["seq"] for row in chat.messages() if row["meta"].get("notice") == "agent_left")
        if seq > left:
            until(lambda chat=chat: chat.messages("bot"))
        assert len(rasa.calls_of(chat.id)) == (1 if seq > left else 0)
        assert chat.texts("customer") == ["还有个问题"]


def test_a_closed_conversation_takes_nothing_more(gateway: Gateway, chat: Chat, desk: Desk) -> None:
    """409; it can still be read."""
    desk.accept(chat)
    assert desk.do("close", chat.id, summary="已解决").status_code == 200
    answer = chat.post(client_id="late", text="你好")
    assert (answer.status_code, answer.json()["error"]) == (409, "conflict")
    assert chat.get()["owner"] == "closed"


def test_the_place_in_the_queue_is_told_and_moves(gateway: Gateway, desk: Desk, rasa: RasaStandIn) -> None:
    """Also on the stream."""
    rasa.status = 500
    first, second = gateway.chat(), gateway.chat()
    first.say("你好")
    until(lambda: first.owner() == "queued")
    second.say("你好")
    until(lambda: second.owner() == "queued")
    before = second.get()["position"]
    assert before == first.get()["position"] + 1
    with second.stream(after=10**6) as told:
        assert next(told)[2] == {"owner": "queued", "position": before}
        desk.accept(first)
        assert next(told)[2] == {"owner": "queued", "position": before - 1}


# Pictures


def upload(chat: Chat, data: bytes, name: str = "photo.jpg", **headers: str) -> Any:
    return chat.gateway.client.post(
        "/api/chat/images", files={"file": (name, data, "image/jpeg")}, headers={**chat.headers, **headers}
    )


def test_a_picture_is_taken_sent_and_read_by_its_owner_only(gateway: Gateway, chat: Chat, rasa: RasaStandIn) -> None:
    """201 with checks; the turn names it; another conversation gets 404, nobody 401."""
    answer = upload(chat, encoded(drawn()), "../../x\u202e.php")
    assert answer.status_code == 201
    image_id, checks = answer.json()["image_id"], answer.json()["checks"]
    assert {check["code"] for check in checks} <= CHECKS
    assert all(set(check) == {"code", "ok", "hint"} for check in checks)
    assert chat.post(client_id="p", image_id=image_id).status_code == 202
    chat.answered()
    assert chat.messages("customer")[0]["data"] == {"image_id": image_id}
    assert image_id in rasa.calls_of(chat.id)[0]["payload"]
    other = gateway.chat()
    assert other.post(client_id="p", image_id=image_id).status_code == 404
    read = {
        name: gateway.client.get(f"/api/chat/images/{image_id}", headers=headers)
        for name, headers in (("mine", chat.headers), ("theirs", other.headers), ("nobody", {}))
    }
    assert {name: got.status_code for name, got in read.items()} == {"mine": 200, "theirs": 404, "nobody": 401}
    mine = read["mine"].headers
    assert (mine["content-type"], mine["cache-control"], mine["x-content-type-options"]) == (
        "image/jpeg",
        "no-store",
        "nosniff",
    )
    assert mine["content-security-policy"].startswith("sandbox")
    assert read["mine"].content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"<svg onload='x'/>", 415), (b"", 415), (b"\xff\xd8\xff", 415), (b"\xff\xd8\xff" + bytes(12 << 20), 413)],
    ids=["svg", "empty", "truncated", "12 MB"],
)
def test_what_is_no_picture_is_refused(chat: Chat, data: bytes, status: int) -> None:
    """By its bytes, not by its name."""
    answer = upload(chat, data)
    assert answer.status_code == status
    assert set(answer.json()) >= {"error", "message"}


def test_a_form_without_a_file_is_refused(chat: Chat) -> None:
    """As is a body that is no form."""
    for content in ({"data": {"file": "text"}}, {"json": {"file": "x"}}, {"content": b""}, {"files": {"other": b"x"}}):
        answer = chat.gateway.client.post("/api/chat/images", headers=chat.headers, **content)
        assert answer.status_code == 422


# The core system


def push(gateway: Gateway, document: Any, signature: str | None = None, secret: str | None = None) -> Any:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    key = (secret or gateway.settings.core_hmac_secret).encode()
    made = hmac.new(key, body, hashlib.sha256).hexdigest()
    headers = {"x-signature": made if signature is None else signature, "content-type": "application/json"}
    return gateway.client.put("/api/core/claims", content=body, headers=headers)


def test_the_core_system_pushes_claims_that_it_signed(gateway: Gateway) -> None:
    """The number taken, and those whose state changed; with or without `sha256=`."""
    changed = claim(status="AGREED", status_at=utc_now().isoformat())
    answer = push(gateway, {"claims": [changed]})
    assert (answer.status_code, answer.json()) == (200, {"claims": 1, "changed": [CLAIM]})
    assert push(gateway, {"claims": [changed]}).json()["changed"] == []
    with gateway.database.read() as session:
        assert session.get(Claim, CLAIM).status == "AGREED"
        assert len(session.execute(select(ClaimEvent).where(ClaimEvent.claim_no == CLAIM)).all()) == 2


@pytest.mark.parametrize("signature", ["", "0" * 64, "é", "sha256=", "x" * 4000])
def test_a_wrong_signature_changes_nothing(gateway: Gateway, signature: str) -> None:
    """401, whatever the body."""
    headers = [(b"x-signature", signature.encode("latin-1"))]
    assert gateway.client.put("/api/core/claims", content=b'{"claims": []}', headers=headers).status_code == 401


def test_a_signature_of_another_body_or_key_is_wrong(gateway: Gateway) -> None:
    """And of no body."""
    made = hmac.new(gateway.settings.core_hmac_secret.encode(), b"{}", hashlib.sha256).hexdigest()
    assert push(gateway, {"claims": [claim(status="PAID")]}, signature=made).status_code == 401
    assert push(gateway, {"claims": []}, secret="another secret of 16").status_code == 401
    assert gateway.client.put("/api/core/claims").status_code == 401


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"claims": [claim(kind="x")]}, 422),
        ({"claims": {}}, 422),
        ({"claims": [claim(accident_at="0001-01-01T00:00:00+08:00")]}, 422),
        ({"claims": [claim(place="\ud800")]}, 400),
        ([], 400),
        (b"{", 400),
        (b'{"claims": [{"estimated_loss_yuan": NaN}]}', 400),
    ],
)
def test_a_signed_body_that_is_wrong_is_refused_whole(gateway: Gateway, document: Any, status: int) -> None:
    """With the row named where there is one."""
    answer = push(gateway, document)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["detail"].startswith("claims")


def test_the_core_system_cannot_push_customers(gateway: Gateway) -> None:
    """Only claims (contract)."""
    push(gateway, {"customers": [customer(key=LI, name="改名")], "claims": []})
    with gateway.database.read() as session:
        from cases.models import Customer

        assert session.get(Customer, LI).name == "李强"
