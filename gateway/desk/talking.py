"""What an agent does with a conversation: take it, answer, note, pass on, hand back, close."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy.orm import Session
from starlette.requests import Request

from cases import audit, handover, messages, satisfaction
from cases.clock import utc_now
from cases.enums import Role, Sender
from cases.errors import BadWording
from cases.masking import mask
from cases.messages import Door, Draft
from cases.models import Agent, Note
from faq.knowledge import phrases
from faq.review import Verdict
from gateway.desk.acting import acting
from gateway.problems import Unprocessable
from gateway.state import State

Work = Callable[[Session, State, Agent, str, Any], dict[str, Any]]


class Text(msgspec.Struct):
    """A reply or a note."""

    text: str = ""
    client_id: str | None = None


class Passing(msgspec.Struct):
    """To whom a conversation goes on, and why."""

    role: str = Role.FIRST_LINE.value
    note: str = ""
    reason: str = ""


class Ending(msgspec.Struct):
    """What is left behind: a note for the bot, or a service summary."""

    note: str = ""
    summary: str = ""


def endpoint(body: type[msgspec.Struct], work: Work) -> Callable[[Request], Any]:
    """A POST that runs `work(session, state, agent, conversation, body)` (see `acting`)."""
    return acting(body, lambda session, state, agent, content, id: work(session, state, agent, id, content))


def accept(session: Session, state: State, agent: Agent, conversation_id: str, _: Any) -> dict[str, Any]:
    """Take a waiting conversation, or one that the bot has; exactly one agent gets it."""
    row = handover.take_over(session, conversation_id, agent, utc_now())
    notice(session, state.door, conversation_id, "agent_joined", agent=agent.name)
    audit.record(session, utc_now(), actor=f"agent:{agent.username}", action="desk.accept", subject=conversation_id)
    return {"owner": row.owner.value, "epoch": row.epoch}


def notice(session: Session, door: Door, conversation_id: str, name: str, **values: str) -> None:
    """A line of the system, from `faq/notices.yml`."""
    text = notice_text(name, **values)
    messages.send(
        session, door, conversation_id, [Draft(text, meta={"notice": name, **values})], utc_now(), sender=Sender.SYSTEM
    )


def notice_text(name: str, **values: str) -> str:
    """A line about the conversation, filled in."""
    text = str(phrases("notices")["conversation"][name])
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text


def reply(session: Session, state: State, agent: Agent, conversation_id: str, body: Text) -> dict[str, Any]:
    """An agent's answer through the one door: blocked wording is refused, the rest leaves as reviewed."""
    if not body.text.strip() or not 1 <= len(body.client_id or "") <= 64 or len(body.text) > 2000:
        raise Unprocessable()
    handover.held_by(session, conversation_id, agent)
    earlier = messages.by_client_id(session, conversation_id, Sender.AGENT, str(body.client_id))
    if earlier:
        return {"seq": earlier.seq}
    text = mask(body.text.strip()).text
    review = state.door.review(text)
    if review.verdict == Verdict.BLOCK:
        raise BadWording(review, text)
    sent = messages.send(
        session,
        state.door,
        conversation_id,
        [Draft(text, meta={"agent": agent.name})],
        utc_now(),
        sender=Sender.AGENT,
        agent_id=agent.id,
        client_id=body.client_id,
    )
    return {"seq": sent[0].seq, "text": sent[0].text}


def note(session: Session, state: State, agent: Agent, conversation_id: str, body: Text) -> dict[str, Any]:
    """A note for colleagues."""
    if not body.text.strip() or len(body.text) > 2000:
        raise Unprocessable("empty")
    handover.held_by(session, conversation_id, agent)
    row = Note(conversation_id=conversation_id, agent_id=agent.id, text=mask(body.text).text, at=utc_now())
    session.add(row)
    session.flush()
    return {"id": row.id}


def transfer(session: Session, state: State, agent: Agent, conversation_id: str, body: Passing) -> dict[str, Any]:
    """Back into the queue for a colleague of a role, with a note."""
    return _pass_on(session, state, agent, conversation_id, body.role, body.note or body.reason)


def escalate(session: Session, state: State, agent: Agent, conversation_id: str, body: Passing) -> dict[str, Any]:
    """To the next level: first line to specialist, specialist to supervisor (A081)."""
    following = Role.SPECIALIST if agent.role is Role.FIRST_LINE else Role.SUPERVISOR
    return _pass_on(session, state, agent, conversation_id, following.value, body.note or body.reason)


def _pass_on(
    session: Session, state: State, agent: Agent, conversation_id: str, role: str, text: str
) -> dict[str, Any]:
    if role not in {member.value for member in Role}:
        raise Unprocessable()
    handover.requeue(session, conversation_id, agent, role, mask(text).text, utc_now())
    notice(session, state.door, conversation_id, "transferred")
    audit.record(
        session, utc_now(), actor=f"agent:{agent.username}", action="desk.pass_on", subject=conversation_id, role=role
    )
    return {"owner": "queued"}


def give_back(session: Session, state: State, agent: Agent, conversation_id: str, body: Ending) -> dict[str, Any]:
    """Back to the bot; what the agent noted is said to the customer, as far as it is compliant, and kept for the
    bot.
    """
    text = mask(body.note).text.strip()
    handover.hand_back(session, conversation_id, agent, text, utc_now())
    notice(session, state.door, conversation_id, "agent_left", agent=agent.name)
    if text:
        messages.send(session, state.door, conversation_id, [_handed_back(state.door, text)], utc_now())
    return {"owner": "bot"}


def _handed_back(door: Door, note: str) -> Draft:
    passed = door.review(note).verdict is Verdict.PASS
    text = notice_text("handed_back", note=note.rstrip("。")) if passed else notice_text("handed_back_plain")
    return Draft(text, meta={"route": "human"})


def close(session: Session, state: State, agent: Agent, conversation_id: str, body: Ending) -> dict[str, Any]:
    """End the conversation with a service summary."""
    notice(session, state.door, conversation_id, "session_ended")
    stay = handover.close(session, conversation_id, agent, mask(body.summary or body.note).text, utc_now())
    satisfaction.ask_after(session, stay, agent.id, utc_now())
    return {"owner": "closed"}
