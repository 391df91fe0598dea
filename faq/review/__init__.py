"""The review of wording: may this sentence be sent to a customer?

The rules are data (`faq/wording/*.yml`, source: wording.md D.2 and D.3):

    rules.py     reads and checks them
    scan.py      finds where a text breaks one
    mend.py      puts the compliant sentence in its place
    reviewer.py  the verdict on a text
    command.py   `python -m faq review`
"""

from faq.review.reviewer import Hit, Review, Reviewer, Verdict, load_reviewer
from faq.review.rules import Level, RuleError

__all__ = ["Hit", "Level", "Review", "Reviewer", "RuleError", "Verdict", "load_reviewer"]
