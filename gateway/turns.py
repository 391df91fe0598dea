"""A customer's message becomes a turn of the bot: one at a time in a conversation, never lost, never doubled.

The message is a row before anything happens. A turn takes every message that waits (a fragment waits a moment for more,
see `coalescing`), runs them through Rasa, and writes the answer and “done” in one transaction. After a crash the rows
that still wait are taken up again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cases import conversations, handover, messages, review_list
from cases.clock import utc_now
from cases.enums import HandoverReason, Kind, Owner, Turn
from cases.handover import Outcome
from cases.messages import Draft
from cases.models import Message
from faq.knowledge import phrases
from gateway.coalescing import Hold, hold
from gateway.health import TURN_SECONDS, TURNS
from gateway.state import State

T = TypeVar("T")
log = logging.getLogger(__name__)
RETRY_SECONDS = 5.0
PAUSES = (0.3, 1.0, 2.0)
MOST_TEXT = 500


@dataclass(frozen=True)
class Batch:
    """The messages of one turn, and the epoch that it began with."""

    conversation_id: str
    seqs: tuple[int, ...]
    call: dict[str, Any]
    epoch: int
    held_secrets: bool = False


class BotDown(Exception):
    """Rasa gave no answer in time."""


class Turns:
    """Runs turns; `wake` after every message that waits."""

    def __init__(self, state: State, client: httpx.AsyncClient) -> None:
        self._state, self._client = state, client
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._holding: dict[str, asyncio.Event] = {}
        self._answering: set[str] = set()
        self._closed = False

    def wake(self, conversation_id: str) -> None:
        """See to it that the waiting messages of a conversation get their turn."""
        if self._closed:
            return
        if conversation_id in self._running:
            self._again.add(conversation_id)
            if held := self._holding.get(conversation_id):
                held.set()
            return
        task = asyncio.create_task(self._drain(conversation_id))
        self._running[conversation_id] = task
        task.add_done_callback(lambda done: self._ended(conversation_id, done))

    def answering(self, conversation_id: str) -> bool:
        """Whether the bot is at work on an answer in that conversation."""
        return conversation_id in self._answering

    def _ended(self, conversation_id: str, task: asyncio.Task[None]) -> None:
        self._running.pop(conversation_id, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("a turn in %s failed; it is tried again", conversation_id, exc_info=error)
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self.wake, conversation_id)
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self.wake(conversation_id)

    async def recover(self) -> None:
        """Take up what was waiting when the last process ended."""
        for conversation_id in await self._state.read(messages.conversations_with_pending):
            self.wake(conversation_id)

    async def close(self) -> None:
        """Stop; what has not been answered waits in the database."""
        self._closed = True
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _drain(self, conversation_id: str) -> None:
        while found := await self._write(_next_batch, conversation_id, self._state.settings.coalesce_seconds):
            if isinstance(found, Hold):
                await self._wait_for_more(conversation_id, found.seconds)
            else:
                await self._run(found)

    async def _wait_for_more(self, conversation_id: str, seconds: float) -> None:
        """Until the customer's next message, at most that long."""
        more = self._holding[conversation_id] = asyncio.Event()
        if conversation_id in self._again:  # it came while the last look was taken
            more.set()
        try:
            await asyncio.wait_for(more.wait(), seconds)
        except asyncio.TimeoutError:
            pass
        finally:
            del self._holding[conversation_id]
            self._again.discard(conversation_id)

    async def _run(self, batch: Batch) -> None:
        """One turn."""
        began = time.perf_counter()
        self._answering.add(batch.conversation_id)
        try:
            outcome = await self._answer(batch)
        finally:
            self._answering.discard(batch.conversation_id)
        TURNS.labels(outcome.value).inc()
        TURN_SECONDS.observe(time.perf_counter() - began)
        self._state.waiting.wake(batch.conversation_id)

    async def _answer(self, batch: Batch) -> Turn:
        """Ask Rasa and store what may be sent, or an apology."""
        conversation_id = batch.conversation_id
        drafts: list[Draft] = []
        learned: list[dict[str, Any]] = []
        heard, outcome = None, Turn.FAILED
        try:
            answers = await self._ask(batch)
            heard, learned = heard_in(answers), learned_in(answers)
            drafts, outcome = drafts_of(answers), Turn.DONE
        except BotDown:
            log.error("no answer from Rasa in %s", conversation_id)
        except Exception:  # the customer is not left in silence by an answer that cannot be read
            log.exception("an unreadable answer in %s", conversation_id)
        await self._write(self._finish, batch, drafts, outcome, heard, learned)
        return outcome

    async def _write(self, work: Callable[..., T], *args: Any) -> T:
        """As `State.write`, tried again while the database is busy."""
        for pause in PAUSES:
            try:
                return await self._state.write(work, *args)
            except OperationalError as error:
                log.warning("the database is busy: %s", error.orig)
            await asyncio.sleep(pause)
        return await self._state.write(work, *args)

    def _finish(
        self,
        session: Session,
        batch: Batch,
        drafts: Sequence[Draft],
        outcome: Turn,
        heard: dict[str, Any] | None = None,
        learned: Sequence[dict[str, Any]] = (),
    ) -> None:
        if not messages.finish_turn(session, batch.conversation_id, batch.seqs, outcome):
            return  # an agent took the conversation meanwhile, or another process was first
        said = [*([masked_hint()] if batch.held_secrets else []), *(drafts or [self._apology(session, batch, outcome)])]
        sent = messages.send(
            session,
            self._state.door,
            batch.conversation_id,
            said,
            utc_now(),
            turn_epoch=batch.epoch,
            answers=batch.seqs[-1],
        )
        if sent:
            review_list.note_turn(session, batch.conversation_id, batch.seqs, heard, utc_now())
            for told in learned:
                conversations.learn(session, batch.conversation_id, told)

    def _apology(self, session: Session, batch: Batch, outcome: Turn) -> Draft:
        """What is said when the bot is away, with a person asked for, or when it had nothing to say."""
        if outcome is not Turn.FAILED:
            return apology("no_answer", "clarify")
        asked = handover.request(
            session, batch.conversation_id, HandoverReason.BOT_DOWN, utc_now(), self._state.settings.service_hours
        )
        return apology("bot_down_callback" if asked.outcome is Outcome.CALLBACK else "bot_down", "human")

    async def _ask(self, batch: Batch) -> list[dict[str, Any]]:
        """Rasa's messages. Tries again while Rasa is away; the call is safe to repeat. Raises BotDown."""
        deadline = asyncio.get_running_loop().time() + self._state.settings.turn_timeout
        for pause in (*PAUSES, None):
            left = deadline - asyncio.get_running_loop().time()
            try:
                answer = await self._client.post("/webhooks/gateway/turn", json=batch.call, timeout=max(left, 0.1))
                answer.raise_for_status()
                return list(answer.json()["messages"])
            except (httpx.HTTPError, ValueError, KeyError) as error:
                log.warning("turn in %s: %s", batch.conversation_id, type(error).__name__)
            if pause is None or asyncio.get_running_loop().time() + pause >= deadline:
                break
            await asyncio.sleep(pause)
        raise BotDown(batch.conversation_id)


