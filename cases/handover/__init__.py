"""Hand-over between the bot and people: BOT → QUEUED → HUMAN → BOT | CLOSED.

Every change of owner is one compare-and-set on the conversation's row; whoever loses it is told (`Conflict`). Taking a
conversation raises its `human_epoch`, which makes the door drop what a bot turn that began earlier still says.
"""

from cases.handover.holding import accept, close, expire, hand_back, held_by, last_note, reassign, requeue, take_over
from cases.handover.queue import (
    PRIORITIES,
    QUEUE_TIMEOUT,
    Outcome,
    Requested,
    cancel,
    change_owner,
    open_handover,
    position,
    request,
)

__all__ = [
    "PRIORITIES",
    "QUEUE_TIMEOUT",
    "Outcome",
    "Requested",
    "accept",
    "cancel",
    "change_owner",
    "close",
    "expire",
    "hand_back",
    "held_by",
    "last_note",
    "open_handover",
    "position",
    "reassign",
    "request",
    "requeue",
    "take_over",
]
