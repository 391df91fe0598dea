"""Pictures: which to take in which order, and counting those that come (materials-photos-status C.2)."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions.base import ClaimsAction, Events, Turn
from bot.actions.form import Form, first_key
from cases.models import Photo
from faq.knowledge import phrases


class ValidatePhotoForm(Form):
    """The kind of accident decides the list."""

    form = "photo_form"
    slots = ("photo_kind",)

    def details(self, turn: Turn, asked: str | None) -> dict[str, Any]:
        """The kind, where it is named."""
        kind = turn.entity("accident_kind") or first_key(turn.text, "accident_kinds")
        return {"photo_kind": kind} if kind and plan_of(kind) else {}

    def answer(self, turn: Turn, slot: str, text: str) -> Any:
        """Nothing but a kind answers this question."""
        return None


def plan_of(kind: str) -> list[str]:
    """The pictures to send in the chat for a kind of accident, in order."""
    photos = phrases("photos")
    return [
        row["shot"]
        for row in photos["plans"][kind]
        if row["required"] and not photos["shots"][row["shot"]].get("upload_page")
    ]


class ActionPhoto(ClaimsAction):
    """The guide: what to take, in order, beginning with safety."""

    called = "action_photo"

    def act(self, turn: Turn) -> Events:
        """List the pictures and start counting."""
        kind = turn.slot("photo_kind")
        if kind is None:
            return []
        shots = phrases("photos")["shots"]
        lines = "\n".join(
            f"{n}. {shots[shot]['name']}：{shots[shot]['hint']}" for n, shot in enumerate(plan_of(kind), 1)
        )
        turn.say("utter_photo_guide", lines=lines, card={"type": "photo_guide", "shots": _card(kind, [])})
        return [SlotSet("photo_done", [])]


class ActionReceivePhoto(ClaimsAction):
    """A picture came: usable or not, which one it counts as, what is next."""

    called = "action_receive_photo"

    def act(self, turn: Turn) -> Events:
        """Count a usable picture into the list; say why another has to be taken again."""
        photo = turn.session.get(Photo, turn.entity("photo") or "")
        if photo is None or photo.conversation_id != turn.conversation.id:
            turn.say("utter_photo_unknown")
            return []
        if not photo.usable:
            hints = "；".join(check["hint"].rstrip("。") for check in photo.checks if not check["ok"])
            turn.say("utter_photo_retake", hints=hints)
            return []
        return self._count(turn, photo)

    def _count(self, turn: Turn, photo: Photo) -> Events:
        kind = turn.slot("photo_kind")
        if kind is None:
            turn.say("utter_photo_kept")
            return []
        plan, done = plan_of(kind), list(turn.slot("photo_done") or [])
        if photo.shot is None and len(done) < len(plan):
            photo.shot = plan[len(done)]
            done.append(photo.shot)
        self._say_next(turn, kind, plan, done)
        return [SlotSet("photo_done", done)]

    def _say_next(self, turn: Turn, kind: str, plan: list[str], done: list[str]) -> None:
        shots = phrases("photos")["shots"]
        if len(done) == len(plan):
            turn.say("utter_photo_complete", count=len(done))
            return
        coming = shots[plan[len(done)]]
        turn.say(
            "utter_photo_counted",
            count=len(done),
            left=len(plan) - len(done),
            name=coming["name"],
            hint=coming["hint"],
            card={"type": "photo_guide", "shots": _card(kind, done)},
        )


def _card(kind: str, done: list[str]) -> list[dict[str, Any]]:
    shots = phrases("photos")["shots"]
    return [
        {"id": shot, "name": shots[shot]["name"], "hint": shots[shot]["hint"], "required": True, "done": shot in done}
        for shot in plan_of(kind)
    ]