def _next_batch(session: Session, conversation_id: str, coalesce: float = 0.0) -> Batch | Hold | None:
    """The next turn: a tapped choice or a picture alone, typed messages that came close together as one."""
    waiting = messages.pending(session, conversation_id)
    if not waiting:
        return None
    conversation = conversations.get(session, conversation_id)
    if conversation.owner in (Owner.HUMAN, Owner.CLOSED):
        messages.finish_turn(session, conversation_id, [row.seq for row in waiting])
        return None
    taken = waiting[:1] if waiting[0].turn_input else _typed(waiting)
    if len(taken) == len(waiting) and (held := hold(session, taken, utc_now(), coalesce)):
        return held
    call: dict[str, Any] = {"conversation_id": conversation_id, "turn": taken[-1].seq}
    if taken[0].turn_input:
        call["payload"] = taken[0].turn_input
    else:
        call["text"] = "，".join(row.text for row in taken)[:MOST_TEXT]
    held_secrets = any({"id", "card"} & set(row.meta.get("masked", ())) for row in taken)
    return Batch(conversation_id, tuple(row.seq for row in taken), call, conversation.epoch, held_secrets)


def _typed(waiting: Sequence[Message]) -> list[Message]:
    taken = []
    for row in waiting:
        if row.turn_input:
            break
        taken.append(row)
    return taken


def apology(name: str, route: str) -> Draft:
    """A line of `faq/notices.yml` in place of an answer."""
    return Draft(phrases("notices")["conversation"][name], meta={"route": route})


def masked_hint() -> Draft:
    """A customer pasted an identity or bank-card number: it was hidden, and need not be sent (law.md B.6)."""
    return Draft(phrases("notices")["conversation"]["masked"], meta={"route": "smalltalk"})


def heard_in(answers: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """What the bot took the message for, for the review list; customers do not see it."""
    found = ((answer.get("custom") or {}).get("heard") for answer in answers)
    return next((heard for heard in found if isinstance(heard, dict)), None)


def learned_in(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the answers tell of the customer, for an agent; customers do not see it."""
    found = ((answer.get("custom") or {}).get("learned") for answer in answers)
    return [told for told in found if isinstance(told, dict)]


def drafts_of(answers: Sequence[dict[str, Any]]) -> list[Draft]:
    """Rasa's messages as drafts: choices from buttons, `custom` as meta and data, further parts as further messages."""
    drafts = []
    for answer in answers:
        custom = dict(answer.get("custom") or {})
        more = custom.pop("more", [])
        choices = [(button["title"], button["payload"]) for button in answer.get("buttons") or []]
        first_choices = () if more else choices
        if answer.get("text"):
            drafts.append(_draft(answer["text"], custom, first_choices))
        for place, part in enumerate(more, 1):
            drafts.append(_draft(part["text"], dict(part), choices if place == len(more) else ()))
    return drafts


def _draft(text: str, custom: dict[str, Any], choices: Sequence[tuple[str, str]]) -> Draft:
    if not isinstance(text, str):
        raise TypeError("a message's text must be a text")
    card = custom.pop("card", None)
    kind = Kind(custom.pop("kind")) if "kind" in custom else Kind.CARD if card else Kind.TEXT
    meta: dict[str, Any] = {key: custom[key] for key in ("route", "faq_id", "citations") if key in custom}
    return Draft(text, kind=kind, choices=choices, data={"card": card} if card else {}, meta=meta)
