"""What is said to followers over WeChat, and what was pushed to them."""

from __future__ import annotations

from typing import Any

from cases.clock import utc_now
from cases.enums import Sender
from cases.messages import Draft, send
from tests.wechat_service import Service

SEND = "/cgi-bin/message/custom/send"
TOKENS = "/cgi-bin/stable_token"


def say(wechat: Service, openid: str, *texts: str, sender: Sender = Sender.AGENT, **more: Any) -> None:
    """Somebody says something, each text a message of its own."""
    conversation = wechat.conversation(openid)
    door = wechat.gateway.app.state.gateway.door
    for text in texts:
        draft = Draft(text, meta={"agent": "小陈"} if sender is Sender.AGENT else {}, **more)
        wechat.change(lambda s, draft=draft: send(s, door, conversation.id, [draft], utc_now(), sender=sender))


def pushed(wechat: Service, openid: str) -> list[str]:
    """What was pushed to a follower, in order."""
    return [body["text"]["content"] for user, body in list(wechat.platform.sent) if user == openid and "text" in body]
