"""Conversations: opened, opened again by their token, and what customers say in them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from cases import conversations, handover, messages
from cases.conversations import Posted
from cases.db import Database
from cases.enums import Channel, Kind, Owner, Turn
from cases.errors import Conflict, Invalid, NotFound
from cases.messages import Door, Draft
from cases.models import Photo
from tests.conftest import Load, MakeAgent, Open
from tests.rows import WANG


def test_a_conversation_begins_with_the_bot(session: Session, now: datetime) -> None:
    """For a day; the token is not stored."""
    made = conversations.open_conversation(session, now)
    row = conversations.get(session, made.conversation_id)
    assert (row.owner, row.epoch, row.last_seq, row.channel) == (Owner.BOT, 0, 0, Channel.APP)
    assert row.expires_at == made.expires_at == now + timedelta(hours=24)
    stored = session.execute(text("SELECT * FROM conversations")).one()
    assert made.token not in map(str, stored)


def test_ids_and_tokens_cannot_be_guessed(session: Session, now: datetime) -> None:
    """Long, random, all different."""
    made = [conversations.open_conversation(session, now) for _ in range(50)]
    assert len({one.token for one in made} | {one.conversation_id for one in made}) == 100
    assert min(len(one.token) for one in made) >= 43


def test_a_known_customer_is_kept_and_an_unknown_key_is_a_guest(session: Session, load: Load, opened: Open) -> None:
    """The app may vouch for somebody whose policies were not loaded."""
    load()
    assert opened(WANG).customer_key == WANG
    assert opened("C9999").customer_key is None
    assert opened().customer_key is None


def test_a_token_opens_its_conversation_until_it_expires(session: Session, now: datetime) -> None:
    """And nothing else does."""
    made = conversations.open_conversation(session, now)
    last = made.expires_at - timedelta(seconds=1)
    assert conversations.by_token(session, made.token, last).id == made.conversation_id
    for token, at in ((made.token, made.expires_at), ("x", now), ("", now), (made.conversation_id, now)):
        with pytest.raises(NotFound):
            conversations.by_token(session, token, at)


def test_what_a_customer_types_is_stored_masked(database: Database, now: datetime) -> None:
    """No full number reaches the disk except the one contact number; the turn sees the masked text."""
    said = "我电话13800001234，身份证11010519491231002X，卡6222020200011111111"
    with database.write() as session:
        conversation_id = conversations.open_conversation(session, now).conversation_id
        conversations.post_text(session, conversation_id, "1", said, now)
    with database.read() as session:
        (row,) = messages.after(session, conversation_id, 0)
        assert row.text == f"我电话138****1234，身份证{'*' * 14}002X，卡{'*' * 15}1111"
        assert row.meta == {"masked": ["card", "id", "phone"]}
        assert conversations.get(session, conversation_id).contact_phone == "13800001234"
    database.dispose()
    stored = b"".join(path.read_bytes() for path in database_files(database))
    for secret in (b"11010519491231002", b"622202020001111"):
        assert secret not in stored


def database_files(database: Database) -> list[Path]:
    path = Path(database.engine.url.database)
    return [one for one in path.parent.iterdir() if one.name.startswith(path.name)]


def test_the_same_client_id_is_stored_once(session: Session, opened: Open, now: datetime) -> None:
    """The first text stays; another conversation may use the same id."""
    row, other = opened(), opened()
    assert conversations.post_text(session, row.id, "a", "一", now) == Posted(1, new=True)
    assert conversations.post_text(session, row.id, "a", "二", now) == Posted(1, new=False)
    assert conversations.post_text(session, row.id, "b", "三", now) == Posted(2, new=True)
    assert conversations.post_text(session, other.id, "a", "四", now) == Posted(1, new=True)
    assert [one.text for one in messages.after(session, row.id, 0)] == ["一", "三"]


def test_a_retry_does_not_change_the_contact(session: Session, opened: Open, now: datetime) -> None:
    """What was not stored was not said."""
    row = opened()
    conversations.post_text(session, row.id, "a", "13800001234", now)
    conversations.post_text(session, row.id, "a", "13900005678", now)
    assert row.contact_phone == "13800001234"


def test_twenty_retries_at_once_are_one_message(database: Database, now: datetime) -> None:
    """Exactly one is new, all have its place."""
    with database.write() as session:
        conversation_id = conversations.open_conversation(session, now).conversation_id

    def post(_: int) -> Posted:
        with database.write() as session:
            return conversations.post_text(session, conversation_id, "same", "你好", now)

    with ThreadPoolExecutor(8) as pool:
        posted = list(pool.map(post, range(20)))
    assert sorted(one.new for one in posted) == [False] * 19 + [True]
    assert {one.seq for one in posted} == {1}


def test_nothing_is_said_in_a_closed_conversation(
    session: Session, opened: Open, make_agent: MakeAgent, now: datetime
) -> None:
    """Except that a retry of what was said before still gets its place."""
    row, agent = opened(), make_agent()
    conversations.post_text(session, row.id, "a", "一", now)
    handover.take_over(session, row.id, agent, now)
    handover.close(session, row.id, agent, "", now)
    with pytest.raises(Conflict):
        conversations.post_text(session, row.id, "b", "二", now)
    assert conversations.post_text(session, row.id, "a", "一", now) == Posted(1, new=False)


def test_a_message_waits_for_the_bot_unless_a_person_has_the_conversation(
    session: Session, opened: Open, make_agent: MakeAgent, now: datetime
) -> None:
    """Nothing is forwarded to Rasa while a human owns it."""
    row = opened()
    conversations.post_text(session, row.id, "a", "一", now)
    handover.take_over(session, row.id, make_agent(), now)
    conversations.post_text(session, row.id, "b", "二", now)
    session.expire_all()
    assert [one.turn for one in messages.after(session, row.id, 0)] == [Turn.DONE, Turn.DONE]
    assert messages.pending(session, row.id) == []


def test_an_unknown_conversation_takes_no_message(session: Session, now: datetime) -> None:
    """Of any kind."""
    with pytest.raises(NotFound):
        conversations.post_text(session, "nobody", "a", "一", now)


# Choices


def test_a_tapped_choice_is_stored_as_its_label_with_its_payload_for_the_turn(
    session: Session, door: Door, opened: Open, now: datetime
) -> None:
    """The payload is not shown."""
    row = opened()
    messages.send(session, door, row.id, [Draft("请选择", choices=[("查进度", "/check"), ("转人工", "/human")])], now)
    assert conversations.post_choice(session, row.id, "a", "1-2", now).seq == 2
    stored = messages.after(session, row.id, 1)[0]
    assert (stored.text, stored.turn_input, stored.meta) == ("转人工", "/human", {"choice": "1-2"})


def test_choices_beside_a_card_can_be_tapped(session: Session, door: Door, opened: Open, now: datetime) -> None:
    """Whatever the message is drawn as."""
    row = opened()
    draft = Draft("已登记", kind=Kind.CARD, data={"card": {}}, choices=[("查进度", "/check")])
    messages.send(session, door, row.id, [draft], now)
    assert conversations.post_choice(session, row.id, "a", "1-1", now).new


def test_an_old_choice_can_still_be_tapped(session: Session, door: Door, opened: Open, now: datetime) -> None:
    """Customers scroll up."""
    row = opened()
    for _ in range(3):
        messages.send(session, door, row.id, [Draft("请选择", choices=[("查进度", "/check")])], now)
    assert conversations.post_choice(session, row.id, "a", "1-1", now).new


@pytest.mark.parametrize(
    "choice", ["", "1", "1-", "1-3", "-1", "01-1", "1-1 ", "2-1", "99999999999-1", "/human", "/check", "٣-1", "1-1\x00"]
)
def test_only_what_was_offered_can_be_tapped(
    session: Session, door: Door, opened: Open, now: datetime, choice: str
) -> None:
    """A payload is no id; nor is an id that only looks like one."""
    row = opened()
    messages.send(session, door, row.id, [Draft("请选择", choices=[("查进度", "/check"), ("转人工", "/human")])], now)
    with pytest.raises(Invalid):
        conversations.post_choice(session, row.id, "a", choice, now)
    assert len(messages.after(session, row.id, 0)) == 1


def test_anothers_choice_cannot_be_tapped(session: Session, door: Door, opened: Open, now: datetime) -> None:
    """The id is known by the conversation that offered it."""
    row, other = opened(), opened()
    messages.send(session, door, row.id, [Draft("您好"), Draft("请选择", choices=[("查进度", "/check")])], now)
    with pytest.raises(Invalid):
        conversations.post_choice(session, other.id, "a", "2-1", now)


def test_a_typed_command_is_text(session: Session, opened: Open, now: datetime) -> None:
    """It has no payload, whatever it begins with."""
    row = opened()
    for n, said in enumerate(["/restart", "／human", "\u200b/restart", ' /ask_faq{"faq_id": "x"}', "1-1"]):
        conversations.post_text(session, row.id, str(n), said, now)
    assert [one.turn_input for one in messages.after(session, row.id, 0)] == [None] * 5


# Pictures


def test_a_picture_is_sent_by_who_uploaded_it(session: Session, opened: Open, now: datetime) -> None:
    """Another conversation's is not found."""
    row, other = opened(), opened()
    session.add(
        Photo(id="a" * 32, conversation_id=row.id, sha256="", width=1, height=1, size=1, checks=[], usable=True, at=now)
    )
    session.flush()
    assert conversations.post_image(session, row.id, "a", "a" * 32, now).new
    sent = messages.after(session, row.id, 0)[0]
    assert (sent.kind, sent.data) == (Kind.IMAGE, {"image_id": "a" * 32})
    for conversation, photo in ((other, "a" * 32), (row, "b" * 32), (row, "")):
        with pytest.raises(NotFound):
            conversations.post_image(session, conversation.id, "x", photo, now)


# `rasa shell`


def test_a_sender_without_a_conversation_is_a_guest_without_a_token(session: Session, now: datetime) -> None:
    """Nobody can open it from outside; asking again finds it."""
    row = conversations.ensure(session, "shell", now)
    assert (row.customer_key, row.token_hash) == (None, None)
    assert conversations.ensure(session, "shell", now + timedelta(hours=1)) is row


def test_what_a_turn_told_is_kept_for_the_agent(session: Session, opened: Open) -> None:
    """Mood, flags and what a form gathered add up; a calm turn forgets nothing."""
    conversation = opened()
    told = {"mood": "angry", "flags": ["media"], "collected": {"诉求": "尽快处理"}}
    conversations.learn(session, conversation.id, told)
    conversations.learn(session, conversation.id, {"mood": "calm", "flags": ["lawyer"], "collected": {"案件": "A"}})
    assert conversation.mood == "angry"
    assert conversation.flags == ["lawyer", "media"]
    assert conversation.collected == {"诉求": "尽快处理", "案件": "A"}
