"""What speaks for one reading of a message or another: the measures that `bot.nlu.decision` weighs."""

from __future__ import annotations

from bot.nlu.heard import Heard, rules
from faq.matching import Candidate, Match

ABOUT_NOW = frozenset(
    {
        "report_claim",
        "report_emergency",
        "book_appointment",
        "check_claim_status",
        "file_complaint",
        "withdraw_complaint",
    }
)
HALF = 0.5


def asks_about_cover(heard: Heard) -> bool:
    """Whether it is a question about cover, money or papers."""
    return asks(heard) and bool(rules()["about_cover"].search(heard.normal))


def chance_of_question(heard: Heard) -> float:
    """How likely the message is a question about a topic or none of ours, as far as the topic match bears it out."""
    return (
        heard.chance("ask_faq") * (HALF + heard.match.score)
        + heard.chance("out_of_scope") * (HALF + heard.match.outside) / 1.5
    )


def asks(heard: Heard) -> bool:
    """Whether it is put as a question."""
    return bool(rules()["question"].search(heard.normal))


def needed(heard: Heard, name: str) -> float:
    """How much likelier a request must be than a question: more so when it is put as a question that has a topic."""
    limits = rules()["thresholds"]
    topical = heard.match.faq_id is not None and heard.match.score >= limits["answer"]
    return float(limits["request_in_question" if name in ABOUT_NOW and topical and asks(heard) else "request"])


def chance_of_outside(heard: Heard) -> float:
    """How likely the message is none of our topics, by both accounts."""
    apart = heard.chance("ask_faq") + heard.chance("out_of_scope")
    by_intent = heard.chance("out_of_scope") / apart if apart > 0.05 else heard.match.outside
    return 0.6 * heard.match.outside + 0.4 * by_intent


def first_two(match: Match) -> tuple[Candidate, Candidate]:
    """The two likeliest topics; blank ones where there are none."""
    nothing = Candidate("", 0.0)
    return (*match.candidates[:2], nothing, nothing)[:2]  # type: ignore[return-value]  # mypy: a slice has no length


def aspect(normal: str) -> str | None:
    """What a follow-up asks about."""
    return next((name for name, words in rules()["aspects"].items() if words.search(normal)), None)
