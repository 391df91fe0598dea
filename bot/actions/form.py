"""How a form listens.

A message in a form is read for everything it tells, not only for what was asked last: details that came in one
sentence are
not asked again, and a later message may correct any of them. A question in between is answered and the form goes
on. What
belongs elsewhere (a person, an accident with injuries, another request, “cancel”) is rejected here, so that the
rules of `bot/data/stories.yml` take over.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk.events import SlotSet

from bot.actions.base import REQUESTED, ClaimsAction, Events, Turn

ASIDES = {
    "ask_faq": "utter_faq",
    "ask_follow_up": "utter_follow_up",
    "chitchat": "utter_chitchat",
    "greet": "utter_greet_again",
    "thank": "utter_thank",
    "clarify_topic": "utter_clarify",
}
ALWAYS_LEAVES = frozenset({"request_human", "stop", "report_emergency", "cancel_queue", "send_photo"})
STARTS = {
    "check_claim_status": "claim_status_form",
    "file_complaint": "complaint_form",
    "report_claim": "report_claim_form",
    "get_materials": "materials_form",
    "get_photo_guide": "photo_form",
    "book_appointment": "appointment_form",
    "rate_service": "rating_form",
    "check_complaint": "",
    "withdraw_complaint": "withdraw_complaint_form",
}
MOST_MISSES = 2
SHORT = 6
URGENT = frozenset({"self_harm", "regulator", "media", "lawyer", "fraud", "privacy"})
SURE_TOPIC = 0.55


@lru_cache(maxsize=1)
def words() -> Mapping[str, Any]:
    """The words that forms look for (`bot/actions/words.yml`)."""
    return yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))


def says(text: str, group: str) -> bool:
    """Whether a text holds one of a group's expressions."""
    return any(re.search(pattern, text) for pattern in words()[group])


def first_key(text: str, group: str) -> str | None:
    """The first key of a group (key → expressions) that a text matches."""
    for key, patterns in words()[group].items():
        if any(re.search(pattern, text) for pattern in patterns):
            return str(key)
    return None


def is_question(text: str) -> bool:
    """Whether a text reads as a question."""
    return says(text, "question")


def wants_a_person(turn: Turn) -> bool:
    """Whether a message that is taken for a wish for a person is one: “到现在没有人联系我” is what happened."""
    return len(turn.text) <= SHORT or says(turn.text, "person") or bool(turn.flags & URGENT)


def insisted(text: str) -> str:
    """What “不是昨天，是前天” comes down to: the second; any other text as it is."""
    return re.split(words()["not_but"], text)[-1]


def asks_a_topic(turn: Turn) -> bool:
    """Whether a message surely asks about a topic, whatever else it names."""
    return is_question(turn.text) and float(turn.decision.get("faq_score") or 0) >= SURE_TOPIC


