"""The checklist: scenario questions in the order of C.1, then the list minus what the customer already has."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions.base import ClaimsAction, Events, Turn
from bot.actions.form import Form, first_key, says
from faq.checklist import Item, checklist, may_be_simple, optional
from faq.knowledge import phrases

SLOTS = (
    "materials_kind",
    "materials_injured",
    "materials_parties",
    "materials_loss",
    "materials_certificate",
    "materials_have",
)
ONE_CAR = frozenset({"single", "theft", "glass", "flood", "fire", "scratch"})
NEVER_HURT = frozenset({"theft", "glass", "scratch"})
CERTIFIED = frozenset({"two_party", "injury", "property"})
SKIPPED = "-"
PER_SCREEN = 8


class ValidateMaterialsForm(Form):
    """Kind, anybody hurt, several parties, loss, certificate, what is there already."""

    form = "materials_form"
    slots = SLOTS

    def details(self, turn: Turn, asked: str | None) -> dict[str, Any]:
        """A kind of accident or a document that is named without being asked for."""
        told: dict[str, Any] = {}
        kind = turn.entity("accident_kind") or first_key(turn.text, "accident_kinds")
        if kind and asked in (None, "materials_kind"):
            told["materials_kind"] = kind
        if asked == "materials_have" and (have := turn.entities("document")):
            told["materials_have"] = sorted(set(have))
        if asked is None and says(turn.text, "not_hurt"):
            told["materials_injured"] = False
        return told

    def answer(self, turn: Turn, slot: str, text: str) -> Any:
        """Yes or no where that is asked; codes for the loss; document ids for what is there."""
        if slot == "materials_loss":
            return turn.entity("loss_band") or first_key(text, "loss_bands")
        if slot == "materials_have":
            return self._have(turn, text)
        if slot == "materials_injured" and (says(text, "not_hurt") or says(text, "hurt")):
            return not says(text, "not_hurt")
        if slot == "materials_parties" and (says(text, "single") or says(text, "two_party")):
            return not says(text, "single")
        if slot == "materials_certificate" and turn.entity("certificate"):
            return turn.entity("certificate") == "yes"
        return _yes_or_no(turn, text) if slot != "materials_kind" else None

    def _have(self, turn: Turn, text: str) -> list[str] | None:
        if turn.intent in ("deny", "dont_know") or says(text, "none") or says(text, "no"):
            return []
        if says(text, "all_documents"):
            return list(phrases("statuses")["documents"])
        names = phrases("statuses")["documents"]
        return [code for code, name in names.items() if name in text] or None

    def settle(self, turn: Turn, slots: dict[str, Any]) -> Events | None:
        """What follows from the kind is not asked."""
        kind = slots["materials_kind"]
        if kind is None:
            return None
        if kind == "injury":
            slots["materials_injured"] = True
        if kind in NEVER_HURT and slots["materials_injured"] is None:
            slots["materials_injured"] = False
        if slots["materials_parties"] is None and (kind in ONE_CAR or kind in ("two_party", "property")):
            slots["materials_parties"] = kind in ("two_party", "property")
        if slots["materials_loss"] is None and (slots["materials_injured"] or kind in ("theft", "fire")):
            slots["materials_loss"] = SKIPPED
        if slots["materials_certificate"] is None and kind not in CERTIFIED and slots["materials_parties"] is False:
            slots["materials_certificate"] = SKIPPED
        return None


def _yes_or_no(turn: Turn, text: str) -> bool | None:
    if turn.intent in ("deny", "dont_know") or says(text, "no") or says(text, "none"):
        return False
    return True if turn.intent == "affirm" or says(text, "yes") else None


class ActionMaterials(ClaimsAction):
    """The list that is left, eight lines a screen, as text and as a card."""

    called = "action_materials"

    def act(self, turn: Turn) -> Events:
        """Required first, what depends on the case behind it; the simple procedure below 500 yuan is offered, not
        decided.
        """
        kind = turn.slot("materials_kind")
        if kind is None or turn.slot("materials_have") is None:
            return []
        kind = "injury" if turn.slot("materials_injured") is True else kind
        items = checklist(kind, _at_hand(turn))
        name = phrases("materials")["scenarios"][kind]["name"]
        self._say_list(turn, name, items)
        self._say_optional(turn, kind)
        return [SlotSet(slot, None) for slot in SLOTS]

    def _say_list(self, turn: Turn, name: str, items: list[Item]) -> None:
        left = [
            f"{n}. {item.name}" + (f"：{item.hint}" if item.hint else "")
            for n, item in enumerate((item for item in items if not item.have), 1)
        ]
        card = {
            "type": "checklist",
            "title": name,
            "items": [{"name": item.name, "required": True, "have": item.have, "hint": item.hint} for item in items],
        }
        if not left:
            turn.say("utter_materials_complete", scenario=name, card=card)
            return
        turn.say("utter_materials_list", scenario=name, lines="\n".join(left[:PER_SCREEN]), card=card)
        if left[PER_SCREEN:]:
            turn.say("utter_materials_more", lines="\n".join(left[PER_SCREEN:]))

    def _say_optional(self, turn: Turn, kind: str) -> None:
        lines = "\n".join(f"· {name}（{when}）" for name, when in optional(kind)[:PER_SCREEN])
        if lines:
            turn.say("utter_materials_optional", lines=lines)
        if may_be_simple(kind, str(turn.slot("materials_loss"))):
            turn.say("utter_materials_small_loss")


def _at_hand(turn: Turn) -> set[str]:
    certified = (
        {"accident_certificate", "settlement_agreement"} if turn.slot("materials_certificate") is True else set()
    )
    return set(turn.slot("materials_have") or ()) | certified
