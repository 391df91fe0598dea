"""First notice of loss: safety first, then the questions of C.1 in their order, written once, handed to staff."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions.base import ClaimsAction, Events, Turn, leave_form
from bot.actions.form import Form, asks_a_topic, first_key, insisted, is_question, says, words
from bot.actions.handoff import hand_over
from cases import claims, reports
from cases.enums import AccidentKind, HandoverReason
from cases.masking import mask_phone
from cases.models import Policy

SLOTS = (
    "report_injured",
    "report_kind",
    "report_happened",
    "report_place",
    "report_plate",
    "report_loss",
    "report_contact",
    "report_confirmed",
)
UNKNOWN = "-"
REPLACED = frozenset({"report_happened", "report_plate", "report_contact"})  # said again, they count anew


class ValidateReportClaimForm(Form):
    """Injured? What kind? When? Where? Which car? How much? How to reach you? Right so?"""

    form = "report_claim_form"
    slots = (*SLOTS, "report_description")
    free_text = frozenset({"report_happened", "report_place"})
    confirm = "report_confirmed"

    def is_aside(self, turn: Turn, asked: str) -> bool:
        """“玻璃碎了单独赔吗？” names a kind of accident, but asks."""
        asks = asked == "report_kind" and turn.intent == "ask_faq" and asks_a_topic(turn)
        return asks or super().is_aside(turn, asked)

    def details(self, turn: Turn, asked: str | None) -> dict[str, Any]:
        """What one sentence tells about the accident."""
        told: dict[str, Any] = {}
        text = turn.text
        if turn.entity("injured") == "no" or says(text, "not_hurt"):
            told["report_injured"] = False
        if kind := turn.entity("accident_kind") or first_key(text, "accident_kinds"):
            told["report_kind"] = kind
        if when := _when(text):
            told["report_happened"] = when
        if asked != "report_place" and (place := _place(text)):
            told["report_place"] = place
        if plate := turn.entity("plate"):
            told["report_plate"] = claims.normal_subject(plate)
        if turn.entity("phone"):
            told["report_contact"] = str(turn.entity("phone"))
        if asked is None and len(text) >= 6:
            told["report_description"] = text
        return {
            slot: value
            for slot, value in told.items()
            if asked is None or slot == asked or slot in REPLACED or turn.slot(slot) is None
        }

    def answer(self, turn: Turn, slot: str, text: str) -> Any:
        """Codes for kind and loss, the customer's own words for when and where."""
        if slot == "report_confirmed":
            return True if turn.intent == "affirm" or (says(text, "yes") and not says(text, "no")) else None
        if slot == "report_injured":
            return _injured(turn, text)
        if slot == "report_kind":
            return first_key(text, "accident_kinds")
        if slot == "report_loss":
            return turn.entity("loss_band") or first_key(text, "loss_bands") or _band(turn.entity("amount_yuan"))
        if slot in ("report_plate", "report_contact"):
            return UNKNOWN if says(text, "none") else None
        return text if len(text) >= 2 and not is_question(text) else None

    def settle(self, turn: Turn, slots: dict[str, Any]) -> Events | None:
        """Somebody hurt: safety words and a person at once. What is on file is not asked for."""
        if slots["report_injured"] is True:
            turn.say("utter_safety_injury")
            hand_over(turn, HandoverReason.INJURY, summary=slots["report_description"] or turn.text)
            return leave_form(*SLOTS, "report_description")
        slots["report_description"] = slots["report_description"] or ""
        self._fill_from_file(turn, slots)
        return None

    def _fill_from_file(self, turn: Turn, slots: dict[str, Any]) -> None:
        plates = own_plates(turn)
        if slots["report_plate"] is None and len(plates) == 1:
            slots["report_plate"] = plates[0]
        if slots["report_contact"] is None and turn.conversation.contact_phone:
            slots["report_contact"] = mask_phone(turn.conversation.contact_phone)
        if slots["report_contact"] is None and turn.conversation.customer_key:
            slots["report_contact"] = UNKNOWN


