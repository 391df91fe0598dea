"""The one place that decides what a message is: a request, a topic's question, unclear, none of ours, or for a person.

A pure function of the likely intents, the topic match, the signals and the entities. Thresholds and tables are in
`decision.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.nlu.evidence import (
    ABOUT_NOW,
    HALF,
    asks,
    asks_about_cover,
    aspect,
    chance_of_outside,
    chance_of_question,
    first_two,
    needed,
)
from bot.nlu.heard import Decision, Heard, rules
from bot.routes import topic_route

SHOWN = 5
MOST_QUESTIONS = 3
THREATS = frozenset({"regulator", "media", "lawyer"})
HARM = frozenset({"injury", "motorway"})
SURE = 0.95
FEW = 3
FAINT = 0.2
PROGRESS = frozenset({"check_claim_status", "check_complaint"})
OFTEN_OWN = frozenset({"check_claim_status", "file_complaint"})
CONTEXTUAL = frozenset({"inform", "ask_follow_up", "correct_value"})
SAYS_NOTHING = frozenset({"not_understood"})
DANGERS = frozenset({"fire", "trapped", "self_harm"})
ABOUT_DANGER = frozenset({"report_emergency"})
UNASKED = frozenset({"ask_faq", "out_of_scope"})
QUESTIONS = UNASKED | {"ask_follow_up"}
ABOUT_COMPLAINTS = frozenset({"check_complaint", "withdraw_complaint"})
COMPLAINTS = frozenset({"file_complaint", "check_complaint"})
SOMETHING = re.compile(r"[0-9a-z\u4e00-\u9fff]")


def decide(heard: Heard) -> Decision:
    """What a message is taken for, with everything that the dialogue needs to know about it."""
    decision = _decided(heard)
    return replace(
        decision,
        candidates=heard.match.candidates[:SHOWN],
        mood=heard.signals.mood,
        aspect=aspect(heard.normal),
        flags=tuple(sorted(heard.signals.flags)),
        entities=heard.entities,
    )


def _decided(heard: Heard) -> Decision:
    if not SOMETHING.search(heard.normal):
        return _made("not_understood", 0.0)
    request = (
        _unclear(heard)
        or _danger(heard)
        or _threat(heard)
        or _bare(heard)
        or _several(heard)
        or _request(heard)
        or _own_matter(heard)
    )
    return request or _question(heard)


def _made(intent: str, confidence: float, **fields: Any) -> Decision:
    return Decision(
        fields.pop("route", rules()["routes"].get(intent, "clarify")), intent, round(confidence, 4), **fields
    )


def _unclear(heard: Heard) -> Decision | None:
    """Noise, or words that only say what it is about, or nothing at all."""
    limits = rules()["thresholds"]
    says_nothing = heard.chance("not_understood") >= limits["says_nothing"] and heard.match.score < limits["sure_topic"]
    if rules()["noise"].search(heard.normal):
        return _made("not_understood", 0.0)
    if says_nothing and not heard.entities and not heard.signals.flags:
        return _made("not_understood", heard.chance("not_understood"))
    if rules()["vague"].search(heard.normal):
        best = heard.match.candidates[0].score if heard.match.candidates else 0.0
        return _made("clarify_topic" if best else "not_understood", best)
    return None


def _danger(heard: Heard) -> Decision | None:
    """Somebody in danger comes before everything else."""
    likely = heard.chance("report_emergency")
    flags = heard.signals.flags
    if flags & DANGERS or "injury" in flags or ("motorway" in flags and likely > FAINT):
        return _made("report_emergency", max(likely, 0.9))
    if heard.intents[0][0] != "report_emergency" or (asks_about_cover(heard) and likely < SURE):
        return None
    limits = rules()["thresholds"]
    return _made("report_emergency", likely) if flags & HARM or likely >= limits["emergency"] else None


def _threat(heard: Heard) -> Decision | None:
    """Regulator, media and lawyer as a threat: a person at once, also where a complaint is being made."""
    if not heard.signals.flags & THREATS:
        return None
    name, confidence = heard.intents[0]
    if name in ABOUT_COMPLAINTS:
        return _made(name, confidence)
    if (
        name in QUESTIONS
        and heard.signals.mood != "threatening"
        and heard.match.score >= rules()["thresholds"]["answer"]
    ):
        return None
    return _made("request_human", max(confidence, 0.6))


def _request(heard: Heard) -> Decision | None:
    """Anything that is not a question about a topic."""
    name, confidence = _best_request(heard)
    certain = confidence >= rules()["thresholds"]["certain"] and name not in CONTEXTUAL
    if not certain and _is_rather_a_question(heard, name, confidence):
        return None
    if name == "inform":
        return _informed(heard, confidence)
    if family := rules()["families"].get(name):
        return _of_family(heard, name, confidence, family)
    return _made(name, confidence)


def _is_rather_a_question(heard: Heard, name: str, confidence: float) -> bool:
    """Whether a question is likelier than the request, or a topic is what was asked for."""
    least = max(rules()["thresholds"]["faint"], needed(heard, name) * chance_of_question(heard))
    return confidence < least or _is_topics_question(heard, name) or _asks_in_general(heard, name)


def _is_topics_question(heard: Heard, name: str) -> bool:
    """Whether a topic is what was asked for, though the words resemble a request too."""
    limits, topic, score = rules()["thresholds"], heard.match.faq_id, heard.match.score
    if topic is None or heard.match.outside >= limits["outside"]:
        return False
    if name in CONTEXTUAL:
        return score >= limits["answer"]
    if name in OFTEN_OWN and rules()["own"].search(heard.normal):
        return False
    own_topics = rules()["topics_of_requests"].get(name, {}).get("topics", ())
    return name in ABOUT_NOW and score >= limits["plain_topic"] and topic not in own_topics and asks(heard)


def _best_request(heard: Heard) -> tuple[str, float]:
    """The likeliest request. An emergency that was not taken for one is a report at most."""
    for name, chance in heard.intents:
        if name == "report_emergency" and not asks(heard):
            return "report_claim", chance
        if name in COMPLAINTS and rules()["no_complaint"].search(heard.normal):
            continue
        if name not in UNASKED | ABOUT_DANGER | SAYS_NOTHING:
            return name, chance
    return "not_understood", 0.0


def _asks_in_general(heard: Heard, name: str) -> bool:
    """Whether words near a request ask how such a thing goes in general."""
    row = rules()["topics_of_requests"].get(name)
    if (name in PROGRESS and rules()["own"].search(heard.normal)) or (row and _is_wished(heard, row)):
        return False
    known = {
        candidate.faq_id
        for candidate in heard.match.candidates[:2]
        if candidate.score >= rules()["thresholds"]["worth_offering"]
    }
    return bool(row and known & set(row["topics"]) and row["general"].search(heard.normal))


def _own_matter(heard: Heard) -> Decision | None:
    """A topic of service matched, but the words are about an own matter (or the request is what the topic is for): the
    request that belongs to the topic.
    """
    own = rules()["own"].search(heard.normal)
    for name, row in rules()["topics_of_requests"].items():
        likely, wished = heard.chance(name), _is_wished(heard, row)
        if heard.match.faq_id not in row["topics"] or likely < rules()["thresholds"]["faint"]:
            continue
        if wished or ((own or row.get("unless_general")) and not row["general"].search(heard.normal)):
            return _made(name, likely)
    return None


def _is_wished(heard: Heard, row: Mapping[str, Any]) -> bool:
    """Whether words that make it a wish are in the message, such as a day for a visit."""
    return bool("wished" in row and row["wished"].search(heard.normal))


def _informed(heard: Heard, confidence: float) -> Decision:
    """Bare pieces of information: a number or plate alone asks for its state."""
    if "complaint_no" in heard.entities:
        return _made("check_complaint", confidence)
    if "claim_no" in heard.entities or "plate" in heard.entities:
        return _made("inform", confidence, route="claim_status")
    return _made("inform", confidence)


def _of_family(heard: Heard, name: str, confidence: float, family: Mapping[str, str]) -> Decision | None:
    """A request for a checklist or the photo guide, with the topic that fits best."""
    best = heard.match.candidates[0] if heard.match.candidates else None
    if best and not best.faq_id.startswith(family["prefix"]) and best.score >= rules()["thresholds"]["answer"]:
        return None
    if heard.match.outside >= rules()["thresholds"]["outside"] and confidence < rules()["thresholds"]["sure_request"]:
        return None
    own = [row for row in heard.match.candidates if row.faq_id.startswith(family["prefix"])]
    topic, score = (own[0].faq_id, own[0].score) if own else (family["default"], 0.0)
    route = topic_route(topic) if topic_route(topic) != "faq" else rules()["routes"][name]
    return _made(name, confidence, route=route, faq_id=topic, faq_ids=(topic,), faq_score=score)


def _several(heard: Heard) -> Decision | None:
    """Several questions in one message, each of which asks for another topic."""
    sure = [
        match for match in heard.clauses if match.faq_id and match.score >= rules()["thresholds"]["second_question"]
    ]
    topics = list(dict.fromkeys(match.faq_id for match in sure if match.faq_id))[:MOST_QUESTIONS]
    if (
        len(topics) < 2
        or heard.intents[0][0] not in QUESTIONS
        or heard.match.outside >= rules()["thresholds"]["outside"]
    ):
        return None
    if heard.match.faq_id and heard.match.score >= rules()["thresholds"]["answer"]:
        topics = [heard.match.faq_id, *(topic for topic in topics if topic != heard.match.faq_id)][:MOST_QUESTIONS]
    score = max(match.score for match in sure)
    return _made(
        "ask_faq",
        score,
        route=topic_route(topics[0]),
        faq_id=topics[0],
        faq_ids=tuple(topics),
        faq_score=score,
        questions=tuple(match.text for match in sure),
    )


def _bare(heard: Heard) -> Decision | None:
    """A number or plate and next to nothing else."""
    numbers = {"claim_no", "complaint_no", "plate"} & set(heard.entities)
    spelled = sum(len(str(heard.entities[name])) for name in numbers)
    return _informed(heard, SURE) if numbers and len(heard.normal) - spelled <= FEW else None


def _question(heard: Heard) -> Decision:
    """A question: answered, asked back, or none of ours."""
    limits = rules()["thresholds"]
    first, second = first_two(heard.match)
    outside = chance_of_outside(heard)
    if outside >= limits["outside"]:
        unsure = outside < limits["far_outside"] and first.score >= limits["worth_offering"]
        return _made("clarify_topic", first.score) if unsure else _not_ours(heard)
    if first.score >= limits["answer"] and first.score - second.score >= limits["lead"]:
        return _made(
            "ask_faq",
            first.score,
            route=topic_route(first.faq_id),
            faq_id=first.faq_id,
            faq_ids=(first.faq_id,),
            faq_score=first.score,
        )
    if heard.intents[0][0] == "ask_follow_up":
        return _made("ask_follow_up", heard.intents[0][1])
    if first.score >= limits["clarify"]:
        return _made("clarify_topic", first.score)
    return _made("not_understood", 1 - first.score)


def _not_ours(heard: Heard) -> Decision:
    name, confidence = heard.intents[0]
    if name == "ask_follow_up" or (rules()["leans"].search(heard.normal) and aspect(heard.normal)):
        return _made("ask_follow_up", max(confidence, HALF) if name == "ask_follow_up" else HALF)
    return _made("out_of_scope", chance_of_outside(heard))
