"""A rating of one to five and a word about it (A111, A112)."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions.base import ClaimsAction, Events, Turn
from bot.actions.form import Form, first_key, says, words
from cases import ratings

SLOTS = ("rating_score", "rating_comment")
NO_COMMENT = "-"
LOW = 2


class ValidateRatingForm(Form):
    """Score, then an optional comment."""

    form = "rating_form"
    slots = SLOTS
    free_text = frozenset({"rating_comment"})

    def details(self, turn: Turn, asked: str | None) -> dict[str, Any]:
        """A score is heard wherever it is said, unless a comment was asked for."""
        if asked == "rating_comment":
            return {}
        score = turn.entity("rating") or first_key(turn.text, "scores")
        if not score:
            return {}
        comment = re.sub(words()["score_itself"][0], "", turn.text).strip()
        return {"rating_score": int(score), **({"rating_comment": comment} if len(comment) >= 2 else {})}

    def answer(self, turn: Turn, slot: str, text: str) -> Any:
        """Any words are a comment; “no” means none."""
        if slot == "rating_score":
            return None
        return (
            NO_COMMENT
            if turn.intent in ("deny", "dont_know", "thank") or says(text, "none") or says(text, "no")
            else text or None
        )


class ActionRate(ClaimsAction):
    """Keep the rating; a low one is looked after."""

    called = "action_rate"

    def act(self, turn: Turn) -> Events:
        """Once for each stay with a person, or for the bot."""
        score = turn.slot("rating_score")
        if score is None or turn.slot("rating_comment") is None:
            return []
        comment = turn.slot("rating_comment")
        ratings.rate(turn.session, turn.conversation.id, int(score), "" if comment == NO_COMMENT else comment, turn.now)
        turn.say("utter_rating_low" if int(score) <= LOW else "utter_rating_thanks")
        return [SlotSet(slot, None) for slot in SLOTS]
