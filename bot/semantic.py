"""The optional semantic ranker, switched on by the setting SEMANTIC_MODEL (docs/learning.md)."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from cases.errors import SettingsError
from cases.settings import get_settings
from faq.knowledge import KnowledgeError
from faq.phrasings import load_phrasings
from faq.semantic import Embedder, load_embedder

_LOADING = threading.Lock()


@lru_cache(maxsize=1)
def _embedder(folder: str) -> Embedder:
    try:
        return load_embedder(Path(folder))
    except KnowledgeError as error:
        raise SettingsError(str(error)) from None


def check() -> None:
    """Load the model where one is set. Raises SettingsError with one sentence when it is missing or wrong."""
    if folder := get_settings().semantic_model:
        with _LOADING:
            _embedder(folder)


def enriched(matcher: Any) -> Any:
    """The matcher with the embeddings blended in; the matcher itself where no model is set. Raises SettingsError."""
    folder = get_settings().semantic_model
    if not folder:
        return matcher
    from faq.blending import with_semantics

    with _LOADING:
        return with_semantics(matcher, load_phrasings(), _embedder(folder), get_settings().var / "cache")
