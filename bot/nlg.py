"""What the assistant says: responses from `bot/responses.yml`, answers from the knowledge base, every text reviewed.

Each message carries in `custom` what channels need beside the text: `route`, `faq_id`, `citations`, `more` (further
bubbles), `card`, `kind`; and `heard` for the review list, which no customer sees. The review here keeps `rasa shell`
compliant too; the gateway reviews again at the door.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.context import follow_up_topic, in_family
from bot.routes import FORM_ROUTES, topic_route
from cases.settings import get_settings
from faq.knowledge import Entry, knowledge, phrases, read_yaml
from faq.review import Reviewer, Verdict, load_reviewer

UPSET = frozenset({"worried", "angry", "threatening"})
MOST_CHOICES = 4
GUIDES = {
    "get_materials": "materials.general",
    "get_photo_guide": "photo.how_to",
}  # said when the request names no case
EMPTY_LINES = re.compile(r"\n\s*\n")
Message = dict[str, Any]
Say = Callable[[DialogueStateTracker, Mapping[str, Any]], Message]


class CompliantNaturalLanguageGenerator(TemplatedNaturalLanguageGenerator):
    """Rasa's templates, plus the responses that are made from the knowledge base."""

    def __init__(self, endpoint_config: Any = None, domain: Domain | None = None) -> None:
        super().__init__((domain or Domain.empty()).responses)
        self._reviewer: Reviewer = load_reviewer()
        self._app = get_settings().app_name
        self._made: dict[str, Say] = {
            "utter_faq": self._say_faq,
            "utter_follow_up": self._say_follow_up,
            "utter_clarify": self._say_clarify,
        }

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> Message | None:
        """The message for a response name; None for a name that nobody wrote."""
        made = self._made.get(utter_action)
        message = made(tracker, kwargs) if made else self._from_template(utter_action, tracker, output_channel, kwargs)
        if message is None:
            return None
        return self._finished(message, tracker, kwargs)

    def _from_template(
        self, name: str, tracker: DialogueStateTracker, channel: str, kwargs: Mapping[str, Any]
    ) -> Message | None:
        values = {"app": self._app, **kwargs, **self._echoed(kwargs.get("echo") or {})}
        return self.generate_from_slots(name, tracker.current_slot_values(), channel, **values)

    def _echoed(self, said: Mapping[str, str]) -> dict[str, str]:
        """The customer's own words that are read back: as they are, or named only when they are not compliant
        (wording D.1).
        """
        named = phrases("notices")["echo"]
        return {
            name: text if self._reviewer.review(text).verdict is Verdict.PASS else named.get(name, named["other"])
            for name, text in said.items()
        }

    def _finished(self, message: Message, tracker: DialogueStateTracker, kwargs: Mapping[str, Any]) -> Message:
        custom = {**(message.get("metadata") or {}), **(message.get("custom") or {})}
        custom.setdefault("route", route_of(tracker))
        custom["heard"] = heard_of(tracker, custom)
        custom["learned"] = learned_in(tracker)
        custom.update({key: kwargs[key] for key in ("card", "topic_after") if key in kwargs})
        message["buttons"] = [*(message.get("buttons") or []), *kwargs.get("choices", [])]
        text = self._comforted(message.get("text") or "", tracker, custom)
        message["text"] = self._compliant(text)
        message["custom"] = {key: value for key, value in custom.items() if value}
        return message

    def _compliant(self, text: str) -> str:
        filled = EMPTY_LINES.sub("\n", text.replace("{app}", self._app)).strip()
        return self._reviewer.review(filled, quotes=knowledge().current.quotes()).out if filled else ""

    def _comforted(self, text: str, tracker: DialogueStateTracker, custom: Message) -> str:
        """Comfort first when the customer is upset (A002), once in a conversation."""
        mood = decision_of(tracker).get("mood")
        if mood not in UPSET or was_comforted(tracker) or not text or custom["route"] == "emergency":
            return text
        custom["comforted"] = True
        return self.responses[f"utter_comfort_{mood}"][0]["text"] + text

    def _say_faq(self, tracker: DialogueStateTracker, kwargs: Mapping[str, Any]) -> Message:
        topics = [in_family(tracker, topic, knowledge().current) for topic in topics_of(tracker)]
        entries = [entry for topic in topics if (entry := knowledge().current.entries.get(topic))]
        return self._answer(entries, tracker) if entries else self._say_clarify(tracker, kwargs)

    def _say_follow_up(self, tracker: DialogueStateTracker, kwargs: Mapping[str, Any]) -> Message:
        topic = follow_up_topic(tracker, decision_of(tracker), knowledge().current)
        entry = knowledge().current.entries.get(topic or "")
        return self._answer([entry], tracker) if entry else self._say_clarify(tracker, kwargs)

    def _answer(self, entries: Sequence[Entry], tracker: DialogueStateTracker) -> Message:
        """The answers, a bubble a part; one bubble a topic where a form goes on behind it."""
        first = entries[0]
        brief = bool(tracker.active_loop_name) or tracker.latest_message.intent.get("name") in GUIDES
        more = [
            {"faq_id": entry.id, "citations": list(entry.citations), "text": part}
            for entry in entries
            for part in (entry.parts[:1] if brief else entry.parts)
        ][1:]
        return {
            "text": first.answer,
            "custom": {
                "route": topic_route(first.id),
                "faq_id": first.id,
                "citations": list(first.citations),
                "more": self._more(more),
            },
        }

    def _more(self, parts: Sequence[Message]) -> list[Message]:
        return [{**part, "text": self._compliant(part["text"]), "route": topic_route(part["faq_id"])} for part in parts]

    def _say_clarify(self, tracker: DialogueStateTracker, kwargs: Mapping[str, Any]) -> Message:
        candidates = [row["faq_id"] for row in decision_of(tracker).get("candidates", [])][:MOST_CHOICES]
        entries = [entry for topic in candidates if (entry := knowledge().current.entries.get(topic))]
        name = "utter_clarify_topics" if entries else "utter_not_understood"
        buttons = [
            {"title": entry.title, "payload": "/ask_faq" + json.dumps({"faq_id": entry.id})} for entry in entries
        ]
        template = self.generate_from_slots(name, tracker.current_slot_values(), "") or {"text": ""}
        return {
            **template,
            "buttons": [*buttons, *(template.get("buttons") or [])],
            "custom": {"route": "clarify", "heard_as": "clarify_topic" if entries else "not_understood"},
        }


