"""Which intent: the topic matcher's kind of linear ranker, learned from `bot/data/nlu.yml` and the topics' phrasings.

A question about any topic is `ask_faq`; what is none of them is `out_of_scope`. Both are written down once, in the
knowledge base, and learned here too.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.intents import IntentModel
from faq.matching.store import version_of
from faq.phrasings import is_outside, load_phrasings

SHOWN = 5
NEITHER = frozenset({"far.chat", "far.statement", "far.fragment", "far.curse"})  # chitchat as much as out of scope
FILE = "intents.npz"
Examples = list[tuple[str, str]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent, IntentClassifier):
    """A linear classifier over characters, words and tags."""

    def __init__(
        self, config: Mapping[str, Any], storage: ModelStorage, resource: Resource, model: IntentModel | None = None
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """How many phrasings of a topic, and of each kind of what is no topic, are learned from."""
        return {"phrasings_of_topic": 25, "phrasings_outside": 100}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn, and keep what was learned in the model."""
        given = [(str(row.get(TEXT)), str(row.get(INTENT))) for row in training_data.intent_examples if row.get(TEXT)]
        self._model = IntentModel.train(given, self._from_knowledge_base())
        with self._storage.write_to(self._resource) as folder:
            np.savez(folder / FILE, **self._model.state())
        return self._resource

    def _from_knowledge_base(self) -> Examples:
        """Phrasings as examples, the same ones each time."""
        pick = random.Random(0)
        examples: Examples = []
        for label, phrasings in sorted(load_phrasings().items()):
            if label in NEITHER:
                continue
            outside = is_outside(label)
            most = self._config["phrasings_outside" if outside else "phrasings_of_topic"]
            intent = "out_of_scope" if outside else "ask_faq"
            examples += [(text, intent) for text in pick.sample(phrasings, min(most, len(phrasings)))]
        return examples

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """What else the training depends on, so that Rasa's training cache knows."""
        return version_of(load_phrasings())

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        """What was learned before."""
        with model_storage.read_from(resource) as folder, np.load(folder / FILE, allow_pickle=False) as state:
            model = IntentModel.from_state({name: state[name] for name in state.files})
        return cls(config, model_storage, resource, model)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the likeliest intents of each message."""
        if messages and self._model:
            likely = self.likely([str(message.get(TEXT) or "") for message in messages])
            for message, row in zip(messages, likely, strict=False):
                self._set(message, row)
        return messages

    def likely(self, texts: list[str]) -> NDArray[np.float64]:
        """Texts × intents."""
        assert self._model is not None
        return self._model.likely(texts)

    def _set(self, message: Message, row: NDArray[np.float64]) -> None:
        assert self._model is not None
        best = np.argsort(-row)[:SHOWN]
        ranking = [{"name": self._model.labels[at], "confidence": round(float(row[at]), 4)} for at in best]
        message.set("intent", ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
