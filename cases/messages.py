"""The one door out, and reading a conversation back.

Every text to a customer, whoever wrote it, passes `send`: it reviews the wording and writes the row with the version of
the rules that let it pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases import conversations, deliveries, events
from cases.enums import Kind, Owner, Sender, Turn
from cases.models import Conversation, Message


class Reviewed(Protocol):
    """What a wording review says of a text."""

    @property
    def out(self) -> str:
        """What may be sent."""

    @property
    def verdict(self) -> Any:
        """`pass`, `rewrite` or `block`."""


Review = Callable[[str], Reviewed]


@dataclass(frozen=True)
class Draft:
    """A message on its way out. `choices` are (label, payload); ids are given out by the door."""

    text: str
    kind: Kind = Kind.TEXT
    choices: Sequence[tuple[str, str]] = ()
    data: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Door:
    """The review and the version of its rules. `quotes` of citations are known to the review itself."""

    review: Review
    version: str


def send(
    session: Session,
    door: Door,
    conversation_id: str,
    drafts: Sequence[Draft],
    now: datetime,
    *,
    sender: Sender = Sender.BOT,
    agent_id: int | None = None,
    client_id: str | None = None,
    turn_epoch: int | None = None,
    answers: int | None = None,
) -> list[Message]:
    """Write outgoing messages, reviewed, in order; all or none.

    A bot's turn names the epoch it began with (`turn_epoch`): when a person has taken the conversation since, or
    owns it now, nothing is written and the list is empty.
    """
    conversation = conversations.lock(session, conversation_id)
    if turn_epoch is not None and _overtaken(conversation, turn_epoch):
        return []
    rows = [_row(session, door, conversation, draft, now, sender) for draft in drafts]
    for row in rows:
        row.agent_id, row.answers = agent_id, answers
    if client_id and rows:
        rows[0].client_id = client_id
    session.add_all(rows)
    session.flush()
    deliveries.enqueue(session, conversation, rows, now)
    return rows


def _overtaken(conversation: Conversation, turn_epoch: int) -> bool:
    return conversation.owner in (Owner.HUMAN, Owner.CLOSED) or conversation.human_epoch > turn_epoch


def _row(
    session: Session, door: Door, conversation: Conversation, draft: Draft, now: datetime, sender: Sender
) -> Message:
    seq = conversations.take_seq(session, conversation)
    review = door.review(draft.text) if draft.text else None
    if review is not None and review.out != draft.text:
        events.wording(session, now, review, draft.text, conversation_id=conversation.id, who=sender.value)
    choices = [{"id": f"{seq}-{n}", "label": door.review(label).out} for n, (label, _) in enumerate(draft.choices, 1)]
    payloads = {f"{seq}-{n}": payload for n, (_, payload) in enumerate(draft.choices, 1)}
    return Message(
        conversation_id=conversation.id,
        seq=seq,
        sender=sender,
        text=review.out if review else "",
        kind=Kind.CHOICES if choices and draft.kind is Kind.TEXT else draft.kind,
        choices=choices,
        payloads=payloads,
        data=_reviewed(door, draft.data),
        meta=draft.meta,
        at=now,
        ruleset=door.version,
    )


def _reviewed(door: Door, node: Any) -> Any:
    """What a card shows, every text of it reviewed; codes and names pass as they are."""
    if isinstance(node, str):
        return door.review(node).out if node else node
    if isinstance(node, Mapping):
        return {key: _reviewed(door, value) for key, value in node.items()}
    return [_reviewed(door, value) for value in node] if isinstance(node, list) else node


def after(session: Session, conversation_id: str, seq: int, limit: int = 200) -> list[Message]:
    """The messages behind a place in the conversation, in order."""
    rows = select(Message).where(Message.conversation_id == conversation_id, Message.seq > seq)
    return list(session.execute(rows.order_by(Message.seq).limit(limit)).scalars())


def by_seq(session: Session, conversation_id: str, seq: int) -> Message | None:
    """The message at that place."""
    same = (Message.conversation_id == conversation_id, Message.seq == seq)
    return session.execute(select(Message).where(*same)).scalar_one_or_none()


def by_client_id(session: Session, conversation_id: str, sender: Sender, client_id: str) -> Message | None:
    """The message that a sender posted under that id, if it was posted before."""
    same = (Message.conversation_id == conversation_id, Message.sender == sender, Message.client_id == client_id)
    return session.execute(select(Message).where(*same)).scalar_one_or_none()


def pending(session: Session, conversation_id: str) -> list[Message]:
    """The customer's messages that the bot has not answered yet, in order."""
    rows = select(Message).where(Message.conversation_id == conversation_id, Message.turn == Turn.PENDING)
    return list(session.execute(rows.order_by(Message.seq)).scalars())


def conversations_with_pending(session: Session) -> list[str]:
    """Where a turn is still owed: read at start, after a crash."""
    return list(
        session.execute(select(Message.conversation_id).where(Message.turn == Turn.PENDING).distinct()).scalars()
    )


def finish_turn(session: Session, conversation_id: str, seqs: Sequence[int], outcome: Turn = Turn.DONE) -> bool:
    """Note that those messages have had their turn; False when that was noted before, by whoever was faster."""
    changed = session.execute(
        update(Message)
        .where(Message.conversation_id == conversation_id, Message.seq.in_(seqs), Message.turn == Turn.PENDING)
        .values(turn=outcome)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)
