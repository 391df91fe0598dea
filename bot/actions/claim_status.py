"""Claim status: whose claims, proof for guests, and what a customer is told (materials-photos-status C.3; law.md
B.6).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions.base import ClaimsAction, Events, Turn, leave_form
from bot.actions.complaint import tell_complaint
from bot.actions.form import Form
from cases import audit, claims, sla
from cases.clock import local
from cases.enums import ClaimStatus
from cases.errors import Locked, NotFound
from cases.models import Claim
from faq.knowledge import phrases

SLOTS = ("claim_subject", "phone_last4", "claim_no")
OFFER_PERSON_AFTER = 3
ALL = "-"  # a slot that need not be asked for: all of the customer's claims are meant
STEPS = ("REGISTERED", "DOCS_SUBMITTED", "ASSESSED", "AGREED", "PAID")


class ValidateClaimStatusForm(Form):
    """A signed-in customer has his claims; a guest proves two things about one."""

    form = "claim_status_form"
    slots = SLOTS

    def act(self, turn: Turn) -> Events:
        """Details out of the blue are looked up only when they name a claim, a car or a complaint."""
        named = turn.entity("claim_no") or turn.entity("plate")
        if self.asked(turn) is None and turn.intent == "inform" and not named:
            if turn.entity("complaint_no"):
                tell_complaint(turn)
            else:
                turn.say("utter_what_next")
            return leave_form(*SLOTS)
        return super().act(turn)

    def read(self, turn: Turn, asked: str | None) -> dict[str, Any]:
        """A claim number, a plate, four digits of a phone; or the choice of one of several claims."""
        told: dict[str, Any] = {}
        subject = turn.entity("claim_no") or turn.entity("plate")
        if subject and asked == "claim_no":
            told["claim_no"] = claims.normal_subject(subject)
        elif subject:
            told["claim_subject"] = claims.normal_subject(subject)
        if last4 := turn.entity("phone_last4") or _four_digits(turn.text):
            told["phone_last4"] = str(last4)
        return told

    def answer(self, turn: Turn, slot: str, text: str) -> Any:
        """Nothing but numbers answers these questions; `read` finds them."""
        return None

    def settle(self, turn: Turn, slots: dict[str, Any]) -> Events | None:
        """Look up what the customer may see; prove a guest; leave one claim, or several to choose from."""
        conversation = turn.conversation
        wanted = slots["claim_no"] or (None if slots["claim_subject"] == ALL else slots["claim_subject"])
        mine = claims.own_claims(turn.session, conversation)
        if conversation.customer_key:
            return self._choose(turn, slots, mine, wanted)
        if mine and (wanted is None or _matching(mine, wanted)) and slots["phone_last4"] in (None, ALL):
            return self._choose(turn, slots, mine, wanted)
        return self._prove(turn, slots)

    def _prove(self, turn: Turn, slots: dict[str, Any]) -> Events | None:
        try:
            claims.raise_if_locked(turn.session, turn.conversation.id, slots["claim_subject"], turn.now)
            if slots["claim_subject"] is None or slots["phone_last4"] is None:
                return None
            found = claims.prove(
                turn.session, turn.conversation.id, slots["claim_subject"], slots["phone_last4"], turn.now
            )
        except Locked:
            return self._locked(turn)
        except NotFound:
            return self._failed(turn, slots)
        return self._choose(turn, slots, found, slots["claim_subject"])

    def _locked(self, turn: Turn) -> Events:
        turn.say("utter_proof_locked")
        return leave_form(*SLOTS)

    def _failed(self, turn: Turn, slots: dict[str, Any]) -> Events | None:
        failures = claims.failures(turn.session, turn.conversation.id, turn.now)
        if self._is_locked(turn, slots):
            return self._locked(turn)
        turn.say("utter_proof_failed_offer" if failures >= OFFER_PERSON_AFTER else "utter_proof_failed")
        slots.update(dict.fromkeys(SLOTS))
        return None

    def _is_locked(self, turn: Turn, slots: dict[str, Any]) -> bool:
        try:
            claims.raise_if_locked(turn.session, turn.conversation.id, slots["claim_subject"], turn.now)
        except Locked:
            return True
        return False

    def _choose(self, turn: Turn, slots: dict[str, Any], mine: list[Claim], wanted: str | None) -> Events | None:
        matching = _matching(mine, wanted) if wanted else mine
        if not matching:
            if wanted:
                audit.record(
                    turn.session,
                    turn.now,
                    actor=claims.actor(turn.conversation),
                    action="claim.read",
                    subject=claims.normal_subject(wanted)[:64],
                    outcome="refused",
                )
            turn.say("utter_no_such_claim" if wanted else "utter_no_claims")
            return leave_form(*SLOTS)
        slots["claim_subject"], slots["phone_last4"] = wanted or ALL, ALL
        slots["claim_no"] = matching[0].claim_no if len(matching) == 1 else None
        return None


def _four_digits(text: str) -> str | None:
    """Four digits that stand alone: here they can only be the end of a phone number."""
    found = re.search(r"(?<![0-9A-Za-z*])[0-9]{4}(?![0-9A-Za-z])", unicodedata.normalize("NFKC", text))
    return found.group() if found else None


def _matching(mine: list[Claim], wanted: str) -> list[Claim]:
    subject = claims.normal_subject(wanted)
    return [claim for claim in mine if subject in (claim.claim_no, claim.policy.plate)]


class AskClaimNo(ClaimsAction):
    """Several claims to choose from."""

    called = "action_ask_claim_no"

    def act(self, turn: Turn) -> Events:
        """Offer each claim by number, day and plate; the newest four."""
        mine = claims.own_claims(turn.session, turn.conversation)
        subject = turn.slot("claim_subject")
        offered = (_matching(mine, subject) if subject and subject != ALL else mine)[:4]
        turn.say("utter_ask_claim_no", choices=[_choice(claim) for claim in offered])
        return []


def _choice(claim: Claim) -> dict[str, str]:
    title = f"{claim.claim_no} {local(claim.accident_at):%m-%d} {claim.policy.plate}"
    return {"title": title, "payload": f'/inform{{"claim_no": "{claim.claim_no}"}}'}


class ActionClaimStatus(ClaimsAction):
    """Tell the state of the claim that the form settled on; escalate one that is late."""

    called = "action_claim_status"

    def act(self, turn: Turn) -> Events:
        """Say state, since when, what is missing, next step, target and legal limit; never a sum."""
        claim_no = turn.slot("claim_no")
        if not claim_no:
            return []
        claim = claims.own_claim(turn.session, turn.conversation.id, claim_no, turn.now)
        turn.say(
            "utter_claim_status",
            **status_texts(claim),
            card=status_card(claim),
            topic_after=phrases("statuses")["statuses"][claim.status.value]["topic"],
        )
        if late := sla.escalate_if_late(turn.session, claim, turn.now):
            turn.say("utter_claim_late", escalation_no=late)
        return [SlotSet(slot, None) for slot in ("claim_subject", "phone_last4")]


def status_texts(claim: Claim) -> dict[str, str]:
    """The parts of the answer, from `faq/statuses.yml`."""
    texts = phrases("statuses")
    state = texts["statuses"][claim.status.value]
    missing = "、".join(texts["documents"][code] for code in claim.missing_documents)
    return {
        "claim_no": claim.claim_no,
        "status": state["name"],
        "since": f"{local(claim.status_at):%Y-%m-%d %H:%M}",
        "said": state["said"].replace(
            "{tail}", texts["payee"].replace("{tail}", claim.payee_tail) if claim.payee_tail else ""
        ),
        "missing": texts["missing"].replace("{missing}", missing) if missing and _wants_documents(claim) else "",
        "next": state["next"],
        **_limits(claim, texts),
    }


def _wants_documents(claim: Claim) -> bool:
    return claim.status in sla.ASSESSMENT | {ClaimStatus.DOCS_PARTIAL}


def _limits(claim: Claim, texts: Any) -> dict[str, str]:
    target = sla.target_of(claim)
    if target is None:
        return {"target": "", "legal": ""}
    tier = target.tier.value if target.tier else "unknown"
    return {"target": texts["targets"][target.stage.value][tier], "legal": texts["legal"][target.stage.value]}


def status_card(claim: Claim) -> dict[str, Any]:
    """The same as a card with a progress line."""
    texts = status_texts(claim)
    documents = phrases("statuses")["documents"]
    missing = [documents[code] for code in claim.missing_documents] if _wants_documents(claim) else []
    return {"type": "claim_status", **texts, "code": claim.status.value, "missing": missing, "steps": _steps(claim)}


def _steps(claim: Claim) -> list[dict[str, str]]:
    names = phrases("statuses")
    reached = names["progress"].get(claim.status.value)
    if reached is None:
        return []
    order = list(STEPS)
    return [
        {
            "name": names["statuses"][code]["name"],
            "state": "done" if place < order.index(reached) else "now" if code == reached else "todo",
        }
        for place, code in enumerate(order)
    ]
