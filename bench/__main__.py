"""Run every benchmark, or those named: `python -m bench [turns] [wording] [matching]`."""

from __future__ import annotations

import importlib
import json
import platform
import sys
from typing import Any

from cases.settings import get_settings

PARTS = ("wording", "matching", "turns")


def main(wanted: list[str]) -> int:
    """Run, print, write."""
    figures: dict[str, Any] = {"machine": platform.platform(), "python": platform.python_version()}
    for name in wanted or PARTS:
        figures[name] = importlib.import_module(f"bench.{name}").measure()
        show(name, figures[name])
    path = get_settings().var / "bench.json"
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False))
    print(f"written to {path}")
    return 0


def show(name: str, rows: Any) -> None:
    """Print rows of figures as a table."""
    print(f"\n{name}")
    for row in rows:
        print("  " + "  ".join(f"{key} {value}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