class Form(ClaimsAction):
    """The validation of a form. A subclass names its slots in the order of asking and reads a message for them."""

    form = ""
    slots: tuple[str, ...] = ()
    free_text: frozenset[str] = frozenset()
    confirm: str | None = None

    def name(self) -> str:
        """`validate_` and the form, as Rasa looks it up."""
        return f"validate_{self.form}"

    def read(self, turn: Turn, asked: str | None) -> dict[str, Any]:
        """What the message tells about any slot; `asked` is the one that was asked for. None asks for a slot again."""
        if asked and (corrected := self.corrections(turn, asked)):
            return corrected
        told = self.details(turn, asked)
        if asked and asked not in told and (value := self.answer(turn, asked, turn.text)) is not None:
            told[asked] = value
        return told

    def details(self, turn: Turn, asked: str | None) -> dict[str, Any]:
        """What the message tells without being asked."""
        return {}

    @abstractmethod
    def answer(self, turn: Turn, slot: str, text: str) -> Any:
        """The value that a text gives as the answer to a question; None when it gives none."""

    def corrections(self, turn: Turn, asked: str) -> dict[str, Any]:
        """What the customer corrects: a slot with its new value, or with None to be asked again."""
        tapped = turn.entity("field")
        field = tapped if tapped in self.slots else self._named_field(turn, asked)
        if field is None:
            return {}
        match = re.search(words()["corrected_value"][0], turn.text)
        return {field: self.answer(turn, field, match.group(1)) if match else None}

    def _named_field(self, turn: Turn, asked: str) -> str | None:
        if asked != self.confirm and turn.intent != "correct_value":
            return None
        if not says(turn.text, "no") and turn.intent != "correct_value":
            return None
        mine = {slot: words()["corrections"].get(slot, ()) for slot in self.slots}
        return next((slot for slot, patterns in mine.items() if any(re.search(p, turn.text) for p in patterns)), None)

    def settle(self, turn: Turn, slots: dict[str, Any]) -> Events | None:
        """Fill what is known without asking, check what belongs together. Events end the form here and now."""
        return None

    def act(self, turn: Turn) -> Events:
        """Read the message; reject what belongs elsewhere, answer asides, ask on."""
        asked = self.asked(turn)
        if asked and self.belongs_elsewhere(turn, asked):
            return []
        slots = {slot: turn.slot(slot) for slot in self.slots} if asked else dict.fromkeys(self.slots)
        told = {} if asked and self.is_aside(turn, asked) else self.read(turn, asked)
        slots.update(told)
        if self.confirm and told and set(told) - {self.confirm} and slots.get(self.confirm):
            slots[self.confirm] = told.get(self.confirm)
        misses = 0 if told or not asked else self.missed(turn, asked)
        ended = self.settle(turn, slots)
        if ended is not None:
            return ended
        if misses > MOST_MISSES:
            return self.give_up(turn)
        return self.going_on(turn, slots, misses, new=not asked)

    def asked(self, turn: Turn) -> str | None:
        """The slot that this form asked for last; None while it begins (another form's request may still stand
        there).
        """
        requested = turn.slot(REQUESTED)
        return requested if turn.active_form == self.form and requested in self.slots else None

    def going_on(self, turn: Turn, slots: Mapping[str, Any], misses: int, *, new: bool) -> Events:
        """The events that keep what is known and ask for the first thing that is not."""
        following = next((slot for slot in self.slots if slots[slot] is None), None)
        events = [SlotSet(slot, value) for slot, value in slots.items()]
        events += [SlotSet("form_misses", misses), SlotSet(REQUESTED, following)]
        return [*events, SlotSet("form_id", turn.turn_id)] if new else events

    def belongs_elsewhere(self, turn: Turn, asked: str) -> bool:
        """Whether a rule outside the form should take this message."""
        if says(turn.text, "detail_only"):
            return False
        if turn.intent == "request_human" and asked in self.free_text:
            return wants_a_person(turn)
        if turn.intent in ALWAYS_LEAVES:
            return True
        other = STARTS.get(turn.intent)
        if other is None or other == self.form:
            return False
        if asked.endswith("_kind") and self.read(turn, asked):  # “追尾了” answers what kind; alone it would be a report
            return says(turn.text, "new_request")
        return asked not in self.free_text or says(turn.text, "new_request")

    def is_aside(self, turn: Turn, asked: str) -> bool:
        """Whether the message is a question in between rather than an answer."""
        if turn.intent not in ASIDES:
            return False
        if asked in self.free_text:
            return turn.intent in ("ask_faq", "thank") and asks_a_topic(turn)
        return not self.read(turn, asked)

    def missed(self, turn: Turn, asked: str) -> int:
        """Answer an aside, or say that the answer was not understood; the number of misses in a row."""
        if asked == self.confirm and (turn.intent in ("deny", "correct_value") or says(turn.text, "no")):
            turn.say("utter_ask_what_to_correct", choices=self.fields_to_correct())
            return 0
        if turn.intent in ASIDES:
            turn.say(ASIDES[turn.intent])
            return int(turn.slot("form_misses") or 0)
        if STARTS.get(turn.intent) == self.form:  # the same request in other words: asked on
            return int(turn.slot("form_misses") or 0) + 1
        turn.say("utter_form_unclear")
        return int(turn.slot("form_misses") or 0) + 1

    def fields_to_correct(self) -> list[dict[str, str]]:
        """A choice for each thing that can be corrected."""
        names = words()["field_names"]
        return [
            {"title": names[slot], "payload": f'/correct_value{{"field": "{slot}"}}'}
            for slot in self.slots
            if slot in names
        ]

    def give_up(self, turn: Turn) -> Events:
        """Not understood again and again: offer a person and leave the choice to the customer."""
        turn.say("utter_form_offer_person")
        return [SlotSet("form_misses", 0), *self.keep_asking(turn)]

    def keep_asking(self, turn: Turn) -> Events:
        """Ask the same again."""
        return [SlotSet(REQUESTED, turn.slot(REQUESTED))]
