"""Complaints with their log, accident reports, and appointments."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Text

from cases.enums import (
    AccidentKind,
    ComplaintCategory,
    ComplaintLevel,
    ComplaintState,
    Confirmation,
    ReplyBy,
    SchemeKind,
    Severity,
)
from cases.models.base import Base, Json, UtcDateTime, code


class Complaint(Base):
    """A complaint and where it stands. `matter` identifies what it is about, so that it is not opened twice."""

    __tablename__ = "complaints"
    no = Column(String(20), primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    customer_key = Column(ForeignKey("customers.key"), index=True)
    claim_no = Column(String(32), index=True)
    matter = Column(String(160), nullable=False, index=True)
    category = Column(code(ComplaintCategory), nullable=False)
    severity = Column(code(Severity), nullable=False)
    level = Column(code(ComplaintLevel), nullable=False)
    state = Column(code(ComplaintState), nullable=False, index=True)
    what_happened = Column(Text, nullable=False)
    wanted = Column(Text, nullable=False)
    reply_by = Column(code(ReplyBy), nullable=False)
    contact = Column(String(120))
    flags = Column(Json, nullable=False, default=list)
    parties = Column(Json)  # who is complained about, by username: they neither see nor handle it
    created_at = Column(UtcDateTime, nullable=False)
    first_feedback_due = Column(UtcDateTime, nullable=False)
    first_feedback_at = Column(UtcDateTime)
    legal_due = Column(UtcDateTime, nullable=False)
    level_due = Column(UtcDateTime)
    closed_at = Column(UtcDateTime)
    legal_days = Column(Integer)  # 15, extended to 30 or 60; none means 15
    level_since = Column(UtcDateTime)  # when it came to its level; none means since it was filed
    promised_at = Column(UtcDateTime)  # when the customer was told that he hears again
    waiting_since = Column(UtcDateTime)  # the service clocks stand while the customer is to act
    answered_at = Column(UtcDateTime)
    answered_via = Column(code(ReplyBy))
    confirmation = Column(code(Confirmation))
    asked_again = Column(Integer)  # how often the customer was asked again for a word on the answer
    request_id = Column(String(80), nullable=False, unique=True)  # the form that wrote it; a retry finds the row


class ComplaintEvent(Base):
    """One line of a complaint's log. Lines are only ever added."""

    __tablename__ = "complaint_events"
    id = Column(Integer, primary_key=True)
    complaint_no = Column(ForeignKey("complaints.no"), nullable=False)
    at = Column(UtcDateTime, nullable=False)
    actor = Column(String(64), nullable=False)
    action = Column(String(32), nullable=False)
    text = Column(Text, nullable=False, default="")
    data = Column(Json, nullable=False, default=dict)
    request_id = Column(String(80))
    __table_args__ = (
        Index(None, "complaint_no", "at"),
        Index("uq_complaint_events_complaint_no_request_id", "complaint_no", "request_id", unique=True),
    )


class Scheme(Base):
    """A compensation scheme that a supervisor approved with the legal department's word; none means all are off."""

    __tablename__ = "schemes"
    id = Column(String(20), primary_key=True)
    kind = Column(code(SchemeKind), nullable=False)
    name = Column(String(60), nullable=False)
    legal_reference = Column(String(80), nullable=False)
    approved_by = Column(ForeignKey("agents.id"), nullable=False)
    approved_at = Column(UtcDateTime, nullable=False)
    ended_at = Column(UtcDateTime)


class AccidentReport(Base):
    """A first notice of loss that a customer gave in the chat, for staff to open a claim from."""

    __tablename__ = "accident_reports"
    no = Column(String(20), primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    customer_key = Column(ForeignKey("customers.key"), index=True)
    plate = Column(String(12))
    kind = Column(code(AccidentKind), nullable=False)
    injured = Column(Boolean, nullable=False)
    happened = Column(String(120), nullable=False)  # when, in the customer's words
    place = Column(String(200), nullable=False)
    description = Column(Text, nullable=False)
    loss_band = Column(String(16))
    contact = Column(String(20))
    created_at = Column(UtcDateTime, nullable=False)
    request_id = Column(String(80), nullable=False, unique=True)


class Appointment(Base):
    """A wish for a surveyor's visit, for staff to confirm (service-rules A051: the wish is recorded, not the
    resource).
    """

    __tablename__ = "appointments"
    no = Column(String(20), primary_key=True)
    conversation_id = Column(ForeignKey("conversations.id"), nullable=False, index=True)
    customer_key = Column(ForeignKey("customers.key"), index=True)
    service = Column(String(32), nullable=False)
    subject = Column(String(32))
    wished_time = Column(String(120), nullable=False)
    place = Column(String(200), nullable=False)
    contact = Column(String(20))
    state = Column(String(16), nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    request_id = Column(String(80), nullable=False, unique=True)
