"""Calling the platforms' HTTP interfaces: time limits, errors in spite of status 200, one retry with a new token.

Every call raises ApiError, which says what follows.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import httpx

from gateway.wechat.codes import ApiError, Do, error_of

CONNECT, READ = 3.0, 6.0
MAX_JSON, MAX_MEDIA = 256 << 10, 11 << 20
WHOLE = 15.0
log = logging.getLogger(__name__)


class HasTokens(Protocol):
    """Where access tokens come from."""

    def current(self) -> str:
        """A token that is good as far as we know."""

    def renewed(self, refused: str | None) -> str:
        """Another than the refused one."""


def client(base: str) -> httpx.Client:
    """A client that follows no redirect and reads no proxy from the environment."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # they would log every address with its access token
    limits = httpx.Timeout(READ, connect=CONNECT)
    return httpx.Client(base_url=base, timeout=limits, follow_redirects=False, trust_env=False)


class Api:
    """Calls with a token."""

    def __init__(self, http: httpx.Client, table: Mapping[int, Do]) -> None:
        self._http, self._table = http, table
        self.tokens: HasTokens | None = None

    def bare(
        self, path: str, body: Mapping[str, Any] | None = None, params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """A call without a token: POST with a body, else GET."""
        content = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
        headers = {"content-type": "application/json; charset=utf-8"} if content else {}
        answer, _ = self._read("POST" if content else "GET", path, params or {}, content, headers, MAX_JSON)
        return self._checked(answer)

    def call(
        self, path: str, body: Mapping[str, Any] | None = None, params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """A call with our token; once more with a new one when it was refused."""
        return self._with_token(lambda token: self.bare(path, body, {**(params or {}), "access_token": token}))

    def media(self, media_id: str) -> bytes:
        """A picture that a user sent. Errors come as JSON with status 200; an address is not followed."""

        def fetch(token: str) -> bytes:
            params = {"access_token": token, "media_id": media_id}
            content, kind = self._read("GET", "/cgi-bin/media/get", params, None, {}, MAX_MEDIA)
            if kind.startswith(("application/json", "text/")) or content[:1] == b"{":
                self._checked(content)
                raise ApiError("no_media", Do.BAD)
            return content

        return self._with_token(fetch)

    def _with_token(self, work: Callable[[str], Any]) -> Any:
        assert self.tokens is not None
        token = self.tokens.current()
        try:
            return work(token)
        except ApiError as error:
            if error.do is not Do.TOKEN:
                raise
        try:
            return work(self.tokens.renewed(token))
        except ApiError as error:
            if error.do is Do.TOKEN:
                log.error("the platform refuses a new token too: %s", error.code)
                raise ApiError(error.code, Do.REST_OPS) from None
            raise

    def _read(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        content: bytes | None,
        headers: Mapping[str, str],
        most: int,
    ) -> tuple[bytes, str]:
        try:
            with self._http.stream(method, path, params=dict(params), content=content, headers=dict(headers)) as answer:
                body = _bounded(answer, most)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise ApiError(type(error).__name__, Do.AWAY) from None
        except httpx.HTTPError as error:
            raise ApiError(type(error).__name__, Do.UNSURE) from None
        if answer.status_code != 200:
            raise ApiError(f"http_{answer.status_code}", Do.AWAY)
        return body, answer.headers.get("content-type", "").lower()

    def _checked(self, content: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(content)
            code = int(answer.get("errcode", 0))
        except (ValueError, AttributeError, TypeError, RecursionError):
            raise ApiError("not_json", Do.UNSURE) from None
        if code:
            raise error_of(code, self._table)
        return dict(answer)


def _bounded(answer: httpx.Response, most: int) -> bytes:
    end, parts, size = time.monotonic() + WHOLE, [], 0
    for part in answer.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > most or time.monotonic() > end:
            raise httpx.ReadError("too much or too slow")
    return b"".join(parts)
