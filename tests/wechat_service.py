"""A service with the WeChat channels set up, for tests: gateway, sender and stand-in platform on loopback."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import deliveries, enums
from cases.clock import utc_now
from cases.enums import Kind
from cases.messages import Draft, send
from cases.models import ChannelEvent, Conversation, Delivery, Message, SeenSignature
from gateway.channels import senders
from gateway.wechat import sender
from gateway.wechat.crypto import Crypto
from gateway.wechat.sender import Sender
from gateway.wechat.xml import written
from tests.gateway_server import Gateway, until
from tests.rasa_stand_in import RasaStandIn
from tests.wechat_kf import CORPID, CORPSECRET, KFID
from tests.wechat_platform import AES_KEY, APPID, SECRET, TOKEN, User
from tests.wechat_server import Account, Server

STEP = 0.03
SOON = timedelta(seconds=0.6)
_users = itertools.count(1)


def new_user() -> str:
    """An openid that no other test has."""
    return f"oTest{next(_users):05d}{secrets.token_hex(8)}"


class Service:
    """Gateway, sender and platform; `wecom` adds customer service."""

    def __init__(
        self,
        folder: Path,
        empty_database: Path,
        rasa: RasaStandIn,
        *,
        wecom: str = "",
        sending: bool = True,
        **env: str,
    ) -> None:
        self.server, self.rasa = Server(), rasa
        self.platform, self.kf = self.server.platform, self.server.kf
        wechat = {
            "WECHAT_APPID": APPID,
            "WECHAT_SECRET": SECRET,
            "WECHAT_TOKEN": TOKEN,
            "WECHAT_AES_KEY": AES_KEY,
            "WECHAT_API_BASE": self.server.url,
        }
        kf = (
            {
                "WECOM_CORPID": CORPID,
                "WECOM_SECRET": CORPSECRET,
                "WECOM_TOKEN": TOKEN,
                "WECOM_AES_KEY": AES_KEY,
                "WECOM_KFID": KFID,
                "WECOM_API_BASE": self.server.url,
                "WECOM_MODE": wecom,
            }
            if wecom
            else {}
        )
        self.gateway = Gateway(folder, empty_database, rasa.url, **wechat, **kf, **env)
        self.database = self.gateway.database
        self.account = Account(self.platform, self.gateway.url + "/wechat/callback")
        self.kf_account = Account(self.platform, self.gateway.url + "/wecom/callback", Crypto(TOKEN, AES_KEY, CORPID))
        self._stop = threading.Event()
        self._usual = deliveries.NOTICE_HOLD, sender.UPKEEP_EVERY, sender.BUSY_PAUSE
        deliveries.NOTICE_HOLD, sender.UPKEEP_EVERY, sender.BUSY_PAUSE = SOON, SOON, SOON / 3
        self.senders = senders(self.gateway.settings, self.database)
        if sending:
            self.start_sending()

    @property
    def sender(self) -> Sender:
        """The official account's."""
        return self.senders[0]

    def start_sending(self) -> None:
        """Run the senders, faster than in production."""
        self._stop.clear()
        self._threads = [threading.Thread(target=self._run, args=(one,), daemon=True) for one in self.senders]
        for thread in self._threads:
            thread.start()

    def stop_sending(self) -> None:
        """As when the worker is stopped."""
        self._stop.set()
        for thread in getattr(self, "_threads", []):
            thread.join(10)

    def _run(self, one: Sender) -> None:
        while not self._stop.wait(STEP):
            one.round()

    def restart(self) -> None:
        """Another gateway on the same data."""
        self.gateway.restart()
        self.account.callback = self.gateway.url + "/wechat/callback"
        self.kf_account.callback = self.gateway.url + "/wecom/callback"

    def close(self) -> None:
        """Stop everything."""
        self.stop_sending()
        deliveries.NOTICE_HOLD, sender.UPKEEP_EVERY, sender.BUSY_PAUSE = self._usual
        self.gateway.close()
        self.server.close()

    def follower(self, openid: str) -> User:
        """What the platform knows of a user."""
        return self.platform.users[openid]

    def seen(self, openid: str, *parts: str) -> list[str]:
        """What a follower sees, once all the parts are there."""
        until(lambda: all(any(part in text for text in self.follower(openid).seen) for part in parts), 12)
        return self.follower(openid).seen

    def conversation(self, openid: str) -> Conversation:
        """The newest conversation of a user."""
        mine = select(Conversation).where(Conversation.channel_user == openid).order_by(Conversation.active_at.desc())
        return self.ask(lambda session: session.execute(mine).scalars().first())

    def messages(self, openid: str) -> list[Message]:
        """Everything in that conversation."""
        rows = select(Message).where(Message.conversation_id == self.conversation(openid).id).order_by(Message.seq)
        return self.ask(lambda session: list(session.execute(rows).scalars()))

    def deliveries(self, openid: str) -> list[tuple[str, str | None]]:
        """State and error of everything on its way to a user."""
        rows = select(Delivery.state, Delivery.error).where(Delivery.user == openid).order_by(Delivery.id)
        return self.ask(lambda session: [(state.value, error) for state, error in session.execute(rows)])

    def ask(self, work: Callable[[Session], Any]) -> Any:
        """Read the database."""
        with self.database.read() as session:
            return work(session)

    def change(self, work: Callable[[Session], Any]) -> Any:
        """Write to the database."""
        with self.database.write() as session:
            return work(session)

    def settled(self, openid: str) -> list[tuple[str, str | None]]:
        """The deliveries once nothing is under way."""
        until(lambda: not {"pending", "sending"} & {state for state, _ in self.deliveries(openid)}, 15)
        return self.deliveries(openid)


