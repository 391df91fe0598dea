"""Learning with people: the review list becomes proposals, and an accepted one goes in only if nothing gets worse."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from faq.knowledge import KnowledgeError, load_knowledge
from faq.learning import accept as accepting
from faq.learning import gaps, regression
from faq.learning.accept import Refused, accept
from faq.learning.clusters import MOST, cluster
from faq.learning.gaps import gathered, propose, proposed_items, read_rows
from faq.learning.proposals import Proposal, read_proposal, write_proposal
from faq.learning.regression import Fall, Question, fallen, falls, held_out, read_questions
from faq.matching import Candidate, Match
from faq.phrasings import load_phrasings

PAYMENT = [
    "赔款多久到账",
    "打款要几天",
    "赔的钱啥时候到",
    "多久打钱",
    "钱几天能下来",
    "付款要多久",
    "几天到账",
    "赔付要等几天",
]
GLASS = [
    "玻璃碎了赔吗",
    "挡风玻璃裂了",
    "车窗玻璃坏了赔不赔",
    "玻璃险赔什么",
    "天窗玻璃碎了",
    "玻璃被石子崩了",
    "前挡裂了",
    "玻璃碎了走哪个险",
]
PILES = ["充电桩坏了赔吗", "充电桩被撞坏了怎么办", "家里的充电桩烧了"]
TRADE = [*PAYMENT, *GLASS, "车被撞坏了怎么办", "灯坏了赔吗", "家里的车烧了", "撞车了赔吗"]


def item(number: int, text: str, **fields: Any) -> dict[str, Any]:
    return {"id": number, "kind": "not_understood", "text": text, "at": "2026-11-22T10:00:00+08:00", **fields}


class Knows:
    """A matcher that gives every text the same candidates."""

    def __init__(self, *candidates: tuple[str, float]) -> None:
        self._candidates = tuple(Candidate(topic, score) for topic, score in candidates)

    def match_many(self, texts: Sequence[str]) -> list[Match]:
        return [Match(text, None, 0.0, self._candidates, 0.5) for text in texts]


def proposed(rows: list[dict[str, Any]], matcher: Knows, smallest: int = 2) -> list[Proposal]:
    return propose(gathered(rows), matcher, smallest, TRADE)


# Groups


def test_questions_about_the_same_thing_come_together() -> None:
    """What all of the trade's questions say makes nothing alike; the most central is first."""
    texts = [
        "代驾撞车了赔吗",
        "充电桩坏了赔吗",
        "找代驾出了事谁赔",
        "充电桩被撞坏了赔不赔",
        "年检贴在哪里",
        "家里的充电桩烧了",
    ]
    groups = [sorted(texts[at] for at in group.members) for group in cluster(texts, TRADE)]
    assert sorted(["充电桩坏了赔吗", "充电桩被撞坏了赔不赔", "家里的充电桩烧了"]) == groups[0]
    assert sorted(["代驾撞车了赔吗", "找代驾出了事谁赔"]) in groups
    assert ["年检贴在哪里"] in groups


def test_every_text_is_in_one_group() -> None:
    """Also when there are none, one, or only noise."""
    for texts in ([], ["啥"], ["😀", "……", "啥"]):
        assert sorted(at for group in cluster(texts) for at in group.members) == list(range(len(texts)))


def test_too_many_texts_are_refused() -> None:
    """They would not fit into memory; `gathered` leaves out the oldest."""
    with pytest.raises(ValueError, match="more than"):
        cluster(["x"] * (MOST + 1))
    assert len(gathered([item(n, f"问题{n}号") for n in range(MOST + 5)])) == MOST


# Reading the list


def test_the_list_is_read_from_a_day_on() -> None:
    """Blank lines do not matter."""
    lines = ["", json.dumps(item(1, "啥")), json.dumps({**item(2, "那个"), "at": "2026-11-23T01:00:00+08:00"}), " "]
    assert [row["id"] for row in read_rows(lines)] == [1, 2]
    assert [row["id"] for row in read_rows(lines, date(2026, 11, 23))] == [2]


@pytest.mark.parametrize("line", ["x", "[]", "5", "{}", '{"id": "x", "text": "y"}', '{"id": 1}'])
def test_a_line_that_is_no_item_is_named(line: str) -> None:
    """By its number."""
    with pytest.raises(KnowledgeError, match="line 2"):
        list(read_rows([json.dumps(item(1, "啥")), line], date(2026, 1, 1)))


def test_the_same_question_counts_once_more() -> None:
    """However it is spelled; what holds no words is left out."""
    asked = gathered([item(1, "充电桩坏了赔吗"), item(2, "充电桩坏了赔吗？？"), item(3, "😀"), item(4, "")])
    assert [(one.text, one.ids) for one in asked] == [("充电桩坏了赔吗", [1, 2])]


