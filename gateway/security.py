"""Who may come in: headers on every answer, size limits, origins, rates, the app's JWT."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import urlsplit

import jwt
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cases.errors import TooMany
from gateway.problems import BadRequest, Forbidden, TooLarge, Unauthorized, answer

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
    "connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {frames}"
)
JSON_LIMIT = 64 * 1024
IMAGE_LIMIT = 11 * 1024 * 1024  # ten for the picture, the rest for the multipart frame
CORE_LIMIT = 4 * 1024 * 1024
JWT_LIFETIME = 7 * 24 * 3600
_HOST = re.compile(r"^[A-Za-z0-9._\-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:]+\](:\d{1,5})?$")


class Guard:
    """ASGI middleware: refuses malformed hosts and oversized bodies, sets the security headers."""

    def __init__(self, app: ASGIApp, frames: str = "'self'") -> None:
        self._app = app
        self._policy = POLICY.format(frames=frames)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, bounded."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), scope["path"]
        limit, send = body_limit(path), self._with_headers(send, path)
        if not _HOST.match(headers.get("host", "localhost")) or not path.startswith("/") or "\x00" in path:
            await answer(400, "bad_request")(scope, receive, send)
        elif _declared(headers) > limit:
            await answer(413, "too_large")(scope, receive, send)
        else:
            await self._app(scope, bounded(receive, limit), send)

    def _with_headers(self, send: Send, path: str) -> Send:
        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", self._policy)
                headers.setdefault("x-content-type-options", "nosniff")
                headers.setdefault("referrer-policy", "no-referrer")
                headers.setdefault("permissions-policy", "geolocation=(), microphone=()")
                if path.startswith("/api/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        return wrapped


def body_limit(path: str) -> int:
    """How many bytes a body may have."""
    if path.endswith("/images"):
        return IMAGE_LIMIT
    return CORE_LIMIT if path.startswith("/api/core/") else JSON_LIMIT


def _declared(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdigit() else 0


def bounded(receive: Receive, limit: int) -> Receive:
    """A receive that raises TooLarge once more than `limit` bytes came."""
    taken = 0

    async def wrapped() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise TooLarge()
        return message

    return wrapped


def check_origin(request: Request) -> None:
    """Refuse a browser that speaks for another site; programs send no Origin. Raises Forbidden."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    try:
        site = urlsplit(origin).netloc
    except ValueError:
        raise Forbidden("origin") from None
    if site != request.headers.get("host") or origin == "null":
        raise Forbidden("origin")


def customer_of(token: str, secret: str) -> str:
    """The customer key that the insurer's app vouches for. Raises Unauthorized for anything but a sound HS256 token."""
    if len(token) > 4096:
        raise Unauthorized()
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp", "sub"]}, leeway=5)
    except (jwt.PyJWTError, ValueError, OverflowError, RecursionError):
        raise Unauthorized() from None
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 64 or float(claims["exp"]) > time.time() + JWT_LIFETIME:
        raise Unauthorized()
    return subject


@dataclass
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """Token buckets by key: `rate` a second, bursts up to `burst`; the least recently used keys are forgotten."""

    def __init__(self, rate: float, burst: int, most_keys: int = 20000) -> None:
        self._rate, self._burst, self._most = rate, burst, most_keys
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str, now: float | None = None) -> None:
        """Take one token. Raises TooMany."""
        now = time.monotonic() if now is None else now
        bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[key] = bucket
        while len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            raise TooMany((1 - bucket.tokens) / self._rate)
        bucket.tokens -= 1


def client_address(request: Request) -> str:
    """Where a request comes from, as uvicorn determined it (only trusted proxies may say otherwise)."""
    if request.client is None:
        raise BadRequest()
    return request.client.host
