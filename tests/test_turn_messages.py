"""A turn's messages: which of the customer's it takes, and what is made of Rasa's answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from cases import conversations, handover, messages
from cases.enums import Kind, Sender, Turn
from cases.messages import Door, Draft
from cases.models import Agent, Message
from gateway import turns
from gateway.turns import drafts_of
from tests.conftest import Open

# What is made of an answer


def test_a_text_becomes_a_draft_with_its_route_and_sources() -> None:
    """Nothing else of `custom` reaches the customer."""
    custom = {"route": "faq", "faq_id": "time.pay", "citations": ["c1"], "comforted": True}
    (draft,) = drafts_of([{"text": "您好", "custom": custom}])
    assert (draft.text, list(draft.choices), draft.data) == ("您好", [], {})
    assert draft.meta == {"route": "faq", "faq_id": "time.pay", "citations": ["c1"]}


def test_buttons_become_choices() -> None:
    """In their order."""
    buttons = [{"title": "查进度", "payload": "/check"}, {"title": "转人工", "payload": "/human"}]
    (draft,) = drafts_of([{"text": "请选择", "buttons": buttons}])
    assert list(draft.choices) == [("查进度", "/check"), ("转人工", "/human")]


def test_further_parts_become_further_messages_and_choices_stand_under_the_last() -> None:
    """Each part with its own meta."""
    more = [{"text": "二", "route": "faq", "faq_id": "b"}, {"text": "三", "route": "faq", "faq_id": "c"}]
    buttons = [{"title": "转人工", "payload": "/human"}]
    drafts = drafts_of([{"text": "一", "buttons": buttons, "custom": {"route": "faq", "faq_id": "a", "more": more}}])
    assert [(draft.text, draft.meta["faq_id"], len(draft.choices)) for draft in drafts] == [
        ("一", "a", 0),
        ("二", "b", 0),
        ("三", "c", 1),
    ]


def test_a_card_and_a_kind_are_told() -> None:
    """A card lies in the data; a rating is asked for by its kind."""
    drafts = drafts_of(
        [{"text": "已登记", "custom": {"card": {"type": "ticket"}}}, {"text": "评价", "custom": {"kind": "rating"}}]
    )
    assert [(draft.kind, draft.data) for draft in drafts] == [
        (Kind.CARD, {"card": {"type": "ticket"}}),
        (Kind.RATING, {}),
    ]


@pytest.mark.parametrize("answers", [[], [{}], [{"text": ""}], [{"text": None, "custom": None, "buttons": None}]])
def test_nothing_said_is_no_draft(answers: list[dict[str, Any]]) -> None:
    """The gateway then answers itself."""
    assert drafts_of(answers) == []


def test_making_drafts_leaves_the_answer_as_it_was() -> None:
    """It may be made again."""
    answers = [{"text": "一", "custom": {"more": [{"text": "二"}], "card": {"type": "ticket"}}}]
    assert drafts_of(answers) == drafts_of(answers)


# Which messages a turn takes


def batch(session: Session, conversation_id: str) -> Any:
    return turns._next_batch(session, conversation_id)


def test_messages_that_came_close_together_are_one_turn(session: Session, opened: Open, now: datetime) -> None:
    """Joined in their order; the turn is named by the last."""
    row = opened()
    for n, said in enumerate(["追尾了", "对方全责", "要哪些材料"]):
        conversations.post_text(session, row.id, str(n), said, now)
    taken = batch(session, row.id)
    assert taken.seqs == (1, 2, 3)
    assert taken.call == {"conversation_id": row.id, "turn": 3, "text": "追尾了，对方全责，要哪些材料"}


def test_a_tapped_choice_is_a_turn_of_its_own(session: Session, opened: Open, door: Door, now: datetime) -> None:
    """What was typed before and after it too."""
    row = opened()
    messages.send(session, door, row.id, [Draft("请选择", choices=[("查进度", "/check")])], now)
    conversations.post_text(session, row.id, "a", "一", now)
    conversations.post_choice(session, row.id, "b", "1-1", now)
    conversations.post_text(session, row.id, "c", "二", now)
    calls = []
    while taken := batch(session, row.id):
        calls.append(taken.call)
        messages.finish_turn(session, row.id, taken.seqs)
    assert [(call["turn"], call.get("text"), call.get("payload")) for call in calls] == [
        (2, "一", None),
        (3, None, "/check"),
        (4, "二", None),
    ]


@pytest.mark.parametrize("said", ["/restart", "／restart", '/inform{"claim_no": "x"}', "\u200b/restart"])
def test_a_typed_command_goes_as_text(session: Session, opened: Open, now: datetime, said: str) -> None:
    """Never as a payload."""
    row = opened()
    conversations.post_text(session, row.id, "a", said, now)
    assert batch(session, row.id).call["text"] == said
    assert "payload" not in batch(session, row.id).call


def test_what_waits_for_a_person_is_no_turn(
    session: Session, opened: Open, make_agent: Callable[[], Agent], now: datetime
) -> None:
    """A row that was written as the agent came is finished without the bot."""
    row = opened()
    handover.take_over(session, row.id, make_agent(), now)
    session.add(
        Message(
            conversation_id=row.id,
            seq=conversations.take_seq(session, row),
            sender=Sender.CUSTOMER,
            kind=Kind.TEXT,
            text="在吗",
            at=now,
            turn=Turn.PENDING,
        )
    )
    session.flush()
    assert batch(session, row.id) is None
    assert messages.pending(session, row.id) == []
