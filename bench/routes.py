"""How often the route of a first message is right.

python -m bench.routes [FILE.tsv …] [--misses] [--half read|unread]

Columns `route`, `text` and, where more than one route is right, `accept`. Nothing was read of `routes_agreed.tsv`,
which two reviewers labelled as its authors did without seeing their labels. The mistakes in the others were looked
into: in every second row of `routes_unseen.tsv` and `routes_hard.tsv` from the first on (`--half read`) earlier than
in the rest.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.nlu.pipeline import Pipeline, load_pipeline
from bot.understand import newest_model
from cases.settings import get_settings

HERE = Path(__file__).parent
OWN = tuple(HERE / f"routes{name}.tsv" for name in ("", "_unseen", "_hard", "_fresh", "_agreed"))
HALVES = {"read": slice(0, None, 2), "unread": slice(1, None, 2), "both": slice(None)}
Row = Mapping[str, str]


def rows_of(path: Path, half: str) -> list[Row]:
    """The utterances of a file."""
    with path.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))[HALVES[half]]


def right(row: Row, decision: Mapping[str, Any]) -> bool:
    """Whether the decision's route is the row's, or one that a reviewer would accept too."""
    return decision["route"] in {row["route"], *(row.get("accept") or "").split(",")}


def show(name: str, rows: Sequence[Row], decisions: Sequence[Mapping[str, Any]], misses: bool) -> None:
    """One line in all, one for each route; with `misses` each that is wrong."""
    good = [right(row, decision) for row, decision in zip(rows, decisions, strict=True)]
    strict = sum(row["route"] == decision["route"] for row, decision in zip(rows, decisions, strict=True))
    share = sum(good) / len(rows)
    print(f"{name}: {sum(good)} of {len(rows)} ({share:.3f}); the first named alone {strict / len(rows):.3f}")
    every, hit = (
        Counter(row["route"] for row in rows),
        Counter(r["route"] for r, ok in zip(rows, good, strict=True) if ok),
    )
    print("  " + "  ".join(f"{route} {hit[route]}/{times}" for route, times in every.items()))
    for row, decision, ok in zip(rows, decisions, good, strict=True):
        if misses and not ok:
            print(f"  {row['route']} → {decision['route']} ({decision['intent']}): {row['text']}")


def pipeline_of_newest() -> Pipeline:
    """What understands with the newest model; ends the program when there is none."""
    model = newest_model(get_settings().model_dir)
    if model is None:
        raise SystemExit("There is no trained model: run `make run` first.")
    return load_pipeline(model)


def main() -> None:
    """Measure with the newest model."""
    parser = argparse.ArgumentParser(prog="python -m bench.routes")
    parser.add_argument("files", nargs="*", type=Path, default=OWN)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--half", choices=HALVES, default="both")
    options = parser.parse_args()
    pipeline = pipeline_of_newest()
    for path in options.files:
        rows = rows_of(path, options.half)
        show(path.name, rows, pipeline.decide([row["text"] for row in rows]), options.misses)


if __name__ == "__main__":
    main()
