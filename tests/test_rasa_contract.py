"""What `rasa data validate` cannot see: domain, rules, responses, Python, choices and topics hold together.

A choice that leads nowhere, a slot that a form cannot ask for, an intent without a rule, a response that nobody wrote
or nobody says: each fails here, without a trained model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import bot.actions
from bot.actions import handoff
from bot.actions.answers import FORM_SLOTS
from bot.actions.base import ClaimsAction
from bot.actions.form import ALWAYS_LEAVES, ASIDES, STARTS, Form, words
from bot.nlu.decision import rules as decision_rules
from bot.routes import FORM_ROUTES, topic_route
from cases.documents import Document
from cases.enums import AccidentKind, ClaimStatus, ComplaintCategory, ComplaintLevel, ComplaintState, ReplyBy
from faq.knowledge import knowledge, phrases
from tests.rasa_files import (
    ACTIONS,
    DOMAIN,
    FORMS,
    INTENTS,
    PLACEHOLDER,
    RESPONSES,
    RULES,
    SLOTS,
    askers,
    choices,
    named_in_python,
    nested,
    read,
    registered,
    ruled,
    spoken,
)

DECIDED = {"clarify_topic"}  # given by the decision, never by the classifier
TAPPED = {"send_photo"}  # comes with a picture, never typed
ROUTES = {
    "faq",
    "claim_status",
    "report_claim",
    "materials",
    "photo",
    "appointment",
    "complaint",
    "complaint_status",
    "human",
    "rating",
    "emergency",
    "smalltalk",
    "clarify",
    "out_of_scope",
}
EVERYWHERE = {"app"}


class TestIntents:
    """Intents, their examples and their rules."""

    def test_each_has_a_rule(self) -> None:
        """A message is never left without a next step."""
        assert ruled("intent") == INTENTS

    def test_each_has_examples_unless_it_is_decided_or_tapped(self) -> None:
        """And no example trains an intent that the domain lacks."""
        trained = {row["intent"] for row in read("bot/data/nlu.yml")["nlu"] if "intent" in row}
        assert trained - TAPPED == INTENTS - DECIDED - TAPPED

    def test_each_has_a_route(self) -> None:
        """One of the contract's; nothing else is routed."""
        routes = decision_rules()["routes"]
        assert set(routes) == INTENTS
        assert set(routes.values()) <= ROUTES

    def test_what_forms_listen_for_exists(self) -> None:
        """Asides, exits and beginnings are intents; a beginning names a form that its rule opens."""
        assert set(ASIDES) | set(ALWAYS_LEAVES) | set(STARTS) <= INTENTS
        opened = {
            (step["intent"], later["action"])
            for rule in RULES
            for step in rule["steps"]
            if "intent" in step
            for later in rule["steps"]
            if later.get("action") in FORMS
        }
        assert {(intent, form) for intent, form in STARTS.items() if form} <= opened


class TestActions:
    """Actions in the domain, in the rules and in Python."""

    def test_the_domain_and_the_action_server_name_the_same(self) -> None:
        """No action that is missing, none that is never called."""
        assert set(registered()) == ACTIONS

    def test_every_action_class_is_registered(self) -> None:
        """A class that is not imported in `bot/actions/__init__.py` would not be found."""

        def below(kind: type) -> Iterator[type]:
            for child in kind.__subclasses__():
                yield child
                yield from below(child)

        ours = {kind for kind in below(ClaimsAction) if kind.__module__.startswith("bot.actions") and kind is not Form}
        assert {kind.__name__ for kind in ours} == set(bot.actions.__all__)

    def test_the_rules_call_what_there_is(self) -> None:
        """Actions, responses and forms."""
        assert ruled("action") <= ACTIONS | set(RESPONSES) | set(FORMS)

    def test_every_action_is_called(self) -> None:
        """By a rule, or by a form that validates or asks."""
        asked = {name for form, slots in FORMS.items() for slot in slots for name in askers(form, slot)}
        validated = {f"validate_{form}" for form in FORMS}
        assert ruled("action") | asked | validated | {"action_default_fallback"} >= ACTIONS


