"""`faq lint`: everything that is stored to be said, checked before it goes live."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from faq.checklist import checklist, optional
from faq.knowledge import FOLDER, Entry, KnowledgeBase, KnowledgeError, load_knowledge, phrases, read_yaml
from faq.review import Reviewer, load_reviewer

LONGEST = 300
FEWEST_PHRASINGS = 20
RESPONSES = FOLDER.parent / "bot" / "responses.yml"
TEXT_FILES = ("statuses", "materials", "photos", "notices", "image_checks", "wechat", "desk")


def arguments(parser: argparse.ArgumentParser) -> None:
    """No options."""


def run(_: argparse.Namespace) -> int:
    """Print the findings; 1 when there are any."""
    try:
        found = list(findings(load_knowledge(), load_reviewer()))
    except KnowledgeError as error:
        found = [str(error)]
    for line in found:
        print(line)
    return 1 if found else 0


def findings(base: KnowledgeBase, reviewer: Reviewer, today: date | None = None) -> Iterator[str]:
    """Every finding as a line that names the place."""
    for entry in base.entries.values():
        yield from _entry(entry)
    yield from _doubled(base)
    yield from _expired(base, today or date.today())
    for place, text in stored_texts(base):
        yield from _wording(place, text, base, reviewer)


def _entry(entry: Entry) -> Iterator[str]:
    for part in entry.parts:
        if len(part) > LONGEST:
            yield f"{entry.id}: a part has {len(part)} characters, more than {LONGEST}"
    if len(set(entry.phrasings)) < FEWEST_PHRASINGS:
        yield f"{entry.id}: {len(set(entry.phrasings))} phrasings, fewer than {FEWEST_PHRASINGS}"


def _doubled(base: KnowledgeBase) -> Iterator[str]:
    counted = Counter(text for entry in base.entries.values() for text in set(entry.phrasings))
    for text, times in counted.items():
        if times > 1:
            owners = " ".join(entry.id for entry in base.entries.values() if text in entry.phrasings)
            yield f"{owners}: share the phrasing {text}"


def _expired(base: KnowledgeBase, today: date) -> Iterator[str]:
    for citation in base.citations.values():
        if citation.review_by < today:
            yield f"{citation.id}: should have been reviewed by {citation.review_by}"


def stored_texts(base: KnowledgeBase, folder: Path = FOLDER) -> Iterator[tuple[str, str]]:
    """Every text that may be said, with its place."""
    for entry in base.entries.values():
        for part in entry.parts:
            yield entry.id, part
    for name in TEXT_FILES:
        yield from _texts(f"{name}.yml", read_yaml(folder / f"{name}.yml"))
    for kind in phrases("materials")["scenarios"]:
        lines = [f"{item.name}：{item.hint}" for item in checklist(kind, ())] + [
            f"{n}（{when}）" for n, when in optional(kind)
        ]
        yield f"materials.yml/{kind} as a list", "\n".join(lines)
    responses: Mapping[str, Any] = read_yaml(RESPONSES)["responses"]
    for name, variations in responses.items():
        for variation in variations:
            yield name, variation.get("text", "")
            yield from ((name, button["title"]) for button in variation.get("buttons", ()))


def _texts(place: str, node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _texts(f"{place}/{key}", value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(place, value)


def _wording(place: str, text: str, base: KnowledgeBase, reviewer: Reviewer) -> Iterator[str]:
    for hit in reviewer.review(text, quotes=base.quotes()).hits:
        yield f"{place}: {hit.rule} {hit.found}"
