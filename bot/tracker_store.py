"""A tracker store that stays fast: what is replayed each turn is bounded, and a restart loses no dialogue.

Rasa replays a conversation's whole tracker each turn, so a conversation slows down as it grows (20 ms at the start,
190 ms
at the 200th message). Here a tracker keeps its last turns; what came before is folded into the values that it led
to: slots and the active form. The transcript itself is the gateway's (`messages`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rasa.core.tracker_store import SerializedTrackerAsText, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import select

from cases.clock import utc_now
from cases.db import Database
from cases.models import TrackerState
from cases.settings import get_settings

MOST_TURNS = 6
KEPT_TURNS = 3


class BoundedTrackerStore(TrackerStore, SerializedTrackerAsText):
    """Keeps trackers in the `tracker_states` table, folded when they hold more than six turns."""

    def __init__(self, domain: Domain, host: str | None = None, event_broker: Any = None, **kwargs: Any) -> None:
        self._database = Database(get_settings().database_url)
        super().__init__(domain, event_broker, **kwargs)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Fold and write the tracker."""
        await self.stream_events(tracker)
        text = self.serialise_tracker(folded(tracker, self.domain))
        with self._database.write() as session:
            session.merge(TrackerState(conversation_id=tracker.sender_id, state=text, at=utc_now()))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker as it was saved last."""
        with self._database.read() as session:
            row = session.get(TrackerState, sender_id)
        return self.deserialise_tracker(sender_id, row.state) if row else None

    async def retrieve_full_tracker(self, sender_id: str) -> DialogueStateTracker | None:
        """The same: nothing older is kept here."""
        return await self.retrieve(sender_id)

    async def keys(self) -> Iterable[str]:
        """The conversations that have a tracker."""
        with self._database.read() as session:
            return list(session.execute(select(TrackerState.conversation_id)).scalars())


def folded(tracker: DialogueStateTracker, domain: Domain) -> DialogueStateTracker:
    """The same state with at most the last few turns; a short tracker comes back as it is."""
    events = list(tracker.events)
    turns = [place for place, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= MOST_TURNS:
        return tracker
    cut = turns[-KEPT_TURNS]
    before = DialogueStateTracker.from_events(tracker.sender_id, events[:cut], slots=domain.slots, domain=domain)
    return DialogueStateTracker.from_events(
        tracker.sender_id, [*_summary(before), *events[cut:]], slots=domain.slots, domain=domain
    )


def _summary(tracker: DialogueStateTracker) -> Sequence[Event]:
    """Events that lead a new tracker to the slots and the form of this one, waiting for the customer."""
    slots = [SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value is not None]
    loop = [ActiveLoop(tracker.active_loop_name)] if tracker.active_loop_name else []
    return [
        ActionExecuted(ACTION_SESSION_START_NAME),
        SessionStarted(),
        *slots,
        *loop,
        ActionExecuted(ACTION_LISTEN_NAME),
    ]
