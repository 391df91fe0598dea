"""What a customer hears of a complaint, and what the customer says to it (service-rules A078–A080, law.md B.5).

An answer goes out by the way that the customer chose: into the chat through the one door, or by the agent by telephone,
text message or e-mail, which is recorded as done. No answer to an answer is not satisfaction: the customer is asked
again, and then a person follows up.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import callbacks, clock, complaint_levels, complaints, roles
from cases.clock import add_days
from cases.complaint_desk import end
from cases.complaint_work import conversation_of, lock, record, sayable, take_up, tell
from cases.enums import ComplaintLevel, ComplaintState, Confirmation, HandoverReason, ReplyBy
from cases.errors import Invalid, Refused
from cases.messages import Door
from cases.models import Agent, Complaint
from cases.roles import May

LEGAL_STEPS = {15: 30, 30: 60}  # law.md B.5: complex, then especially complex
ASK_AGAIN_AFTER = (timedelta(days=2), timedelta(days=5))
PERSON_AFTER = timedelta(days=7)


def feedback(
    session: Session,
    door: Door,
    no: str,
    agent: Agent,
    text: str,
    now: datetime,
    *,
    reason: str = "",
    expected_at: datetime | None = None,
    via: ReplyBy | None = None,
) -> Complaint:
    """Progress with its reason and when the customer hears again (A078); it counts as the first feedback."""
    complaint = take_up(session, no, agent)
    said, why = sayable(door, text), sayable(door, reason, "reason", needed=False)
    again_at = _hears_again(complaint, expected_at, now)
    way = via or complaint.reply_by
    _say(session, complaint, now, way, "progress", progress=said, reason=why, expected_at=again_at.isoformat())
    record(
        session,
        complaint,
        agent,
        now,
        "feedback",
        said,
        via=way.value,
        reason=why,
        expected_at=again_at.isoformat(),
        first=complaint.first_feedback_at is None,
    )
    complaint.first_feedback_at = complaint.first_feedback_at or now
    complaint.promised_at = again_at
    return complaint


def _hears_again(complaint: Complaint, expected_at: datetime | None, now: datetime) -> datetime:
    """When the customer hears again: as the agent says, or with the level's or the law's limit."""
    if expected_at is not None and expected_at <= now:
        raise Invalid("expected_at")
    moments = (expected_at, complaint.level_due, complaint.legal_due)
    return next((moment for moment in moments if moment and moment > now), clock.add_business_days(now, 1))


def answer(session: Session, door: Door, no: str, agent: Agent, text: str, via: ReplyBy, now: datetime) -> Complaint:
    """The result with its basis; the customer is asked what he says to it, and told the ways that are open to him."""
    complaint = take_up(session, no, agent, deciding=True)
    said = sayable(door, text)
    _say(session, complaint, now, via, "result", text=said, options=offers_of(complaint))
    if via is not ReplyBy.APP:
        tell(session, complaint, now, f"answered:{now.isoformat()}", "answered", options=offers_of(complaint))
    record(
        session,
        complaint,
        agent,
        now,
        "answer",
        said,
        via=via.value,
        level=complaint.level.value,
        level_due=complaint.level_due.isoformat() if complaint.level_due else None,
        legal_due=complaint.legal_due.isoformat(),
        first=complaint.first_feedback_at is None,
    )
    complaint.first_feedback_at = complaint.first_feedback_at or now
    complaint.state, complaint.answered_at, complaint.answered_via = ComplaintState.ANSWERED, now, via
    complaint.confirmation, complaint.asked_again, complaint.waiting_since = None, 0, None
    complaint.promised_at = None
    return complaint


def _say(session: Session, complaint: Complaint, now: datetime, way: ReplyBy, name: str, **values: object) -> None:
    """Into the chat, if that is the way; the other ways are the agent's. Raises Refused when it cannot be reached."""
    if way is not ReplyBy.APP:
        return
    if conversation_of(session, complaint, now) is None:
        raise Refused("unreachable")
    tell(session, complaint, now, f"{name}:{now.isoformat()}", name, **values)


def offers_of(complaint: Complaint) -> dict[str, str]:
    """What the customer may tap, and what each tap is taken as (`cases.offers`)."""
    return {one.value: f"=complaint:{complaint.no}:{one.value}" for one in Confirmation}


def confirm(session: Session, no: str, agent: Agent, result: Confirmation, now: datetime) -> Complaint:
    """What the customer told the agent about the answer."""
    complaint = take_up(session, no, agent, states=(ComplaintState.ANSWERED,))
    return _confirmed(session, complaint, result, now, roles.actor(agent))


def confirm_by_customer(
    session: Session, no: str, conversation_id: str, result: Confirmation, now: datetime, who: str
) -> bool:
    """What the customer tapped; False when the complaint no longer waits for it, or is not his."""
    from cases import conversations

    complaint = lock(session, no)
    mine = {row.no for row in complaints.of_customer(session, conversations.get(session, conversation_id))}
    if complaint is None or no not in mine or complaint.state is not ComplaintState.ANSWERED:
        return False
    _confirmed(session, complaint, result, now, who)
    return True


