"""Every state and kind that is stored, as the codes that the database and the contract use."""

from __future__ import annotations

from enum import Enum


class Code(str, Enum):
    """A string enum that prints as its value."""

    def __str__(self) -> str:
        return str(self.value)


class Owner(Code):
    """Who a conversation belongs to."""

    BOT = "bot"
    QUEUED = "queued"
    HUMAN = "human"
    CLOSED = "closed"


class Sender(Code):
    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Kind(Code):
    TEXT = "text"
    CHOICES = "choices"
    IMAGE = "image"
    CARD = "card"
    RATING = "rating"


class Turn(Code):
    """What became of a customer's message."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class Channel(Code):
    APP = "app"
    WECHAT = "wechat"
    WECOM = "wecom"


class Opening(Code):
    """What a customer did that lets us send to him for a while (WeChat's quotas)."""

    MESSAGE = "message"
    MENU = "menu"
    FOLLOW = "follow"
    SCAN = "scan"


class EventState(Code):
    """What became of something that came in over a channel."""

    DONE = "done"
    MEDIA = "media"  # the picture is still to be fetched
    FAILED = "failed"


class DeliveryState(Code):
    """What became of a message on its way to a channel."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    WAITING = "waiting"  # for the customer's next message
    DROPPED = "dropped"  # not worth one of the last places: ratings and good-byes
    FAILED = "failed"


class Coverage(Code):
    COMPULSORY = "compulsory"
    OWN_DAMAGE = "own_damage"
    THIRD_PARTY = "third_party"
    PASSENGER = "passenger"
    SCRATCH = "scratch"


class AccidentKind(Code):
    SINGLE = "single"
    TWO_PARTY = "two_party"
    INJURY = "injury"
    THEFT = "theft"
    GLASS = "glass"
    FLOOD = "flood"
    FIRE = "fire"
    SCRATCH = "scratch"
    PROPERTY = "property"


class ClaimStatus(Code):
    """The sixteen states of a claim (materials-photos-status C.3)."""

    REGISTERED = "REGISTERED"
    DISPATCHED = "DISPATCHED"
    SURVEYED = "SURVEYED"
    DOCS_PARTIAL = "DOCS_PARTIAL"
    DOCS_SUBMITTED = "DOCS_SUBMITTED"
    ASSESSING = "ASSESSING"
    ASSESSED = "ASSESSED"
    DISPUTED = "DISPUTED"
    UNDERWRITTEN = "UNDERWRITTEN"
    AGREED = "AGREED"
    PAYING = "PAYING"
    PAID = "PAID"
    CLOSED = "CLOSED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    SUBROGATION = "SUBROGATION"


class HandoverReason(Code):
    """Why a conversation goes to a person (law.md B.7)."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    ANGRY = "angry"
    COMPLAINT = "complaint"
    ESCALATED_OUTSIDE = "escalated_outside"  # regulator, media, lawyer
    INJURY = "injury"
    SELF_HARM = "self_harm"
    IDENTITY = "identity"
    DISPUTE = "dispute"
    PRIVACY = "privacy"
    FRAUD = "fraud"
    REPORT = "report"
    APPOINTMENT = "appointment"
    BOT_DOWN = "bot_down"
    TAKEN_OVER = "taken_over"
    LOW_RATING = "low_rating"
    UNCONFIRMED = "unconfirmed"  # a complaint's answer that the customer has not reacted to


class HandoverState(Code):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    EXPIRED = "expired"  # ended by itself, after the session was over


class ComplaintCategory(Code):
    """What a complaint is about (service-rules A071, law.md B.5)."""

    DELAY = "delay"
    AMOUNT = "amount"
    ATTITUDE = "attitude"
    PROCESS = "process"
    DOCUMENTS = "documents"
    OTHER = "other"


class Severity(Code):
    """How urgent a complaint is handled (service-rules A076, as the conflicts section allows)."""

    MINOR = "minor"
    MEDIUM = "medium"
    SERIOUS = "serious"


class ComplaintState(Code):
    OPEN = "open"
    ANSWERED = "answered"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class ComplaintLevel(Code):
    """The escalation ladder (service-rules A081)."""

    FIRST_LINE = "first_line"
    SPECIALIST = "specialist"
    CROSS_DEPARTMENT = "cross_department"
    OUTSIDE = "outside"


class ReplyBy(Code):
    """How the customer wants the answer (service-rules A079)."""

    PHONE = "phone"
    SMS = "sms"
    APP = "app"
    EMAIL = "email"


class Role(Code):
    """Who an agent is (service-rules A048)."""

    FIRST_LINE = "first_line"
    SPECIALIST = "specialist"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class ComplaintCheck(Code):
    """The verification checklist (service-rules A072) and the cross-checks (A073, A074). Forums are not searched."""

    FILE = "file"
    ESTIMATE = "estimate"
    QUOTATION = "quotation"
    DETAILS = "details"
    RECORDING = "recording"
    REPAIRER = "repairer"
    DUPLICATES = "duplicates"


class Confirmation(Code):
    """What a customer says to the answer (service-rules A080 with the conflicts' hint: no answer is not
    satisfaction).
    """

    RECEIVED = "received"
    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    PERSON = "person"


class SchemeKind(Code):
    """What a compensation scheme may consist of (conflicts 1 to 3): nothing that has a price."""

    PRIORITY = "priority"
    SUPERVISOR_REVIEW = "supervisor_review"
    WRITTEN_APOLOGY = "written_apology"


class Clock(Code):
    """The time limits that are watched."""

    CLAIM = "claim"
    FIRST_FEEDBACK = "first_feedback"
    PROMISED = "promised"
    LEVEL = "level"
    LEGAL = "legal"


class Mark(Code):
    """How far a clock has run."""

    WARNED = "warned"
    BREACHED = "breached"


class Rated(Code):
    """What a rating is about; people and the bot are never mixed."""

    HUMAN = "human"
    BOT = "bot"
    CLAIM = "claim"


class Dimension(Code):
    """What is rated beside the whole (service-rules A111)."""

    PROCESS = "process"
    COMMUNICATION = "communication"
    AMOUNT = "amount"


class EventKind(Code):
    """What is counted for the weekly review."""

    WORDING_STOP = "wording_stop"
    WORDING_REWRITE = "wording_rewrite"


class ReviewKind(Code):
    """Why a question is on the review list."""

    NOT_UNDERSTOOD = "not_understood"
    CLARIFIED = "clarified"
    OUT_OF_SCOPE = "out_of_scope"
    HANDED_OVER = "handed_over"
    THUMBED_DOWN = "thumbed_down"


class ReviewState(Code):
    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
