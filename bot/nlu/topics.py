"""The pipeline component that matches a message to topics. The trained matcher is part of the model; its index follows
the knowledge base, so that a new phrasing counts without training.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clauses import clauses_of
from bot.semantic import enriched
from faq.knowledge import KnowledgeError
from faq.matching import Matcher, load_matcher
from faq.matching.store import CACHE, read_matcher, version_of, write_matcher
from faq.normalise import LONGEST
from faq.phrasings import load_phrasings, phrasing_files

FILE = "topics.npz"
MATCH = "topic_match"
CLAUSES = "clause_matches"
CHECK_EVERY = 2.0
log = logging.getLogger(__name__)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicMatcher(GraphComponent):
    """Sets the match of the whole message, and of its questions when there are several."""

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, matcher: Matcher | None = None
    ) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._matcher = matcher
        self._stamp = _stamp()
        self._looked_at = time.monotonic()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where trained matchers are kept between trainings."""
        return {"cache_dir": str(CACHE)}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicMatcher:
        """An untrained matcher."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the phrasings, or take what the cache holds for them."""
        self._matcher = load_matcher(Path(self._config["cache_dir"]))
        with self._storage.write_to(self._resource) as folder:
            write_matcher(self._matcher, folder / FILE)
        return self._resource

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
    ) -> TopicMatcher:
        """The matcher that was trained with this model."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, enriched(read_matcher(folder / FILE, load_phrasings())))

    def process(self, messages: list[Message]) -> list[Message]:
        """Match every message."""
        if not self._matcher:
            return messages
        self._follow_knowledge_base()
        texts = [str(message.get(TEXT) or "")[:LONGEST] for message in messages]
        parts = [clauses_of(text) for text in texts]
        matches = self._matcher.match_many([*texts, *(clause for part in parts for clause in part)])
        rest = iter(matches[len(texts) :])
        for message, match, part in zip(messages, matches, parts, strict=False):
            message.set(MATCH, match)
            message.set(CLAUSES, [next(rest) for _ in part])
        return messages

    def _follow_knowledge_base(self) -> None:
        if time.monotonic() - self._looked_at < CHECK_EVERY:
            return
        self._looked_at = time.monotonic()
        if (stamp := _stamp()) != self._stamp:
            self._stamp = stamp
            threading.Thread(target=self._take_changes, daemon=True).start()

    def _take_changes(self) -> None:
        try:
            assert self._matcher is not None
            self._matcher.use(load_phrasings())
        except (KnowledgeError, KeyError, TypeError) as error:
            log.warning("changed phrasings are not taken: %s", error)


def _stamp() -> tuple[tuple[str, int], ...]:
    return tuple((path.name, path.stat().st_mtime_ns) for path in phrasing_files())
