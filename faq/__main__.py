"""`python -m faq COMMAND`: the command line of the knowledge base.

A command is one entry of COMMANDS: its name, what it does, and where its two functions live: `arguments(parser)` and
`run(options) -> exit code`. Only the command that is asked for is imported.
"""

from __future__ import annotations

import argparse
import importlib
import sys

COMMANDS: dict[str, tuple[str, str]] = {
    "match": ("faq.matching.cli", "match each line of stdin to a topic"),
    "review": ("faq.review.command", "review the wording of each line of stdin"),
    "gaps": ("faq.learning.gaps", "group the review list and propose phrasings or topics"),
    "accept": ("faq.learning.accept", "apply a proposal that an editor accepted, if nothing gets worse"),
    "lint": ("faq.lint", "check everything that is stored to be said"),
}


def main(argv: list[str] | None = None) -> int:
    """Parse the command line and run the command it names."""
    given = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="python -m faq")
    names = parser.add_subparsers(dest="command", required=True)
    for name, (place, what) in COMMANDS.items():
        sub = names.add_parser(name, help=what)
        if given[:1] == [name]:
            module = importlib.import_module(place)
            module.arguments(sub)
            sub.set_defaults(run=module.run)
    options = parser.parse_args(given)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
