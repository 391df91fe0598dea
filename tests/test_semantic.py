"""The optional semantic ranker: a tiny model, made here, is loaded by the code that loads a real one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot import semantic as switch
from cases.errors import SettingsError
from cases.settings import ROOT, read_settings
from faq import blending, semantic
from faq.blending import SemanticMatcher
from faq.knowledge import KnowledgeError
from faq.matching import Matcher
from faq.semantic import SemanticIndex, load_embedder, pooled
from tests.letters import PHRASINGS, TEXTS, Letters

# A model on disk


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that looks each character up in a table, and its tokenizer."""
    onnx = pytest.importorskip("onnx", reason="needs the package onnx (extra dev)")
    pytest.importorskip("onnxruntime", reason="needs the package onnxruntime (extra semantic)")
    pytest.importorskip("tokenizers", reason="needs the package tokenizers (extra semantic)")
    folder = tmp_path_factory.mktemp("model")
    size = write_tokenizer(folder / "tokenizer.json")
    write_model(onnx, folder / "model.onnx", size)
    return folder


def write_tokenizer(path: Path) -> int:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    characters = sorted({character for text in TEXTS for character in text})
    known = {token: at for at, token in enumerate(["[PAD]", "[UNK]", *characters])}
    tokenizer = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.save(str(path))
    return len(known)


def write_model(onnx: Any, path: Path, size: int, inputs: Sequence[str] = ("input_ids", "attention_mask")) -> None:
    from onnx import TensorProto, helper, numpy_helper

    table = np.random.default_rng(0).normal(size=(size, 64)).astype(np.float32)
    table[0] = 100.0  # what a padded place looks up: it must not count
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in inputs]
    out = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["texts", "tokens", 64])
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    graph = helper.make_graph(nodes, "tiny", given, [out], [numpy_helper.from_array(table, "table")])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(made, str(path))


def test_a_model_gives_vectors_of_length_one(model: Path) -> None:
    """The same for a text alone and beside a longer one: padding does not count."""
    embedder = load_embedder(model)
    alone = embedder.embed(["玻璃碎了"])
    beside = embedder.embed(["玻璃碎了", "车窗坏了保险赔不赔"])
    assert np.allclose(np.linalg.norm(beside, axis=1), 1, atol=1e-5)
    assert np.allclose(alone[0], beside[0], atol=1e-5)


def test_more_texts_than_go_at_once(model: Path) -> None:
    """In their order; none is no row."""
    embedder = load_embedder(model)
    many = embedder.embed(TEXTS * 4)
    assert np.allclose(many[: len(TEXTS)], many[-len(TEXTS) :], atol=1e-5)
    assert len(embedder.embed([])) == 0


def test_the_nearest_phrasing_of_a_model_decides(model: Path, tmp_path: Path) -> None:
    """Texts × labels, from minus one to one."""
    index = SemanticIndex(load_embedder(model), PHRASINGS, tmp_path)
    scores = index.scores(["玻璃碎了赔吗", "客服电话"])
    assert scores.shape == (2, 4)
    assert [index.labels[at] for at in scores.argmax(axis=1)] == ["coverage.glass", "service.human"]
    assert scores[0].max() == pytest.approx(1, abs=1e-2)
    assert np.abs(scores).max() <= 1.001


