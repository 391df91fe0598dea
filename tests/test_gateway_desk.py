"""The desk over HTTP: log-in, queue, a conversation from accepting to closing, complaints, wording review."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from cases import callbacks, complaints, handover
from cases.clock import utc_now
from cases.complaints import Details
from cases.enums import ComplaintCategory, HandoverReason, ReplyBy
from cases.errors import NotFound
from cases.models import Agent, AgentSession, AuditEntry, Note
from gateway.reading import row_number
from tests.gateway_server import Chat, Desk, Gateway, events, until
from tests.rasa_stand_in import RasaStandIn
from tests.rows import CLAIM, PASSWORD, PHONE, WANG

FORBIDDEN = "我保证三天内一定全赔到账"


@pytest.fixture
def chat(gateway: Gateway) -> Chat:
    """Ms Wang's conversation."""
    return gateway.chat(WANG)


@pytest.fixture(autouse=True)
def obliging(rasa: RasaStandIn) -> Iterator[None]:
    """Rasa answers again when a test is over."""
    yield
    rasa.reset()


@pytest.fixture(scope="module")
def desks(gateway: Gateway) -> dict[str, Desk]:
    """Everybody logged in once."""
    return {name: gateway.desk(name) for name in ("chen", "zhou", "lin", "lead")}


@pytest.fixture
def chen(desks: dict[str, Desk]) -> Desk:
    """First line."""
    return desks["chen"]


@pytest.fixture
def lin(desks: dict[str, Desk]) -> Desk:
    """First line too."""
    return desks["lin"]


def queue(gateway: Gateway, chat: Chat, reason: HandoverReason = HandoverReason.ASKED, summary: str = "查进度") -> None:
    with gateway.database.write() as session:
        handover.request(session, chat.id, reason, utc_now(), gateway.settings.service_hours, summary=summary)


# Log-in


def test_a_log_in_gives_a_csrf_token_and_an_agent(desks: dict[str, Desk]) -> None:
    """The cookie is for HTTP only and for this site."""
    desk = desks["lead"]
    assert desk.agent == {"id": desk.agent["id"], "username": "lead", "name": "李主管", "role": "supervisor"}
    assert desk.get("me").json() == {"csrf": desk.csrf, "agent": desk.agent}


def test_the_cookie_is_guarded(gateway: Gateway) -> None:
    """HttpOnly, SameSite=Lax, new at every log-in; what the browser sent before is not taken over."""
    planted = {"cookie": "desk_session=planted"}
    login = {"username": "zhou", "password": PASSWORD}
    made = [gateway.client.post("/api/desk/login", json=login, headers=planted).headers["set-cookie"] for _ in range(2)]
    for cookie in made:
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert "planted" not in cookie
    assert made[0].split(";")[0] != made[1].split(";")[0]
    gateway.client.cookies.clear()


@pytest.mark.parametrize(
    "login",
    [
        {"username": "chen", "password": "wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"username": "", "password": ""},
        {"username": "chen\x00", "password": "x" * 5000},
    ],
)
def test_a_wrong_log_in_is_401_in_the_same_words(gateway: Gateway, login: dict[str, str]) -> None:
    """Whether the name is known or not; no cookie."""
    answer = gateway.client.post("/api/desk/login", json=login)
    assert (answer.status_code, answer.json()["error"]) == (401, "login")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "queue"),
        ("GET", "me"),
        ("GET", "events"),
        ("GET", "complaints"),
        ("GET", "complaints/TS20261122000001"),
        ("GET", "conversations/x"),
        ("GET", "conversations/x/images/y"),
        ("POST", "logout"),
        ("POST", "wording/review"),
        *(
            ("POST", f"conversations/x/{what}")
            for what in ("accept", "messages", "notes", "transfer", "escalate", "return", "close")
        ),
    ],
)
def test_nothing_is_shown_or_done_without_a_log_in(gateway: Gateway, method: str, path: str) -> None:
    """401 everywhere, with and without a cookie that means nothing."""
    for cookie in ({}, {"cookie": "desk_session=x"}, {"cookie": "desk_session="}):
        answer = gateway.client.request(method, f"/api/desk/{path}", headers={**cookie, "x-csrf-token": "x"})
        assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized")


