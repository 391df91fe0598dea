"""`python -m faq gaps`: the review list in groups, with a proposal for each: more phrasings of a topic, or a new topic.

python -m cases review-list | python -m faq gaps
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from faq.knowledge import KnowledgeError
from faq.learning.clusters import MOST, cluster
from faq.learning.proposals import Proposal, read_proposal, write_proposal
from faq.matching import Match, load_matcher
from faq.normalise import normalise
from faq.phrasings import FOLDER, load_phrasings

PROPOSALS = FOLDER.parent / "var" / "proposals"
LIKELY = 0.25
NEAR = 3
SHOWN = 6
SHORTEST = 2


class Matching(Protocol):
    """What proposals are made with: a matcher."""

    def match_many(self, texts: Sequence[str]) -> list[Match]:
        """The likeliest topics for each text."""


class Asked:
    """One question, however often it was put."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.ids: list[int] = []
        self.picked: Counter[str] = Counter()
        self.refused: set[str] = set()

    def add(self, row: dict[str, Any]) -> None:
        """One more time; what was picked speaks for a topic, what was answered in vain against it."""
        self.ids.append(int(row["id"]))
        if row.get("picked"):
            self.picked[str(row["picked"])] += 1
        if row.get("answered"):
            self.refused.add(str(row["answered"]))


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where the list comes from and where proposals go."""
    parser.add_argument(
        "--since", type=date.fromisoformat, help="only what came on that day or later, such as 2026-11-01"
    )
    parser.add_argument("--from", dest="source", type=Path, help="JSON lines of `cases review-list`; else stdin")
    parser.add_argument("--to", type=Path, default=PROPOSALS, help="the folder for proposals")
    parser.add_argument("--smallest", type=int, default=2, help="how often something must have been asked (2)")


def run(options: argparse.Namespace) -> int:
    """Read, group, propose, print."""
    try:
        rows, done = list(read_rows(_lines(options.source), options.since)), proposed_items(options.to)
    except (KnowledgeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    asked = gathered([row for row in rows if row["id"] not in done])
    print(
        f"{len(rows)} items, {sum(row['id'] in done for row in rows)} of them in proposals already, "
        f"{len(asked)} different questions left"
    )
    if not asked:
        return 0
    background = [text for texts in load_phrasings().values() for text in texts]
    made = propose(asked, load_matcher(), options.smallest, background)
    for proposal in made:
        write_proposal(proposal, options.to / proposal.name)
        print("\n".join(["", *described(proposal), f"  written to {options.to / proposal.name}"]))
    print(f"\n{len(made)} proposals; {len(asked) - sum(len(one.phrasings) for one in made)} questions stand alone")
    return 0


def proposed_items(folder: Path) -> set[int]:
    """The items that a proposal was made of before, whatever its editor did with it. Raises KnowledgeError."""
    return {item for path in sorted(folder.glob("*.yml")) for item in read_proposal(path).items}


def _lines(source: Path | None) -> Iterable[str]:
    raw = source.read_bytes() if source else sys.stdin.buffer.read()
    return raw.decode("utf-8", "replace").splitlines()


def read_rows(lines: Iterable[str], since: date | None = None) -> Iterator[dict[str, Any]]:
    """The items of the list. Raises KnowledgeError, which names the first line that is none."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            keep = since is None or date.fromisoformat(str(row["at"])[:10]) >= since
            row["text"], row["id"] = str(row["text"]), int(row["id"])
        except (ValueError, KeyError, TypeError):
            raise KnowledgeError(f"line {number} is no item of the review list") from None
        if keep:
            yield row


def gathered(rows: Sequence[dict[str, Any]]) -> list[Asked]:
    """The different questions, the newest last; at most as many as can be grouped."""
    found: dict[str, Asked] = {}
    for row in rows:
        normal = normalise(row["text"])
        if len(normal) >= SHORTEST:
            found.setdefault(normal, Asked(row["text"])).add(row)
    return list(found.values())[-MOST:]


def propose(
    asked: Sequence[Asked], matcher: Matching, smallest: int = 2, background: Sequence[str] = ()
) -> list[Proposal]:
    """A proposal for each group that was asked for often enough, the most frequent first."""
    matches = matcher.match_many([one.text for one in asked])
    made = []
    for group in cluster([one.text for one in asked], background):
        members = [asked[at] for at in group.members]
        if sum(len(one.ids) for one in members) >= smallest:
            made.append(_proposal(members, [matches[at] for at in group.members]))
    return sorted(made, key=lambda one: -one.times)


def _proposal(members: Sequence[Asked], matches: Sequence[Match]) -> Proposal:
    near = _nearest(members, matches)
    known = bool(near) and near[0]["score"] >= LIKELY
    return Proposal(
        state="proposed",
        kind="phrasings" if known else "topic",
        topic=near[0]["topic"] if known else "",
        title=members[0].text,
        phrasings=tuple(one.text for one in members),
        score=near[0]["score"] if near else 0.0,
        times=sum(len(one.ids) for one in members),
        items=tuple(sorted(at for one in members for at in one.ids)),
        near=tuple(near),
    )


def _nearest(members: Sequence[Asked], matches: Sequence[Match]) -> list[dict[str, Any]]:
    """The topics that the group speaks for: what customers picked counts whole, what the matcher thinks in part."""
    votes: defaultdict[str, float] = defaultdict(float)
    for one, match in zip(members, matches, strict=True):
        picks = sum(one.picked.values())
        for topic, times in one.picked.items():
            votes[topic] += times
        for candidate in match.candidates:
            votes[candidate.faq_id] += candidate.score * (len(one.ids) - picks)
    for topic in set().union(*(one.refused for one in members)):
        votes.pop(topic, None)
    total = sum(len(one.ids) for one in members)
    best = sorted(votes, key=lambda topic: (-votes[topic], topic))[:NEAR]
    return [{"topic": topic, "score": round(votes[topic] / total, 3)} for topic in best]


def described(proposal: Proposal) -> Iterator[str]:
    """A proposal for people."""
    if proposal.kind == "phrasings":
        yield f"{proposal.times}x  more phrasings of {proposal.topic} ({proposal.score:.2f})"
    else:
        near = ", ".join(f"{row['topic']} {row['score']:.2f}" for row in proposal.near)
        yield f"{proposal.times}x  a new topic: {proposal.title}" + (f" (nearest: {near})" if near else "")
    yield from (f"  - {text}" for text in proposal.phrasings[:SHOWN])
    if len(proposal.phrasings) > SHOWN:
        yield f"  … {len(proposal.phrasings) - SHOWN} more"
