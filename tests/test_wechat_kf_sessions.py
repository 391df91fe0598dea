"""WeCom customer service: sending by id, the states of a session, both desks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from cases.clock import utc_now
from cases.enums import HandoverReason, Owner
from cases.handover import request
from cases.models import ChannelUser, Delivery
from cases.settings import parse_hours
from gateway.wecom.account import WeCom
from tests.gateway_server import until
from tests.rasa_stand_in import RasaStandIn
from tests.wechat_service import Service, got, new_user, notify, says

SEND = "/cgi-bin/kf/send_msg"


@pytest.fixture
def theirs(rasa: RasaStandIn, empty_database: Path, tmp_path: Path) -> Iterator[Service]:
    """A service with WeCom in the mode `wecom_desk`."""
    made = Service(tmp_path / "var", empty_database, rasa, wecom="wecom_desk", WECOM_SERVICER="zhangsan")
    yield made
    made.close()


def test_a_repeated_send_is_one_message(kf: Service) -> None:
    """Our msgid makes it so: after a crash the same bubble has the same id."""
    user = new_user()
    says(kf, user, "你好")
    got(kf, user, "收到：你好")
    kf.change(lambda s: s.execute(update(Delivery).where(Delivery.user == user).values(state="pending", done_chars=0)))
    until(lambda: {state for state, _ in kf.deliveries(user)} == {"sent"})
    assert got(kf, user, "收到：你好").count("收到：你好") == 1


@pytest.mark.parametrize(
    ("code", "state"), [(95001, "waiting"), (95013, "waiting"), (40007, "failed"), (12345, "failed")]
)
def test_errors_of_sending_are_typed(kf: Service, code: int, state: str) -> None:
    """Used up, ended, not sendable, unknown: one call each."""
    user = new_user()
    says(kf, user, "一")
    got(kf, user, "收到：一")
    kf.kf.faults[SEND] = [code]
    says(kf, user, "二")
    until(lambda: kf.deliveries(user)[-1] == (state, str(code)))


def test_a_session_in_another_state_is_told_and_waits(kf: Service) -> None:
    """95018: a servicer has it, or it is over; nothing is forced."""
    user = new_user()
    says(kf, user, "一")
    got(kf, user, "收到：一")
    kf.kf.states[user] = 3
    says(kf, user, "二")
    until(lambda: kf.deliveries(user)[-1] == ("waiting", "95018"))
    assert kf.ask(lambda s: s.get(ChannelUser, ("wecom", user)).service_state) == 3


def test_a_new_message_after_the_end_begins_a_new_session(kf: Service) -> None:
    """4 becomes 0 by the customer's message, and we take it."""
    user = new_user()
    says(kf, user, "一")
    got(kf, user, "收到：一")
    kf.kf.states[user] = 4
    kf.kf.event(user, "session_status_change", change_type=3)
    notify(kf)
    until(lambda: kf.ask(lambda s: s.get(ChannelUser, ("wecom", user)).service_state) == 4)
    says(kf, user, "二")
    got(kf, user, "收到：二")
    assert kf.kf.states[user] == 1


def test_a_change_from_the_end_is_refused_clearly(kf: Service) -> None:
    """The interface may not change state 4."""
    from gateway.wechat.codes import ApiError

    user = new_user()
    kf.kf.states[user] = 4
    with pytest.raises(ApiError, match="95016"):
        WeCom(kf.gateway.settings, kf.database, owner=False).trans(user, 1)


def test_a_message_that_could_not_be_delivered_is_marked(kf: Service) -> None:
    """msg_send_fail names our id."""
    user = new_user()
    says(kf, user, "你好")
    got(kf, user, "收到：你好")
    msgid = next(key for key, body in kf.kf.sent.items() if body["touser"] == user)
    kf.kf.event(user, "msg_send_fail", fail_msgid=msgid, fail_type=4)
    notify(kf)
    until(lambda: kf.deliveries(user) == [("failed", "fail_4")])


def test_wecoms_desk_takes_over_speaks_and_gives_back(theirs: Service) -> None:
    """Queue → servicer; what he says stands in our transcript and is not sent again; at the end the bot goes on."""
    user = new_user()
    says(theirs, user, "转人工")
    got(theirs, user, "收到：转人工")
    queue(theirs, user)
    until(lambda: theirs.kf.states[user] == 3 and theirs.conversation(user).owner is Owner.HUMAN, 12)
    calls, sent = len(theirs.rasa.calls), len(theirs.kf.order)
    says(theirs, user, "你好啊")
    theirs.kf.add(
        5, external_userid=user, msgtype="text", text={"content": "您好，我是客服"}, servicer_userid="zhangsan"
    )
    notify(theirs)
    until(lambda: [m.text for m in theirs.messages(user) if m.sender == "agent"] == ["您好，我是客服"])
    assert (len(theirs.rasa.calls), len(theirs.kf.order)) == (calls, sent)
    theirs.kf.states[user] = 4
    theirs.kf.event(user, "session_status_change", change_type=3)
    notify(theirs)
    until(lambda: theirs.conversation(user).owner is Owner.BOT)
    says(theirs, user, "还有个问题")
    got(theirs, user, "收到：还有个问题")


def test_without_a_servicer_the_customer_goes_into_the_pool(theirs: Service) -> None:
    """95014: nobody of that name is there."""
    theirs.kf.servicers.clear()
    user = new_user()
    says(theirs, user, "转人工")
    got(theirs, user, "收到：转人工")
    queue(theirs, user)
    until(lambda: theirs.kf.states[user] == 2, 12)


def queue(service: Service, user: str) -> None:
    conversation_id = service.conversation(user).id
    hours = parse_hours("00:00-24:00")
    service.change(lambda s: request(s, conversation_id, HandoverReason.ASKED, utc_now(), hours))
