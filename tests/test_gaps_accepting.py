"""Learning with people: an editor accepts a proposal, and it goes in only if nothing gets worse."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from faq.knowledge import KnowledgeError, load_knowledge
from faq.learning import accept as accepting
from faq.learning import regression
from faq.learning.accept import Refused, accept
from faq.learning.proposals import Proposal, read_proposal, write_proposal
from faq.learning.regression import Fall, Question, fallen, falls, held_out, read_questions
from faq.phrasings import load_phrasings
from tests.learning_texts import GLASS, PAYMENT, PILES

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
