"""Customers, policies and claims as the insurer's core system gives them, and who looked at them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import relationship

from cases.enums import AccidentKind, ClaimStatus
from cases.models.base import Base, Json, UtcDateTime, code


class Customer(Base):
    """A policyholder; `key` is the insurer's own number and the `sub` of its JWT."""

    __tablename__ = "customers"
    key = Column(String(64), primary_key=True)
    name = Column(String(64), nullable=False)
    phone = Column(String(20), nullable=False)
    id_last4 = Column(String(4))
    policies = relationship("Policy", back_populates="customer")


class Policy(Base):
    """A motor policy; `coverages` keeps code, limit_yuan, deductible_yuan and deductible_rate of each cover."""

    __tablename__ = "policies"
    policy_no = Column(String(32), primary_key=True)
    customer_key = Column(ForeignKey("customers.key"), nullable=False, index=True)
    plate = Column(String(12), nullable=False, index=True)
    vin = Column(String(17))
    valid_from = Column(Date, nullable=False)
    valid_to = Column(Date, nullable=False)
    coverages = Column(Json, nullable=False)
    customer = relationship("Customer", back_populates="policies")
    claims = relationship("Claim", back_populates="policy")


class Claim(Base):
    """A claim in the state that the core system last reported. `status_at` is when it came into that state."""

    __tablename__ = "claims"
    claim_no = Column(String(32), primary_key=True)
    policy_no = Column(ForeignKey("policies.policy_no"), nullable=False, index=True)
    kind = Column(code(AccidentKind), nullable=False)
    accident_at = Column(UtcDateTime, nullable=False)
    place = Column(String(200))
    estimated_loss_yuan = Column(Float)
    injured = Column(Boolean, nullable=False)
    status = Column(code(ClaimStatus), nullable=False)
    status_at = Column(UtcDateTime, nullable=False)
    missing_documents = Column(Json, nullable=False, default=list)
    payee_tail = Column(String(4))
    policy = relationship("Policy", back_populates="claims")
    events = relationship("ClaimEvent", order_by="ClaimEvent.at")


class ClaimEvent(Base):
    """One change of state of a claim, kept for the timeline."""

    __tablename__ = "claim_events"
    id = Column(Integer, primary_key=True)
    claim_no = Column(ForeignKey("claims.claim_no"), nullable=False, index=True)
    status = Column(code(ClaimStatus), nullable=False)
    at = Column(UtcDateTime, nullable=False)
    reminded_at = Column(UtcDateTime)


class ProofAttempt(Base):
    """A guest's attempt to prove who he is; `subject` is the claim number or plate that was tried."""

    __tablename__ = "proof_attempts"
    id = Column(Integer, primary_key=True)
    conversation_id = Column(String(32), nullable=False)
    subject = Column(String(32), nullable=False)
    ok = Column(Boolean, nullable=False)
    at = Column(UtcDateTime, nullable=False)
    __table_args__ = (Index(None, "conversation_id", "at"), Index(None, "subject", "at"))


class Escalation(Base):
    """A claim that passed its service target (service-rules A042), one for each state that it is late in."""

    __tablename__ = "escalations"
    no = Column(String(20), primary_key=True)
    claim_no = Column(ForeignKey("claims.claim_no"), nullable=False, index=True)
    status = Column(code(ClaimStatus), nullable=False)
    due_at = Column(UtcDateTime, nullable=False)
    created_at = Column(UtcDateTime, nullable=False)
    __table_args__ = (Index("uq_escalations_claim_no_status_due_at", "claim_no", "status", "due_at", unique=True),)


class AuditEntry(Base):
    """Who did what to which record (PIPL 51): look-ups, reveals, logins, decisions. Never changed, never deleted
    early.
    """

    __tablename__ = "audit_log"
    id = Column(Integer, primary_key=True)
    at = Column(UtcDateTime, nullable=False, index=True)
    actor = Column(String(64), nullable=False)
    action = Column(String(64), nullable=False)
    subject = Column(String(64), nullable=False, index=True)
    outcome = Column(String(32), nullable=False)
    reason = Column(Text)
    data = Column(Json, nullable=False, default=dict)


class Counter(Base):
    """The last number given out for a series and a day."""

    __tablename__ = "counters"
    series = Column(String(8), primary_key=True)
    day = Column(String(8), primary_key=True)
    value = Column(Integer, nullable=False)
