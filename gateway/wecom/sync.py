"""Reading WeCom's messages: `sync_msg` from a durable cursor. Messages and cursor are stored in one transaction.

A callback only says that there is something; its wish is a row, so a crash forgets none. A page that was read before, a
cursor that went back and a message that came before change nothing.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from cases import deliveries, inbox, platforms
from cases.clock import utc_now
from cases.enums import Channel, DeliveryState, Opening
from cases.models import Delivery, SyncCursor
from faq.knowledge import phrases
from gateway.state import State
from gateway.wechat.codes import ApiError, Do
from gateway.wechat.incoming import Incoming, Taken, take
from gateway.wecom.account import OVER, WeCom
from gateway.wecom.desk import mirror, session_changed

CUSTOMER, SYSTEM, SERVICER = 3, 4, 5
USER = re.compile(r"[A-Za-z0-9_\-]{1,64}", re.ASCII)
MSGID = re.compile(r"[A-Za-z0-9_\-.=+/]{1,120}", re.ASCII)
MOST_PAGES = 200
PAUSES = (1.0, 3.0, 10.0, 30.0, 60.0)
OUR_ID = re.compile(r"d(\d{1,12})c\d+", re.ASCII)
log = logging.getLogger(__name__)


class Sync:
    """Follows the callbacks of one account, one reading at a time."""

    def __init__(self, state: State, account: WeCom) -> None:
        self._state, self._account = state, account
        self._kfid = str(account.settings.wecom_kfid)
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def wake(self) -> None:
        """There may be something to read."""
        if self._task is not None and not self._task.done():
            self._again = True
            return
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Stop; the cursor says where to go on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        for pause in (*PAUSES, None):
            self._again = False
            try:
                await self._read_all()
            except ApiError as error:
                log.warning("sync_msg: %s", error.code)
                if pause is None or error.do is Do.BAD:
                    return
                await asyncio.sleep(pause)
            else:
                if not self._again:
                    return

    async def _read_all(self) -> None:
        """Page after page; ends when there is no more, or when the platform says more but goes nowhere."""
        for _ in range(MOST_PAGES):
            row = await self._state.read(lambda session: session.get(SyncCursor, self._kfid))
            body = {"cursor": row.cursor if row else "", "limit": 1000, "open_kfid": self._kfid}
            if row is not None and row.token:
                body["token"] = row.token
            page = await run_in_threadpool(self._account.api.call, "/cgi-bin/kf/sync_msg", body)
            taken, welcomes = await self._state.write(self._store, page)
            self._tell(taken)
            await self._welcome(welcomes)
            if not page.get("has_more") or str(page.get("next_cursor", "")) in ("", body["cursor"]):
                return

    def _store(self, session: Session, page: Mapping[str, Any]) -> tuple[list[Taken], list[tuple[str, str]]]:
        now, taken, welcomes = utc_now(), [], []
        for item in page.get("msg_list") or []:
            done = one(session, self._state, item, now)
            if isinstance(done, Taken):
                taken.append(done)
            elif done is not None:
                welcomes.append(done)
        move_cursor(session, self._kfid, str(page.get("next_cursor", ""))[:128], now)
        return taken, welcomes

    def _tell(self, taken: list[Taken]) -> None:
        for done in taken:
            if done.media:
                self._state.media.wake(done.event_id)
            if done.conversation_id and done.seq is not None:
                self._state.turns.wake(done.conversation_id)
                self._state.waiting.wake(done.conversation_id)
        if taken:
            self._state.waiting.wake("desk")

    async def _welcome(self, welcomes: list[tuple[str, str]]) -> None:
        for user, code in welcomes:
            claimed = await self._state.write(
                deliveries.claim, Channel.WECOM, user, self._account.compose, utc_now(), deliveries.PASSIVE
            )
            try:
                if claimed is not None:
                    await run_in_threadpool(self._account.welcome, claimed, code)
            except ApiError as error:
                log.warning("welcome: %s", error.code)  # the code is good for twenty seconds: not worth a retry


def move_cursor(session: Session, kfid: str, cursor: str, now: datetime) -> None:
    """Keep how far was read; an empty cursor keeps the old one."""
    platforms.insert_new(session, SyncCursor, account=kfid, cursor="", updated_at=now)
    row = session.get(SyncCursor, kfid, populate_existing=True)
    row.cursor, row.wanted_at, row.updated_at = cursor or row.cursor, None, now


def want(session: Session, kfid: str, token: str, now: datetime) -> None:
    """Note that a callback asks to read."""
    platforms.insert_new(session, SyncCursor, account=kfid, cursor="", updated_at=now)
    row = session.get(SyncCursor, kfid, populate_existing=True)
    row.token, row.wanted_at = token, now


def one(session: Session, state: State, item: Mapping[str, Any], now: datetime) -> Taken | tuple[str, str] | None:
    """One message of a page: the customer's, the system's or a servicer's. What does not fit is left out."""
    try:
        user, msgid, origin = _who(item), str(item["msgid"]), int(item["origin"])
    except (KeyError, TypeError, ValueError):
        log.warning("a message of sync_msg does not fit")
        return None
    if not MSGID.fullmatch(msgid):
        return None
    if origin == CUSTOMER:
        _awake(session, user, now)
        return take(session, state, customer_said(item, user, msgid), now)
    if inbox.take(session, Channel.WECOM, user, msgid, now, now) is None:
        return None
    if origin == SERVICER:
        mirror(session, user, msgid, dict(item), now)
        return None
    return _event(session, state, item.get("event") or {}, user, now)


