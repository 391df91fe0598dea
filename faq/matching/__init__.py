"""Matching questions to topics."""

from faq.matching.matcher import Candidate, Match, Matcher
from faq.matching.store import load_matcher

__all__ = ["Candidate", "Match", "Matcher", "load_matcher"]
