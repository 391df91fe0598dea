"""`python -m bot COMMAND`: the command line of the assistant.

A command is one entry of COMMANDS: its name, what it does, and where its two functions live: `arguments(parser)` and
`run(options) -> exit code`.
"""

from __future__ import annotations

import argparse
import importlib
import sys

COMMANDS: dict[str, tuple[str, str]] = {
    "chat": ("bot.chat", "talk to the running service in the terminal"),
    "understand": ("bot.understand", "what each line of stdin would be taken for"),
}


def main(argv: list[str] | None = None) -> int:
    """Parse the command line and run the command it names."""
    arguments = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="python -m bot")
    names = parser.add_subparsers(dest="command", required=True)
    for name, (place, what) in COMMANDS.items():
        made = names.add_parser(name, help=what)
        if name in arguments[:1]:
            importlib.import_module(place).arguments(made)
    options = parser.parse_args(arguments)
    return int(importlib.import_module(COMMANDS[options.command][0]).run(options))


if __name__ == "__main__":
    sys.exit(main())
