"""Sentence embeddings from a local model, as one more feature of the ranker. Off unless a folder is named.

The folder holds `model.onnx` and `tokenizer.json` (or a sentence-transformers model, where that package is installed).
Nothing is downloaded. What is embedded once is kept under `var/cache` by its content.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from faq.knowledge import KnowledgeError
from faq.phrasings import FOLDER

CACHE = FOLDER.parent / "var" / "cache"
AT_ONCE = 32
MOST_TOKENS = 128
PLACES = ("model.onnx", "onnx/model.onnx")
KNOWN_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
Floats: TypeAlias = NDArray[np.float32]


class Embedder(Protocol):
    """Makes vectors of length one, near each other for texts that mean the same."""

    name: str

    def embed(self, texts: Sequence[str]) -> Floats:
        """A row a text."""


class OnnxEmbedder:
    """A transformer exported to ONNX: its last layer's mean over the tokens."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._tokenizer.enable_padding(**self._padding())
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = [given.name for given in self._session.get_inputs()]
        if unknown := set(self._inputs) - KNOWN_INPUTS:
            raise ValueError(f"it wants the input {sorted(unknown)[0]}")
        self.name = _fingerprint(model, tokenizer)

    def _padding(self) -> dict[str, Any]:
        """The tokenizer's own padding, or its [PAD] or <pad>."""
        if self._tokenizer.padding:
            return {**self._tokenizer.padding, "length": None}
        found = [(token, at) for token in ("[PAD]", "<pad>") if (at := self._tokenizer.token_to_id(token)) is not None]
        return {"pad_token": found[0][0], "pad_id": found[0][1]} if found else {}

    def embed(self, texts: Sequence[str]) -> Floats:
        """A row a text, a few at once."""
        parts = [self._some(texts[at : at + AT_ONCE]) for at in range(0, len(texts), AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32)

    def _some(self, texts: Sequence[str]) -> Floats:
        coded = self._tokenizer.encode_batch(list(texts))
        given = {
            "input_ids": np.array([one.ids for one in coded], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in coded], dtype=np.int64),
            "token_type_ids": np.array([one.type_ids for one in coded], dtype=np.int64),
        }
        layer = np.asarray(self._session.run(None, {name: given[name] for name in self._inputs})[0], dtype=np.float32)
        return normalised(pooled(layer, given["attention_mask"]))


class SentenceTransformerEmbedder:
    """The same through the sentence-transformers package, for folders that hold its own format."""

    def __init__(self, folder: Path) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(str(folder), local_files_only=True)
        self.name = _fingerprint(*sorted(path for path in folder.rglob("*") if path.is_file()))

    def embed(self, texts: Sequence[str]) -> Floats:
        """A row a text."""
        return normalised(np.asarray(self._model.encode(list(texts), batch_size=AT_ONCE), dtype=np.float32))


def pooled(layer: Floats, mask: NDArray[np.int64]) -> Floats:
    """The mean over the tokens that are none of the padding; a model that has pooled itself is taken as it is."""
    if layer.ndim == 2:
        return layer
    if layer.ndim != 3:
        raise ValueError(f"its output has {layer.ndim} dimensions, not 2 or 3")
    weights = mask[:, :, None].astype(np.float32)
    return np.asarray((layer * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9), dtype=np.float32)


def normalised(rows: Floats) -> Floats:
    """Rows of length one."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def load_embedder(folder: Path) -> Embedder:
    """The model of a folder, tried once. Raises KnowledgeError with one sentence that says what is wrong."""
    if not folder.is_dir():
        raise KnowledgeError(f"SEMANTIC_MODEL must name a folder with model.onnx and tokenizer.json; {folder} is none")
    try:
        embedder = _loaded(folder)
        rows = embedder.embed(["a", "b c"])
    except ImportError as error:
        package = (error.name or "").replace("_", "-")
        raise KnowledgeError(
            f"SEMANTIC_MODEL is set, but {package} is not installed: pip install .[semantic]"
        ) from None
    except KnowledgeError:
        raise
    except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions of their own
        raise KnowledgeError(f"SEMANTIC_MODEL: the model in {folder} cannot be used: {_in_short(error)}") from None
    if rows.ndim != 2 or len(rows) != 2 or not np.isfinite(rows).all():
        raise KnowledgeError(f"SEMANTIC_MODEL: the model in {folder} gives no usable vectors")
    return embedder


def _loaded(folder: Path) -> Embedder:
    model = next((folder / place for place in PLACES if (folder / place).is_file()), None)
    if model is None and (folder / "modules.json").is_file():
        return SentenceTransformerEmbedder(folder)
    if model is None or not (folder / "tokenizer.json").is_file():
        missing = "tokenizer.json" if model else "model.onnx"
        raise KnowledgeError(f"SEMANTIC_MODEL: there is no {missing} in {folder}")
    return OnnxEmbedder(model, folder / "tokenizer.json")


def _in_short(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:160]


def _fingerprint(*files: Path) -> str:
    content = hashlib.sha256()
    for path in files:
        content.update(path.read_bytes())
    return content.hexdigest()[:12]


class SemanticIndex:
    """The phrasings' vectors: how near a text is to the nearest phrasing of each label."""

    def __init__(
        self, embedder: Embedder, phrasings: Mapping[str, Sequence[str]], cache_dir: Path | None = CACHE
    ) -> None:
        self.embedder = embedder
        self.labels = [label for label, texts in phrasings.items() if texts]
        texts = [text for label in self.labels for text in phrasings[label]]
        self._starts = np.cumsum([0, *(len(phrasings[label]) for label in self.labels)])[:-1]
        self._rows = _kept(embedder, texts, cache_dir)

    def scores(self, texts: Sequence[str]) -> Floats:
        """Texts × labels: the cosine to the nearest phrasing."""
        rows = self.embedder.embed(texts)
        parts = [
            np.maximum.reduceat(rows[at : at + AT_ONCE] @ self._rows.T, self._starts, axis=1)
            for at in range(0, len(texts), AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.labels)), dtype=np.float32)

    @cached_property
    def size(self) -> int:
        """How many phrasings there are."""
        return len(self._rows)


def _kept(embedder: Embedder, texts: Sequence[str], cache_dir: Path | None) -> Floats:
    """The vectors of these texts; only those that are not in the cache are made."""
    path = cache_dir / f"semantic-{embedder.name}.npz" if cache_dir else None
    keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    known = _read(path) if path and path.exists() else {}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        known.update(zip(missing, embedder.embed(list(missing.values())).astype(np.float16), strict=True))
        if path:
            _write(path, {key: known[key] for key in dict.fromkeys(keys)})
    return normalised(np.array([known[key] for key in keys], dtype=np.float32))


def _read(path: Path) -> dict[str, NDArray[np.float16]]:
    with np.load(path, allow_pickle=False) as state:
        return dict(zip(map(str, state["keys"]), state["rows"], strict=True))


def _write(path: Path, rows: Mapping[str, NDArray[np.float16]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    with beside.open("wb") as handle:
        np.savez(handle, keys=np.array(list(rows)), rows=np.array(list(rows.values())))
    beside.replace(path)
