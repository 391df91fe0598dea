"""The pipeline component that reads entities out of the text (bot/nlu/entities.py)."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.entities import Found, entities_of
from faq.normalise import LONGEST


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ClaimsEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Numbers, plates, times, amounts and documents by rule."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ClaimsEntityExtractor:
        """Nothing to prepare."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add what is found to each message."""
        for message in messages:
            found = [self._entity(row) for row in entities_of(str(message.get(TEXT) or "")[:LONGEST])]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages

    @staticmethod
    def _entity(row: Found) -> dict[str, Any]:
        return {
            "entity": row.entity,
            "value": row.value,
            "start": row.start,
            "end": row.end,
            "extractor": "ClaimsEntityExtractor",
        }