# Proposals


def test_a_group_near_a_topic_becomes_phrasings_of_it() -> None:
    """With everything that an editor needs to judge."""
    rows = [item(n, text) for n, text in enumerate(PILES, 1)]
    (made,) = proposed(rows, Knows(("coverage.parts", 0.5), ("coverage.fire", 0.2)))
    assert (made.kind, made.topic, made.score, made.times, made.state) == (
        "phrasings",
        "coverage.parts",
        0.5,
        3,
        "proposed",
    )
    assert set(made.phrasings) == set(PILES)
    assert made.items == (1, 2, 3)
    assert [row["topic"] for row in made.near] == ["coverage.parts", "coverage.fire"]


def test_a_group_near_nothing_becomes_a_topic() -> None:
    """Titled by its most central question; the editor gives the id."""
    rows = [item(n, text) for n, text in enumerate(PILES, 1)]
    (made,) = proposed(rows, Knows(("coverage.parts", 0.1)))
    assert (made.kind, made.topic, made.title) == ("topic", "", made.phrasings[0])


def test_what_customers_picked_outweighs_the_matcher() -> None:
    """They know what they meant."""
    rows = [item(n, text, picked="coverage.charging") for n, text in enumerate(PILES, 1)]
    (made,) = proposed(rows, Knows(("coverage.parts", 0.9)))
    assert (made.topic, made.score) == ("coverage.charging", 1.0)


def test_an_answer_that_was_no_use_is_not_proposed() -> None:
    """Thumbs down for a topic speak against it."""
    rows = [item(1, PILES[0], kind="thumbed_down", answered="coverage.parts"), item(2, PILES[1]), item(3, PILES[2])]
    (made,) = proposed(rows, Knows(("coverage.parts", 0.9), ("coverage.fire", 0.3)))
    assert made.topic == "coverage.fire"


def test_what_was_asked_once_is_left_alone() -> None:
    """Unless smaller groups are wanted; the same question twice is enough."""
    assert proposed([item(1, PILES[0])], Knows(("a.b", 1.0))) == []
    assert len(proposed([item(1, PILES[0])], Knows(("a.b", 1.0)), smallest=1)) == 1
    assert len(proposed([item(1, PILES[0]), item(2, PILES[0])], Knows(("a.b", 1.0)))) == 1


def options(tmp_path: Path, **fields: Any) -> argparse.Namespace:
    return argparse.Namespace(
        **{"since": None, "source": tmp_path / "list.jsonl", "to": tmp_path / "to", "smallest": 2, **fields}
    )