def own_plates(turn: Turn) -> list[str]:
    """The plates of the signed-in customer's policies."""
    if not turn.conversation.customer_key:
        return []
    query = turn.session.query(Policy.plate).filter(Policy.customer_key == turn.conversation.customer_key)
    return [plate for (plate,) in query.order_by(Policy.plate)]


def _injured(turn: Turn, text: str) -> bool | None:
    if (
        turn.entity("injured") == "no"
        or says(text, "not_hurt")
        or turn.intent == "deny"
        or says(text, "no")
        or says(text, "none")
    ):
        return False
    if turn.entity("injured") == "yes" or says(text, "hurt") or turn.intent == "affirm" or says(text, "yes"):
        return True
    return None


def _when(text: str) -> str | None:
    found = [match.group() for pattern in words()["when"] for match in re.finditer(pattern, insisted(text))]
    return max(found, key=len) if found else None


def _place(text: str) -> str | None:
    for pattern in words()["place"]:
        if match := re.search(pattern, text):
            return match.group("p").strip()
    return None


def _band(amount: Any) -> str | None:
    if amount is None:
        return None
    yuan = float(amount)
    return "lt500" if yuan < 500 else "500_1000" if yuan < 1000 else "1000_2000" if yuan <= 2000 else "gt2000"


class AskReportPlate(ClaimsAction):
    """Which car, chosen from the customer's own where there are several."""

    called = "action_ask_report_plate"

    def act(self, turn: Turn) -> Events:
        """Offer the plates on file."""
        offered = [{"title": plate, "payload": f'/inform{{"plate": "{plate}"}}'} for plate in own_plates(turn)[:4]]
        turn.say("utter_ask_report_plate", choices=offered)
        return []


class AskReportConfirmed(ClaimsAction):
    """The report read back."""

    called = "action_ask_report_confirmed"

    def act(self, turn: Turn) -> Events:
        """Read back what will be written."""
        names = words()
        shown = {slot: turn.slot(slot) for slot in SLOTS}
        turn.say(
            "utter_ask_report_confirmed",
            kind=names["kind_names"][shown["report_kind"]],
            echo={"happened": shown["report_happened"], "place": shown["report_place"]},
            loss=names["loss_names"][shown["report_loss"]],
            plate=names["no_claim_name"] if shown["report_plate"] == UNKNOWN else shown["report_plate"],
            contact=names["contact_on_file"] if shown["report_contact"] == UNKNOWN else shown["report_contact"],
        )
        return []


class ActionReportClaim(ClaimsAction):
    """Write the confirmed report and tell what comes next."""

    called = "action_report_claim"

    def act(self, turn: Turn) -> Events:
        """Exactly once; staff open the claim from it."""
        if turn.slot("report_confirmed") is not True:
            return []
        kind = AccidentKind(turn.slot("report_kind"))
        row = reports.report_accident(
            turn.session,
            turn.conversation.id,
            str(turn.slot("form_id")),
            turn.now,
            kind=kind,
            injured=False,
            plate=_known(turn.slot("report_plate")),
            happened=turn.slot("report_happened")[:120],
            place=turn.slot("report_place")[:200],
            description=turn.slot("report_description") or "",
            loss_band=turn.slot("report_loss"),
            contact=turn.conversation.contact_phone,
        )
        turn.say(
            "utter_report_filed",
            no=row.no,
            card={"type": "ticket", "no": row.no, "category": words()["kind_names"][kind.value]},
        )
        hand_over(turn, HandoverReason.REPORT, summary=f"{row.no} {row.happened} {row.place} {row.description}")
        return [SlotSet(slot, None) for slot in (*SLOTS, "report_description")] + [SlotSet("photo_kind", kind.value)]


def _known(value: Any) -> str | None:
    return None if value in (None, UNKNOWN) else str(value)
