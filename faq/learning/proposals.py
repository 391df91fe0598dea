"""A proposal for an editor: a YAML file to read, change and accept.

state       proposed; the editor writes `accepted` or `dismissed`; `applied` once it is in the knowledge base
kind        `phrasings` for a topic that exists, `topic` for a new one
topic       the topic's id; for a new topic the editor's own choice
phrasings   what is added; the editor strikes out and rewrites
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from faq.knowledge import KnowledgeError, read_yaml
from faq.phrasings import is_outside

STATES = ("proposed", "accepted", "dismissed", "applied")
KINDS = ("phrasings", "topic")
TOPIC = re.compile(r"[a-z]+(?:_[a-z]+)*\.[a-z0-9]+(?:_[a-z0-9]+)*")
LONGEST = 200
HIDDEN = re.compile(r"\d{5,}|\*{3,}")
HEAD = "# state: accepted or dismissed, when you have decided. Strike out or rewrite phrasings; check the topic.\n"


@dataclass(frozen=True)
class Proposal:
    """What `gaps` found and what an editor made of it."""

    state: str
    kind: str
    topic: str
    title: str
    phrasings: tuple[str, ...]
    score: float = 0.0
    times: int = 0
    items: tuple[int, ...] = ()
    near: tuple[dict[str, Any], ...] = field(default=())

    @property
    def name(self) -> str:
        """Of the file; the same questions give the same name."""
        digest = hashlib.sha256("\n".join(sorted(self.phrasings)).encode()).hexdigest()[:8]
        return f"gap-{digest}.yml"


def write_proposal(proposal: Proposal, path: Path) -> None:
    """Whole or not at all."""
    rows = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(proposal).items()}
    write_text(path, HEAD + yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=1000))


def write_text(path: Path, text: str) -> None:
    """Replace a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def read_proposal(path: Path) -> Proposal:
    """A proposal as the editor left it. Raises KnowledgeError, which names what is wrong."""
    rows = read_yaml(path)
    if not isinstance(rows, dict):
        raise KnowledgeError(f"{path.name}: must be a mapping")
    for name, allowed in (("state", STATES), ("kind", KINDS)):
        if rows.get(name) not in allowed:
            raise KnowledgeError(f"{path.name}: {name} must be one of {' '.join(allowed)}")
    if not isinstance(rows.get("topic"), str):
        raise KnowledgeError(f"{path.name}: topic must be a text")
    return Proposal(
        state=rows["state"],
        kind=rows["kind"],
        topic=rows["topic"],
        title=str(rows.get("title") or ""),
        phrasings=_phrasings(path, rows.get("phrasings")),
        score=float(rows.get("score") or 0.0),
        times=int(rows.get("times") or 0),
        items=tuple(rows.get("items") or ()),
        near=tuple(rows.get("near") or ()),
    )


def _phrasings(path: Path, rows: Any) -> tuple[str, ...]:
    if not isinstance(rows, list) or not rows:
        raise KnowledgeError(f"{path.name}: phrasings must be a list with something in it")
    found = tuple(dict.fromkeys(" ".join(str(row).split()) for row in rows))
    for text in found:
        if not 0 < len(text) <= LONGEST:
            raise KnowledgeError(f"{path.name}: a phrasing must have 1 to {LONGEST} characters: {text[:20]}")
        if HIDDEN.search(text):
            raise KnowledgeError(f"{path.name}: a phrasing must not hold anybody's number: {text}")
    return found


def check_topic(proposal: Proposal, known: Sequence[str]) -> None:
    """Whether the topic fits the kind. Raises KnowledgeError."""
    if proposal.kind == "phrasings" and proposal.topic not in known:
        raise KnowledgeError(f"topic {proposal.topic or '(none)'} is not known; new topics have kind: topic")
    if proposal.kind == "topic":
        if proposal.topic in known or is_outside(proposal.topic):
            raise KnowledgeError(f"topic {proposal.topic} is there already; add to it with kind: phrasings")
        if not TOPIC.fullmatch(proposal.topic):
            raise KnowledgeError(f"topic must be an id such as service.opening_hours, not {proposal.topic or '(none)'}")
        if not proposal.title.strip():
            raise KnowledgeError("title is missing")
