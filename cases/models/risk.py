"""The internal label of customers who are followed up first."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, UniqueConstraint

from cases.desk_enums import RiskKind
from cases.models.base import Base, Json, UtcDateTime, code


class RiskLabel(Base):
    """One reason to follow up a customer (or a guest's conversation) first; a removed one stays, so that the same
    reason does not make it again (A117).
    """

    __tablename__ = "risk_labels"
    id = Column(Integer, primary_key=True)
    owner = Column(String(80), nullable=False, index=True)  # customer:KEY or conversation:ID
    kind = Column(code(RiskKind), nullable=False)
    subject = Column(String(32), nullable=False)  # the complaint or the claim
    data = Column(Json, nullable=False, default=dict)
    at = Column(UtcDateTime, nullable=False)
    followed_up_at = Column(UtcDateTime)
    followed_up_by = Column(ForeignKey("agents.id"))
    removed_at = Column(UtcDateTime)
    removed_by = Column(ForeignKey("agents.id"))  # none: a corrected estimate took it away
    __table_args__ = (UniqueConstraint("owner", "kind", "subject"),)
