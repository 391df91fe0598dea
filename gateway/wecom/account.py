"""WeCom customer service as a channel: send_msg with ids of ours, so that a repeated call sends nothing twice."""

from __future__ import annotations

from typing import Any

from cases import inbox
from cases.clock import utc_now
from cases.db import Database
from cases.deliveries import Claimed, Compose
from cases.enums import Channel
from cases.settings import Settings
from faq.knowledge import phrases
from gateway.wechat.account import own_host, token_of
from gateway.wechat.api import Api, client
from gateway.wechat.codes import WECOM, ApiError
from gateway.wechat.crypto import Crypto
from gateway.wechat.text import composer
from gateway.wechat.tokens import Tokens

NAME = "wecom"
NEW, WITH_US, POOL, WITH_SERVICER, OVER = range(5)  # the platform's states of a session
KNOWN = (WITH_US, POOL, WITH_SERVICER)


def crypto_of(settings: Settings) -> Crypto:
    """The account's encryption."""
    return Crypto(str(settings.wecom_token), str(settings.wecom_aes_key), str(settings.wecom_corpid))


class WeCom:
    """The customer-service account; `owner` in the one process that keeps the token."""

    channel = Channel.WECOM

    def __init__(self, settings: Settings, database: Database, *, owner: bool, http: Any = None) -> None:
        self.settings, self._database = settings, database
        self.api = Api(http or client(settings.wecom_api_base), WECOM)
        self.tokens = Tokens(database, NAME, self._fetch_token, owner=owner)
        self.api.tokens = self.tokens
        self.compose: Compose = composer(own_host(settings))

    def _fetch_token(self, _force: bool) -> tuple[str, int]:
        params = {"corpid": str(self.settings.wecom_corpid), "corpsecret": str(self.settings.wecom_secret)}
        return token_of(self.api.bare("/cgi-bin/gettoken", params=params))

    def send(self, claimed: Claimed) -> None:
        """Send a bubble; where the session's state is in the way, put it right once if it is ours to."""
        self._take_session(claimed.user)
        message = {**self._to(claimed.user), "msgid": claimed.key, **content_of(claimed)}
        try:
            self.api.call("/cgi-bin/kf/send_msg", message)
        except ApiError as error:
            if error.code != "95018" or self.state_of(claimed.user) != NEW:
                raise
            self.trans(claimed.user, WITH_US)
            self.api.call("/cgi-bin/kf/send_msg", message)

    def welcome(self, claimed: Claimed, code: str) -> None:
        """The welcome that the platform allows once when a chat is opened."""
        self.api.call("/cgi-bin/kf/send_msg_on_event", {"code": code, "msgid": claimed.key, **content_of(claimed)})

    def _take_session(self, user: str) -> None:
        """A new session is taken by us, before WeCom's own rules give it to somebody."""
        with self._database.read() as session:
            found = inbox.known_user(session, Channel.WECOM, user)
        if (found is None or found.service_state not in KNOWN) and self.state_of(user) == NEW:
            self.trans(user, WITH_US)

    def state_of(self, user: str) -> int:
        """The session's state as the platform has it, remembered."""
        state = int(self.api.call("/cgi-bin/kf/service_state/get", self._who(user)).get("service_state", OVER))
        self._remember(user, state)
        return state

    def trans(self, user: str, state: int, servicer: str | None = None) -> None:
        """Ask the platform to change a session's state. Raises ApiError (95014: the servicer is not there)."""
        wanted = {**self._who(user), "service_state": state, **({"servicer_userid": servicer} if servicer else {})}
        self.api.call("/cgi-bin/kf/service_state/trans", wanted)
        self._remember(user, state)

    def _remember(self, user: str, state: int) -> None:
        with self._database.write() as session:
            inbox.user_of(session, Channel.WECOM, user, utc_now()).service_state = state

    def _who(self, user: str) -> dict[str, Any]:
        return {"open_kfid": self.settings.wecom_kfid, "external_userid": user}

    def _to(self, user: str) -> dict[str, Any]:
        return {"open_kfid": self.settings.wecom_kfid, "touser": user}

    def typing(self, user: str) -> None:
        """WeCom has no typing sign."""

    def announce(self, user: str) -> str:
        """WeCom has no template message."""
        return "no_template"

    def probe(self) -> None:
        """A list that costs nothing."""
        self.api.call("/cgi-bin/getcallbackip")

    def upkeep(self, database: Database) -> None:
        """The token, and in the mode `wecom_desk` whoever waits for a person."""
        from gateway.wecom.desk import pass_on

        self.tokens.keep_fresh()
        if self.settings.wecom_mode == "wecom_desk":
            pass_on(self, database)


def content_of(claimed: Claimed) -> dict[str, Any]:
    """A bubble as WeCom wants it."""
    bubble = claimed.bubble
    if not bubble.choices:
        return {"msgtype": "text", "text": {"content": bubble.text}}
    items = [{"type": "click", "click": {"id": key, "content": label}} for key, label in bubble.choices]
    tail = phrases("wechat")["shown"]["tail"]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": bubble.text[:300], "list": items, "tail_content": tail}}