def _who(item: Mapping[str, Any]) -> str:
    user = str(item.get("external_userid") or (item.get("event") or {}).get("external_userid") or "")
    if not USER.fullmatch(user):
        raise ValueError("user")
    return user


def _awake(session: Session, user: str, now: datetime) -> None:
    known = inbox.user_of(session, Channel.WECOM, user, now)
    if known.service_state == OVER:
        known.service_state = None  # the customer's message begins a new session


def customer_said(item: Mapping[str, Any], user: str, msgid: str) -> Incoming:
    """A customer's message in our words."""
    sent = datetime.fromtimestamp(int(item.get("send_time") or 0), timezone.utc)
    kind = str(item.get("msgtype"))
    part: Mapping[str, Any] = item.get(kind) or {}
    base: dict[str, Any] = {"channel": Channel.WECOM, "user": user, "key": msgid, "at": sent, "opens": Opening.MESSAGE}
    if kind == "text":
        return Incoming(kind="text", text=str(part.get("content", "")), tap=str(part.get("menu_id", ""))[:64], **base)
    if kind == "image":
        return Incoming(kind="image", media_id=str(part.get("media_id", ""))[:128], **base)
    if kind == "location":
        place = part.get("name") or part.get("address") or f"{part.get('latitude')},{part.get('longitude')}"
        return Incoming(kind="text", text=f"{phrases('wechat')['stored']['location']}{place}"[:300], **base)
    return Incoming(kind="note", says=kind if kind in ("voice", "video", "link") else "other", **base)


def _event(
    session: Session, state: State, event: Mapping[str, Any], user: str, now: datetime
) -> tuple[str, str] | None:
    name = event.get("event_type")
    if name == "session_status_change":
        session_changed(session, user, int(event.get("change_type") or 0), now)
    elif name == "msg_send_fail":
        _failed(session, str(event.get("fail_msgid", "")), str(event.get("fail_type", "")))
    elif name == "enter_session" and event.get("welcome_code"):
        greeting = Incoming(Channel.WECOM, user, f"w{event['welcome_code']}"[:120], now, "follow")
        return (user, str(event["welcome_code"])) if take(session, state, greeting, now) else None
    return None


def _failed(session: Session, msgid: str, why: str) -> None:
    """The platform took a message and could not deliver it."""
    match = OUR_ID.fullmatch(msgid)
    row = session.get(Delivery, int(match.group(1))) if match else None
    if row is not None:
        row.state, row.error = DeliveryState.FAILED, f"fail_{why}"[:32]
