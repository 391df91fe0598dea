"""People at WeCom's own desk (mode `wecom_desk`): whom we pass on, what comes back, what they said.

In the mode `own_desk` sessions stay in state 1 and people answer at our desk. Here a customer who wants a person is
passed to WeCom's pool or to a servicer; meanwhile one stand-in agent of ours has the conversation: the bot is silent.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import conversations, handover, inbox
from cases.clock import utc_now
from cases.db import Database
from cases.enums import Channel, DeliveryState, Kind, Owner, Role, Sender
from cases.masking import mask
from cases.messages import by_client_id
from cases.models import Agent, Conversation, Delivery, Message
from faq.knowledge import phrases
from gateway.wechat.codes import ApiError, Do
from gateway.wecom.account import POOL, WITH_SERVICER, WeCom

USERNAME = "wecom"
log = logging.getLogger(__name__)


def stand_in(session: Session) -> Agent:
    """The agent that stands for WeCom's desk; nobody can log in as it."""
    found = session.execute(select(Agent).where(Agent.username == USERNAME)).scalar_one_or_none()
    if found is None:
        found = Agent(
            username=USERNAME,
            name=phrases("wechat")["wecom_desk"],
            role=Role.FIRST_LINE,
            password_hash="!",
            active=False,
            failed_logins=0,
        )
        session.add(found)
        session.flush()
    return found


def pass_on(account: WeCom, database: Database) -> None:
    """Pass whoever waits for a person to WeCom's desk, once all that was said to him has left. Raises ApiError."""
    with database.read() as session:
        waiting = [(row.id, str(row.channel_user)) for row in _waiting(session)]
    for conversation_id, user in waiting:
        try:
            _trans(account, user)
        except ApiError as error:
            if error.do in (Do.AWAY, Do.UNSURE):
                raise
            log.error("WeCom did not take a customer over: %s", error.code)
            continue
        with database.write() as session:
            handover.take_over(session, conversation_id, stand_in(session), utc_now())


def _waiting(session: Session) -> list[Conversation]:
    unsent = select(Delivery.id).where(
        Delivery.conversation_id == Conversation.id, Delivery.state.in_([DeliveryState.PENDING, DeliveryState.SENDING])
    )
    rows = select(Conversation).where(
        Conversation.channel == Channel.WECOM, Conversation.owner == Owner.QUEUED, ~unsent.exists()
    )
    return list(session.execute(rows.limit(50)).scalars())


def _trans(account: WeCom, user: str) -> None:
    servicer = account.settings.wecom_servicer
    try:
        account.trans(user, WITH_SERVICER if servicer else POOL, servicer)
    except ApiError as error:
        if error.code != "95014" or not servicer:
            raise
        account.trans(user, POOL)  # the servicer is not there: into the pool


def session_changed(session: Session, user: str, change: int, now: datetime) -> None:
    """WeCom says that a session was taken (1), passed on (2), ended (3) or taken again (4)."""
    known = inbox.user_of(session, Channel.WECOM, user, now)
    known.service_state = 4 if change == 3 else 3
    conversation = inbox.conversation_for(session, known, now)
    agent = stand_in(session)
    if change == 3 and conversation.owner is Owner.HUMAN and conversation.agent_id == agent.id:
        handover.hand_back(session, conversation.id, agent, "", now)
    elif change in (1, 4) and conversation.owner in (Owner.BOT, Owner.QUEUED):
        handover.take_over(session, conversation.id, agent, now)


def mirror(session: Session, user: str, msgid: str, said: dict[str, Any], now: datetime) -> None:
    """What a servicer said in WeCom stands in our transcript too; it was sent already, so nothing is sent."""
    conversation = inbox.conversation_for(session, inbox.user_of(session, Channel.WECOM, user, now), now)
    if by_client_id(session, conversation.id, Sender.AGENT, f"kf:{msgid}"[:80]):
        return
    kind = str(said.get("msgtype"))
    text = str((said.get("text") or {}).get("content", "")) if kind == "text" else phrases("wechat")["stored"]["other"]
    locked = conversations.lock(session, conversation.id)
    session.add(
        Message(
            conversation_id=locked.id,
            seq=conversations.take_seq(session, locked),
            sender=Sender.AGENT,
            kind=Kind.TEXT,
            text=mask(text[:2000]).text,
            choices=[],
            payloads={},
            data={},
            at=now,
            client_id=f"kf:{msgid}"[:80],
            meta={"agent": phrases("wechat")["wecom_desk"], "mirrored": True},
            agent_id=stand_in(session).id,
        )
    )
    session.flush()
