"""`python -m faq review`: a text a line in, a verdict a line out (contract.md)."""

from __future__ import annotations

import argparse
import io
import json
import sys

from faq.review.quotes import read_quotes
from faq.review.reviewer import Review, load_reviewer


def arguments(parser: argparse.ArgumentParser) -> None:
    """The command takes no arguments: it reads stdin."""


def run(options: argparse.Namespace) -> int:
    """Review each line of stdin and print its verdict at once."""
    reviewer, quotes = load_reviewer(), read_quotes()
    lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace", newline="\n")
    for line in lines:
        review = reviewer.review(line.rstrip("\r\n"), quotes)
        sys.stdout.buffer.write(_line(review).encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
    return 0


def _line(review: Review) -> str:
    hits = [{"rule": h.rule, "span": list(h.span), "found": h.found} for h in review.hits]
    answer = {
        "text": review.text,
        "verdict": review.verdict.value,
        "out": review.out,
        "hits": hits,
    }
    return json.dumps(answer, ensure_ascii=False) + "\n"
