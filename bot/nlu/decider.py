"""The last pipeline component: puts the decision on the message."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.decision import Decision, Heard, decide
from bot.nlu.entities import Found, by_name
from bot.nlu.signals import signals_of
from bot.nlu.tokenizer import NORMAL
from bot.nlu.topics import CLAUSES, MATCH
from faq.matching import Match
from faq.normalise import LONGEST, normalise

SHOWN = 5
NOTHING = Match("", None, 0.0, (), 1.0)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DecisionMaker(GraphComponent):
    """Hands what was heard to `decide` and writes the result where Rasa and the actions look."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DecisionMaker:
        """Nothing to prepare."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Decide about every message."""
        for message in messages:
            self._write(message, decide(_heard(message)))
        return messages

    @staticmethod
    def _write(message: Message, decision: Decision) -> None:
        likely = {"name": decision.intent, "confidence": decision.confidence}
        others = [row for row in message.get("intent_ranking") or [] if row["name"] != decision.intent]
        message.set("intent", likely, add_to_output=True)
        message.set("intent_ranking", [likely, *others][:SHOWN], add_to_output=True)
        message.set("decision", decision.as_dict(), add_to_output=True)


def _heard(message: Message) -> Heard:
    text = str(message.get(TEXT) or "")[:LONGEST]
    ranking = [(row["name"], row["confidence"]) for row in message.get("intent_ranking") or []]
    found = [Found(row["entity"], row["value"], row["start"], row["end"]) for row in message.get(ENTITIES) or []]
    return Heard(
        normal=message.get(NORMAL) or normalise(text),
        intents=ranking or [("not_understood", 0.0)],
        match=message.get(MATCH) or NOTHING,
        clauses=message.get(CLAUSES) or (),
        signals=signals_of(text),
        entities=by_name(found),
    )
