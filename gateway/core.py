"""The insurer's core system pushes claims: PUT /api/core/claims, signed (contract)."""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases import loading
from cases.errors import LoadError
from cases.loading import Loaded
from gateway.problems import Unauthorized, answer
from gateway.reading import read_json
from gateway.state import state_of


async def put_claims(request: Request) -> Response:
    """Insert or update claims, all or nothing; a changed state starts the key-node reminder (A035)."""
    body = await request.body()
    state = state_of(request)
    expected = hmac.new(state.settings.core_hmac_secret.encode(), body, hashlib.sha256).hexdigest()
    given = request.headers.get("x-signature", "").removeprefix("sha256=")
    if not hmac.compare_digest(given.lower().encode(), expected.encode()):
        raise Unauthorized()
    document = await read_json(request)

    def work(session: Session) -> Loaded:
        return loading.load(session, {"claims": document.get("claims", [])})

    try:
        loaded = await state.write(work)
    except LoadError as error:
        return answer(422, "load", detail=str(error))
    return JSONResponse({"claims": loaded.claims, "changed": list(loaded.changed)})


routes = [Route("/api/core/claims", put_claims, methods=["PUT"])]
