"""Complaints and agents for the tests of the desk's business."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import complaint_replies, complaints
from cases.complaints import Details
from cases.enums import ComplaintCategory, ReplyBy, Role
from cases.messages import Door
from cases.models import Agent, Complaint, ComplaintEvent, Conversation, Notice
from tests.rows import CLAIM

if TYPE_CHECKING:
    from tests.conftest import MakeAgent  # it has the fixtures that are made of these

NAMES = {"chen": Role.FIRST_LINE, "zhou": Role.SPECIALIST, "lead": Role.SUPERVISOR, "root": Role.ADMINISTRATOR}
Staff = dict[str, Agent]


def staff(make_agent: MakeAgent) -> Staff:
    """One agent of each role."""
    return {name: make_agent(name, role, name) for name, role in NAMES.items()}


def filed(session: Session, row: Conversation, at: datetime, request_id: str = "r1", **changes: Any) -> Complaint:
    """A complaint about delay, to be answered in the app."""
    values: dict[str, Any] = {
        "category": ComplaintCategory.DELAY,
        "what_happened": "三周没有人联系我",
        "wanted": "尽快处理",
        "reply_by": ReplyBy.APP,
        "claim_no": CLAIM,
    }
    return complaints.file(session, row.id, Details(request_id=request_id, **{**values, **changes}), at).complaint


def log_of(session: Session, no: str) -> list[tuple[str, str]]:
    """Who did what, in order."""
    rows = select(ComplaintEvent).where(ComplaintEvent.complaint_no == no).order_by(ComplaintEvent.id)
    return [(row.actor, row.action) for row in session.execute(rows).scalars()]


def told(session: Session) -> list[str]:
    """The notices that were recorded, in order."""
    return list(session.execute(select(Notice.name).order_by(Notice.id)).scalars())


def answer(session: Session, door: Door, no: str, agent: Agent, at: datetime, via: ReplyBy = ReplyBy.APP) -> Complaint:
    """An agent answers a complaint."""
    return complaint_replies.answer(
        session, door, no, agent, "经核实，您的案件已完成定损，定损报告可在App查收。", via, at
    )
