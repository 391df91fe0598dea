"""Withdrawing a complaint in the chat (law.md B.5, article 15): asked once whether it is meant, not talked into it."""

from __future__ import annotations

from typing import Any

from bot.actions.base import ClaimsAction, Events, Turn, leave_form
from bot.actions.form import Form, is_question, says, words
from cases import complaint_desk, complaints
from cases.clock import local
from cases.enums import ComplaintState
from cases.errors import NotFound
from cases.models import Complaint

SLOTS = ("withdraw_no", "withdraw_confirmed")
DECLINING = frozenset({"deny", "stop"})
MOST_OFFERED = 4


class ValidateWithdrawComplaintForm(Form):
    """Which of the running complaints, and whether it is meant."""

    form = "withdraw_complaint_form"
    slots = SLOTS
    confirm = "withdraw_confirmed"

    def belongs_elsewhere(self, turn: Turn, asked: str) -> bool:
        """“Leave it” is an answer here, also where it reads like leaving a queue, and so is a complaint's number where
        one is asked for.
        """
        kept = turn.intent in DECLINING or (turn.intent == "cancel_queue" and says(turn.text, "withdraw_no"))
        if kept or (asked == "withdraw_no" and turn.entity("complaint_no")):
            return False
        return super().belongs_elsewhere(turn, asked)

    def details(self, turn: Turn, asked: str | None) -> dict[str, Any]:
        """A complaint's number; or that nothing is to be withdrawn after all."""
        told: dict[str, Any] = {}
        if no := turn.entity("complaint_no"):
            told["withdraw_no"] = str(no).upper()
        if asked and _declines(turn):
            told["withdraw_confirmed"] = False
        return told

    def answer(self, turn: Turn, slot: str, text: str) -> Any:
        """Only a plain yes, and only to the complaint that was asked about."""
        if slot != "withdraw_confirmed" or turn.entity("complaint_no") not in (None, turn.slot("withdraw_no")):
            return None
        return True if _agrees(turn, text) else None

    def settle(self, turn: Turn, slots: dict[str, Any]) -> Events | None:
        """None says so, one is taken, several are chosen from; declining changes nothing."""
        if slots["withdraw_confirmed"] is False:
            turn.say("utter_complaint_kept")
            return leave_form(*SLOTS)
        if slots["withdraw_no"] is not None:
            return _unless_running(turn, slots["withdraw_no"])
        running = complaints.running(turn.session, turn.conversation)
        if not running:
            turn.say("utter_nothing_to_withdraw")
            return leave_form(*SLOTS)
        slots["withdraw_no"] = running[0].no if len(running) == 1 else None
        return None


def _agrees(turn: Turn, text: str) -> bool:
    """Only what can mean nothing else: a plain yes, or that it be withdrawn."""
    plain = says(text, "withdraw_yes") or (
        (turn.intent == "affirm" or says(text, "yes")) and not says(text, "withdraw_word")
    )
    return plain and not says(text, "withdraw_no") and not is_question(text)


def _declines(turn: Turn) -> bool:
    if says(turn.text, "withdraw_yes") and not says(turn.text, "withdraw_no"):
        return False
    words_of_no = says(turn.text, "withdraw_no") or says(turn.text, "no")
    return turn.intent in DECLINING or (words_of_no and not is_question(turn.text))


def _unless_running(turn: Turn, no: str) -> Events | None:
    """Events that leave the form for a complaint that is not theirs or has ended; None for one that runs."""
    try:
        found = complaints.own_complaint(turn.session, turn.conversation.id, no, turn.now)
    except NotFound:
        turn.say("utter_complaint_not_found")
        return leave_form(*SLOTS)
    if found.state in complaints.OPEN:
        return None
    _tell_how_it_ended(turn, found)
    return leave_form(*SLOTS)


def _tell_how_it_ended(turn: Turn, complaint: Complaint) -> None:
    turn.say("utter_complaint_over", no=complaint.no, state=words()["complaint_states"][complaint.state.value])


class AskWithdrawNo(ClaimsAction):
    """Several complaints to choose from."""

    called = "action_ask_withdraw_no"

    def act(self, turn: Turn) -> Events:
        """Offer the newest by number, category and day, and “none of them”."""
        offered = complaints.running(turn.session, turn.conversation)[:MOST_OFFERED]
        turn.say("utter_ask_withdraw_no", choices=[_choice(complaint) for complaint in offered])
        return []


def _choice(complaint: Complaint) -> dict[str, str]:
    title = f"{complaint.no} {words()['category_names'][complaint.category.value]} {local(complaint.created_at):%m-%d}"
    return {"title": title, "payload": f'/inform{{"complaint_no": "{complaint.no}"}}'}


class AskWithdrawConfirmed(ClaimsAction):
    """What a withdrawal means, and whether it is meant."""

    called = "action_ask_withdraw_confirmed"

    def act(self, turn: Turn) -> Events:
        """Name the complaint and both ways alike."""
        found = complaints.own_complaint(turn.session, turn.conversation.id, turn.slot("withdraw_no"), turn.now)
        turn.say(
            "utter_ask_withdraw_confirmed",
            no=found.no,
            since=f"{local(found.created_at):%Y-%m-%d %H:%M}",
            category=words()["category_names"][found.category.value],
            state=words()["complaint_states"][found.state.value],
        )
        return []


class ActionWithdrawComplaint(ClaimsAction):
    """End the complaint today."""

    called = "action_withdraw_complaint"

    def act(self, turn: Turn) -> Events:
        """Exactly once, however often it is retried; told that he can complain again."""
        if turn.slot("withdraw_confirmed") is not True:
            return []
        done = complaint_desk.withdraw_by_customer(
            turn.session, turn.slot("withdraw_no"), turn.conversation.id, turn.now
        )
        if done.state is ComplaintState.WITHDRAWN:
            turn.say("utter_complaint_withdrawn", no=done.no)
        else:
            _tell_how_it_ended(turn, done)
        return leave_form(*SLOTS)
