"""Learning with people: the review list becomes proposals."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from faq.knowledge import KnowledgeError
from faq.learning import gaps
from faq.learning.clusters import MOST, cluster
from faq.learning.gaps import gathered, propose, proposed_items, read_rows
from faq.learning.proposals import Proposal, read_proposal
from faq.matching import Candidate, Match
from tests.learning_texts import GLASS, PAYMENT, PILES

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