def test_a_model_in_the_settings_is_loaded_and_blended(model: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """As Rasa's start does it."""
    monkeypatch.setattr(
        switch, "get_settings", lambda: read_settings({"VAR_DIR": str(tmp_path), "SEMANTIC_MODEL": str(model)})
    )
    monkeypatch.setattr(switch, "load_phrasings", lambda: PHRASINGS)
    switch._embedder.cache_clear()
    switch.check()
    enriched = switch.enriched(Matcher.train(PHRASINGS))
    assert isinstance(enriched, SemanticMatcher)
    assert enriched.match("玻璃碎了赔吗").faq_id == "coverage.glass"
    assert [path.suffix for path in sorted((tmp_path / "cache").glob("semantic-*"))] == [".npz", ".json"]


def test_without_the_setting_nothing_changes(tmp_path: Path, monkeypatch: Any) -> None:
    """Off by default."""
    monkeypatch.setattr(switch, "get_settings", lambda: read_settings({"VAR_DIR": str(tmp_path)}))
    matcher = object()
    switch.check()
    assert switch.enriched(matcher) is matcher


def test_the_modules_load_nothing_before_it_is_wanted() -> None:
    """No start pays for what is off."""
    code = "import sys, bot.semantic, faq.semantic; print('onnxruntime' in sys.modules, 'tokenizers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
    assert blending.CACHE == semantic.CACHE


# A model that is missing or wrong


def refused(folder: Path) -> str:
    with pytest.raises(KnowledgeError) as error:
        load_embedder(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_missing_folder_or_file_is_named(tmp_path: Path) -> None:
    """In one sentence each."""
    assert "must name a folder" in refused(tmp_path / "none")
    assert "no model.onnx" in refused(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"x")
    assert "no tokenizer.json" in refused(tmp_path)


def test_the_extra_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: Any) -> None:
    """And how to install it."""
    (tmp_path / "model.onnx").write_bytes(b"x")
    (tmp_path / "tokenizer.json").write_text("{}")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert "pip install .[semantic]" in refused(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"), [("model.onnx", b"no model"), ("tokenizer.json", b"{"), ("tokenizer.json", b"{}")]
)
def test_a_broken_file_is_named(model: Path, tmp_path: Path, name: str, content: bytes) -> None:
    """Whatever the libraries raise."""
    for path in model.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(content)
    assert "cannot be used" in refused(tmp_path)


def test_a_model_of_another_kind_is_refused(model: Path, tmp_path: Path) -> None:
    """One that wants pictures, for instance."""
    (tmp_path / "tokenizer.json").write_bytes((model / "tokenizer.json").read_bytes())
    write_model(pytest.importorskip("onnx"), tmp_path / "model.onnx", 9, ("input_ids", "pixel_values"))
    assert "pixel_values" in refused(tmp_path)


def test_the_start_says_so_in_one_sentence(tmp_path: Path) -> None:
    """`deploy.serve rasa` ends with 2 before Rasa begins."""
    env = {**os.environ, "VAR_DIR": str(tmp_path), "DATABASE_URL": "", "SEMANTIC_MODEL": str(tmp_path / "none")}
    code = "from deploy.environment import refusals\nfrom bot import semantic\nwith refusals():\n    semantic.check()"
    done = subprocess.run([sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (2, 1)
    assert done.stderr.startswith("SEMANTIC_MODEL must name a folder")


def test_a_wrong_model_is_a_wrong_setting(tmp_path: Path, monkeypatch: Any) -> None:
    """So that every entry point reports it alike."""
    monkeypatch.setattr(
        switch, "get_settings", lambda: read_settings({"VAR_DIR": str(tmp_path), "SEMANTIC_MODEL": "/none"})
    )
    with pytest.raises(SettingsError, match="SEMANTIC_MODEL"):
        switch.check()


# Pooling


def test_pooling_counts_tokens_and_not_padding() -> None:
    """A model that pools itself is taken as it is; anything else is refused."""
    layer = np.array([[[1.0, 3.0], [3.0, 5.0], [9.0, 9.0]]], dtype=np.float32)
    assert pooled(layer, np.array([[1, 1, 0]])).tolist() == [[2.0, 4.0]]
    assert pooled(layer[0], np.ones((3, 1), dtype=np.int64)) is not None
    with pytest.raises(ValueError, match="dimensions"):
        pooled(np.zeros(3, dtype=np.float32), np.ones((1, 1), dtype=np.int64))


# The cache


def test_what_was_embedded_is_not_embedded_again(tmp_path: Path) -> None:
    """Only what is new; what is gone leaves the cache."""
    SemanticIndex(Letters(), PHRASINGS, tmp_path)
    second = Letters()
    SemanticIndex(second, {**PHRASINGS, "time.payment": ["赔款多久到账", "新的问法"]}, tmp_path)
    assert second.asked == ["新的问法"]
    with np.load(tmp_path / "semantic-letters.npz") as state:
        assert len(state["keys"]) == len(TEXTS) - 5 + 1


def test_a_cached_vector_gives_the_same_scores(tmp_path: Path) -> None:
    """To the precision that is kept."""
    first = SemanticIndex(Letters(), PHRASINGS, tmp_path).scores(["玻璃裂了", "几天到账"])
    second = SemanticIndex(Letters(), PHRASINGS, tmp_path).scores(["玻璃裂了", "几天到账"])
    assert np.allclose(first, second, atol=1e-3)
