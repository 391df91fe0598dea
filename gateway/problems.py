"""Protocol errors and how every error becomes `{"error": code, "message": Chinese sentence}` (contract).

Problem (status, code)
├── BadRequest            400 malformed body, header or address
├── Unauthorized          401 no or a wrong token
├── Forbidden             403 foreign origin, missing CSRF token
├── TooLarge              413
├── Unsupported           415
└── Unprocessable         422 well-formed, but not acceptable
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cases import errors
from cases.photos.errors import TooLarge as PictureTooLarge
from cases.photos.errors import UnsupportedMedia

log = logging.getLogger(__name__)


class Problem(Exception):
    """An answer other than success."""

    status = 400
    code = "bad_request"

    def __init__(self, code: str | None = None, **extra: Any) -> None:
        super().__init__(code or self.code)
        self.code = code or self.code
        self.extra = extra


class BadRequest(Problem):
    """The request cannot be read."""


class Unauthorized(Problem):
    """Who is it?"""

    status, code = 401, "unauthorized"


class Forbidden(Problem):
    """Known, but not from there or not so."""

    status, code = 403, "forbidden"


class TooLarge(Problem):
    """More than is taken."""

    status, code = 413, "too_large"


class Unsupported(Problem):
    """Of a kind that is not taken."""

    status, code = 415, "unsupported"


class Unprocessable(Problem):
    """Readable, but not acceptable."""

    status, code = 422, "invalid"


STATUS: Mapping[type[Exception], int] = {
    PictureTooLarge: 413,
    UnsupportedMedia: 415,
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.Conflict: 409,
    errors.Invalid: 422,
    errors.Locked: 429,
    errors.TooMany: 429,
    errors.ClaimsError: 422,
}
HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 400: "bad_request", 413: "too_large"}


@lru_cache(maxsize=1)
def sentences() -> Mapping[str, str]:
    """The Chinese sentence of each code."""
    return yaml.safe_load(Path(__file__).with_name("problems.yml").read_text(encoding="utf-8"))


def answer(
    status: int, code: str, headers: Mapping[str, str] | None = None, *, reason: str = "", **extra: Any
) -> JSONResponse:
    """The error body. `reason` names a sentence that says more than the code's own, where there is one."""
    known = sentences()
    message = known.get(reason) or known.get(code) or known.get(str(status)) or known["500"]
    return JSONResponse({"error": code, "message": message, **extra}, status, dict(headers or {}))


async def on_problem(_: Request, error: Exception) -> Response:
    """A protocol error."""
    assert isinstance(error, Problem)
    return answer(error.status, error.code, **error.extra)


async def on_claims_error(_: Request, error: Exception) -> Response:
    """A business error, by its place in the family."""
    assert isinstance(error, errors.ClaimsError)
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {"Retry-After": f"{error.retry_after:.0f}"} if isinstance(error, errors.TooMany) else {}
    taken_by = getattr(error, "agent", None)
    reason = f"{error.code}.{error.field}" if isinstance(error, errors.Invalid) else ""
    return answer(status, error.code, headers, reason=reason, **({"agent": taken_by} if taken_by else {}))


async def on_http_error(_: Request, error: Exception) -> Response:
    """Starlette's own: unknown path, wrong method, unreadable form."""
    assert isinstance(error, HTTPException)
    return answer(error.status_code, HTTP_CODES.get(error.status_code, "bad_request"), error.headers)


async def on_crash(request: Request, error: Exception) -> Response:
    """A bug: logged without the body, answered without a trace."""
    log.error("%s %s failed: %s", request.method, request.url.path, type(error).__name__, exc_info=error)
    return answer(
        500,
        "internal",
        {
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
            "content-security-policy": "default-src 'none'",
        },
    )


HANDLERS: Mapping[Any, Any] = {
    Problem: on_problem,
    errors.ClaimsError: on_claims_error,
    HTTPException: on_http_error,
    Exception: on_crash,
}
