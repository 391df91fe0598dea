"""The gateway: the only public port. `uvicorn gateway.app:create_app --factory`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from cases.db import Database
from cases.settings import Settings, get_settings
from gateway import channels, chat, core, desk, feedback, health
from gateway.problems import HANDLERS
from gateway.relay import waiting_room
from gateway.security import Guard
from gateway.state import State, make_door
from gateway.turns import Turns

STATIC = Path(__file__).with_name("static")


class Assets(StaticFiles):
    """What the pages load. Files with a hash in their name are kept by browsers and never asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        kept = path.startswith("assets/") and response.status_code in (200, 304)
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
        return response


def page(name: str) -> Route:
    """A built page; a sentence where the web build has not run."""

    async def show(_: Request) -> Response:
        path = STATIC / f"{name}.html"
        return (
            FileResponse(path, headers={"cache-control": "no-cache"})
            if path.is_file()
            else PlainTextResponse("run `make run`: the pages are not built", 503)
        )

    return Route("/" if name == "chat" else f"/{name}", show, methods=["GET"])


def create_app(settings: Settings | None = None) -> Starlette:
    """The application with its parts."""
    settings = settings or get_settings()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        headers = {"x-gateway-secret": settings.gateway_secret}
        async with (
            waiting_room(settings.redis_url) as waiting,
            httpx.AsyncClient(base_url=settings.rasa_url, headers=headers, trust_env=False) as client,
        ):
            state = State(settings, Database(settings.database_url), make_door(), waiting)
            state.turns = Turns(state, client)
            app.state.gateway = state
            await state.turns.recover()
            async with channels.inbound(state):
                yield
            await state.turns.close()
        state.database.dispose()

    routes = [
        *chat.routes,
        *feedback.routes,
        *desk.routes,
        *core.routes,
        *health.routes,
        page("chat"),
        page("desk"),
        *channels.routes(settings),
        Mount("/static", GZipMiddleware(Assets(directory=STATIC, check_dir=False), compresslevel=6)),
    ]
    frames = " ".join(("'self'", *settings.embed_origins))
    return Starlette(
        routes=routes, lifespan=lifespan, exception_handlers=HANDLERS, middleware=[Middleware(Guard, frames=frames)]
    )
