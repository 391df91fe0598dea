"""The tables. Import them from here."""

from cases.models.base import Base
from cases.models.claims import AuditEntry, Claim, ClaimEvent, Counter, Customer, Escalation, Policy, ProofAttempt
from cases.models.clocks import ClockMark, Event
from cases.models.complaints import AccidentReport, Appointment, Complaint, ComplaintEvent, Scheme
from cases.models.conversations import Callback, Conversation, Handover, Message, Note, Photo, Rating
from cases.models.deliveries import (
    ChannelEvent,
    ChannelSend,
    ChannelUser,
    Delivery,
    Platform,
    SeenSignature,
    SyncCursor,
)
from cases.models.desk import Agent, AgentSession
from cases.models.logs import guard
from cases.models.notices import Notice
from cases.models.review import Feedback, ReviewItem
from cases.models.risk import RiskLabel
from cases.models.satisfaction import Invitation, ServiceTag, TagsOff
from cases.models.suggestions import Suggestion
from cases.models.trackers import TrackerState

__all__ = [
    "AccidentReport",
    "Agent",
    "AgentSession",
    "Appointment",
    "AuditEntry",
    "Base",
    "Callback",
    "ChannelEvent",
    "ChannelSend",
    "ChannelUser",
    "Claim",
    "ClaimEvent",
    "ClockMark",
    "Complaint",
    "ComplaintEvent",
    "Conversation",
    "Counter",
    "Customer",
    "Delivery",
    "Escalation",
    "Event",
    "Feedback",
    "Handover",
    "Invitation",
    "Message",
    "Note",
    "Notice",
    "Photo",
    "Platform",
    "Policy",
    "ProofAttempt",
    "Rating",
    "ReviewItem",
    "RiskLabel",
    "Scheme",
    "SeenSignature",
    "ServiceTag",
    "Suggestion",
    "SyncCursor",
    "TagsOff",
    "TrackerState",
    "guard",
]
