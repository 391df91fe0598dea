"""What each part of the topic matcher is worth: trained without it, measured on questions nothing was learned from.

python -m bench.ablation [FILE.tsv …]        the project's own sets unless told; columns as in bench/questions.tsv
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.nlu.heard import rules
from faq.knowledge import read_yaml
from faq.matching import Match, Matcher, features, ranker
from faq.phrasings import is_outside, load_phrasings, phrasing_files

OWN = [Path(__file__).with_name(name) for name in ("questions.tsv", "stories.tsv", "titles.tsv", "public.tsv")]
ASKED = ("asked_", "outside_asked")
VOICES = ("spoken_", "titles_", "contrasts", "outside_spoken", "outside_titles")
Row = Mapping[str, str]


def questions(path: Path) -> list[Row]:
    """The questions of a set, without those that have no topic."""
    with path.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row for row in rows if row["set"] != "in" or accepted(row)]


def accepted(row: Row) -> set[str]:
    """The topics that are right; none for what needs a person."""
    special = {"none", "oos", "status", "complain", ""}
    return set() if row["primary"] in special else {row["primary"], *row["accept"].split(",")} - special


def figures(rows: Sequence[Row], matches: Sequence[Match]) -> str:
    """One line of figures, as score.py defines them, for the matcher alone."""
    total: Counter[str] = Counter(row["set"] for row in rows)
    count: Counter[str] = Counter()
    least = rules()["thresholds"]["answer"]
    for row, match in zip(rows, matches, strict=False):
        answered = match.faq_id if match.score >= least else None
        right = accepted(row)
        if row["set"] != "in":
            count[row["set"]] += answered is not None
            continue
        count["hit"] += answered in right
        count["wrong"] += answered is not None and answered not in right
        count["top1"] += match.candidates[0].faq_id in right
        count["offered"] += any(row.faq_id in right for row in match.candidates[:3])
    inside = [f"{name} {count[name] / max(total['in'], 1):.3f}" for name in ("hit", "wrong", "top1", "offered")]
    return "  ".join([*inside, *(f"{name}_false {count[name] / max(total[name], 1):.3f}" for name in ("near", "far"))])


def variants() -> Iterator[tuple[str, Matcher]]:
    """The matcher as it is, and without each part."""
    phrasings = load_phrasings()
    whole = Matcher.train(phrasings)
    yield "whole", whole
    yield "without questions asked first", Matcher.train(_without(ASKED))
    kept = whole.ranker.weights.copy()
    for name, parts in (
        ("without nearest phrasings", (2, 3, 5)),
        ("without scope machine", (9,)),
        ("without coverage", (6, 7, 8)),
    ):
        whole.ranker.weights = kept.copy()
        whole.ranker.weights[list(parts)] = 0
        yield f"{name} (not refitted)", whole
    for kind in features.KINDS:
        weight, features.WEIGHTS[kind] = features.WEIGHTS[kind], 0.0
        yield f"without {kind}s", Matcher.train(phrasings)
        features.WEIGHTS[kind] = weight
    odds, ranker.OUTSIDE_ODDS = ranker.OUTSIDE_ODDS, 1.0
    yield "without outside odds", Matcher(ranker.Ranker(whole.ranker.linear, whole.ranker.index, kept))
    ranker.OUTSIDE_ODDS = odds
    inside = {label: texts for label, texts in phrasings.items() if not is_outside(label)}
    yield "without an outside class", Matcher.train(inside)
    yield "without spoken, titles, contrasts", Matcher.train(_without(VOICES))
    yield "without generated combinations", Matcher.train(_without(("extra",)))
    entries = {label: texts[:25] for label, texts in phrasings.items()}
    yield "25 phrasings a label", Matcher.train(entries)


def _without(names: tuple[str, ...]) -> Mapping[str, Sequence[str]]:
    """The phrasings, without the files whose names begin so."""
    left_out = {
        str(text)
        for path in phrasing_files()
        if path.name.startswith(names)
        for texts in (read_yaml(path) or {}).values()
        for text in texts
    }
    kept = {label: [text for text in texts if text not in left_out] for label, texts in load_phrasings().items()}
    return {label: texts for label, texts in kept.items() if texts}


def worst(rows: Sequence[Row], matches: Sequence[Match]) -> list[str]:
    """The topics that are missed most, with what they are taken for."""
    missed: dict[str, Counter[str]] = {}
    for row, match in zip(rows, matches, strict=False):
        if row["set"] == "in" and match.candidates[0].faq_id not in accepted(row):
            missed.setdefault(row["primary"], Counter())[match.candidates[0].faq_id] += 1
    ordered = sorted(missed.items(), key=lambda item: -sum(item[1].values()))[:10]
    return [
        f"{topic}: {', '.join(f'{other} {times}' for other, times in taken.most_common(4))}" for topic, taken in ordered
    ]


def main(paths: Sequence[str]) -> None:
    """Print the table for each set, and the worst topics."""
    sets = {Path(path).name: questions(Path(path)) for path in paths or OWN}
    for name, made in variants():
        for file, rows in sets.items():
            matches = made.match_many([row["text"] for row in rows])
            print(f"{name:<42} {file:<15} {figures(rows, matches)}", flush=True)
            if name == "whole":
                print("\n".join(f"    {line}" for line in worst(rows, matches)))


if __name__ == "__main__":
    main(sys.argv[1:])
