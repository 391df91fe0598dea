"""Keeping a trained matcher: one uncompressed `npz` a content hash, read back in less than a second."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from faq.matching.index import PhrasingIndex
from faq.matching.linear import LinearRanker
from faq.matching.matcher import Matcher, flat
from faq.matching.ranker import Ranker, state_of
from faq.normalise import LEXICON
from faq.phrasings import FOLDER, digest, load_phrasings

CACHE = FOLDER.parent / "var" / "cache"
KEPT = 2


def load_matcher(cache_dir: Path = CACHE, folder: Path = FOLDER) -> Matcher:
    """The matcher of the current phrasings, learned now unless the cache holds it."""
    phrasings = load_phrasings(folder)
    path = cache_dir / f"matcher-{version_of(phrasings)}.npz"
    if path.exists():
        return read_matcher(path, phrasings)
    matcher = Matcher.train(phrasings)
    write_matcher(matcher, path)
    _forget_old(cache_dir)
    return matcher


def write_matcher(matcher: Matcher, path: Path) -> None:
    """Keep what was learned; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    with beside.open("wb") as handle:
        np.savez(handle, **state_of(matcher.ranker))
    beside.replace(path)


def read_matcher(path: Path, phrasings: Mapping[str, Any]) -> Matcher:
    """What was learned before, with the index of these phrasings."""
    with np.load(path, allow_pickle=False) as state:
        kept = {name: state[name] for name in state.files}
    index = PhrasingIndex(*flat(phrasings))
    return Matcher(Ranker(LinearRanker.from_state(kept), index, kept["evidence_weights"]))


def version_of(phrasings: Mapping[str, tuple[str, ...]]) -> str:
    """Changes with the phrasings, the lexicon and the code that learns."""
    places = [
        *sorted(LEXICON.rglob("*.*")),
        *sorted(Path(__file__).parent.glob("*.py")),
        *(LEXICON.parent / name for name in ("normalise.py", "latin.py")),
    ]
    code = {f"file:{path.name}": (path.read_text(encoding="utf-8"),) for path in places}
    return digest({**phrasings, **code})


def _forget_old(cache_dir: Path) -> None:
    kept = sorted(cache_dir.glob("matcher-*.npz"), key=lambda path: path.stat().st_mtime)
    for path in kept[:-KEPT]:
        path.unlink(missing_ok=True)