def decision_of(tracker: DialogueStateTracker) -> Mapping[str, Any]:
    """What the pipeline decided about the latest message; empty for a tapped choice."""
    parse_data = tracker.latest_message.parse_data if tracker.latest_message else {}
    return (parse_data or {}).get("decision") or {}


def heard_of(tracker: DialogueStateTracker, custom: Message) -> Message | None:
    """What the message was taken for. Nothing for a tapped choice, nor for the details that a form gathers."""
    decision, heard_as = decision_of(tracker), custom.pop("heard_as", None)
    if not decision or (tracker.active_loop_name and "faq_id" not in custom):
        return None
    return {
        "intent": heard_as or decision.get("intent"),
        "candidates": decision.get("candidates") or [],
        "model": (tracker.latest_message.metadata or {}).get("model_id"),
    }


def learned_in(tracker: DialogueStateTracker) -> Message:
    """What an agent should know if he takes the conversation: mood, risk flags, what forms have gathered."""
    decision = decision_of(tracker)
    told = {"mood": decision.get("mood"), "flags": decision.get("flags"), "collected": collected_in(tracker)}
    return {name: value for name, value in told.items() if value and value != "calm"}


def collected_in(tracker: DialogueStateTracker) -> dict[str, str]:
    """What forms have gathered so far, by the label that an agent sees."""
    values = {label: tracker.get_slot(slot) for slot, label in _labels().items()}
    return {label: str(value) for label, value in values.items() if value not in (None, "", "-")}


@lru_cache(maxsize=1)
def _labels() -> Mapping[str, str]:
    labels: Mapping[str, str] = read_yaml(Path(__file__).with_name("collected.yml"))
    return labels


def topics_of(tracker: DialogueStateTracker) -> list[str]:
    """The topics that the latest message asks for: chosen by a tap, or decided by the pipeline."""
    chosen = [row["value"] for row in (tracker.latest_message.entities or []) if row["entity"] == "faq_id"]
    decision = decision_of(tracker)
    guide = GUIDES.get((tracker.latest_message.intent or {}).get("name", ""))
    return list(dict.fromkeys(chosen or decision.get("faq_ids") or [decision.get("faq_id") or guide or ""]))


def route_of(tracker: DialogueStateTracker) -> str:
    """A form's texts carry the form's route, everything else what was decided."""
    if tracker.active_loop_name:
        return FORM_ROUTES[tracker.active_loop_name]
    return decision_of(tracker).get("route") or "smalltalk"


def was_comforted(tracker: DialogueStateTracker) -> bool:
    """Whether the customer has been comforted in this conversation."""
    said = (event for event in reversed(tracker.events) if isinstance(event, BotUttered))
    return bool(tracker.get_slot("comforted")) or any(
        (event.data.get("custom") or {}).get("comforted") for event in said
    )
