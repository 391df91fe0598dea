"""`python -m faq accept PROPOSAL.yml`: what an editor accepted goes into the knowledge base, if nothing gets worse.

The change is tried on a copy: it has to pass the lint, and no topic may answer fewer questions than before (see
`regression`). Otherwise it is refused with the reasons and every file stays as it was.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import yaml

from faq.knowledge import KnowledgeError, load_knowledge, read_yaml
from faq.learning.proposals import Proposal, check_topic, read_proposal, write_proposal, write_text
from faq.learning.regression import CACHE, falls, read_questions
from faq.lint import findings
from faq.normalise import normalise
from faq.phrasings import FOLDER, load_phrasings
from faq.review import load_reviewer

ACCEPTED = Path("phrasings") / "accepted.yml"
DRAFTS = Path("entries") / "drafts"
HEAD = "# Phrasings that editors accepted from the review list (`python -m faq accept`). Label -> phrasings.\n"


class Refused(Exception):
    """The change would make something worse; the reasons are the lines."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The proposal."""
    parser.add_argument("proposal", type=Path, help="a file of var/proposals with state: accepted")


def run(options: argparse.Namespace) -> int:
    """Check, apply, say what to do next; 1 when it is refused."""
    try:
        proposal = read_proposal(options.proposal)
        written = accept(proposal)
    except (KnowledgeError, Refused) as error:
        print(error, file=sys.stderr)
        return 1
    write_proposal(replace(proposal, state="applied"), options.proposal)
    print(f"written to {written}")
    if proposal.kind == "topic":
        print("The draft is not live: write answer and citations, then move the entry into a file of faq/entries.")
    if proposal.items:
        print(f"python -m cases review-list --mark accepted {' '.join(map(str, proposal.items))}")
    return 0


def accept(proposal: Proposal, folder: Path = FOLDER, cache: Path | None = CACHE) -> Path:
    """Apply an accepted proposal; the file that was written. Raises KnowledgeError, Refused."""
    if proposal.state != "accepted":
        raise KnowledgeError(f"the proposal's state is {proposal.state}, not accepted")
    before = load_phrasings(folder)
    check_topic(proposal, list(before))
    added = {proposal.topic: new_phrasings(proposal, before)}
    path, text = _draft(proposal, folder) if proposal.kind == "topic" else _with_phrasings(added, folder)
    if reasons := [*_lint_reasons(folder, path, text), *_regression_reasons(before, added, cache)]:
        raise Refused("\n".join(["refused, nothing was changed:", *reasons]))
    write_text(path, text)
    return path


def new_phrasings(proposal: Proposal, before: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What the topic does not have yet. Raises KnowledgeError for one of another topic, or when none is new."""
    owners = {normalise(text): label for label, texts in before.items() for text in texts}
    for text in proposal.phrasings:
        if (owner := owners.get(normalise(text), proposal.topic)) != proposal.topic:
            raise KnowledgeError(f"the phrasing belongs to {owner} already: {text}")
    fresh = tuple(text for text in proposal.phrasings if normalise(text) not in owners)
    if not fresh:
        raise KnowledgeError("every phrasing is there already")
    return fresh


def _with_phrasings(added: Mapping[str, Sequence[str]], folder: Path) -> tuple[Path, str]:
    path = folder / ACCEPTED
    known = (read_yaml(path) or {}) if path.exists() else {}
    for topic, texts in added.items():
        known[topic] = [*known.get(topic, []), *texts]
    return path, HEAD + yaml.safe_dump(known, allow_unicode=True, sort_keys=True, width=1000)


def _draft(proposal: Proposal, folder: Path) -> tuple[Path, str]:
    """The skeleton of a new entry: everything that an editor still has to write is empty."""
    entry = {
        "id": proposal.topic,
        "title": proposal.title,
        "answer": "",
        "more": "",
        "citations": [],
        "related": [],
        "follow_ups": {},
        "effective_from": date.today(),
        "effective_to": None,
        "review": {"state": "draft"},
        "phrasings": list(proposal.phrasings),
    }
    path = folder / DRAFTS / f"{proposal.topic.replace('.', '-')}.yml"
    if path.exists():
        raise KnowledgeError(f"there is a draft already: {path}")
    return path, yaml.safe_dump({"entries": [entry]}, allow_unicode=True, sort_keys=False, width=1000)


def _lint_reasons(folder: Path, path: Path, text: str) -> Iterator[str]:
    """What the lint finds with the change, in a copy, and did not find before."""
    before = set(_findings(folder))
    with tempfile.TemporaryDirectory() as beside:
        copy = Path(beside) / "faq"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        write_text(copy / path.relative_to(folder), text)
        load_phrasings(copy)
        yield from (line for line in _findings(copy) if line not in before)


def _findings(folder: Path) -> Iterator[str]:
    return findings(load_knowledge(folder), load_reviewer())


def _regression_reasons(
    before: Mapping[str, tuple[str, ...]], added: Mapping[str, Sequence[str]], cache: Path | None
) -> Iterator[str]:
    for fall in falls(before, added, read_questions(), cache):
        yield f"{fall.topic}: {fall.after} of {fall.of} questions right, {fall.before} before; no longer right:"
        yield from (f"  {text}" for text in fall.lost)