def test_the_command_prints_and_writes_proposals(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    """A second run proposes only what is new."""
    monkeypatch.setattr(gaps, "load_matcher", lambda: Knows(("coverage.parts", 0.5)))
    monkeypatch.setattr(gaps, "load_phrasings", lambda: {"time.payment": TRADE})
    rows = [item(n, text) for n, text in enumerate(PILES, 1)]
    (tmp_path / "list.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert gaps.run(options(tmp_path)) == 0
    out = capsys.readouterr().out
    assert "3x  more phrasings of coverage.parts (0.50)" in out
    assert PILES[0] in out
    (path,) = (tmp_path / "to").glob("*.yml")
    assert set(read_proposal(path).phrasings) == set(PILES)
    assert proposed_items(tmp_path / "to") == {1, 2, 3}
    assert gaps.run(options(tmp_path)) == 0
    assert "3 of them in proposals already" in capsys.readouterr().out


def test_the_command_reads_stdin_and_names_a_bad_line(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    """Exit 1."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x\n")))
    assert gaps.run(options(tmp_path, source=None)) == 1
    assert "line 1" in capsys.readouterr().err


# What an editor may do

PROPOSAL = Proposal("accepted", "phrasings", "time.payment", "", ("钱的事有影儿没", "钱没影儿呢"), 0.4, 2, (7, 9))


def test_a_proposal_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Chinese as Chinese."""
    write_proposal(PROPOSAL, tmp_path / "p.yml")
    assert read_proposal(tmp_path / "p.yml") == PROPOSAL
    assert "钱没影儿呢" in (tmp_path / "p.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"state": "yes"}, "state"),
        ({"kind": "answer"}, "kind"),
        ({"topic": None}, "topic"),
        ({"phrasings": []}, "phrasings"),
        ({"phrasings": "x"}, "phrasings"),
        ({"phrasings": ["x" * 201]}, "200"),
        ({"phrasings": ["电话13800001234打不通"]}, "number"),
        ({"phrasings": ["电话138****1234打不通"]}, "number"),
    ],
)
def test_an_editors_slip_is_named(tmp_path: Path, fields: dict[str, Any], named: str) -> None:
    """Before anything is tried."""
    write_proposal(PROPOSAL, tmp_path / "p.yml")
    rows = {**yaml.safe_load((tmp_path / "p.yml").read_text(encoding="utf-8")), **fields}
    (tmp_path / "p.yml").write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=named):
        read_proposal(tmp_path / "p.yml")


# Accepting


def entry(topic: str, title: str, phrasings: list[str]) -> dict[str, Any]:
    return {
        "id": topic,
        "title": title,
        "answer": "请在理赔进度里查看。",
        "citations": ["C1"],
        "review": {"state": "approved"},
        "phrasings": phrasings,
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: Any) -> Path:
    """A small knowledge base of its own."""
    made = tmp_path / "faq"
    (made / "entries").mkdir(parents=True)
    (made / "phrasings").mkdir()
    rows = [entry("time.payment", "赔款到账时间", PAYMENT), entry("coverage.glass", "玻璃的赔付", GLASS)]
    dump(made / "entries" / "all.yml", {"entries": rows})
    citation = {"cite_id": "C1", "title": "t", "confidence": "A", "review_by": date(2099, 1, 1)}
    dump(made / "citations.yml", {"citations": [citation]})
    dump(made / "phrasings" / "none.yml", {"near.life": ["寿险怎么买", "重疾险多少钱", "养老险划算吗", "少儿险哪家好"]})
    monkeypatch.setattr(accepting, "read_questions", list)
    return made


def dump(path: Path, content: Any) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_accepted_phrasings_go_into_their_file(folder: Path) -> None:
    """And count; a second proposal adds to the first."""
    assert accept(PROPOSAL, folder, None) == folder / "phrasings" / "accepted.yml"
    assert set(PROPOSAL.phrasings) < set(load_phrasings(folder)["time.payment"])
    accept(replace(PROPOSAL, topic="coverage.glass", phrasings=("窗户破了",)), folder, None)
    accept(replace(PROPOSAL, phrasings=("钱没影儿呢", "票子几时来")), folder, None)
    added = yaml.safe_load((folder / "phrasings" / "accepted.yml").read_text(encoding="utf-8"))
    assert added == {"coverage.glass": ["窗户破了"], "time.payment": [*PROPOSAL.phrasings, "票子几时来"]}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"state": "proposed"}, "not accepted"),
        ({"state": "applied"}, "not accepted"),
        ({"topic": "time.unknown"}, "not known"),
        ({"topic": ""}, "not known"),
        ({"phrasings": ("玻璃碎了赔吗？",)}, "coverage.glass already"),
        ({"phrasings": ("赔款多久到账",)}, "there already"),
        ({"kind": "topic"}, "there already"),
        ({"kind": "topic", "topic": "Charging Pile"}, "an id"),
        ({"kind": "topic", "topic": "coverage.charging"}, "title"),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_changes(folder: Path, fields: dict[str, Any], named: str) -> None:
    """With the reason."""
    before = files(folder)
    with pytest.raises(KnowledgeError, match=named):
        accept(replace(PROPOSAL, **fields), folder, None)
    assert files(folder) == before


def test_a_change_that_makes_a_topic_worse_is_refused(folder: Path, monkeypatch: Any) -> None:
    """The topic that fell is named, and every file is as it was."""
    before = files(folder)
    asked = [Question(f"昨天{text}的事", "coverage.glass", frozenset(["coverage.glass"])) for text in GLASS]
    stolen = tuple(f"昨天{text}的{end}" for text in GLASS for end in ("事情", "事儿", "那事", "这事", "事故", "事呢"))
    monkeypatch.setattr(accepting, "read_questions", lambda: asked)
    with pytest.raises(Refused, match=r"coverage.glass: \d of \d+ questions right, \d+ before"):
        accept(replace(PROPOSAL, phrasings=stolen), folder, None)
    assert files(folder) == before


def test_a_change_that_the_lint_objects_to_is_refused(folder: Path, monkeypatch: Any) -> None:
    """What it said before counts for nothing."""
    before, said = files(folder), iter([["old"], ["old", "a new finding"]])
    monkeypatch.setattr(accepting, "findings", lambda base, reviewer: next(said))
    with pytest.raises(Refused, match="a new finding") as error:
        accept(PROPOSAL, folder, None)
    assert "old" not in str(error.value)
    assert files(folder) == before


