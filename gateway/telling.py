"""Notices become messages: the sentence of `faq/notices.yml`, filled in, with what may be tapped, through the door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from cases import messages, notices
from cases.clock import local, parse_moment, utc_now
from cases.enums import Kind, Sender
from cases.messages import Door, Draft
from cases.models import Notice
from cases.settings import Settings
from faq.knowledge import phrases

MOMENTS = {
    "status_at": ("date", "%Y-%m-%d"),
    "expected_at": ("date", "%Y-%m-%d %H:%M"),
    "at": ("time", "%Y-%m-%d %H:%M"),
    "limit": ("limit", "%Y-%m-%d"),
}


def text_of(notice: Notice, settings: Settings) -> str:
    """The sentence of a reminder, filled in."""
    names = phrases("statuses")
    text: Any = phrases("notices")
    for step in notice.name.split("."):
        text = text[names["statuses"][step]["name"]] if step in names["statuses"] else text[step]
    return fill(text, {"app": settings.app_name, "day": phrases("notices")["next_day"], **_said(notice)})


def _said(notice: Notice) -> dict[str, Any]:
    """A notice's values as they are said: codes by their names, moments on a clock in Shanghai."""
    values, names, texts = dict(notice.values), phrases("statuses"), phrases("notices")
    for name, (said, shape) in MOMENTS.items():
        if name in values:
            values[said] = local(parse_moment(values[name])).strftime(shape)
    if isinstance(values.get("missing"), list):
        values["missing"] = "、".join(names["documents"][code] for code in values["missing"])
    if "status" in values:
        values["status"] = names["statuses"][values["status"]]["name"]
    if "level" in values:
        values["level"] = texts["complaint"]["levels"][values["level"]]
    if "missing_line" in values:
        values = {
            "missing_line": texts["follow_up"][values["missing_line"]],
            **{k: v for k, v in values.items() if k != "missing_line"},
        }
    if notice.name == "complaint.progress":
        values["reason"] = (
            fill(texts["complaint"]["because"], {"reason": values["reason"].rstrip("。")}) if values["reason"] else ""
        )
        values["progress"] = values["progress"].rstrip("。")
    return values


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Replace {name} by its value."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def draft_of(notice: Notice, settings: Settings) -> Draft:
    """The message: a rating card for an invitation, choices where some are offered, else plain text."""
    text, meta = text_of(notice, settings), {"notice": notice.name}
    words = phrases("notices")["satisfaction"]
    if "invitation" in notice.values:
        asked = notice.values["invitation"]
        choices = [
            (fill(words["score"], {"n": n, "word": words["scores"][n]}), f"=rating:{asked}:{n}") for n in range(1, 6)
        ]
        return Draft(
            text,
            kind=Kind.RATING,
            choices=choices,
            meta=meta,
            data={"invitation": asked, "dimensions": list(words["dimensions"].values())},
        )
    offered = notice.values.get("options") or {}
    choices = [(words["options"][code], payload) for code, payload in offered.items()]
    return Draft(text, choices=choices, meta={**meta, **_complaint(notice)})


def _complaint(notice: Notice) -> dict[str, Any]:
    return {"complaint": notice.values["complaint"]} if notice.name.startswith("complaint.") else {}


def tell(session: Session, door: Door, settings: Settings) -> int:
    """Send what is due to whoever can be reached in the chat; the number that was sent."""
    return len(tell_all(session, door, settings))


def tell_all(session: Session, door: Door, settings: Settings) -> list[str]:
    """The same, for who wants to know in which conversations."""
    now, told = utc_now(), []
    for notice in notices.due(session, now):
        conversation = notices.conversation_for(session, notice, now)
        if conversation is None:
            continue
        messages.send(session, door, conversation.id, [draft_of(notice, settings)], now, sender=Sender.SYSTEM)
        notice.sent_at = now
        told.append(conversation.id)
    return told
