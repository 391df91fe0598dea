"""Complaints, hand-overs and agents for the tests of the desk's business."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import complaint_replies, complaints, handover
from cases.complaints import Details
from cases.enums import ComplaintCategory, HandoverReason, ReplyBy, Role
from cases.handover import Requested
from cases.messages import Door
from cases.models import Agent, Complaint, ComplaintEvent, Conversation, Handover, Notice
from cases.settings import parse_hours
from tests.rows import CLAIM

if TYPE_CHECKING:
    from tests.conftest import MakeAgent  # it has the fixtures that are made of these

NAMES = {"chen": Role.FIRST_LINE, "zhou": Role.SPECIALIST, "lead": Role.SUPERVISOR, "root": Role.ADMINISTRATOR}
Staff = dict[str, Agent]
ALL_DAY, OFFICE, NIGHT = parse_hours("00:00-24:00"), parse_hours("09:00-18:00"), parse_hours("22:00-06:00")
ASKED, INJURY, COMPLAINT = HandoverReason.ASKED, HandoverReason.INJURY, HandoverReason.COMPLAINT


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


def ask(session: Session, row: Conversation, at: datetime, reason: HandoverReason = ASKED, **more: Any) -> Requested:
    """A person is asked for, at an hour when people are there."""
    return handover.request(session, row.id, reason, at, ALL_DAY, **more)


def stays(session: Session, row: Conversation) -> list[Handover]:
    """The times that a conversation was with people or waited for them, in order."""
    query = select(Handover).where(Handover.conversation_id == row.id).order_by(Handover.id)
    return list(session.execute(query).scalars())
