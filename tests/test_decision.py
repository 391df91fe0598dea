"""The one place that decides, with what was heard made by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.nlu.clauses import clauses_of
from bot.nlu.decision import Decision, Heard, decide, rules
from bot.nlu.entities import by_name, entities_of
from bot.nlu.signals import Signals
from faq.matching import Candidate, Match


def match(
    topic: str | None, score: float = 0.9, second: tuple[str, float] = ("time.legal", 0.01), outside: float = 0.05
) -> Match:
    """A match as the matcher would give it."""
    candidates = (Candidate(topic, score), Candidate(*second)) if topic else (Candidate(*second),)
    return Match("", topic if score > outside else None, score if topic else second[1], candidates, outside)


def heard(normal: str = "怎么赔", **given: Any) -> Heard:
    """What was heard; a question about nothing in particular unless told."""
    values: dict[str, Any] = {
        "intents": [("ask_faq", 0.9), ("out_of_scope", 0.05)],
        "match": match(None, outside=0.5),
        **given,
    }
    return Heard(normal, **values)


def test_a_likely_topic_is_answered() -> None:
    """One clear topic: the FAQ's route with its id."""
    decision = decide(heard(match=match("deductible.what")))
    assert (decision.route, decision.intent, decision.faq_id, decision.faq_ids) == (
        "faq",
        "ask_faq",
        "deductible.what",
        ("deductible.what",),
    )


@pytest.mark.parametrize(
    ("topic", "route"),
    [
        ("materials.glass", "materials"),
        ("materials.agent", "materials"),
        ("photo.retake", "photo"),
        ("photo.missed", "faq"),
    ],
)
def test_checklists_and_the_photo_guide_have_their_own_route(topic: str, route: str) -> None:
    """The topic decides the route of a question."""
    assert decide(heard(match=match(topic))).route == route


@pytest.mark.parametrize(
    ("said", "route"), [("明天上午可以预约查勘吗", "appointment"), ("可以预约查勘吗", "faq"), ("预约要提前多久", "faq")]
)
def test_who_names_a_day_wants_an_appointment(said: str, route: str) -> None:
    """Whether it can be booked at all is a question; whether tomorrow is a request."""
    intents = [("ask_faq", 0.6), ("book_appointment", 0.3)]
    assert decide(heard(said, intents=intents, match=match("service.appointment"))).route == route


def test_a_certain_request_is_one_whatever_topic_it_resembles() -> None:
    """“定损结果出来了吗” is about an own case, however near the topic."""
    near = match("assess.dispute")
    sure, unsure = ([("check_claim_status", likely), ("ask_faq", 1 - likely)] for likely in (0.97, 0.6))
    assert decide(heard("定损结果出来了吗", intents=sure, match=near)).route == "claim_status"
    assert decide(heard("定损结果出来了吗", intents=unsure, match=near)).route == "faq"


def test_two_close_topics_are_asked_about() -> None:
    """Neither is answered when they are equally likely."""
    decision = decide(heard(match=match("coverage.glass", 0.40, ("coverage.own_damage", 0.38))))
    assert (decision.route, decision.intent, decision.faq_id) == ("clarify", "clarify_topic", None)
    assert len(decision.candidates) == 2


def test_what_is_none_of_ours_is_said_to_be() -> None:
    """Both accounts agree that it is none of the topics."""
    decision = decide(heard(intents=[("out_of_scope", 0.95)], match=match("time.payment", 0.02, outside=0.97)))
    assert decision.route == "out_of_scope"


@pytest.mark.parametrize("normal", ["", "…", "   "])
def test_nothing_said_is_not_understood(normal: str) -> None:
    """Blank, emoji, dots."""
    decision = decide(heard(normal))
    assert (decision.route, decision.intent) == ("clarify", "not_understood")


@pytest.mark.parametrize(
    ("intent", "route"),
    [
        ("check_claim_status", "claim_status"),
        ("report_claim", "report_claim"),
        ("book_appointment", "appointment"),
        ("file_complaint", "complaint"),
        ("check_complaint", "complaint_status"),
        ("withdraw_complaint", "complaint_status"),
        ("request_human", "human"),
        ("cancel_queue", "human"),
        ("rate_service", "rating"),
        ("greet", "smalltalk"),
        ("stop", "smalltalk"),
    ],
)
def test_a_request_goes_its_route(intent: str, route: str) -> None:
    """A likely request with no topic near it."""
    assert decide(heard("办一下", intents=[(intent, 0.9)])).route == route


@pytest.mark.parametrize("flags", [{"fire"}, {"trapped"}, {"self_harm"}, {"injury"}])
def test_danger_comes_first(flags: set[str]) -> None:
    """Whatever else the words resemble."""
    decision = decide(heard("救人", signals=Signals("worried", frozenset(flags)), match=match("process.safety")))
    assert (decision.route, decision.mood) == ("emergency", "worried")


def test_a_threat_leads_to_a_person() -> None:
    """Regulator, media and lawyer: a person at once, also with a complaint; a complaint's state is looked up."""
    signals = Signals("threatening", frozenset({"regulator"}))
    assert decide(heard("我去找监管", signals=signals)).route == "human"
    assert decide(heard("我去找监管", signals=signals, intents=[("file_complaint", 0.8)])).route == "human"
    assert decide(heard("我去找监管", signals=signals, intents=[("check_complaint", 0.8)])).route == "complaint_status"


def test_words_that_say_nothing_are_asked_back() -> None:
    """Unless a topic, a number or a danger is in them."""
    intents = [("not_understood", 0.9), ("chitchat", 0.1)]
    assert decide(heard("那个事", intents=intents)).route == "clarify"
    assert decide(heard("那个事", intents=intents, match=match("time.payment", 0.9))).route == "faq"
    assert decide(heard("救", intents=intents, signals=Signals("worried", frozenset({"trapped"})))).route == "emergency"


