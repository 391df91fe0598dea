"""`python -m cases review-list`: the list as JSON lines for `python -m faq gaps`, and what editors decided about it."""

from __future__ import annotations

import argparse
from datetime import date, datetime, time

from cases import review_list
from cases.clock import SHANGHAI
from cases.commands import open_database
from cases.enums import ReviewState
from cases.settings import Settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words after `review-list`."""
    states = [state.value for state in ReviewState]
    parser.add_argument("--since", type=day, help="only what came on that day or later, such as 2026-11-01")
    parser.add_argument("--state", choices=states, default=ReviewState.OPEN.value)
    parser.add_argument("--mark", choices=states, help="instead of listing: give the items this state")
    parser.add_argument("ids", nargs="*", type=int, help="the items to mark")


def run(options: argparse.Namespace, settings: Settings) -> list[str]:
    """List or mark."""
    if options.mark:
        with open_database(settings).write() as session:
            return [f"{review_list.mark(session, options.ids, ReviewState(options.mark))} items are {options.mark}"]
    with open_database(settings).read() as session:
        return review_list.listed(session, options.since, ReviewState(options.state))


def day(text: str) -> datetime:
    """The beginning of a day in Shanghai."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), SHANGHAI)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day like 2026-11-01") from None
