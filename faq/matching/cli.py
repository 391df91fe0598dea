"""`python -m faq match`: a question a line in, the likeliest topics a line out (contract)."""

from __future__ import annotations

import argparse
import io
import json
import sys
from dataclasses import asdict

from faq.matching.matcher import Matcher
from faq.matching.store import load_matcher


def arguments(parser: argparse.ArgumentParser) -> None:
    """`--explain` tells why."""
    parser.add_argument("--explain", action="store_true", help="say why: features, nearest phrasings, lexicon")


def run(options: argparse.Namespace) -> int:
    """Match each line of stdin."""
    matcher = load_matcher()
    lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace", newline="\n")
    for line in lines:
        answer = answer_for(matcher, line.rstrip("\r\n"), options.explain)
        sys.stdout.buffer.write((json.dumps(answer, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
    return 0


def answer_for(matcher: Matcher, text: str, explain: bool) -> dict[str, object]:
    """One line's answer."""
    match = matcher.match(text)
    answer: dict[str, object] = {
        "text": text,
        "faq_id": match.faq_id,
        "score": match.score,
        "candidates": [asdict(candidate) for candidate in match.candidates],
    }
    return {**answer, "outside": match.outside, "why": matcher.explain(text)} if explain else answer
