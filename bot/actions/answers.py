"""Answers that need to know what went before: not understood, greeting, stopping."""

from __future__ import annotations

from itertools import takewhile

from bot.actions.base import ClaimsAction, Events, Turn, leave_form
from bot.actions.handoff import hand_over
from cases import handover
from cases.enums import HandoverReason

FORGIVEN = 1
FORM_SLOTS = {
    "claim_status_form": ("claim_subject", "phone_last4", "claim_no"),
    "complaint_form": (
        "complaint_what",
        "complaint_claim",
        "complaint_wanted",
        "complaint_reply_by",
        "complaint_contact",
        "complaint_confirmed",
    ),
    "withdraw_complaint_form": ("withdraw_no", "withdraw_confirmed"),
    "report_claim_form": (
        "report_injured",
        "report_kind",
        "report_happened",
        "report_place",
        "report_plate",
        "report_loss",
        "report_contact",
        "report_confirmed",
        "report_description",
    ),
    "materials_form": (
        "materials_kind",
        "materials_injured",
        "materials_parties",
        "materials_loss",
        "materials_certificate",
        "materials_have",
    ),
    "photo_form": ("photo_kind",),
    "appointment_form": (
        "appointment_subject",
        "appointment_time",
        "appointment_place",
        "appointment_contact",
        "appointment_confirmed",
    ),
    "rating_form": ("rating_score", "rating_comment"),
}


class ActionGreet(ClaimsAction):
    """A greeting that knows whether a person was here before."""

    called = "action_greet"

    def act(self, turn: Turn) -> Events:
        """Say what the assistant is and can do; after a person, what was noted."""
        note = handover.last_note(turn.session, turn.conversation.id)
        if note:
            turn.say("utter_greet_after_person", echo={"note": note})
        else:
            turn.say("utter_greet")
        return []


class ActionStop(ClaimsAction):
    """Cancel whatever is open."""

    called = "action_stop"

    def act(self, turn: Turn) -> Events:
        """Forget what the form had gathered, and say so."""
        form = turn.active_form
        turn.say("utter_stopped" if form else "utter_nothing_to_stop")
        return leave_form(*FORM_SLOTS.get(form or "", ()))


class ActionDefaultFallback(ClaimsAction):
    """Not understood: ask again once, then offer a person by handing over (law.md B.7)."""

    called = "action_default_fallback"

    def act(self, turn: Turn) -> Events:
        """The second time in a row leads to a person."""
        if _in_a_row(turn) > FORGIVEN:
            turn.say("utter_not_understood_person")
            hand_over(turn, HandoverReason.NOT_UNDERSTOOD)
        else:
            turn.say("utter_not_understood")
        return []


def _in_a_row(turn: Turn) -> int:
    """How many of the customer's last messages, this one included, were not understood without a break."""
    said = [event for event in turn.tracker.events if event["event"] == "user"]
    intents = [(event["parse_data"].get("intent") or {}).get("name") for event in reversed(said)]
    return len(list(takewhile(lambda intent: intent == "not_understood", intents)))