def test_a_number_of_days_is_no_question() -> None:
    """Days are one word in the normalised text: told, they are no question; asked for, they are."""
    late = [("check_claim_status", 0.9), ("ask_faq", 0.1)]
    asked = match("time.payment", 0.6)
    assert decide(heard("说好三个工作日到账今天第几天钱", intents=late, match=asked)).route == "claim_status"
    assert decide(heard("到账要几天", intents=[("ask_faq", 0.9)], match=match("time.payment", 0.9))).route == "faq"


def test_a_plate_alone_asks_for_its_claim() -> None:
    """So does a claim number; a complaint number asks for its complaint."""
    intents = [("inform", 0.6), ("request_human", 0.3)]
    assert decide(heard("京a12345", intents=intents, entities={"plate": "京A12345"})).route == "claim_status"
    number = {"complaint_no": "TS20261121000001"}
    assert decide(heard("ts20261121000001", intents=intents, entities=number)).route == "complaint_status"


def test_how_to_complain_is_a_topic_and_complaining_is_not() -> None:
    """Words that ask in general get the answer, words about an own matter the request."""
    topic = match("complaint.how", 0.98)
    assert decide(heard("怎么投诉", intents=[("file_complaint", 0.8), ("ask_faq", 0.2)], match=topic)).route == "faq"
    assert (
        decide(heard("我要投诉查勘员", intents=[("file_complaint", 0.8), ("ask_faq", 0.2)], match=topic)).route
        == "complaint"
    )


@pytest.mark.parametrize(
    ("normal", "route"),
    [
        ("撤回投诉有什么影响", "faq"),
        ("投诉可以撤回吗", "faq"),
        ("怎么撤回投诉", "faq"),
        ("撤诉之后还能再投诉吗", "faq"),
        ("我要撤回投诉", "complaint_status"),
        ("能帮我把投诉撤了吗", "complaint_status"),
        ("我不想投诉了,撤回吧", "complaint_status"),
    ],
)
def test_a_withdrawal_is_a_request_and_what_it_means_is_a_topic(normal: str, route: str) -> None:
    """Words that ask in general get the answer; that he no longer wants to complain is a withdrawal."""
    intents = [("withdraw_complaint", 0.8), ("ask_faq", 0.15)]
    assert decide(heard(normal, intents=intents, match=match("complaint.how", 0.4))).route == route


def test_a_follow_up_without_a_topic_asks_back() -> None:
    """As the first message of a conversation there is nothing to follow; the aspect is told."""
    decision = decide(heard("那要多久", intents=[("ask_follow_up", 0.9)]))
    assert (decision.route, decision.intent, decision.aspect) == ("clarify", "ask_follow_up", "duration")


def test_several_questions_are_all_answered() -> None:
    """Each with a topic of its own, in their order."""
    clauses = [match("coverage.drunk"), match("time.payment", 0.8)]
    decision = decide(heard(clauses=clauses, match=match("coverage.drunk", 0.5)))
    assert decision.faq_ids == ("coverage.drunk", "time.payment")


def test_clauses_are_cut_at_signs_and_connectives() -> None:
    """One question stays whole."""
    assert clauses_of("酒驾赔吗？还有理赔要多久") == ["酒驾赔吗", "理赔要多久"]
    assert clauses_of("酒驾赔吗") == []


def test_a_decision_is_plain_data() -> None:
    """It is stored in the tracker as JSON, at most five candidates."""
    data = decide(heard(match=match("time.payment"))).as_dict()
    assert json.loads(json.dumps(data)) == data
    assert set(data) == set(Decision.__dataclass_fields__)


def test_every_intent_has_a_route() -> None:
    """No intent of the training data is without one."""
    import yaml

    with open("bot/data/nlu.yml", encoding="utf-8") as handle:
        intents = {row["intent"] for row in yaml.safe_load(handle)["nlu"] if "intent" in row}
    assert intents <= set(rules()["routes"])


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("RDAA202611050000000001查下", "claim_no", "RDAA202611050000000001"),
        ("TS20261121000001有结果没", "complaint_no", "TS20261121000001"),
        ("rdaa 20261105-0000000001 到哪了", "claim_no", "RDAA202611050000000001"),
        ("Ts2O26112lOOOOO1 进度", "complaint_no", "TS20261121000001"),
        ("川A·6T7Y3", "plate", "川A6T7Y3"),
        ("尾号是1234", "phone_last4", "1234"),
        ("13800001234", "phone", "138****1234"),
        ("大概两千三百块", "amount_yuan", 2300),
        ("四百块", "loss_band", "lt500"),
        ("没人受伤", "injured", "no"),
        ("追尾了前车", "accident_kind", "two_party"),
        ("昨天下午三点在朝阳路", "when", "昨天下午三点"),
        ("微信联系我", "reply_by", "app"),
        ("打3分", "rating", 3),
        ("行驶证有了驾驶证没带", "document", ["vehicle_licence", "driving_licence"]),
        ("没有认定书", "certificate", "no"),
    ],
)
def test_entities(text: str, entity: str, value: Any) -> None:
    """What forms ask for is read out of the sentence."""
    assert by_name(entities_of(text))[entity] == value


def test_entities_know_where_they_stand() -> None:
    """Places are those of the text as typed, also behind characters that fold into two."""
    text = "㈱车牌是京A12345"
    found = next(row for row in entities_of(text) if row.entity == "plate")
    assert text[found.start : found.end] == "京A12345"
