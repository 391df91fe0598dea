"""The knowledge base: topics with their standard answers, the citations behind them, and other fixed texts.

Editors change the YAML files; `Knowledge.current` picks a valid change up while the service runs and keeps the old one
when a change is not valid.

    KnowledgeError   a file cannot be used; the message names the file, the entry and the field
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent
REVIEW_STATES = frozenset({"draft", "pending_legal", "approved"})
ENTRY_FIELDS = frozenset(
    {
        "id",
        "title",
        "answer",
        "more",
        "citations",
        "related",
        "follow_ups",
        "effective_from",
        "effective_to",
        "review",
        "phrasings",
    }
)
REQUIRED = ("id", "title", "answer", "citations", "phrasings", "review")
CHECK_EVERY = 1.0
log = logging.getLogger(__name__)


class KnowledgeError(Exception):
    """A file of the knowledge base cannot be used."""


@dataclass(frozen=True)
class Citation:
    """A document that answers rest on. `clause` is empty where only the document may be named (law.md, confidence)."""

    id: str
    title: str
    clause: str
    quote: str
    confidence: str
    review_by: date
    fields: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Entry:
    """A topic: what customers ask, and the standard answer in one or two parts."""

    id: str
    title: str
    answer: str
    more: str
    citations: tuple[str, ...]
    related: tuple[str, ...]
    follow_ups: Mapping[str, str]
    effective_from: date | None
    effective_to: date | None
    review: Mapping[str, Any]
    phrasings: tuple[str, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The answer as it is sent: one bubble or two."""
        return (self.answer, self.more) if self.more else (self.answer,)

    def in_effect(self, day: date) -> bool:
        """Whether the answer holds on that day."""
        return (self.effective_from or day) <= day <= (self.effective_to or day)


@dataclass(frozen=True)
class KnowledgeBase:
    """One consistent reading of all files."""

    entries: Mapping[str, Entry]
    citations: Mapping[str, Citation]
    version: str

    def quotes(self) -> list[str]:
        """The texts that stand word for word in a citation; the wording review lets them pass."""
        return [citation.quote for citation in self.citations.values() if citation.quote]


