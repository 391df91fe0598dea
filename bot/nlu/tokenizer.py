"""jieba with the trade's words, and beside the text as typed a normalised copy for the components that understand."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from faq.matching.words import cutter
from faq.normalise import LONGEST, normalise

NORMAL = "normal_text"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class ClaimsTokenizer(Tokenizer):
    """Cuts the text as typed into words; the dictionary is `faq/lexicon/jieba`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's own settings of a tokenizer."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ClaimsTokenizer:
        """Load the dictionary."""
        cutter()
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The words of an attribute; the normalised copy of the text is kept beside it."""
        text = str(message.get(attribute))[:LONGEST]
        if attribute == TEXT:
            message.set(NORMAL, normalise(text))
        words = [Token(word, start) for word, start, _ in cutter().tokenize(text, HMM=False) if word.strip()]
        return self._apply_token_pattern(words) or [Token(text, 0)]