def bot_says(*texts: str, **more: Any) -> Callable[[dict[str, Any]], Any]:
    """An answer of the bot in as many messages."""
    return lambda _: {"messages": [{"text": text, "custom": {"route": "faq"}, **more} for text in texts]}


def slowly(seconds: float, answer: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """The same, later."""

    def later(call: dict[str, Any]) -> Any:
        time.sleep(seconds)
        return answer(call)

    return later


def stored_texts(wechat: Service, openid: str) -> list[tuple[str, str]]:
    """Who said what in the newest conversation of a user."""
    return [(row.sender.value, row.text) for row in wechat.messages(openid)]


def say(
    wechat: Service,
    session: Any,
    openid: str,
    text: str,
    kind: Kind = Kind.TEXT,
    sender: enums.Sender = enums.Sender.BOT,
) -> int:
    """Something the system says by itself, through the door."""
    conversation = wechat.conversation(openid)
    rows = send(
        session,
        wechat.gateway.app.state.gateway.door,
        conversation.id,
        [Draft(text, kind=kind)],
        utc_now(),
        sender=sender,
    )
    return int(rows[0].id)


def stored(service: Service) -> tuple[int, int, int]:
    """How many things the database holds that a message would add."""
    count = lambda kind: select(func.count()).select_from(kind)  # noqa: E731 - asked often
    return service.ask(
        lambda s: tuple(s.execute(count(kind)).scalar_one() for kind in (ChannelEvent, Message, SeenSignature))
    )


def refused(service: Service, params: Any, body: str | bytes) -> None:
    """The one answer, and nothing stored."""
    before = stored(service)
    answer = service.account.post(params, body)
    assert (answer.status_code, answer.content) == (400, b"")
    assert stored(service) == before


def good(service: Service, **fields: Any) -> str:
    """A message of a new user as the platform sends it."""
    return service.account.message(new_user(), Content="你好", **fields)


def notify(service: Service, **changes: str) -> Any:
    """The callback: there is something to read."""
    fields = {
        "ToUserName": CORPID,
        "CreateTime": str(int(time.time())),
        "MsgType": "event",
        "Event": "kf_msg_or_event",
        "Token": "T" * 20,
        "OpenKfId": KFID,
        **changes,
    }
    params, body = service.kf_account.sealed(written(**fields))
    del params["signature"], params["encrypt_type"]
    return service.kf_account.post(params, body)


def says(service: Service, user: str, text: str, **more: Any) -> dict[str, Any]:
    """A customer of WeCom says something, and the platform calls back."""
    row = service.kf.says(user, text, **more)
    assert notify(service).text == "success"
    return row


def got(service: Service, user: str, part: str) -> list[str]:
    """What a customer got, once the part is there."""
    texts = lambda: [text for to, text in list(service.kf.order) if to == user]  # noqa: E731 - asked often
    until(lambda: any(part in text for text in texts()), 12)
    return texts()