class TestForms:
    """Forms, their slots, questions, routes and validations."""

    def test_each_slot_can_be_asked_for(self) -> None:
        """By exactly one response or action; two would hide one another."""
        for form, slots in FORMS.items():
            for slot in slots:
                there = [name for name in askers(form, slot) if name in ACTIONS | set(RESPONSES)]
                assert len(there) == 1 or there[0].startswith("action_"), (form, slot, there)

    def test_each_slot_is_in_the_domain(self) -> None:
        """Also those that are gathered without being asked for."""
        gathered = {slot for slots in FORM_SLOTS.values() for slot in slots}
        assert gathered | {slot for slots in FORMS.values() for slot in slots} <= SLOTS
        assert set(handoff.SUMMARY_SLOTS) <= SLOTS

    def test_each_has_a_route_of_the_contract(self) -> None:
        """Questions, refusals and failed proofs carry it."""
        assert set(FORM_ROUTES) == set(FORMS)
        assert set(FORM_ROUTES.values()) <= ROUTES

    def test_each_is_validated_in_the_order_of_asking(self) -> None:
        """The validation's slots begin with the form's."""
        for form, required in FORMS.items():
            validation = registered()[f"validate_{form}"]
            assert isinstance(validation, Form)
            assert list(validation.slots[: len(required)]) == required
            assert validation.free_text | ({validation.confirm} if validation.confirm else set()) <= set(
                validation.slots
            )

    def test_cancelling_forgets_everything(self) -> None:
        """What a form gathers, `stop` empties."""
        for form in FORMS:
            validation = registered()[f"validate_{form}"]
            assert isinstance(validation, Form)
            assert set(FORM_SLOTS[form]) == set(validation.slots)

    def test_each_is_opened_and_closed_by_rules(self) -> None:
        """A rule that activates it, and one that goes on when it is done."""
        loops = [step["active_loop"] for rule in RULES for step in rule["steps"] if "active_loop" in step]
        done = {condition["active_loop"] for rule in RULES for condition in rule.get("condition", ())}
        assert set(FORMS) == {loop for loop in loops if loop} == done

    def test_what_can_be_corrected_is_a_slot_with_a_name(self) -> None:
        """Every field that is offered for correction belongs to a form and can be found in words."""
        gathered = {slot for slots in FORM_SLOTS.values() for slot in slots}
        assert set(words()["field_names"]) <= gathered
        assert set(words()["field_names"]) <= set(words()["corrections"]) <= gathered | {"complaint_category"}


class TestResponses:
    """`bot/responses.yml`, and who says what is in it."""

    def test_every_name_in_python_is_written(self) -> None:
        """An unknown name would leave the customer in silence."""
        assert named_in_python() <= set(RESPONSES)

    def test_every_response_is_said(self) -> None:
        """By Python, by a rule, by a form, or as a comfort of a mood."""
        asked = {name for form, slots in FORMS.items() for slot in slots for name in askers(form, slot)}
        comforts = {f"utter_comfort_{mood}" for mood in ("worried", "angry", "threatening")}
        assert set(RESPONSES) <= named_in_python() | ruled("action") | asked | comforts

    def test_every_placeholder_is_filled(self) -> None:
        """Wherever the response is said."""
        for name, times in spoken().items():
            texts = " ".join(variant["text"] for variant in RESPONSES[name])
            wanted = set(PLACEHOLDER.findall(texts)) - EVERYWHERE
            for given in times:
                assert given is None or wanted <= given | set(nested(name)), (name, wanted, given)

    def test_nothing_unsaid_has_placeholders(self) -> None:
        """Rules and forms give no values."""
        for name in set(RESPONSES) - set(spoken()):
            texts = " ".join(variant["text"] for variant in RESPONSES[name])
            assert set(PLACEHOLDER.findall(texts)) <= EVERYWHERE, name

    def test_routes_are_the_contracts(self) -> None:
        """Where a response names one."""
        routes = {
            variant["metadata"]["route"] for rows in RESPONSES.values() for variant in rows if "metadata" in variant
        }
        assert routes <= ROUTES


