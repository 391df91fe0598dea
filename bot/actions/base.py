"""What every action shares: one transaction, and an error boundary that never leaves the customer in silence.

What an action says is handed to Rasa only after its transaction is committed; when it fails, the customer hears the
apology and nothing that was not written.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from cases import conversations
from cases.clock import utc_now
from cases.db import Database
from cases.models import Conversation
from cases.settings import Settings, get_settings

log = logging.getLogger(__name__)
Events = list[dict[str, Any]]
REQUESTED = "requested_slot"


@lru_cache(maxsize=1)
def database() -> Database:
    """The action server's connections."""
    return Database(get_settings().database_url)


@dataclass
class Turn:
    """One call of an action: what the customer said, whose conversation it is, and what is to be said."""

    tracker: Tracker
    session: Session
    now: datetime
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def say(self, response: str, **values: Any) -> None:
        """Say a response of `bot/responses.yml`, filled with these values, once everything is written."""
        self.said.append((response, values))

    @cached_property
    def conversation(self) -> Conversation:
        """The row that says who the customer is; never what the message says."""
        return conversations.ensure(self.session, self.tracker.sender_id, self.now)

    @property
    def settings(self) -> Settings:
        """The settings of this process."""
        return get_settings()

    @property
    def text(self) -> str:
        """What the customer typed, masked; empty for a tapped choice."""
        text = str(self.tracker.latest_message.get("text") or "")
        return "" if text.startswith("/") else text.strip()

    @property
    def intent(self) -> str:
        """The decided intent."""
        return str((self.tracker.latest_message.get("intent") or {}).get("name") or "not_understood")

    @property
    def decision(self) -> Mapping[str, Any]:
        """What the pipeline decided (bot/nlu/decision.py); empty for a tapped choice."""
        return self.tracker.latest_message.get("decision") or {}

    @property
    def flags(self) -> frozenset[str]:
        """Risk flags: injury, regulator, media, lawyer, self_harm …"""
        return frozenset(self.decision.get("flags") or ())

    def entity(self, name: str) -> Any:
        """The first value of an entity in the message, or None."""
        return next(iter(self.entities(name)), None)

    def entities(self, name: str) -> list[Any]:
        """Every value of an entity in the message."""
        return [row["value"] for row in self.tracker.latest_message.get("entities") or [] if row["entity"] == name]

    def slot(self, name: str) -> Any:
        """What a slot holds."""
        return self.tracker.slots.get(name)

    @property
    def turn_id(self) -> str:
        """Names this customer message: the key of whatever the turn writes."""
        turn = (self.tracker.latest_message.get("metadata") or {}).get("turn")
        return f"{self.tracker.sender_id}:{turn or self.tracker.latest_message.get('message_id') or 0}"

    @property
    def active_form(self) -> str | None:
        """The form that is open."""
        return (self.tracker.active_loop or {}).get("name")


class ClaimsAction(Action, ABC):
    """Base of all actions. A subclass gives `called` and `act`."""

    called = ""

    def name(self) -> str:
        """The name in domain.yml."""
        return self.called

    @abstractmethod
    def act(self, turn: Turn) -> Events:
        """Do the work; raise to undo it and apologise."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        """Run `act` in a transaction and say what it said."""
        try:
            with database().write() as session:
                turn = Turn(tracker, session, utc_now())
                events = self.act(turn)
        except Exception:
            log.exception("%s failed in %s", self.name(), tracker.sender_id)
            dispatcher.utter_message(response="utter_apology")
            return [ActiveLoop(None), SlotSet(REQUESTED, None)]
        for response, values in turn.said:
            dispatcher.utter_message(response=response, **values)
        return events


def leave_form(*slots: str) -> Events:
    """Events that close the open form and forget these slots."""
    return [ActiveLoop(None), SlotSet(REQUESTED, None), *(SlotSet(slot, None) for slot in slots)]
