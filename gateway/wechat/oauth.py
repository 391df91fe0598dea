"""Pages inside WeChat: who opened them is asked of the platform (OAuth, snsapi_base)."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from cases.settings import Settings
from gateway.state import State
from gateway.wechat.account import WeChat
from gateway.wechat.crypto import Refused

OPENID = re.compile(r"[A-Za-z0-9_\-]{20,40}", re.ASCII)
CODE = re.compile(r"[A-Za-z0-9_\-]{8,128}", re.ASCII)


def ask_platform(settings: Settings, back: str, note: str) -> Response:
    """To the platform, which comes `back` (a path of ours) with a code and our note."""
    query = urlencode(
        {
            "appid": settings.wechat_appid,
            "redirect_uri": f"{settings.public_url}{back}",
            "response_type": "code",
            "scope": "snsapi_base",
            "state": note,
        },
        quote_via=quote,
    )
    return RedirectResponse(f"{settings.wechat_oauth_base}/connect/oauth2/authorize?{query}#wechat_redirect", 302)


def openid_of(state: State, code: str) -> str:
    """Who opened the page. Raises Refused, ApiError."""
    if not CODE.fullmatch(code):
        raise Refused
    settings, account = state.settings, WeChat(state.settings, state.database, owner=False)
    params = {
        "appid": str(settings.wechat_appid),
        "secret": str(settings.wechat_secret),
        "code": code,
        "grant_type": "authorization_code",
    }
    found = account.api.bare("/sns/oauth2/access_token", params=params).get("openid")
    if not isinstance(found, str) or not OPENID.fullmatch(found):
        raise Refused
    return found


@lru_cache(maxsize=1)
def _template() -> str:
    return Path(__file__).with_name("page.html").read_text("utf-8")


def page(title: str, text: str, *, content: str = "", status: int = 200) -> Response:
    """A small page: a title and a text, which are escaped here, and content that is markup already."""
    shown = _template().replace("{title}", html.escape(title)).replace("{text}", html.escape(text))
    headers = {"cache-control": "no-store", "x-frame-options": "DENY"}
    return HTMLResponse(shown.replace("{content}", content), status, headers)
