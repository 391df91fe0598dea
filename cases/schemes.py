"""Compensation schemes: none until a supervisor approves one with the legal department's reference (A075–A077).

The conflicts section (1 to 3) and Insurance Law 116(4) leave only what has no price: priority handling, a supervisor's
review with a written answer, a written apology. The bot never names one.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import audit, roles
from cases.complaint_work import record, sayable, take_up, written
from cases.enums import SchemeKind
from cases.errors import Invalid, NotFound
from cases.messages import Door
from cases.models import Agent, Complaint, Scheme
from cases.roles import May


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """The expressions of `words.yml`."""
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))
    return content


def approve(
    session: Session, door: Door, agent: Agent, kind: SchemeKind, name: str, legal_reference: str, now: datetime
) -> Scheme:
    """Turn a scheme on. Raises Invalid for what the conflicts section forbids, BadWording for what is not said."""
    roles.require(agent, May.SCHEMES)
    called, reference = sayable(door, name, "name"), written(legal_reference, "legal_reference")
    if any(re.search(word, called) for word in words()["scheme_forbidden"]):
        raise Invalid("scheme_name")
    if len(called) > 60 or len(reference) > 80:
        raise Invalid("name")
    scheme = Scheme(
        id=secrets.token_hex(6),
        kind=kind,
        name=called,
        legal_reference=reference,
        approved_by=agent.id,
        approved_at=now,
    )
    session.add(scheme)
    session.flush()
    audit.record(session, now, actor=roles.actor(agent), action="scheme.approve", subject=scheme.id, reason=reference)
    return scheme


def end(session: Session, agent: Agent, scheme_id: str, now: datetime) -> Scheme:
    """Turn a scheme off."""
    roles.require(agent, May.SCHEMES)
    scheme = session.get(Scheme, scheme_id)
    if scheme is None:
        raise NotFound("scheme")
    scheme.ended_at = scheme.ended_at or now
    audit.record(session, now, actor=roles.actor(agent), action="scheme.end", subject=scheme.id)
    return scheme


def approved(session: Session) -> list[Scheme]:
    """The schemes that are on; usually none."""
    rows = select(Scheme).where(Scheme.ended_at.is_(None)).order_by(Scheme.approved_at, Scheme.id)
    return list(session.execute(rows).scalars())


def apply(session: Session, no: str, agent: Agent, scheme_id: str, note: str, now: datetime) -> Complaint:
    """Decide on an approved scheme for a complaint, with the reason (A077, A083). Raises NotFound where it is off."""
    roles.require(agent, May.SCHEMES)
    complaint = take_up(session, no, agent)
    scheme = next((row for row in approved(session) if row.id == scheme_id), None)
    if scheme is None:
        raise NotFound("scheme")
    record(
        session,
        complaint,
        agent,
        now,
        "scheme",
        written(note, "note"),
        scheme=scheme.id,
        kind=scheme.kind.value,
        name=scheme.name,
        legal_reference=scheme.legal_reference,
    )
    return complaint
