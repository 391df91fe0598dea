"""The review of wording: what is stopped, what passes, and what is said instead."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import timeit
from pathlib import Path

import pytest
import yaml

from faq.review import RuleError, Verdict, load_reviewer
from faq.review.rules import RULES, load_rules
from faq.text import fold

CASES = Path(__file__).parent / "data" / "wording_cases.tsv"
REVIEWER = load_reviewer()


def _cases() -> list[tuple[str, str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row[0], row[1], row[2]) for row in list(rows)[1:]]


FORBIDDEN = [case for case in _cases() if case[0] in ("block", "rewrite")]
ALLOWED = [case for case in _cases() if case[0] == "pass"]
WARNED = [case for case in _cases() if case[0] == "warn"]
HIT_EXAMPLES = [(r.id, text) for r in REVIEWER.rules.rules for text in r.example_hit]
PASS_EXAMPLES = [(r.id, text) for r in REVIEWER.rules.rules for text in r.example_pass]


def _rules_of(text: str) -> list[str]:
    return [hit.rule for hit in REVIEWER.review(text).hits]


@pytest.mark.parametrize(("rule", "text"), HIT_EXAMPLES)
def test_a_rule_finds_its_examples(rule: str, text: str) -> None:
    assert rule in _rules_of(text)


@pytest.mark.parametrize(("rule", "text"), PASS_EXAMPLES)
def test_a_rule_lets_its_false_friends_pass(rule: str, text: str) -> None:
    assert rule not in _rules_of(text)


def test_every_category_has_a_rule() -> None:
    given = {f"B{number:02}" for number in range(1, 26)} | {"B06s"}
    assert {rule.category for rule in REVIEWER.rules.rules} == given


def test_forbidden_texts_are_stopped_as_their_level_says() -> None:
    verdicts = [(REVIEWER.review(case[2]).verdict.value, *case) for case in FORBIDDEN]
    assert [case for case in verdicts if case[0] != case[1]] == []


def test_allowed_texts_are_not_touched() -> None:
    touched = [(case[2], _rules_of(case[2])) for case in ALLOWED if _rules_of(case[2])]
    assert touched == []


def test_a_warning_passes_with_its_hits() -> None:
    for _, _, text in WARNED:
        review = REVIEWER.review(text)
        assert (review.verdict, review.out) == (Verdict.PASS, text)
        assert review.hits


def test_what_is_sent_instead_passes_itself() -> None:
    outs = {REVIEWER.review(text).out for _, _, text in FORBIDDEN}
    assert [out for out in outs if REVIEWER.review(out).verdict is not Verdict.PASS] == []


def test_every_safe_sentence_passes_without_a_hit() -> None:
    said = {s for r in REVIEWER.rules.rules for s in (r.safe, r.replace)}
    assert [sentence for sentence in said if REVIEWER.review(sentence).hits] == []


def test_a_rewritten_text_keeps_what_was_fine() -> None:
    review = REVIEWER.review("您好，这个不可能给您办，请先补齐材料。")
    assert review.verdict is Verdict.REWRITE
    assert review.out == "您好，我们需要进一步核实，请先补齐材料。"


def test_a_rewritten_question_ends_with_a_full_stop() -> None:
    assert REVIEWER.review("这怎么可能呢？请补充材料。").out == "我们需要进一步核实。请补充材料。"


def test_two_refusals_in_a_row_are_replaced_once() -> None:
    assert REVIEWER.review("绝不可能，想都别想。").out == "我们需要进一步核实。"


def test_a_vague_basis_takes_its_conclusion_with_it() -> None:
    out = REVIEWER.review("您好，按公司规定，这种情况要扣10%。请知悉。").out
    assert out == "您好，这一事项需要进一步核实，核实后我们会书面答复您并说明具体依据。请知悉。"


@pytest.mark.parametrize(
    "text",
    [
        "按照《道路交通安全法》第七十条规定，应当立即停车",
        "根据您保险单所附《机动车商业保险示范条款》第9条的约定，目前暂不支持",
        "依据《保险法》第二十三条规定，达成协议后十日内赔付",
    ],
)
def test_a_basis_with_document_and_article_is_exempt(text: str) -> None:
    assert REVIEWER.review(text).hits == ()


def test_a_basis_without_an_article_is_rewritten() -> None:
    assert REVIEWER.review("根据保险合同约定，这部分由您承担").verdict is Verdict.REWRITE


def test_words_of_a_citation_are_exempt() -> None:
    text = "条款写明：保险人按公司规定核定后，一律不予退还保险费。"
    quote = "保险人按公司规定核定后，一律不予退还保险费。"
    assert REVIEWER.review(text).verdict is not Verdict.PASS
    assert REVIEWER.review(text, quotes=[quote]).hits == ()


def test_a_word_of_a_quote_alone_is_not_exempt() -> None:
    quote = "任何人不得承诺保证赔付。"
    assert REVIEWER.review("我们保证赔付", quotes=[quote]).verdict is Verdict.BLOCK


@pytest.mark.parametrize(
    "text",
    ["保 证 赔", "保·证·赔", "保*证*赔", "保\u200b证\u2060赔", "\u202e保证\u202c赔", "⼀定賠",
     "１００％赔付", "保✅证赔", "【保】【证】赔", "包陪", "必陪", "秒培", "亻呆讠正赔", "一百趴赔",
     "bao zheng 赔", "保、证、赔、付", "1 0 0 % 赔", "保，证，赔，付"],
)  # fmt: skip
def test_an_evasion_is_found(text: str) -> None:
    assert REVIEWER.review(text).verdict is Verdict.BLOCK


@pytest.mark.parametrize("text", ["bz pei", "100%pei", "baozheng pei", "quan pei"])
def test_pinyin_alone_only_warns(text: str) -> None:
    review = REVIEWER.review(text)
    assert review.verdict is Verdict.PASS
    assert review.hits


def test_clauses_are_not_joined_over_punctuation() -> None:
    assert REVIEWER.review("是否属实我们不一定，赔付以核定为准。").hits == ()


def test_the_span_is_the_place_in_the_original() -> None:
    text = "您好😊，我们 保\u200b證·賠，放心"
    hit = REVIEWER.review(text).hits[0]
    assert text[slice(*hit.span)] == hit.found == "保\u200b證·賠"


def test_folding_remembers_every_place() -> None:
    text = "Ａ保✅证 赔ﬁ㎡，完"
    folded = fold(text)
    assert folded.text == "a保证赔fim2,完"
    for i, character in enumerate(folded.text):
        start, end = folded.span(i, i + 1)
        assert character in fold(text[start:end]).text


@pytest.mark.parametrize("text", ["", " ", "\ud800", "\x00", "a" * 5000, "。" * 300, "保" * 2000])
def test_strange_texts_pass_unchanged(text: str) -> None:
    review = REVIEWER.review(text)
    assert (review.verdict, review.out) == (Verdict.PASS, text)


def test_the_version_names_the_rule_set() -> None:
    assert REVIEWER.version == load_rules().version
    assert len(REVIEWER.version) == 12


def test_a_long_text_is_reviewed_in_a_fifth_of_a_millisecond() -> None:
    text = "".join(f"{case[2]}。" for case in ALLOWED)
    texts = [text[i : i + 200] for i in range(0, len(text) - 200, 200)]
    [REVIEWER.review(piece) for piece in texts]
    each = min(timeit.repeat(lambda: [REVIEWER.review(t) for t in texts], number=1, repeat=5))
    assert each / len(texts) < 0.001  # five times the aim, since other processes run beside us


def _folder(tmp_path: Path, change: dict[str, object]) -> Path:
    rule = {"id": "B01.x", "words": ["x"], "example_hit": ["x"], "example_pass": ["y"]}
    category = {"level": "rewrite", "what": "w", "advice": "a", "safe": "s"}
    content = {"categories": {"B01": category}, "rules": [{**rule, **change}]}
    (tmp_path / "broken.yml").write_text(yaml.safe_dump(content), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"example_hit": []}, "broken.yml, rule B01.x: example_hit is missing"),
        ({"regex": ["("]}, "broken.yml, rule B01.x: the pattern '(' is wrong"),
        ({"regex": ["<nothing>"]}, "broken.yml, rule B01.x: there is no part <nothing>"),
        ({"regex": [".*"]}, "broken.yml, rule B01.x: the pattern '.*' holds no plain text"),
        ({"level": "grave"}, "broken.yml, rule B01.x: 'grave' is not a level"),
        ({"id": "C01.x"}, "broken.yml, rule C01.x: the id has to begin with a category"),
        ({"words": []}, "broken.yml, rule B01.x: it has neither words nor regex"),
    ],
)
def test_a_wrong_rule_is_named_with_its_file(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    with pytest.raises(RuleError) as error:
        load_rules(_folder(tmp_path, change))
    assert sentence in str(error.value)


def test_an_id_may_be_used_once(tmp_path: Path) -> None:
    folder = _folder(tmp_path, {})
    (folder / "again.yml").write_bytes((folder / "broken.yml").read_bytes())
    with pytest.raises(RuleError, match=r"The rule B01\.x is there twice"):
        load_rules(folder)


def test_the_rules_of_the_project_are_read_from_a_file_a_group() -> None:
    assert {path.suffix for path in RULES.iterdir()} == {".yml"}


def test_the_command_answers_a_line_for_a_line() -> None:
    lines = ["我们保证赔付", "按公司规定不能办", "请您放心，我们会尽快处理", "", "马上到账"]
    ran = subprocess.run(
        [sys.executable, "-m", "faq", "review"],
        input="\n".join(lines).encode() + b"\n",
        capture_output=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    answers = [json.loads(line) for line in io.StringIO(ran.stdout.decode())]
    assert [a["text"] for a in answers] == lines
    assert [a["verdict"] for a in answers] == ["block", "rewrite", "pass", "pass", "pass"]
    assert [sorted(a) for a in answers] == [["hits", "out", "text", "verdict"]] * len(lines)
    hit = answers[0]["hits"][0]
    assert set(hit) == {"rule", "span", "found"}
    assert lines[0][slice(*hit["span"])] == hit["found"]
    assert answers[4]["hits"]