class TestChoices:
    """What a tap leads to."""

    VALUES = {
        "accident_kind": {kind.value for kind in AccidentKind}, "loss_band": set(words()["loss_names"]),
        "reply_by": {way.value for way in ReplyBy}, "injured": {"yes", "no"}, "rating": set("12345"),
        "no_claim": {"yes"}, "field": set(words()["field_names"]),
    }  # fmt: skip

    @pytest.mark.parametrize(("where", "intent", "entities"), list(choices()))
    def test_each_leads_somewhere(self, where: str, intent: str, entities: dict[str, Any]) -> None:
        """To an intent that has a rule, with entities of the domain and values that the actions know."""
        assert intent in ruled("intent")
        assert set(entities) <= set(DOMAIN["entities"])
        for name, value in entities.items():
            assert value == "VALUE" or name not in self.VALUES or value in self.VALUES[name]

    def test_there_are_choices(self) -> None:
        """The search above finds those in YAML and those that Python makes."""
        places = [where for where, _, _ in choices()]
        assert len(places) > 50 and any(place.endswith(".py") for place in places)

    @pytest.mark.parametrize("form", ["report_claim_form", "materials_form", "photo_form"])
    def test_a_kind_that_a_form_offers_has_what_follows(self, form: str) -> None:
        """A name for the report, a scenario for the checklist, a plan for the pictures."""
        table = {
            "report_claim_form": words()["kind_names"],
            "materials_form": phrases("materials")["scenarios"],
            "photo_form": phrases("photos")["plans"],
        }[form]
        offered = {
            entities["accident_kind"]
            for where, _, entities in choices()
            if where.startswith(f"utter_ask_{form}") and "accident_kind" in entities
        }
        assert offered and offered <= set(table)

    def test_a_topic_that_a_choice_names_exists(self) -> None:
        """FAQ ids in payloads and in the decision's tables."""
        tables = decision_rules()
        named = {entities["faq_id"] for _, _, entities in choices() if "faq_id" in entities} - {"VALUE"}
        named |= {topic for request in tables["topics_of_requests"].values() for topic in request["topics"]}
        named |= {family["default"] for family in tables["families"].values()}
        assert named <= set(knowledge().current.entries)

    def test_every_topic_has_a_route(self) -> None:
        """And what it is related to exists."""
        entries = knowledge().current.entries
        assert {topic_route(topic) for topic in entries} <= ROUTES
        assert {other for entry in entries.values() for other in (*entry.related, *entry.follow_ups.values())} <= set(
            entries
        )


class TestNames:
    """Codes that are stored have a name for customers, and only those."""

    @pytest.mark.parametrize(
        ("table", "codes"),
        [
            ("category_names", ComplaintCategory),
            ("reply_by_names", ReplyBy),
            ("kind_names", AccidentKind),
            ("complaint_states", ComplaintState),
            ("complaint_levels", ComplaintLevel),
        ],
    )
    def test_every_code_has_a_name(self, table: str, codes: Any) -> None:
        """In `bot/actions/words.yml`."""
        assert set(words()[table]) == {code.value for code in codes}

    def test_what_forms_read_is_what_they_can_name(self) -> None:
        """Loss bands, complaint categories, ways to answer."""
        assert set(words()["loss_bands"]) == set(words()["loss_names"])
        assert set(words()["complaint_categories"]) | {"other"} == set(words()["category_names"])
        assert set(words()["reply_by"]) == set(words()["reply_by_names"])
        assert set(words()["accident_kinds"]) == set(words()["kind_names"])

    def test_states_and_documents_have_names(self) -> None:
        """All sixteen states, all twenty documents."""
        assert set(phrases("statuses")["statuses"]) == {status.value for status in ClaimStatus}
        assert set(phrases("statuses")["documents"]) == {document.value for document in Document}
