"""Reading requests: strict JSON, bearer tokens, numbers in the address."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from cases.errors import NotFound
from gateway.problems import BadRequest, Unauthorized, Unprocessable, Unsupported

Body = TypeVar("Body", bound=msgspec.Struct)


async def read_json(request: Request) -> Any:
    """The JSON object of a request: no duplicate keys, no NaN, not too deep. Raises BadRequest, Unsupported."""
    if request.headers.get("content-type", "application/json").split(";")[0].strip() != "application/json":
        raise Unsupported()
    body = await request.body()
    try:
        content = _storable(json.loads(body or b"{}", object_pairs_hook=_no_duplicates, parse_constant=_no_constant))
    except (ValueError, RecursionError):
        raise BadRequest() from None
    if not isinstance(content, dict):
        raise BadRequest()
    return content


async def read_body(request: Request, kind: type[Body]) -> Body:
    """The body as a checked structure. Raises Unprocessable for a value that does not fit."""
    content = await read_json(request)
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError:
        raise Unprocessable() from None


def _storable(value: Any) -> Any:
    """The same without NUL characters. Raises ValueError for half a surrogate pair, which UTF-8 cannot write."""
    if isinstance(value, str):
        value.encode()
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(item) for name, item in value.items()}
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def bearer(request: Request) -> str | None:
    """The token of the Authorization header. Raises Unauthorized for a header of another kind."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token.strip() or len(header) > 8192:
        raise Unauthorized()
    return token.strip()


def number(request: Request, name: str, default: int, highest: int) -> int:
    """A whole number of the query, from 0 to `highest`. Raises Unprocessable."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) > highest:
        raise Unprocessable()
    return int(text)


def row_number(text: str, kind: str) -> int:
    """The number of a row in the address. Raises NotFound, as for a row that there is not."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound(kind)
    return int(text)
