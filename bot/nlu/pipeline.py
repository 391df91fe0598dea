"""The pipeline of a trained model, component by component, without Rasa's server and its task graph."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.decider import DecisionMaker
from faq.normalise import LONGEST

FIRST = "nlu_message_converter"


class Pipeline:
    """Components in the order of the model's own prediction graph."""

    def __init__(self, components: Sequence[Any]) -> None:
        self._components = components

    def decide(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """The decision for each text, each as the first message of a conversation."""
        messages = [Message(data={TEXT: text[:LONGEST]}) for text in texts]
        for component in self._components:
            messages = component.process(messages)
        return [message.get("decision") for message in messages]


def load_pipeline(model: Path) -> Pipeline:
    """The pipeline of a model file."""
    from rasa.engine.graph import ExecutionContext

    with tempfile.TemporaryDirectory() as folder:
        storage, metadata = LocalModelStorage.from_model_archive(Path(folder), model)
        schema = metadata.predict_schema
        names = _in_order(schema, _decider(schema))
        components = []
        for name in names:
            node = schema.nodes[name]
            context = ExecutionContext(schema, metadata.model_id, node_name=name)
            made = node.uses.create if node.constructor_name == "create" else node.uses.load
            config = {**node.uses.get_default_config(), **node.config}
            components.append(
                made(config=config, model_storage=storage, resource=node.resource, execution_context=context)
            )
    return Pipeline(components)


def _decider(schema: Any) -> str:
    return next(name for name, node in schema.nodes.items() if node.uses is DecisionMaker)


def _in_order(schema: Any, last: str) -> list[str]:
    """The components that lead to the last one, first to last, without Rasa's own message converter."""
    names: list[str] = []
    at = last
    while at != FIRST:
        names.insert(0, at)
        at = schema.nodes[at].needs["messages"]
    return names
