"""WeCom's callback: it only says that there is something to read."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cases.clock import utc_now
from gateway.state import state_of
from gateway.wechat.callback import body_of, opened, parameter, refusal, stamps, success
from gateway.wechat.crypto import Refused
from gateway.wechat.xml import field
from gateway.wecom.account import crypto_of
from gateway.wecom.sync import want

OUTER = {"ToUserName", "Encrypt", "AgentID"}


async def check(request: Request) -> Response:
    """The URL check: the echo text, decrypted."""
    try:
        timestamp, nonce = stamps(request)
        signature = parameter(request, "msg_signature", r"[0-9a-f]{40}")
        echo = crypto_of(state_of(request).settings).open(
            parameter(request, "echostr", r"[A-Za-z0-9+/=]{1,2048}"), signature, timestamp, nonce
        )
    except Refused:
        return refusal()
    return PlainTextResponse(echo)


async def receive(request: Request) -> Response:
    """`kf_msg_or_event`: note that there is something to read, and read it."""
    state = state_of(request)
    try:
        fields, _ = opened(crypto_of(state.settings), await body_of(request), request, OUTER)
        event, account = fields.get("Event"), fields.get("OpenKfId")
        token = field(fields, "Token", r"[A-Za-z0-9_\-]{1,128}") if event == "kf_msg_or_event" else ""
    except Refused:
        return refusal()
    if event == "kf_msg_or_event" and account == state.settings.wecom_kfid:
        await state.write(want, account, token, utc_now())
        state.sync.wake()
    return success()


routes = [
    Route("/wecom/callback", check, methods=["GET"]),
    Route("/wecom/callback", receive, methods=["POST"]),
]
