"""Complaints: five questions at most, confirmed, written once, then handed over with a summary (A070–A081)."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions.base import ClaimsAction, Events, Turn, leave_form
from bot.actions.form import Form, first_key, says, words
from bot.actions.handoff import hand_over
from cases import claims, complaints
from cases.clock import local
from cases.enums import ComplaintCategory, HandoverReason, ReplyBy
from cases.errors import NotFound
from cases.masking import mask_phone
from cases.models import Complaint

SLOTS = (
    "complaint_what",
    "complaint_claim",
    "complaint_wanted",
    "complaint_reply_by",
    "complaint_contact",
    "complaint_confirmed",
)
OUTSIDE = frozenset({"regulator", "media", "lawyer"})
NO_CLAIM = "-"
LONG_ENOUGH = 6


class ValidateComplaintForm(Form):
    """What happened, which claim, what is wanted, how to answer, and a confirmation."""

    form = "complaint_form"
    slots = SLOTS
    free_text = frozenset({"complaint_what", "complaint_wanted"})
    confirm = "complaint_confirmed"

    def act(self, turn: Turn) -> Events:
        """Outside bodies and the press go to a person at once (A089); taking back what is not filed yet cancels it;
        everything else is asked for.
        """
        asked = self.asked(turn)
        if asked is None and OUTSIDE & turn.flags:
            hand_over(turn, HandoverReason.ESCALATED_OUTSIDE, summary=turn.text)
            return leave_form(*SLOTS)
        if asked and self._takes_back(turn, asked):
            turn.say("utter_stopped")
            return leave_form(*SLOTS)
        return super().act(turn)

    def _takes_back(self, turn: Turn, asked: str) -> bool:
        """Whether he means the complaint that is being filled in: there is no other to be withdrawn."""
        if turn.intent != "withdraw_complaint" or not self.belongs_elsewhere(turn, asked):
            return False
        return not complaints.running(turn.session, turn.conversation)

    def details(self, turn: Turn, asked: str | None) -> dict[str, Any]:
        """Details that came in one sentence are not asked again."""
        told: dict[str, Any] = {}
        if asked is None and len(_without_opening(turn.text)) >= LONG_ENOUGH:
            told["complaint_what"] = turn.text
        if turn.entity("no_claim"):
            told["complaint_claim"] = NO_CLAIM
        elif subject := turn.entity("claim_no") or turn.entity("plate"):
            told["complaint_claim"] = claims.normal_subject(subject)
        if wanted := _wanted(turn.text):
            told["complaint_wanted"] = wanted
        if asked != "complaint_reply_by" and (reply_by := _reply_by_in_passing(turn.text)):
            told["complaint_reply_by"] = reply_by
        if turn.entity("phone"):
            told["complaint_contact"] = str(turn.entity("phone"))
        return told

    def answer(self, turn: Turn, slot: str, text: str) -> Any:
        """The customer's own words for what happened and what is wanted; codes for the rest."""
        if slot == "complaint_confirmed":
            return True if turn.intent == "affirm" or (says(text, "yes") and not says(text, "no")) else None
        if slot == "complaint_claim":
            return NO_CLAIM if turn.intent == "dont_know" or says(text, "none") or says(text, "no") else None
        if slot == "complaint_reply_by":
            return turn.entity("reply_by") or first_key(text, "reply_by")
        if slot == "complaint_contact":
            return NO_CLAIM if says(text, "none") else None
        return text if len(text) >= 2 else None

    def settle(self, turn: Turn, slots: dict[str, Any]) -> Events | None:
        """A claim that the customer may see is taken without asking; a phone number is asked for only if it is
        needed.
        """
        mine = claims.own_claims(turn.session, turn.conversation)
        if slots["complaint_claim"] is None and len(mine) == 1:
            slots["complaint_claim"] = mine[0].claim_no
        if slots["complaint_claim"] not in (None, NO_CLAIM):
            slots["complaint_claim"] = _claim_of(mine, slots["complaint_claim"])
        by_phone = slots["complaint_reply_by"] in (ReplyBy.PHONE.value, ReplyBy.SMS.value)
        on_file = turn.conversation.contact_phone or turn.conversation.customer_key
        if slots["complaint_reply_by"] and slots["complaint_contact"] is None and (on_file or not by_phone):
            slots["complaint_contact"] = mask_phone(turn.conversation.contact_phone) or NO_CLAIM
        return None


def _without_opening(text: str) -> str:
    for pattern in words()["complaint_opening"]:
        text = re.sub(pattern, "", text)
    return re.sub(r"[\W_]", "", text)


def _wanted(text: str) -> str | None:
    """The clause that says what the customer wants."""
    clauses = re.split(r"[，。,.;；!！?？\n]", text)
    found = [clause.strip() for clause in clauses if says(clause, "wanted")]
    return "，".join(found) or None


def _reply_by_in_passing(text: str) -> str | None:
    for pattern in words()["reply_by_context"]:
        if match := re.search(pattern, text):
            return first_key(match.group(), "reply_by")
    return None


