"""The ways customers put things: label → phrasings, from the topics' entries and the bulk files.

A label is a topic's id, or `near.…` / `far.…` for what is none of the topics.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from faq.knowledge import read_yaml

FOLDER = Path(__file__).resolve().parent
OUTSIDE = ("near.", "far.")


def is_outside(label: str) -> bool:
    """Whether the label stands for what is none of the topics."""
    return label.startswith(OUTSIDE)


def phrasing_files(folder: Path = FOLDER) -> list[Path]:
    """Every file that phrasings come from."""
    return [*sorted((folder / "entries").glob("*.yml")), *sorted((folder / "phrasings").glob("*.yml"))]


def load_phrasings(folder: Path = FOLDER) -> dict[str, tuple[str, ...]]:
    """Label → its phrasings without repetition, the title of a topic first. Raises KnowledgeError."""
    found: dict[str, dict[str, None]] = {}
    for path in sorted((folder / "entries").glob("*.yml")):
        for entry in read_yaml(path)["entries"]:
            found.setdefault(entry["id"], {})[entry["title"]] = None
            found[entry["id"]].update(dict.fromkeys(map(str, entry["phrasings"])))
    for path in sorted((folder / "phrasings").glob("*.yml")):
        for label, phrasings in (read_yaml(path) or {}).items():
            found.setdefault(label, {}).update(dict.fromkeys(map(str, phrasings or ())))
    return {label: tuple(phrasings) for label, phrasings in found.items()}


def digest(phrasings: dict[str, tuple[str, ...]]) -> str:
    """A short name for exactly these phrasings."""
    content = hashlib.sha256()
    for label in sorted(phrasings):
        content.update("\n".join((label, *phrasings[label], "")).encode())
    return content.hexdigest()[:16]
