"""To a person: asked for, needed, or taken back (law.md B.7)."""

from __future__ import annotations

from bot.actions.base import ClaimsAction, Events, Turn, leave_form
from cases import handover
from cases.clock import local
from cases.enums import HandoverReason
from cases.handover import Outcome

URGENT = (
    ("self_harm", HandoverReason.SELF_HARM),
    ("injury", HandoverReason.INJURY),
    ("trapped", HandoverReason.INJURY),
    ("fire", HandoverReason.INJURY),
    ("regulator", HandoverReason.ESCALATED_OUTSIDE),
    ("media", HandoverReason.ESCALATED_OUTSIDE),
    ("lawyer", HandoverReason.ESCALATED_OUTSIDE),
    ("fraud", HandoverReason.FRAUD),
    ("privacy", HandoverReason.PRIVACY),
)
SAFETY = (
    ("self_harm", "utter_safety_self_harm"),
    ("fire", "utter_safety_fire"),
    ("trapped", "utter_safety_trapped"),
    ("injury", "utter_safety_injury"),
    ("motorway", "utter_safety_motorway"),
)
SUMMARY_SLOTS = {
    "complaint_what": "投诉",
    "report_description": "事故",
    "report_place": "地点",
    "claim_no": "案件",
    "claim_subject": "案件",
}


def hand_over(turn: Turn, reason: HandoverReason, summary: str = "") -> None:
    """Put the conversation into the queue and tell the customer where he stands."""
    requested = handover.request(
        turn.session,
        turn.conversation.id,
        reason,
        turn.now,
        turn.settings.service_hours,
        summary=summary or summary_of(turn),
        flags=sorted(turn.flags),
    )
    if requested.outcome is Outcome.CALLBACK and requested.callback_at:
        turn.say(
            "utter_handoff_callback",
            hours=str(turn.settings.service_hours),
            when=f"{local(requested.callback_at):%m-%d %H:%M}",
        )
    elif requested.outcome is Outcome.ALREADY_QUEUED:
        turn.say("utter_handoff_waiting", position=requested.position)
    elif requested.outcome is Outcome.ELSEWHERE:
        turn.say("utter_handoff_elsewhere")
    elif requested.outcome is Outcome.QUEUED:
        turn.say("utter_handoff_queued", position=requested.position, hours=str(turn.settings.service_hours))


def reason_of(turn: Turn) -> HandoverReason:
    """Why this message leads to a person."""
    for flag, reason in URGENT:
        if flag in turn.flags:
            return reason
    return HandoverReason.ANGRY if turn.decision.get("mood") in ("angry", "threatening") else HandoverReason.ASKED


def summary_of(turn: Turn) -> str:
    """What the agent should know: what the customer said last and what a form has gathered."""
    lines = [turn.text] if turn.text else []
    lines += [
        f"{name}：{turn.slot(slot)}" for slot, name in SUMMARY_SLOTS.items() if turn.slot(slot) not in (None, "-")
    ]
    return "\n".join(lines)


class ActionHandoff(ClaimsAction):
    """转人工, in any turn, without a question."""

    called = "action_handoff"

    def act(self, turn: Turn) -> Events:
        """Queue, and close whatever form was open; what it gathered is in the summary."""
        hand_over(turn, reason_of(turn))
        return leave_form()


class ActionEmergency(ClaimsAction):
    """Safety first, then a person at once."""

    called = "action_emergency"

    def act(self, turn: Turn) -> Events:
        """Say what keeps people safe, then hand over."""
        said = [response for flag, response in SAFETY if flag in turn.flags]
        turn.say(said[0] if said else "utter_safety_injury")
        reason = reason_of(turn)
        hand_over(turn, reason if reason is HandoverReason.SELF_HARM else HandoverReason.INJURY)
        return leave_form()


class ActionCancelQueue(ClaimsAction):
    """The customer no longer wants to wait."""

    called = "action_cancel_queue"

    def act(self, turn: Turn) -> Events:
        """Leave the queue; nothing to leave is said too."""
        left = handover.cancel(turn.session, turn.conversation.id, turn.now)
        turn.say("utter_queue_left" if left else "utter_no_queue")
        return []