def _claim_of(mine: list[Any], subject: str) -> str:
    """The claim number behind a plate, where the customer may see it; otherwise what he said."""
    return next((claim.claim_no for claim in mine if subject in (claim.claim_no, claim.policy.plate)), subject)


class AskComplaintClaim(ClaimsAction):
    """Which claim it is about, chosen from the customer's own where there are several."""

    called = "action_ask_complaint_claim"

    def act(self, turn: Turn) -> Events:
        """Offer the claims that may be shown, and “none of them”."""
        mine = claims.own_claims(turn.session, turn.conversation)[:4]
        offered = [{"title": claim.claim_no, "payload": f'/inform{{"claim_no": "{claim.claim_no}"}}'} for claim in mine]
        turn.say("utter_ask_complaint_claim", choices=offered)
        return []


class AskComplaintConfirmed(ClaimsAction):
    """The complaint read back."""

    called = "action_ask_complaint_confirmed"

    def act(self, turn: Turn) -> Events:
        """Read back what will be registered; every line can be corrected."""
        turn.say("utter_ask_complaint_confirmed", **_read_back(turn))
        return []


def _read_back(turn: Turn) -> dict[str, Any]:
    names = words()
    contact = turn.slot("complaint_contact")
    return {
        "echo": {"what": turn.slot("complaint_what"), "wanted": turn.slot("complaint_wanted")},
        "category": names["category_names"][_category(turn).value],
        "claim": names["no_claim_name"] if turn.slot("complaint_claim") == NO_CLAIM else turn.slot("complaint_claim"),
        "reply_by": names["reply_by_names"][turn.slot("complaint_reply_by")],
        "contact": "" if contact in (None, NO_CLAIM) else f" {contact}",
    }


def _category(turn: Turn) -> ComplaintCategory:
    text = f"{turn.slot('complaint_what')} {turn.slot('complaint_wanted')}"
    return ComplaintCategory(first_key(text, "complaint_categories") or "other")


class ActionComplaint(ClaimsAction):
    """Write the confirmed complaint, tell number and time limits, hand over."""

    called = "action_complaint"

    def act(self, turn: Turn) -> Events:
        """Exactly once, however often it is retried: the form's id is the key."""
        if turn.slot("complaint_confirmed") is not True:
            return []
        filed = complaints.file(turn.session, turn.conversation.id, self._details(turn), turn.now)
        complaint = filed.complaint
        turn.say(
            "utter_complaint_filed" if filed.new else "utter_complaint_added",
            no=complaint.no,
            feedback_by=f"{local(complaint.first_feedback_due):%Y-%m-%d %H:%M}",
            card=_ticket(complaint),
        )
        hand_over(
            turn,
            HandoverReason.COMPLAINT,
            summary=_summary(complaint),
        )
        return [SlotSet(slot, None) for slot in SLOTS]

    def _details(self, turn: Turn) -> complaints.Details:
        claim = turn.slot("complaint_claim")
        conversation = turn.conversation
        return complaints.Details(
            request_id=str(turn.slot("form_id")),
            category=_category(turn),
            what_happened=turn.slot("complaint_what"),
            wanted=turn.slot("complaint_wanted"),
            reply_by=ReplyBy(turn.slot("complaint_reply_by")),
            claim_no=None if claim in (None, NO_CLAIM) else claim,
            contact=conversation.contact_phone,
            flags=sorted((turn.flags | set(conversation.flags)) & (OUTSIDE | {"injury"})),
        )


def _summary(complaint: Complaint) -> str:
    category = words()["category_names"][complaint.category.value]
    return f"{complaint.no} {category}：{complaint.what_happened}"


def _ticket(complaint: Complaint) -> dict[str, str]:
    return {
        "type": "ticket",
        "no": complaint.no,
        "category": words()["category_names"][complaint.category.value],
        "feedback_by": f"{local(complaint.first_feedback_due):%Y-%m-%d %H:%M}",
        "legal": f"{local(complaint.legal_due):%Y-%m-%d}",
    }


class ActionComplaintStatus(ClaimsAction):
    """How a complaint stands."""

    called = "action_complaint_status"

    def act(self, turn: Turn) -> Events:
        """The named one, or the newest of the customer's."""
        tell_complaint(turn)
        return []


def tell_complaint(turn: Turn) -> None:
    """Say how a complaint stands; the same answer for unknown and not theirs."""
    found = _find(turn)
    if found is None:
        turn.say("utter_complaint_not_found")
        return
    names = words()
    turn.say(
        "utter_complaint_status",
        no=found.no,
        state=names["complaint_states"][found.state.value],
        since=f"{local(found.created_at):%Y-%m-%d %H:%M}",
        level=names["complaint_levels"][found.level.value],
        feedback_by=f"{local(found.first_feedback_due):%Y-%m-%d %H:%M}",
        card=_ticket(found),
    )


def _find(turn: Turn) -> Complaint | None:
    if no := turn.entity("complaint_no"):
        try:
            return complaints.own_complaint(turn.session, turn.conversation.id, no, turn.now)
        except NotFound:
            return None
    return next(iter(complaints.of_customer(turn.session, turn.conversation)), None)
