"""The channels besides the app, as far as they are set up: addresses, what runs in the gateway and in the worker."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.routing import Route

from cases.db import Database
from cases.enums import Channel
from cases.settings import Settings
from gateway.state import State
from gateway.wechat import callback, identity, records
from gateway.wechat.account import WeChat
from gateway.wechat.adapter import ChannelAdapter
from gateway.wechat.media import Fetch, Media
from gateway.wechat.sender import Sender
from gateway.wecom import callback as wecom_callback
from gateway.wecom.account import WeCom
from gateway.wecom.sync import Sync


def routes(settings: Settings) -> list[Route]:
    """The addresses of the channels that are set up."""
    wechat = [*callback.routes, *identity.routes, *records.routes] if settings.wechat else []
    return [*wechat, *(wecom_callback.routes if settings.wecom else [])]


@asynccontextmanager
async def inbound(state: State) -> AsyncIterator[None]:
    """What the gateway runs for them: pictures, and WeCom's messages. Tokens are only read here."""
    fetchers: dict[Channel, Fetch] = {}
    if state.settings.wechat:
        fetchers[Channel.WECHAT] = WeChat(state.settings, state.database, owner=False).api.media
    if state.settings.wecom:
        account = WeCom(state.settings, state.database, owner=False)
        fetchers[Channel.WECOM] = account.api.media
        state.sync = Sync(state, account)
        state.sync.wake()
    state.media = Media(state, fetchers)
    await state.media.recover()
    yield
    await state.media.close()
    if state.sync is not None:
        await state.sync.close()


def senders(settings: Settings, database: Database) -> list[Sender]:
    """One sender for each channel: run them in one process only, the owner of the tokens."""
    adapters: list[ChannelAdapter] = []
    if settings.wechat:
        adapters.append(WeChat(settings, database, owner=True))
    if settings.wecom:
        adapters.append(WeCom(settings, database, owner=True))
    return [Sender(database, adapter) for adapter in adapters]


def start_senders(settings: Settings, database: Database, stop: threading.Event) -> list[threading.Thread]:
    """Start them beside the worker's clocks; they end when `stop` is set."""
    threads = [threading.Thread(target=sender.run, args=(stop,), daemon=True) for sender in senders(settings, database)]
    for thread in threads:
        thread.start()
    return threads
