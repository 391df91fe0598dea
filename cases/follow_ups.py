"""Follow-ups: three days after the papers, five after the assessment, seven after the payment (A110, calendar days).

Seven days after the payment the customer is asked for a rating too, once a case (conflicts' hints; A113 is the same).
What is more than a week late by then is not caught up: it would tell a customer of days long past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import notices, satisfaction
from cases.enums import ClaimStatus
from cases.models import Claim, ClaimEvent

CATCH_UP = timedelta(days=7)


@dataclass(frozen=True)
class FollowUp:
    """So many days after a state, while the claim is in one of `still`."""

    after: ClaimStatus
    days: int
    name: str
    still: frozenset[ClaimStatus]


FOLLOW_UPS = (
    FollowUp(
        ClaimStatus.DOCS_SUBMITTED,
        3,
        "after_3_days",
        frozenset({ClaimStatus.DOCS_SUBMITTED, ClaimStatus.DOCS_PARTIAL, ClaimStatus.ASSESSING}),
    ),
    FollowUp(
        ClaimStatus.ASSESSED,
        5,
        "after_5_days",
        frozenset({ClaimStatus.ASSESSED, ClaimStatus.DISPUTED, ClaimStatus.UNDERWRITTEN}),
    ),
    FollowUp(ClaimStatus.PAID, 7, "after_7_days", frozenset({ClaimStatus.PAID, ClaimStatus.CLOSED})),
)


def sweep(session: Session, now: datetime) -> list[str]:
    """Record every follow-up that is due, once; a line for each."""
    return [line for follow_up in FOLLOW_UPS for line in _due(session, now, follow_up)]


def _due(session: Session, now: datetime, follow_up: FollowUp) -> list[str]:
    latest = now - timedelta(days=follow_up.days)
    rows = (
        select(ClaimEvent, Claim)
        .join(Claim, Claim.claim_no == ClaimEvent.claim_no)
        .where(
            ClaimEvent.status == follow_up.after,
            ClaimEvent.at <= latest,
            ClaimEvent.at >= latest - CATCH_UP,
            Claim.status.in_(follow_up.still),
        )
    )
    done = []
    for event, claim in session.execute(rows.order_by(ClaimEvent.id)).all():
        if not _again_later(session, event) and _record(session, now, follow_up, event, claim):
            done.append(f"follow_up {claim.claim_no} {follow_up.name}")
            if follow_up.after is ClaimStatus.PAID and satisfaction.ask_about_claim(session, claim, now):
                done.append(f"satisfaction {claim.claim_no}")
    return done


def _again_later(session: Session, event: ClaimEvent) -> bool:
    """Whether the claim came into that state once more, which is then what counts."""
    later = select(ClaimEvent.id).where(
        ClaimEvent.claim_no == event.claim_no, ClaimEvent.status == event.status, ClaimEvent.id > event.id
    )
    return session.execute(later).first() is not None


def _record(session: Session, now: datetime, follow_up: FollowUp, event: ClaimEvent, claim: Claim) -> bool:
    values: dict[str, Any] = {"claim": claim.claim_no}
    if follow_up.name == "after_3_days":
        missing = list(claim.missing_documents)
        values |= {
            "status": claim.status.value,
            "missing_line": "missing_line" if missing else "complete_line",
            "missing": missing,
        }
    return notices.record(
        session,
        now,
        f"follow_up:{follow_up.name}:{event.id}",
        f"follow_up.{follow_up.name}",
        customer_key=claim.policy.customer_key,
        **values,
    )
