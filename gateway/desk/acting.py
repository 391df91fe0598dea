"""What every action at the desk shares: the agent, one transaction, notices told with it, stopped wording counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cases import audit, events, roles
from cases.clock import utc_now
from cases.errors import BadWording, NotAllowed
from cases.models import Agent
from gateway.desk.access import agent_of
from gateway.problems import Unprocessable
from gateway.reading import read_body
from gateway.state import State, state_of
from gateway.telling import tell_all

Handler = Callable[[Request], Any]


def acting(body: type[msgspec.Struct], work: Callable[..., dict[str, Any]]) -> Handler:
    """A POST that runs `work(session, state, agent, body, **path)` in one transaction and wakes whoever waits."""

    async def handle(request: Request) -> Response:
        agent = await agent_of(request, changing=True)
        content = await read_body(request, body)
        return JSONResponse(await perform(state_of(request), agent, work, content, **request.path_params))

    return handle


async def perform(
    state: State, agent: Agent, work: Callable[..., dict[str, Any]], body: Any, **path: str
) -> dict[str, Any]:
    """Run an action, tell what is due, wake the readers. Raises Unprocessable for wording that is stopped."""

    def run(session: Session) -> tuple[dict[str, Any], list[str]]:
        return work(session, state, agent, body, **path), tell_all(session, state.door, state.settings)

    try:
        done, told = await state.write(run)
    except BadWording as error:
        await state.write(
            events.wording, utc_now(), error.review, error.text, conversation_id=path.get("id"), who=roles.actor(agent)
        )
        raise Unprocessable("wording", review=shown_review(error.review)) from None
    except NotAllowed:
        subject = next(iter(path.values()), "")[:64]
        await state.write(
            audit.record, utc_now(), actor=roles.actor(agent), action="desk.refused", subject=subject, outcome="refused"
        )
        raise
    for key in {*told, *path.values(), "desk"}:
        state.waiting.wake(key)
    return done


def reading(work: Callable[..., Any]) -> Handler:
    """A GET that shows what `work(session, agent, **path)` finds."""

    async def handle(request: Request) -> Response:
        agent = await agent_of(request, changing=False)
        return JSONResponse(await state_of(request).read(work, agent, **request.path_params))

    return handle


def shown_review(review: Any) -> dict[str, Any]:
    """A wording review: what is wrong, where, why, and what may be said instead."""
    return {
        "verdict": review.verdict.value,
        "out": review.out,
        "hits": [
            {
                "rule": hit.rule,
                "span": list(hit.span),
                "found": hit.found,
                "level": str(getattr(hit.level, "value", hit.level)),
                "reason": hit.reason,
                "advice": hit.advice,
            }
            for hit in review.hits
        ],
    }