def read_yaml(path: Path) -> Any:
    """A YAML file's content. Raises KnowledgeError."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise KnowledgeError(f"{path.name}: {' '.join(str(error).split())}") from None


def load_knowledge(folder: Path = FOLDER) -> KnowledgeBase:
    """Read and check everything. Raises KnowledgeError for the first thing that is wrong."""
    citations = {citation.id: citation for citation in _citations(folder / "citations.yml")}
    entries: dict[str, Entry] = {}
    for path in sorted((folder / "entries").glob("*.yml")):
        for entry in _entries(path):
            if entry.id in entries:
                raise KnowledgeError(f"{path.name}: {entry.id} stands twice")
            entries[entry.id] = entry
    _check_references(entries, citations)
    return KnowledgeBase(entries, citations, _version(folder))


def _entries(path: Path) -> Iterable[Entry]:
    content = read_yaml(path)
    if not isinstance(content, dict) or not isinstance(content.get("entries"), list):
        raise KnowledgeError(f"{path.name}: needs a list `entries`")
    for row in content["entries"]:
        yield _entry(path, row)


def _entry(path: Path, row: Any) -> Entry:
    if not isinstance(row, dict):
        raise KnowledgeError(f"{path.name}: an entry must be a mapping")
    name = f"{path.name}: {row.get('id', '(no id)')}"
    if unknown := set(row) - ENTRY_FIELDS:
        raise KnowledgeError(f"{name}: unknown field {sorted(unknown)[0]}")
    for required in REQUIRED:
        if not row.get(required):
            raise KnowledgeError(f"{name}: {required} is missing")
    _check_shape(name, row)
    return Entry(
        id=row["id"],
        title=row["title"],
        answer=row["answer"].strip(),
        more=(row.get("more") or "").strip(),
        citations=tuple(row["citations"]),
        related=tuple(row.get("related") or ()),
        follow_ups=dict(row.get("follow_ups") or {}),
        effective_from=row.get("effective_from"),
        effective_to=row.get("effective_to"),
        review=row["review"],
        phrasings=tuple(map(str, row["phrasings"])),
    )


def _check_shape(name: str, row: Mapping[str, Any]) -> None:
    for text in ("id", "title", "answer"):
        if not isinstance(row[text], str):
            raise KnowledgeError(f"{name}: {text} must be a text")
    for many in ("citations", "phrasings"):
        if not isinstance(row[many], list):
            raise KnowledgeError(f"{name}: {many} must be a list")
    for day in ("effective_from", "effective_to"):
        if row.get(day) is not None and not isinstance(row[day], date):
            raise KnowledgeError(f"{name}: {day} must be a date")
    if not isinstance(row["review"], dict) or row["review"].get("state") not in REVIEW_STATES:
        raise KnowledgeError(f"{name}: review.state must be one of {' '.join(sorted(REVIEW_STATES))}")


def _citations(path: Path) -> Iterable[Citation]:
    content = read_yaml(path)
    for row in content.get("citations", []):
        try:
            yield Citation(
                id=row["cite_id"],
                title=row["title"],
                clause=row.get("clause") or "",
                quote=(row.get("quote") or "").strip(),
                confidence=row["confidence"],
                review_by=row["review_by"],
                fields=row,
            )
        except KeyError as missing:
            raise KnowledgeError(f"{path.name}: {row.get('cite_id', '(no cite_id)')}: {missing} is missing") from None


def _check_references(entries: Mapping[str, Entry], citations: Mapping[str, Citation]) -> None:
    for entry in entries.values():
        for cited in entry.citations:
            if cited not in citations:
                raise KnowledgeError(f"{entry.id}: citation {cited} is not in citations.yml")
        for topic in (*entry.related, *entry.follow_ups.values()):
            if topic not in entries:
                raise KnowledgeError(f"{entry.id}: topic {topic} is not known")


def _files(folder: Path) -> list[Path]:
    return [folder / "citations.yml", *sorted((folder / "entries").glob("*.yml"))]


def _version(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class Knowledge:
    """The knowledge base of a running service: looked at again at most once a second, read anew in the background."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._stamp = self._stamp_now()
        self._current = load_knowledge(folder)
        self._looked_at = time.monotonic()
        self._reading = threading.Lock()
        self.refused: str | None = None

    @property
    def current(self) -> KnowledgeBase:
        """The newest valid reading."""
        now = time.monotonic()
        if now - self._looked_at >= CHECK_EVERY:
            self._looked_at = now
            if self._stamp_now() != self._stamp:
                threading.Thread(target=self.refresh, daemon=True).start()
        return self._current

    def refresh(self) -> None:
        """Read the files anew if they changed; an invalid change is refused, and the old reading stays."""
        with self._reading:
            stamp = self._stamp_now()
            if stamp == self._stamp:
                return
            self._stamp = stamp
            try:
                self._current, self.refused = load_knowledge(self._folder), None
                log.info("knowledge base %s is live", self._current.version)
            except KnowledgeError as error:
                self.refused = str(error)
                log.error("knowledge base not changed: %s", error)

    def _stamp_now(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for path in _files(self._folder):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            found.append((path.name, status.st_mtime_ns, status.st_size))
        return tuple(found)


@lru_cache(maxsize=1)
def knowledge() -> Knowledge:
    """The knowledge base of this process."""
    return Knowledge()


@cache
def phrases(name: str) -> Mapping[str, Any]:
    """A file of fixed texts beside the entries: `statuses`, `materials`, `photos`, `notices`."""
    content = read_yaml(FOLDER / f"{name}.yml")
    if not isinstance(content, dict):
        raise KnowledgeError(f"{name}.yml: must be a mapping")
    return content
