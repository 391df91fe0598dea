"""Pictures that customers sent on a channel: fetched by their media id at once, into the same store as the app's.

The event's row says that a picture is still to be fetched, so a crash loses none. The message's address is not used.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from cases import conversations, inbox, messages, photos
from cases.clock import utc_now
from cases.enums import Channel, EventState, Owner
from cases.errors import Conflict, TooMany
from cases.messages import Draft
from cases.models import ChannelEvent
from cases.photos import Picture, Refused
from faq.knowledge import phrases
from gateway.state import State
from gateway.wechat.codes import ApiError, Do

PAUSES = (1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0)
PREFIX = {Channel.WECHAT: "wx:", Channel.WECOM: "kf:"}
Fetch = Callable[[str], bytes]
log = logging.getLogger(__name__)


class Media:
    """Fetches pictures in the background, a few at a time."""

    def __init__(self, state: State, fetchers: Mapping[Channel, Fetch]) -> None:
        self._state, self._fetchers = state, fetchers
        self._running: dict[int, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(4)

    def wake(self, event_id: int) -> None:
        """Fetch the picture of an event."""
        if event_id not in self._running:
            task = asyncio.create_task(self._tries(event_id))
            self._running[event_id] = task
            task.add_done_callback(lambda _: self._running.pop(event_id, None))

    async def recover(self) -> None:
        """Take up what was waiting when the last process ended."""
        for event_id in await self._state.read(inbox.waiting_media):
            self.wake(event_id)

    async def close(self) -> None:
        """Stop; what is not fetched waits in the database."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tries(self, event_id: int) -> None:
        for pause in (*PAUSES, None):
            try:
                async with self._places:
                    picture = await self._picture(event_id)
            except (ApiError, TooMany) as error:
                final = isinstance(error, ApiError) and error.do in (Do.BAD, Do.GONE)
                if final or pause is None:
                    return await self._refuse(event_id, "image_gone" if final else "image_later", error)
                await asyncio.sleep(pause)
            except Refused as error:
                return await self._refuse(event_id, photos.refusal(error), error)
            else:
                return await self._keep(event_id, picture)

    async def _picture(self, event_id: int) -> Picture:
        event = await self._state.read(lambda session: session.get(ChannelEvent, event_id))
        data = await run_in_threadpool(self._fetchers[event.channel], event.media_id)
        return await run_in_threadpool(photos.examine, data)

    async def _keep(self, event_id: int, picture: Picture) -> None:
        conversation_id = await self._state.write(self._kept, event_id, picture)
        self._told(conversation_id)

    def _kept(self, session: Session, event_id: int, picture: Picture) -> str:
        event, now = session.get(ChannelEvent, event_id), utc_now()
        if event.state is EventState.MEDIA:
            photo = photos.keep(session, self._state.photos, event.conversation_id, picture, now)
            event.state = EventState.DONE
            try:
                client_id = PREFIX[event.channel] + event.key
                event.seq = conversations.post_image(session, event.conversation_id, client_id, photo.id, now).seq
            except Conflict:
                log.info("a picture came after the conversation was closed")
        return str(event.conversation_id)

    async def _refuse(self, event_id: int, name: str, error: Exception) -> None:
        log.warning("a picture was not kept: %s", type(error).__name__)
        text = phrases("wechat").get(name, name)
        conversation_id = await self._state.write(self._refused, event_id, text, str(error)[:32])
        self._told(conversation_id)

    def _refused(self, session: Session, event_id: int, text: str, code: str) -> str:
        event = session.get(ChannelEvent, event_id)
        event.state, event.error = EventState.FAILED, code
        conversation = conversations.get(session, event.conversation_id)
        if conversation.owner is not Owner.CLOSED:
            drafts = [Draft(text, meta={"route": "photo"})]
            messages.send(session, self._state.door, conversation.id, drafts, utc_now())
        return str(event.conversation_id)

    def _told(self, conversation_id: str) -> None:
        self._state.turns.wake(conversation_id)
        self._state.waiting.wake(conversation_id)
        self._state.waiting.wake("desk")
