"""Recall and false alarms of mood and flags on `signals.tsv`: `python -m bench.signals`."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from bot.nlu.signals import signals_of

SET = Path(__file__).with_name("signals.tsv")


def main() -> None:
    """Print, one signal a line, how many were noticed and how often it was raised without cause."""
    wanted: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    false: Counter[str] = Counter()
    with SET.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        heard = signals_of(row["text"])
        want = {row["mood"], *filter(None, row["flags"].split(","))} - {"calm"}
        got = {heard.mood, *heard.flags} - {"calm"}
        wanted.update(want)
        noticed.update(want & got)
        false.update(got - want)
        if got != want:
            print(f"# {row['text']}: wanted {sorted(want)}, got {sorted(got)}")
    for name in sorted(wanted | false):
        print(f"{name}\trecall {noticed[name]}/{wanted[name]}\tfalse alarms {false[name]}/{len(rows) - wanted[name]}")


if __name__ == "__main__":
    main()
