"""The review list: what was not understood, asked back, handed over for that or thumbed down. Editors learn from it.

The gateway notes it after a turn, in the turn's transaction; each occasion once. Nothing is learned here: `python -m
cases review-list` gives the list out, `python -m faq gaps` makes proposals of it, and an editor decides.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases import conversations
from cases.clock import local
from cases.enums import HandoverReason, ReviewKind, ReviewState, Sender
from cases.errors import Conflict, NotFound
from cases.models import Callback, Customer, Feedback, Handover, Message, ReviewItem
from cases.review_text import without_person

MOST_CANDIDATES = 5
KINDS = {
    "not_understood": ReviewKind.NOT_UNDERSTOOD,
    "clarify_topic": ReviewKind.CLARIFIED,
    "out_of_scope": ReviewKind.OUT_OF_SCOPE,
}
PICK = re.compile(r'/ask_faq\{"faq_id": "([\w.]{1,64})"\}')
Heard = Mapping[str, Any]  # intent, candidates, model: what the bot took a message for


def note_turn(session: Session, conversation_id: str, seqs: Sequence[int], heard: Heard | None, now: datetime) -> None:
    """Keep what the bot took these messages for; list them when that was not certain. A tap tells what was meant."""
    row = _message(session, conversation_id, seqs[-1])
    if row.turn_input:
        _note_pick(session, row)
    elif heard:
        row.heard = {**heard, "candidates": list(heard.get("candidates") or [])[:MOST_CANDIDATES], "seqs": list(seqs)}
        if kind := _kind(session, conversation_id, str(heard.get("intent"))):
            _add(session, kind, row, now)


def _kind(session: Session, conversation_id: str, intent: str) -> ReviewKind | None:
    kind = KINDS.get(intent)
    if kind is ReviewKind.NOT_UNDERSTOOD and _went_to_person(session, conversation_id):
        return ReviewKind.HANDED_OVER
    return kind


def _went_to_person(session: Session, conversation_id: str) -> bool:
    """Whether somebody is wanted, or to call back, because the bot did not understand."""
    waiting = select(Handover.id).where(
        Handover.conversation_id == conversation_id,
        Handover.ended_at.is_(None),
        Handover.reason == HandoverReason.NOT_UNDERSTOOD,
    )
    call = select(Callback.id).where(
        Callback.conversation_id == conversation_id,
        Callback.done_at.is_(None),
        Callback.reason == HandoverReason.NOT_UNDERSTOOD,
    )
    return any(session.execute(query.limit(1)).first() for query in (waiting, call))


def _note_pick(session: Session, tapped: Message) -> None:
    """What was meant, noted with the question that was asked back."""
    topic = PICK.fullmatch(tapped.turn_input)
    asked = _question_behind(session, tapped) if topic else None
    if topic and asked is not None:
        session.execute(
            update(ReviewItem)
            .where(ReviewItem.key == _key(asked, ReviewKind.CLARIFIED))
            .values(picked=topic[1])
            .execution_options(synchronize_session=False)
        )


def _question_behind(session: Session, tapped: Message) -> Message | None:
    """The customer's message that the tapped choice was offered for."""
    offered = (
        select(Message)
        .where(
            Message.conversation_id == tapped.conversation_id,
            Message.seq < tapped.seq,
            Message.sender == Sender.BOT,
        )
        .order_by(Message.seq.desc())
    )
    if choice := tapped.meta.get("choice"):
        offered = offered.where(Message.seq == int(choice.split("-")[0]))
    row = session.execute(offered.limit(1)).scalar_one_or_none()
    return None if row is None or row.answers is None else _message(session, tapped.conversation_id, row.answers)


def give_feedback(session: Session, conversation_id: str, seq: int, useful: bool, now: datetime) -> None:
    """Take a customer's thumbs for one of the bot's messages, once. Raises NotFound, Conflict for a changed mind."""
    conversations.lock(session, conversation_id)
    row = _message(session, conversation_id, seq)
    if row.sender is not Sender.BOT:
        raise NotFound("message")
    known = session.execute(select(Feedback).where(Feedback.message_id == row.id)).scalar_one_or_none()
    if known is not None and known.useful is not useful:
        raise Conflict("feedback")
    if known is None:
        session.add(Feedback(message_id=row.id, useful=useful, at=now))
        if not useful and row.answers is not None:
            _list_as_no_use(session, row, now)
    session.flush()


def _list_as_no_use(session: Session, answer: Message, now: datetime) -> None:
    asked = _message(session, answer.conversation_id, answer.answers)
    if asked.turn_input:
        asked = _question_behind(session, asked) or asked
    if asked.text:
        _add(session, ReviewKind.THUMBED_DOWN, asked, now, answered=answer.meta.get("faq_id"))


def _add(session: Session, kind: ReviewKind, asked: Message, now: datetime, answered: str | None = None) -> None:
    heard, key = asked.heard or {}, _key(asked, kind)
    if session.execute(select(ReviewItem.id).where(ReviewItem.key == key)).first():
        return
    session.add(
        ReviewItem(
            key=key,
            kind=kind,
            text=_text(session, asked),
            candidates=heard.get("candidates", []),
            answered=answered,
            conversation=_hash(asked.conversation_id)[:16],
            model=heard.get("model"),
            at=now,
            state=ReviewState.OPEN,
        )
    )
    session.flush()


def _text(session: Session, asked: Message) -> str:
    """The whole question, typed in one message or several, without the customer."""
    seqs = (asked.heard or {}).get("seqs") or [asked.seq]
    query = select(Message.text).where(Message.conversation_id == asked.conversation_id, Message.seq.in_(seqs))
    said = "，".join(session.execute(query.order_by(Message.seq)).scalars())
    key = conversations.get(session, asked.conversation_id).customer_key
    customer = session.get(Customer, key) if key else None
    return without_person(said, [customer.name] if customer else [])


def _message(session: Session, conversation_id: str, seq: int) -> Message:
    found = session.execute(
        select(Message).where(Message.conversation_id == conversation_id, Message.seq == seq)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("message")
    return found


def _key(asked: Message, kind: ReviewKind) -> str:
    return _hash(f"{asked.conversation_id}:{asked.seq}:{kind}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def listed(session: Session, since: datetime | None = None, state: ReviewState = ReviewState.OPEN) -> list[str]:
    """The list as JSON lines, oldest first."""
    query = select(ReviewItem).where(ReviewItem.state == state).order_by(ReviewItem.id)
    if since is not None:
        query = query.where(ReviewItem.at >= since)
    return [json.dumps(_as_dict(row), ensure_ascii=False) for row in session.execute(query).scalars()]


def _as_dict(row: ReviewItem) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind.value,
        "text": row.text,
        "candidates": row.candidates,
        "picked": row.picked,
        "answered": row.answered,
        "conversation": row.conversation,
        "model": row.model,
        "at": local(row.at).isoformat(timespec="seconds"),
    }


def mark(session: Session, ids: Sequence[int], state: ReviewState) -> int:
    """Note what an editor decided about items; how many there were."""
    changed = session.execute(
        update(ReviewItem)
        .where(ReviewItem.id.in_(ids))
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
    return int(changed.rowcount)
