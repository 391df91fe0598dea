"""The official account as a channel: what is called to send, to show typing, to announce, to fetch a picture."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from cases.db import Database
from cases.deliveries import Claimed, Compose
from cases.enums import Channel
from cases.settings import Settings
from faq.knowledge import phrases
from gateway.wechat.api import Api, client
from gateway.wechat.codes import WECHAT, ApiError, Do
from gateway.wechat.crypto import Crypto
from gateway.wechat.text import composer
from gateway.wechat.tokens import Tokens

NAME = "wechat"


def crypto_of(settings: Settings) -> Crypto:
    """The account's encryption."""
    return Crypto(str(settings.wechat_token), str(settings.wechat_aes_key), str(settings.wechat_appid))


def own_host(settings: Settings) -> str:
    """The host whose links may be shown as links."""
    return urlsplit(settings.public_url).hostname or ""


def token_of(answer: dict[str, Any]) -> tuple[str, int]:
    """The token and its life. Raises ApiError for an answer without one."""
    token, life = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(life, int):
        raise ApiError("no_token", Do.AWAY)
    return token, life


class WeChat:
    """The official account; `owner` in the one process that keeps the token."""

    channel = Channel.WECHAT

    def __init__(self, settings: Settings, database: Database, *, owner: bool, http: Any = None) -> None:
        self._settings = settings
        self.api = Api(http or client(settings.wechat_api_base), WECHAT)
        self.tokens = Tokens(database, NAME, self._fetch_token, owner=owner)
        self.api.tokens = self.tokens
        self.compose: Compose = composer(own_host(settings))

    def _fetch_token(self, force: bool) -> tuple[str, int]:
        answer = self.api.bare(
            "/cgi-bin/stable_token",
            {
                "grant_type": "client_credential",
                "appid": self._settings.wechat_appid,
                "secret": self._settings.wechat_secret,
                "force_refresh": force,
            },
        )
        return token_of(answer)

    def send(self, claimed: Claimed) -> None:
        """A text, or a menu for a rating."""
        bubble = claimed.bubble
        message: dict[str, Any] = {"touser": claimed.user, "msgtype": "text", "text": {"content": bubble.text}}
        if bubble.choices:
            items = [{"id": key, "content": label} for key, label in bubble.choices]
            menu = {"head_content": bubble.text, "list": items, "tail_content": phrases("wechat")["shown"]["tail"]}
            message = {"touser": claimed.user, "msgtype": "msgmenu", "msgmenu": menu}
        self.api.call("/cgi-bin/message/custom/send", message)

    def typing(self, user: str) -> None:
        """Lasts fifteen seconds at the customer's."""
        self.api.call("/cgi-bin/message/custom/typing", {"touser": user, "command": "Typing"})

    def announce(self, user: str) -> str:
        """A template message that says only that something waits: no claim data leaves outside the window."""
        template = self._settings.wechat_template_id
        if not template:
            return "no_template"
        words = phrases("wechat")["template"]
        data = {key: {"value": str(text).replace("{app}", self._settings.app_name)} for key, text in words.items()}
        try:
            self.api.call("/cgi-bin/message/template/send", {"touser": user, "template_id": template, "data": data})
        except ApiError as error:
            return f"template_{error.code}"
        return "template"

    def probe(self) -> None:
        """The list of the platform's addresses costs no quota of messages."""
        self.api.call("/cgi-bin/getcallbackip")

    def upkeep(self, database: Database) -> None:
        """Renew the token before anybody waits for it."""
        self.tokens.keep_fresh()
