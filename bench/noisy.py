"""How much noise costs: clear messages, and the same messages as people really produce them.

python -m bench.noisy [FILE.tsv] [--misses]

Columns `kind` of noise, `route`, `primary` (the topic, if it asks for one), `accept` (further topics or routes),
`clean`, `text`. Of `noisy.tsv` the odd rows were read when the English of a claim and pinyin were looked into.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.routes import HERE, Row, pipeline_of_newest, rows_of

FILE = HERE / "noisy.tsv"


def right(row: Row, decision: Mapping[str, Any]) -> bool:
    """Whether the topic (or where none is asked for, the route) is one that is accepted."""
    accepted = {row["primary"] or row["route"], *row["accept"].split(",")} - {""}
    return bool(accepted & {decision["route"], decision["faq_id"]})


def main() -> None:
    """Measure with the newest model."""
    parser = argparse.ArgumentParser(prog="python -m bench.noisy")
    parser.add_argument("file", nargs="?", type=Path, default=FILE)
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    rows = rows_of(options.file, "both")
    pipeline = pipeline_of_newest()
    for column in ("clean", "text"):
        decisions = pipeline.decide([row[column] for row in rows])
        hits = [(row, decision) for row, decision in zip(rows, decisions, strict=True) if right(row, decision)]
        print(f"{column}: {len(hits)} of {len(rows)} ({len(hits) / len(rows):.3f})")
    every, hit = Counter(row["kind"] for row in rows), Counter(row["kind"] for row, _ in hits)
    print("  " + "  ".join(f"{kind} {hit[kind]}/{times}" for kind, times in every.items()))
    for row, decision in zip(rows, decisions, strict=True):
        if options.misses and not right(row, decision):
            taken = decision["faq_id"] or decision["route"]
            print(f"  {row['kind']}: {row['primary'] or row['route']} → {taken}: {row['text']}")


if __name__ == "__main__":
    main()