def _confirmed(session: Session, complaint: Complaint, result: Confirmation, now: datetime, who: str) -> Complaint:
    """Received and satisfied end it (and are told apart); unsatisfied goes on a level up; a person follows up."""
    complaint.confirmation = result
    complaints.log(session, complaint.no, now, who, "confirm", "", result=result.value)
    if result in (Confirmation.RECEIVED, Confirmation.SATISFIED):
        end(session, complaint, ComplaintState.CONFIRMED, now)
        tell(session, complaint, now, "closed", "closed")
    elif result is Confirmation.PERSON:
        complaint.state = ComplaintState.OPEN
        complaint.level_since, complaint.level_due = now, clock.add_business_days(now, complaints.LEVEL_BUSINESS_DAYS)
        _person(session, complaint, now)
    else:
        _goes_on(session, complaint, now)
    return complaint


def _goes_on(session: Session, complaint: Complaint, now: datetime) -> None:
    """Not satisfied: a level up; behind the last one inside, the ways outside (A081)."""
    complaint.state = ComplaintState.OPEN
    tell(session, complaint, now, f"unsatisfied:{now.isoformat()}", "unsatisfied")
    if complaint.level is not ComplaintLevel.OUTSIDE and not complaint_levels.escalate_alone(
        session, complaint, "unsatisfied", now
    ):
        complaints.log(
            session,
            complaint.no,
            now,
            complaint_levels.SYSTEM,
            "escalate",
            "unsatisfied",
            **{"from": complaint.level.value, "to": ComplaintLevel.OUTSIDE.value, "level_due": None},
        )
        complaint_levels.raise_level(session, complaint, now)


def _person(
    session: Session, complaint: Complaint, now: datetime, reason: HandoverReason = HandoverReason.COMPLAINT
) -> None:
    callbacks.record(session, complaint.conversation_id, reason, complaint.no, now)


def extend(session: Session, door: Door, no: str, agent: Agent, days: int, reason: str, now: datetime) -> Complaint:
    """A longer legal limit: approved by a supervisor, step by step, before the present one is over, and told (B.5)."""
    roles.require(agent, May.EXTEND)
    complaint = take_up(session, no, agent)
    if LEGAL_STEPS.get(complaint.legal_days or complaints.LEGAL_DAYS) != days:
        raise Invalid("days")
    if complaint.answered_at is not None:
        raise Refused("complaint_state")
    if now > complaint.legal_due:
        raise Refused("legal_limit_over")
    why = sayable(door, reason, "reason")
    before = complaint.legal_due
    complaint.legal_days, complaint.legal_due = days, add_days(complaint.created_at, days)
    record(
        session,
        complaint,
        agent,
        now,
        "extend",
        why,
        days=days,
        before=before.isoformat(),
        after=complaint.legal_due.isoformat(),
        told=_told_of_extension(session, complaint, why, now),
    )
    return complaint


def _told_of_extension(session: Session, complaint: Complaint, why: str, now: datetime) -> bool:
    """The customer is told in the chat, or a call is recorded so that he is told (the extension needs it)."""
    told = conversation_of(session, complaint, now) is not None
    tell(
        session,
        complaint,
        now,
        f"extended:{complaint.legal_days}",
        "extended",
        reason=why,
        limit=complaint.legal_due.isoformat(),
    )
    if not told or complaint.reply_by is not ReplyBy.APP:
        _person(session, complaint, now)
    return told


def sweep(session: Session, now: datetime) -> list[str]:
    """Ask again who has said nothing to an answer; after the second time a person follows up (A080)."""
    done = []
    rows = select(Complaint).where(Complaint.state == ComplaintState.ANSWERED).order_by(Complaint.no).with_for_update()
    for complaint in list(session.execute(rows).scalars()):
        asked = complaint.asked_again or 0
        if asked < len(ASK_AGAIN_AFTER) and now >= complaint.answered_at + ASK_AGAIN_AFTER[asked]:
            done.append(_ask_again(session, complaint, asked, now))
        elif asked == len(ASK_AGAIN_AFTER) and now >= complaint.answered_at + PERSON_AFTER:
            complaint.asked_again = asked + 1
            _person(session, complaint, now, HandoverReason.UNCONFIRMED)
            done.append(f"callback {complaint.no} unconfirmed")
    return done


def _ask_again(session: Session, complaint: Complaint, asked: int, now: datetime) -> str:
    occasion = f"again:{complaint.answered_at.isoformat()}:{asked}"
    tell(session, complaint, now, occasion, "confirm_again", options=offers_of(complaint))
    complaints.log(session, complaint.no, now, complaint_levels.SYSTEM, "ask_again", "")
    complaint.asked_again = asked + 1
    return f"asked_again {complaint.no}"
