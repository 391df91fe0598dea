"""Whom labels belong to, those that help to serve (A118) and those that say who is followed up first (A117)."""

from __future__ import annotations

from cases.models import Conversation


def owner_of(conversation: Conversation) -> str:
    """The customer, or a guest's conversation."""
    return f"customer:{conversation.customer_key}" if conversation.customer_key else f"conversation:{conversation.id}"
