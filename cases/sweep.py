"""The clocks: what is due by now, done once however often it runs, caught up after a pause (contract, `sweep`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import callbacks, complaint_levels, complaint_replies, complaint_work, follow_ups, handover, notices, sla
from cases.clocks import WARN_SHARE, Watch
from cases.enums import ClaimStatus, Clock, HandoverState, Mark, Owner, Sender
from cases.models import Claim, ClaimEvent, Complaint, Conversation, Handover, Message
from cases.sla import Target

FORGOTTEN_AFTER = timedelta(hours=12)


def run(session: Session, now: datetime, share: float = WARN_SHARE, claims: Sequence[str] | None = None) -> list[str]:
    """Do everything that is due and say what was done, a line each. `share` of a time limit is used up: a warning.

    With `claims`, only these claims' clocks are looked at (`claims_with_news`).
    """
    watch = Watch(session, now)
    return [
        *_queues(session, now),
        *_claims(session, now, watch, share, claims),
        *_customers_who_acted(session, now),
        *complaint_levels.sweep(session, now, watch, share),
        *complaint_replies.sweep(session, now),
        *_changed_claims(session, now),
        *follow_ups.sweep(session, now),
        *_forgotten(session, now),
    ]


def _queues(session: Session, now: datetime) -> list[str]:
    """Whoever waited too long leaves the queue with a promise of a call-back, and the bot goes on."""
    since = func.coalesce(Handover.queued_at, Handover.requested_at)
    waiting = session.execute(
        select(Handover).where(Handover.state == HandoverState.WAITING, since <= now - handover.QUEUE_TIMEOUT)
    ).scalars()
    done = []
    for row in list(waiting):
        if handover.cancel(session, row.conversation_id, now, HandoverState.TIMED_OUT):
            callbacks.record(session, row.conversation_id, row.reason, row.summary, now)
            notices.record(
                session,
                now,
                f"queue_timeout:{row.id}",
                "conversation.queue_timeout",
                conversation_id=row.conversation_id,
            )
            done.append(f"queue_timeout {row.conversation_id}")
    return done


def claims_with_news(session: Session, now: datetime, share: float = WARN_SHARE) -> list[str]:
    """The claims whose clocks have something to be written: found without a lock, for a worker with many claims."""
    watch, running, found = Watch(session, now), set(), []
    for claim, _, target in _targets(session):
        running.add(claim.claim_no)
        if watch.has_news(claim.claim_no, Clock.CLAIM, target.warn_at(share), target.due_at):
            found.append(claim.claim_no)
    return sorted({*found, *(watch.subjects(Clock.CLAIM) - running)})


def _claims(session: Session, now: datetime, watch: Watch, share: float, only: Sequence[str] | None) -> list[str]:
    """Claims near their service target are warned of; those past it are escalated (A042) and the customer is told."""
    done, running = [], set()
    for claim, events, target in _targets(session, only):
        running.add(claim.claim_no)
        new = watch.look(claim.claim_no, Clock.CLAIM, target.warn_at(share), target.due_at)
        if new is Mark.WARNED:
            done.append(f"warned {claim.claim_no} {target.stage}")
        elif new is Mark.BREACHED:
            done += _escalate(session, claim, now, events)
    looked_at = watch.subjects(Clock.CLAIM) if only is None else set(only)
    for subject in looked_at - running:
        watch.end(subject, Clock.CLAIM)
    return done


def _targets(session: Session, only: Sequence[str] | None = None) -> Iterator[tuple[Claim, list[ClaimEvent], Target]]:
    """The claims whose clock runs, with the states that they went through and their target."""
    which = [Claim.status.in_(sla.WATCHED)] + ([] if only is None else [Claim.claim_no.in_(only)])
    rows = select(ClaimEvent).join(Claim, Claim.claim_no == ClaimEvent.claim_no).where(*which)
    histories: defaultdict[str, list[ClaimEvent]] = defaultdict(list)
    for event in session.execute(rows.order_by(ClaimEvent.at, ClaimEvent.id)).scalars():
        histories[event.claim_no].append(event)
    for claim in session.execute(select(Claim).where(*which).order_by(Claim.claim_no)).scalars():
        target = sla.target_of(claim, histories[claim.claim_no])
        if target is not None:
            yield claim, histories[claim.claim_no], target


def _escalate(session: Session, claim: Claim, now: datetime, events: Sequence[ClaimEvent]) -> list[str]:
    no = sla.escalate_if_late(session, claim, now, events)
    values = {"claim": claim.claim_no, "complaint": no}
    if no and notices.record(
        session, now, f"claim_overdue:{no}", "claim_overdue", customer_key=claim.policy.customer_key, **values
    ):
        return [f"escalated {claim.claim_no} {no}"]
    return []


def _customers_who_acted(session: Session, now: datetime) -> list[str]:
    """A customer who was waited for has written: the complaint's service clocks run again from that moment."""
    done = []
    for complaint in list(session.execute(select(Complaint).where(Complaint.waiting_since.is_not(None))).scalars()):
        mine = Message.conversation_id == complaint.conversation_id
        if complaint.customer_key:
            own = select(Conversation.id).where(Conversation.customer_key == complaint.customer_key)
            mine = mine | Message.conversation_id.in_(own)
        since = (Message.sender == Sender.CUSTOMER, Message.at > complaint.waiting_since, Message.at <= now)
        at = session.execute(select(func.min(Message.at)).where(mine, *since)).scalar_one()
        if at is not None:
            complaint_work.resume(complaint, at)
            complaint_levels.log_system(session, complaint, now, "resume")
            done.append(f"resumed {complaint.no}")
    return done


def _changed_claims(session: Session, now: datetime) -> list[str]:
    """A changed state starts the key-node reminder (A035); the first that we hear of does not, nor one that is over."""
    done = []
    pending = session.execute(
        select(ClaimEvent).where(ClaimEvent.reminded_at.is_(None)).order_by(ClaimEvent.id)
    ).scalars()
    for event in list(pending):
        event.reminded_at = now
        first, last = session.execute(
            select(func.min(ClaimEvent.id), func.max(ClaimEvent.id)).where(ClaimEvent.claim_no == event.claim_no)
        ).one()
        if first != event.id == last:
            _remind(session, event, session.get(Claim, event.claim_no), now)
            done.append(f"reminder {event.claim_no} {event.status.value}")
    return done


def _remind(session: Session, event: ClaimEvent, claim: Claim, now: datetime) -> None:
    paid = event.status is ClaimStatus.PAID and claim.payee_tail
    notices.record(
        session,
        now,
        f"claim_status:{event.id}",
        "claim_paid" if paid else f"claim_status.{event.status.value}",
        customer_key=claim.policy.customer_key,
        claim=claim.claim_no,
        status_at=event.at.isoformat(),
        missing=list(claim.missing_documents),
        tail=claim.payee_tail,
    )


def _forgotten(session: Session, now: datetime) -> list[str]:
    """Conversations that an agent still has though the customer's session is long over end by themselves, unrated."""
    rows = select(Conversation.id).where(
        Conversation.owner == Owner.HUMAN,
        Conversation.expires_at <= now - FORGOTTEN_AFTER,
        Conversation.active_at <= now - FORGOTTEN_AFTER,
    )
    done = []
    for conversation_id in list(session.execute(rows).scalars()):
        handover.expire(session, conversation_id, now)
        done.append(f"expired {conversation_id}")
    return done