def test_a_new_topic_becomes_a_draft_that_is_not_live(folder: Path) -> None:
    """Its answer is still to be written."""
    topic = replace(PROPOSAL, kind="topic", topic="coverage.charging_pile", title="充电桩", phrasings=tuple(PILES))
    version = load_knowledge(folder).version
    path = accept(topic, folder, None)
    assert path == folder / "entries" / "drafts" / "coverage-charging_pile.yml"
    assert load_knowledge(folder).version == version
    (row,) = yaml.safe_load(path.read_text(encoding="utf-8"))["entries"]
    assert (row["id"], row["title"], row["phrasings"], row["answer"]) == ("coverage.charging_pile", "充电桩", PILES, "")
    with pytest.raises(KnowledgeError, match="a draft already"):
        accept(topic, folder, None)


def test_a_finished_draft_is_an_entry(folder: Path) -> None:
    """Moved to where entries live, with an answer and its citation."""
    topic = replace(PROPOSAL, kind="topic", topic="coverage.charging_pile", title="充电桩", phrasings=tuple(PILES))
    draft = yaml.safe_load(accept(topic, folder, None).read_text(encoding="utf-8"))
    draft["entries"][0].update(answer="请以保险合同为准。", citations=["C1"])
    dump(folder / "entries" / "new.yml", draft)
    assert load_knowledge(folder).entries["coverage.charging_pile"].phrasings == tuple(PILES)


def test_the_command_applies_and_says_what_is_next(folder: Path, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    """The proposal is then applied, and is not applied twice."""
    monkeypatch.setattr(accepting, "accept", lambda proposal: accept(proposal, folder, None))
    path = tmp_path / "p.yml"
    write_proposal(PROPOSAL, path)
    assert accepting.run(argparse.Namespace(proposal=path)) == 0
    assert "python -m cases review-list --mark accepted 7 9" in capsys.readouterr().out
    assert read_proposal(path).state == "applied"
    assert accepting.run(argparse.Namespace(proposal=path)) == 1
    assert "applied, not accepted" in capsys.readouterr().err
    assert accepting.run(argparse.Namespace(proposal=tmp_path / "none.yml")) == 1


# The regression


def test_the_same_questions_are_held_out_every_time() -> None:
    """Titles and what is none of our topics are always learned."""
    phrasings = {"a.b": [f"问题{n}" for n in range(100)], "near.x": [f"别的{n}" for n in range(50)]}
    kept, asked = held_out(phrasings)
    assert held_out(phrasings) == (kept, asked)
    assert 5 <= len(asked) <= 40
    assert kept["a.b"][0] == "问题0"
    assert kept["near.x"] == tuple(phrasings["near.x"])
    assert {*kept["a.b"], *(one.text for one in asked)} == set(phrasings["a.b"])


def test_further_questions_are_read_from_a_file(tmp_path: Path) -> None:
    """Those about topics, with every topic that is right."""
    path = tmp_path / "q.tsv"
    rows = [
        ("1", "钱呢", "in", "time.payment", "time.legal,none"),
        ("2", "查进度", "in", "status", ""),
        ("3", "x", "far", "", ""),
    ]
    path.write_text(
        "\n".join("\t".join(row) for row in [("id", "text", "set", "primary", "accept"), *rows]), encoding="utf-8"
    )
    (question,) = read_questions(path)
    assert (question.text, question.topic) == ("钱呢", "time.payment")
    assert {"time.payment", "time.legal"} <= question.right
    assert read_questions(tmp_path / "none.tsv") == []


def test_one_question_less_is_chance_and_two_are_a_fall() -> None:
    """Each topic by itself, with the questions that were lost."""
    asked = [Question(f"{topic}{n}", topic, frozenset([topic])) for topic in ("a.b", "c.d", "e.f") for n in range(3)]
    first = [True, True, True, True, True, True, False, False, False]
    second = [True, True, False, True, False, False, True, True, True]
    assert fallen(asked, first, second) == [Fall("c.d", 3, 1, 3, ("c.d1", "c.d2"))]


def test_the_result_without_the_change_is_kept(tmp_path: Path, monkeypatch: Any) -> None:
    """Learned once for several proposals; a changed knowledge base has its own."""
    learned = []

    def result(phrasings: Any, asked: list[Question]) -> tuple[list[bool], list[float]]:
        learned.append(1)
        return [True] * len(asked), [0.0]

    monkeypatch.setattr(regression, "_result", result)
    monkeypatch.setattr(regression, "relearned", lambda *_: None)
    monkeypatch.setattr(regression, "answered", lambda matcher, asked: [True] * len(asked))
    for phrasings in (PAYMENT, PAYMENT, [*PAYMENT, "新的"]):
        falls({"a.b": phrasings}, {"a.b": ["x"]}, cache=tmp_path)
    assert len(learned) == 2
    assert len(list(tmp_path.glob("regression-*.json"))) == 1
