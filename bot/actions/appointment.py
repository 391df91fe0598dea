"""A surveyor's visit: the wish is recorded and staff confirm it (A051)."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions.base import ClaimsAction, Events, Turn
from bot.actions.form import Form, insisted, is_question, says, words
from bot.actions.handoff import hand_over
from cases import claims, reports
from cases.enums import HandoverReason
from cases.masking import mask_phone

SLOTS = ("appointment_subject", "appointment_time", "appointment_place", "appointment_contact", "appointment_confirmed")
UNKNOWN = "-"


class ValidateAppointmentForm(Form):
    """Which claim or car, when, where, how to reach you."""

    form = "appointment_form"
    slots = SLOTS
    free_text = frozenset({"appointment_time", "appointment_place"})
    confirm = "appointment_confirmed"

    def details(self, turn: Turn, asked: str | None) -> dict[str, Any]:
        """What one sentence tells."""
        told: dict[str, Any] = {}
        if subject := turn.entity("claim_no") or turn.entity("plate"):
            told["appointment_subject"] = claims.normal_subject(subject)
        found = [match.group() for pattern in words()["when"] for match in re.finditer(pattern, insisted(turn.text))]
        if found and asked != "appointment_place":  # “3号楼” is no day
            told["appointment_time"] = max(found, key=len)
        if asked != "appointment_place" and (match := re.search(words()["place"][1], turn.text)):
            told["appointment_place"] = match.group("p").strip()
        if turn.entity("phone"):
            told["appointment_contact"] = str(turn.entity("phone"))
        return told

    def answer(self, turn: Turn, slot: str, text: str) -> Any:
        """The customer's own words for time and place."""
        if slot == "appointment_confirmed":
            return True if turn.intent == "affirm" or (says(text, "yes") and not says(text, "no")) else None
        if slot in ("appointment_subject", "appointment_contact"):
            return UNKNOWN if turn.intent == "dont_know" or says(text, "none") or says(text, "no") else None
        return text if len(text) >= 2 and not is_question(text) else None

    def settle(self, turn: Turn, slots: dict[str, Any]) -> Events | None:
        """What is on file is not asked for."""
        conversation = turn.conversation
        mine = claims.own_claims(turn.session, conversation)
        if slots["appointment_subject"] is None and len(mine) == 1:
            slots["appointment_subject"] = mine[0].claim_no
        if slots["appointment_contact"] is None and conversation.contact_phone:
            slots["appointment_contact"] = mask_phone(conversation.contact_phone)
        if slots["appointment_contact"] is None and conversation.customer_key:
            slots["appointment_contact"] = UNKNOWN
        return None


class AskAppointmentConfirmed(ClaimsAction):
    """The appointment read back."""

    called = "action_ask_appointment_confirmed"

    def act(self, turn: Turn) -> Events:
        """Read back what will be recorded."""
        names = words()
        subject, contact = turn.slot("appointment_subject"), turn.slot("appointment_contact")
        turn.say(
            "utter_ask_appointment_confirmed",
            echo={"time": turn.slot("appointment_time"), "place": turn.slot("appointment_place")},
            subject=names["no_claim_name"] if subject == UNKNOWN else subject,
            contact=names["contact_on_file"] if contact == UNKNOWN else contact,
        )
        return []


class ActionAppointment(ClaimsAction):
    """Record the confirmed wish and hand it to staff."""

    called = "action_appointment"

    def act(self, turn: Turn) -> Events:
        """Exactly once."""
        if turn.slot("appointment_confirmed") is not True:
            return []
        subject = turn.slot("appointment_subject")
        row = reports.book_appointment(
            turn.session,
            turn.conversation.id,
            str(turn.slot("form_id")),
            turn.now,
            service="survey",
            subject=None if subject == UNKNOWN else subject[:32],
            wished_time=turn.slot("appointment_time")[:120],
            place=turn.slot("appointment_place")[:200],
            contact=turn.conversation.contact_phone,
        )
        turn.say(
            "utter_appointment_filed",
            no=row.no,
            card={"type": "ticket", "no": row.no, "category": words()["visit_name"]},
        )
        hand_over(turn, HandoverReason.APPOINTMENT, summary=f"{row.no} {row.wished_time} {row.place}")
        return [SlotSet(slot, None) for slot in SLOTS]