@pytest.mark.parametrize("token", [None, "", "x", "é"])
def test_a_change_needs_the_csrf_token(gateway: Gateway, chat: Chat, chen: Desk, lin: Desk, token: str | None) -> None:
    """None, a wrong one, a colleague's: 403, and nothing changed."""
    for given in (token, lin.csrf):
        headers = [(b"cookie", f"desk_session={chen.client.cookies['desk_session']}".encode())]
        if given is not None:
            headers.append((b"x-csrf-token", given.encode("latin-1")))
        for path in (f"conversations/{chat.id}/accept", "logout", "wording/review"):
            answer = gateway.client.post(f"/api/desk/{path}", json={}, headers=headers)
            assert (answer.status_code, answer.json()["error"]) == (403, "csrf")
    assert chat.owner() == "bot"
    assert chen.get("me").status_code == 200


def test_a_foreign_page_can_do_nothing(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Even with cookie and token (hostile 16, 24)."""
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1", "http://[::1", f"http://x@{gateway.url[7:]}"):
        answer = chen.client.post(f"/api/desk/conversations/{chat.id}/accept", json={}, headers={"origin": origin})
        assert (answer.status_code, answer.json()["error"]) == (403, "origin")
        login = {"username": "chen", "password": PASSWORD}
        assert gateway.client.post("/api/desk/login", json=login, headers={"origin": origin}).status_code == 403
    assert chat.owner() == "bot"


def test_a_form_is_no_json(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """What a foreign form can send without asking is refused: 415; nor does an override of the method help."""
    path = f"/api/desk/conversations/{chat.id}/accept"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert chen.client.post(path, content=b"{}", headers={"content-type": kind}).status_code == 415
    for headers in ({"x-http-method-override": "POST"}, {"x-method-override": "POST"}):
        assert chen.client.get(path, headers=headers).status_code == 405
        assert chen.client.get(path, params={"_method": "POST"}, headers=headers).status_code == 405
    assert chat.owner() == "bot"


def test_logging_out_ends_the_session_and_its_stream(gateway: Gateway) -> None:
    """The stream says so within five seconds; the cookie is worth nothing any more."""
    desk = gateway.desk("lin")
    with desk.client.stream("GET", "/api/desk/events") as answer:
        told = events(answer)
        assert next(told)[1] == "queue"
        other = httpx.Client(base_url=gateway.url, cookies=desk.client.cookies, headers={"x-csrf-token": desk.csrf})
        cookies = dict(other.cookies)
        assert other.post("/api/desk/logout").status_code == 200
        began = time.monotonic()
        assert [name for _, name, _ in told][-1] == "ended"
        assert time.monotonic() - began < 5
    headers = {"cookie": f"desk_session={cookies['desk_session']}"}
    assert gateway.client.get("/api/desk/queue", headers=headers).status_code == 401


def test_a_closed_account_is_cut_off(gateway: Gateway) -> None:
    """Its stream ends within five seconds, its next request is 401 (hostile 25)."""
    with gateway.database.write() as session:
        from cases import agents

        agents.set_password(session, "leaver", PASSWORD)
    desk = gateway.desk("leaver")
    with desk.client.stream("GET", "/api/desk/events") as answer:
        told = events(answer)
        next(told)
        with gateway.database.write() as session:
            session.execute(select(Agent).where(Agent.username == "leaver")).scalar_one().active = False
        began = time.monotonic()
        assert [name for _, name, _ in told][-1] == "ended"
        assert time.monotonic() - began < 5
    assert desk.get("queue").status_code == 401


def test_an_idle_session_is_over(gateway: Gateway) -> None:
    """Two hours after its last request."""
    desk = gateway.desk("zhou")
    with gateway.database.write() as session:
        newest = session.execute(select(AgentSession).order_by(AgentSession.created_at.desc())).scalars().first()
        newest.seen_at = utc_now() - (callbacks.WITHIN + handover.QUEUE_TIMEOUT)
    assert desk.get("queue").status_code == 401


@pytest.mark.parametrize("text", ["x", "", "-1", "1.0", "１", "²", "1" * 10, "1 or 1"])
def test_what_is_no_rows_number_is_no_row(text: str) -> None:
    """As if there were none of that number; a digit is an ASCII digit."""
    with pytest.raises(NotFound):
        row_number(text, "label")
    assert row_number("17", "label") == 17


# Queue


def test_the_queue_shows_the_most_urgent_first(gateway: Gateway, chen: Desk) -> None:
    """Injury before complaint before the rest; who, why, how long; no full name or number."""
    chats = [gateway.chat(WANG) for _ in range(3)]
    reasons = (HandoverReason.ASKED, HandoverReason.COMPLAINT, HandoverReason.INJURY)
    for one, reason in zip(chats, reasons, strict=True):
        queue(gateway, one, reason)
    shown = chen.get("queue").json()
    mine = [row for row in shown["waiting"] if row["conversation_id"] in {one.id for one in chats}]
    assert [row["reason"] for row in mine] == ["injury", "complaint", "asked"]
    assert all(row["customer"] == "王*" and row["waited_seconds"] >= 0 and row["summary"] == "查进度" for row in mine)
    assert "王芳" not in json.dumps(shown, ensure_ascii=False)
    assert "all" not in shown
    for one in chats:
        chen.accept(one)
    assert {one.id for one in chats} <= {row["conversation_id"] for row in chen.get("queue").json()["mine"]}


def test_a_supervisor_sees_what_others_have(gateway: Gateway, chat: Chat, chen: Desk, desks: dict[str, Desk]) -> None:
    """With the agent's name."""
    chen.accept(chat)
    rows = {row["conversation_id"]: row for row in desks["lead"].get("queue").json()["all"]}
    assert rows[chat.id]["agent"] == "小陈"


def test_the_stream_of_the_queue_tells_a_change(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """When somebody joins."""
    with chen.client.stream("GET", "/api/desk/events") as answer:
        told = events(answer)
        next(told)
        queue(gateway, chat)
        chat.say("你好")
        waiting = next(data for _, name, data in told if any(r["conversation_id"] == chat.id for r in data["waiting"]))
    assert waiting


# A conversation


def test_from_accepting_to_closing(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """The customer sees who is there and what is said, in order, under the agent's own name."""
    chat.say("我要找人")
    chat.answered()
    queue(gateway, chat)
    assert chen.do("accept", chat.id).json() == {"owner": "human", "epoch": 2}
    assert chen.reply(chat, "您好，请问有什么可以帮您？").status_code == 200
    chat.say("材料交齐了吗")
    assert chen.do("notes", chat.id, text="客户问材料").status_code == 200
    assert chen.do("close", chat.id, summary="已告知材料情况").json() == {"owner": "closed"}
    rows = [(row["from"], row["meta"].get("notice") or row["meta"].get("agent")) for row in chat.messages()[2:]]
    spoken = [("system", "agent_joined"), ("agent", "小陈"), ("customer", None), ("system", "session_ended")]
    assert rows == [*spoken, ("system", "satisfaction.conversation")]
    assert "客户问材料" not in json.dumps(chat.get(), ensure_ascii=False)


def test_what_an_agent_sees_of_a_conversation(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Transcript, customer masked, policies, claims with their timeline, stays, notes."""
    chat.say(f"打{PHONE}")
    chat.answered()
    chen.accept(chat)
    chen.do("notes", chat.id, text=f"回拨{PHONE}")
    shown = chen.get(f"conversations/{chat.id}").json()
    assert shown["customer"] == {"key": WANG, "name": "王*", "phone": "138****1234"}
    assert shown["conversation"]["contact"] == "138****1234"
    assert [row["claim_no"] for row in shown["claims"]] == [CLAIM]
    assert shown["claims"][0]["events"][0]["status"] == "ASSESSED"
    assert shown["policies"][0]["plate"] == "京A12345"
    assert [row["text"] for row in shown["messages"]] == chat.texts()
    assert shown["handovers"][0]["reason"] == "taken_over"
    assert shown["notes"][0]["text"] == "回拨138****1234"
    assert PHONE not in json.dumps(shown)
    assert "payloads" not in json.dumps(shown)


def test_a_conversation_that_is_not_ones_own_is_neither_read_nor_written(
    gateway: Gateway, chat: Chat, chen: Desk, lin: Desk, desks: dict[str, Desk]
) -> None:
    """403; a supervisor reads, but does not write; an unknown one is 404 (hostile 25)."""
    assert lin.get(f"conversations/{chat.id}").status_code == 403
    chen.accept(chat)
    for other in (lin, desks["lead"]):
        for what, body in (
            ("messages", {"text": "您好", "client_id": "1"}),
            ("notes", {"text": "x"}),
            ("transfer", {}),
            ("escalate", {}),
            ("return", {}),
            ("close", {}),
        ):
            assert other.do(what, chat.id, **body).status_code == 403, what
    assert lin.get(f"conversations/{chat.id}").status_code == 403
    assert desks["lead"].get(f"conversations/{chat.id}").status_code == 200
    assert chen.get("conversations/nobody").status_code == 404
    assert chen.do("accept", "nobody").status_code == 404
    assert chat.texts("agent") == []
    with gateway.database.read() as session:
        assert session.execute(select(Note).where(Note.conversation_id == chat.id)).first() is None


def test_what_one_had_can_still_be_read(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """After it was closed; writing is 409."""
    chen.accept(chat)
    chen.do("close", chat.id)
    assert chen.get(f"conversations/{chat.id}").status_code == 200
    for what, body in (
        ("messages", {"text": "您好", "client_id": "1"}),
        ("notes", {"text": "x"}),
        ("close", {}),
        ("accept", {}),
    ):
        assert chen.do(what, chat.id, **body).status_code == 409, what


def test_of_agents_who_accept_at_once_one_wins(gateway: Gateway, desks: dict[str, Desk]) -> None:
    """The others are told by name of the error; ten times."""
    for _ in range(10):
        chat = gateway.chat()
        queue(gateway, chat)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda desk, chat=chat: desk.do("accept", chat.id), desks.values()))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        lost = {answer.json()["error"] for answer in answers if answer.status_code == 409}
        assert lost == {"already_taken"}
        assert len([row for row in chat.messages("system") if row["meta"]["notice"] == "agent_joined"]) == 1


def test_a_reply_is_sent_once(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """However often it is tried, also at once."""
    chen.accept(chat)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: chen.reply(chat, "您好", "same"), range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["seq"] for answer in answers}) == 1
    assert chat.texts("agent") == ["您好"]


@pytest.mark.parametrize(
    "body",
    [
        {"text": "", "client_id": "1"},
        {"text": " \n", "client_id": "1"},
        {"text": "您好"},
        {"text": "您好", "client_id": ""},
        {"text": "您好", "client_id": "x" * 65},
        {"text": "好" * 2001, "client_id": "1"},
        {"text": 5, "client_id": "1"},
        {"text": ["您好"], "client_id": "1"},
        {"client_id": "1"},
    ],
)
def test_a_reply_that_is_none_is_refused(gateway: Gateway, chen: Desk, body: dict[str, Any]) -> None:
    """422; nothing is sent."""
    chat = gateway.chat()
    chen.accept(chat)
    assert chen.do("messages", chat.id, **body).status_code == 422
    assert chat.texts("agent") == []


def test_blocked_wording_is_refused_with_what_may_be_said(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Rule, place, why, and the compliant sentence; the customer sees nothing of it."""
    chen.accept(chat)
    answer = chen.reply(chat, FORBIDDEN, "w")
    assert (answer.status_code, answer.json()["error"]) == (422, "wording")
    review = answer.json()["review"]
    assert review["verdict"] == "block"
    assert review["out"]
    for hit in review["hits"]:
        assert FORBIDDEN[slice(*hit["span"])] == hit["found"]
        assert hit["rule"]
        assert hit["reason"]
    assert chat.texts("agent") == []
    assert chen.reply(chat, "服务目标以页面公示为准，请您放心。", "w").status_code == 200


def test_a_number_in_a_reply_is_masked(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Agents paste too."""
    chen.accept(chat)
    chen.reply(chat, f"您留的电话是{PHONE}")
    assert chat.texts("agent") == ["您留的电话是138****1234"]


def test_the_review_is_there_while_one_writes(chen: Desk) -> None:
    """Three verdicts, nothing stored."""
    said = {"我们会尽快处理。": "pass", "按公司规定处理。": "rewrite", FORBIDDEN: "block"}
    for text, verdict in said.items():
        shown = chen.client.post("/api/desk/wording/review", json={"text": text}).json()
        assert shown["verdict"] == verdict, text
        assert bool(shown["hits"]) == (verdict != "pass")


# Passing on


def test_a_transfer_brings_it_to_a_colleague_with_the_note(
    gateway: Gateway, chat: Chat, chen: Desk, desks: dict[str, Desk]
) -> None:
    """It waits for the role that was named; the customer need not repeat himself."""
    chen.accept(chat)
    assert chen.do("transfer", chat.id, role="specialist", note="定损争议").json() == {"owner": "queued"}
    waiting = {row["conversation_id"]: row for row in desks["zhou"].get("queue").json()["waiting"]}
    assert (waiting[chat.id]["wanted_role"], waiting[chat.id]["summary"]) == ("specialist", "定损争议")
    assert chat.messages("system")[-1]["meta"]["notice"] == "transferred"
    desks["zhou"].accept(chat)
    assert chen.reply(chat, "您好").status_code == 403


@pytest.mark.parametrize(("username", "role"), [("chen", "specialist"), ("zhou", "supervisor"), ("lead", "supervisor")])
def test_escalating_goes_one_level_up(
    gateway: Gateway, chat: Chat, desks: dict[str, Desk], username: str, role: str
) -> None:
    """First line, specialist, supervisor (A081)."""
    desk = desks[username]
    desk.accept(chat)
    assert desk.do("escalate", chat.id, reason="客户不满意").status_code == 200
    waiting = {row["conversation_id"]: row for row in desks["lead"].get("queue").json()["waiting"]}
    assert waiting[chat.id]["wanted_role"] == role
    assert desks["lin"].do("accept", chat.id).status_code == 403
    desks["lead"].accept(chat)


def test_an_unknown_role_is_refused(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """And the conversation stays."""
    chen.accept(chat)
    for role in ("boss", "", "FIRST_LINE"):
        assert chen.do("transfer", chat.id, role=role).status_code == 422
    assert chat.owner() == "human"


def test_a_blocked_note_does_not_reach_the_customer(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Handing back says what was noted as far as it is compliant; the bot knows the note itself."""
    chen.accept(chat)
    assert chen.do("return", chat.id, note=FORBIDDEN).status_code == 200
    assert all("保证" not in text for text in chat.texts())
    with gateway.database.read() as session:
        assert handover.last_note(session, chat.id) == FORBIDDEN


def test_what_agents_do_is_audited(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Who took and who passed on which conversation."""
    chen.accept(chat)
    chen.do("transfer", chat.id)
    with gateway.database.read() as session:
        rows = session.execute(
            select(AuditEntry).where(AuditEntry.subject == chat.id).order_by(AuditEntry.id)
        ).scalars()
        assert [(row.actor, row.action) for row in rows] == [
            ("agent:chen", "desk.accept"),
            ("agent:chen", "desk.pass_on"),
        ]


def test_an_agent_who_answers_while_the_customer_writes_keeps_one_order(
    gateway: Gateway, chat: Chat, chen: Desk
) -> None:
    """No place is given twice and nothing is lost."""
    chen.accept(chat)
    talking = threading.Thread(target=lambda: [chat.say(f"问{n}") for n in range(10)])
    talking.start()
    for n in range(10):
        assert chen.reply(chat, f"答复{n}").status_code == 200
    talking.join()
    rows = chat.messages()
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert chat.texts("customer") == [f"问{n}" for n in range(10)]
    assert chat.texts("agent") == [f"答复{n}" for n in range(10)]


# Complaints


def test_complaints_are_listed_and_shown_with_their_log(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """Service and legal time limits side by side; the number masked; an unknown one is 404."""
    details = Details("desk-1", ComplaintCategory.DELAY, "三周没人联系", "尽快处理", ReplyBy.PHONE, CLAIM, PHONE)
    with gateway.database.write() as session:
        no = complaints.file(session, chat.id, details, utc_now()).complaint.no
    assert no in {row["no"] for row in chen.get("complaints").json()["complaints"]}
    shown = chen.get(f"complaints/{no}").json()
    assert (shown["contact"], shown["category"], shown["level"]) == ("138****1234", "delay", "first_line")
    assert shown["first_feedback_due"] < shown["legal_due"]
    assert [row["action"] for row in shown["log"]] == ["filed"]
    assert PHONE not in json.dumps(shown)
    assert chen.get("complaints/TS20991231000001").status_code == 404


def test_a_customers_picture_is_shown_to_who_may_read_it(gateway: Gateway, chat: Chat, chen: Desk, lin: Desk) -> None:
    """And not under another conversation."""
    from tests.pictures import drawn, encoded

    sent = gateway.client.post("/api/chat/images", files={"file": encoded(drawn())}, headers=chat.headers)
    image_id = sent.json()["image_id"]
    chen.accept(chat)
    other = gateway.chat()
    chen.accept(other)
    assert chen.get(f"conversations/{chat.id}/images/{image_id}").headers["content-type"] == "image/jpeg"
    assert chen.get(f"conversations/{other.id}/images/{image_id}").status_code == 404
    assert lin.get(f"conversations/{chat.id}/images/{image_id}").status_code == 403


def test_news_of_a_conversation_reaches_the_customer_at_once(gateway: Gateway, chat: Chat, chen: Desk) -> None:
    """A reply ends a long poll; nobody waits for the next one."""
    chen.accept(chat)
    after = chat.messages()[-1]["seq"]
    threading.Timer(0.2, chen.reply, (chat, "您好")).start()
    began = time.monotonic()
    assert [row["text"] for row in chat.get(after=after, wait=20)["messages"]] == ["您好"]
    assert time.monotonic() - began < 3
    until(lambda: chat.owner() == "human")
