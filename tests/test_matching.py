"""Matching questions to topics: what is known is found, what is new counts at once, noise stays outside."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from faq.matching import Matcher, load_matcher
from faq.matching.index import PhrasingIndex
from faq.matching.store import read_matcher, write_matcher
from faq.matching.words import tags_of
from faq.normalise import LEXICON, read_lexicon
from faq.phrasings import digest, is_outside, load_phrasings

SMALL = {
    "coverage.drunk": (
        "酒驾赔吗",
        "喝酒开车撞了保险公司赔不赔",
        "醉驾出事故怎么办",
        "酒后驾驶理赔吗",
        "喝了酒出车祸能报吗",
    ),
    "coverage.flood": ("车被水淹了赔吗", "发动机进水保险管吗", "暴雨泡车怎么赔", "涉水熄火能理赔吗", "地库淹车保险"),
    "time.payment": ("赔款多久到账", "理赔款几天打过来", "什么时候给钱", "多久能拿到赔款", "打款要几天"),
    "far.daily": ("今天天气怎么样", "讲个笑话", "附近有什么好吃的", "明天下雨吗", "放首歌"),
}


@pytest.fixture(scope="module")
def small() -> Matcher:
    """A matcher of four labels."""
    return Matcher.train(SMALL)


@pytest.fixture(scope="module")
def whole() -> Iterator[Matcher]:
    """The matcher of the knowledge base, from the cache when it is there."""
    yield load_matcher()


def test_a_phrasing_is_its_topic(whole: Matcher) -> None:
    """Word for word, nearly always (a few are claimed by two topics)."""
    texts = [(texts[3], label) for label, texts in load_phrasings().items() if not is_outside(label)]
    right = sum(
        match.faq_id == label
        for match, (_, label) in zip(whole.match_many([text for text, _ in texts]), texts, strict=False)
    )
    assert right / len(texts) > 0.95


@pytest.mark.parametrize("text", ["", " ", "😂", "。。。", "asdfghjkl", "1" * 400, "今天天气真好", "\x00\x01"])
def test_noise_is_none_of_the_topics(whole: Matcher, text: str) -> None:
    """No topic, and no error."""
    assert whole.match(text).faq_id is None


def test_probabilities_add_up(whole: Matcher) -> None:
    """Candidates fall, and with what is outside they are at most one."""
    match = whole.match("撞了护栏自己的车赔不赔")
    scores = [row.score for row in match.candidates]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 5
    assert sum(scores) + match.outside <= 1.001


def test_one_by_one_is_as_all_together(small: Matcher) -> None:
    """`match_many` is `match`, only faster."""
    texts = ["喝酒撞了", "进水了", "天气"]
    assert small.match_many(texts) == [small.match(text) for text in texts]


def test_a_new_phrasing_counts_without_training() -> None:
    """An editor's phrasing leads to its topic as soon as the index is built anew."""
    matcher = Matcher.train(SMALL)
    strange = "孔雀蓝色的奇怪说法"
    assert matcher.match(strange).faq_id != "time.payment"
    matcher.use({**SMALL, "time.payment": (*SMALL["time.payment"], strange)})
    assert matcher.match(strange).faq_id == "time.payment"


def test_a_new_topic_can_be_reached_without_training() -> None:
    """Through its own words, though the learned part has never heard of it."""
    matcher = Matcher.train(SMALL)
    matcher.use({**SMALL, "service.drone": ("无人机航拍查勘怎么申请",)})
    assert matcher.match("无人机航拍查勘怎么申请？").faq_id == "service.drone"


def test_what_was_kept_is_what_was_learned(small: Matcher, tmp_path: Path) -> None:
    """A matcher read back answers the same."""
    write_matcher(small, tmp_path / "m.npz")
    again = read_matcher(tmp_path / "m.npz", SMALL)
    assert again.match("酒后出事") == small.match("酒后出事")


def test_the_cache_follows_the_content(tmp_path: Path) -> None:
    """Trained once for one content, anew for another."""
    folder = tmp_path / "faq"
    (folder / "entries").mkdir(parents=True)
    (folder / "phrasings").mkdir()
    (folder / "phrasings" / "a.yml").write_text(
        yaml.safe_dump({k: list(v) for k, v in SMALL.items()}, allow_unicode=True)
    )
    load_matcher(tmp_path / "cache", folder)
    load_matcher(tmp_path / "cache", folder)
    assert len(list((tmp_path / "cache").glob("*.npz"))) == 1
    (folder / "phrasings" / "b.yml").write_text(yaml.safe_dump({"time.payment": ["钱呢"]}, allow_unicode=True))
    load_matcher(tmp_path / "cache", folder)
    assert len(list((tmp_path / "cache").glob("*.npz"))) == 2


def test_the_digest_sees_every_change() -> None:
    """Another phrasing, another name."""
    assert digest(SMALL) != digest({**SMALL, "time.payment": ("赔款",)})


def test_explain_says_why(whole: Matcher) -> None:
    """Normalised text, tags, nearest phrasings, and what spoke for each topic."""
    why = whole.explain("喝酒开车追尾保险赔吗")
    assert "ev_drunk" in why["tags"]
    assert why["nearest"][0]["nearness"] > 0.3
    assert {"evidence", "features"} <= set(why["topics"][whole.match("喝酒开车追尾保险赔吗").candidates[0].faq_id])


def test_every_tag_stands_in_one_place_and_reads_its_own_words() -> None:
    """A tag belongs to one family; an expression that is plain words is found in just these words."""
    families = {path.stem: read_lexicon(f"concepts/{path.name}") for path in (LEXICON / "concepts").glob("*.yml")}
    names = [tag for tags in families.values() for tag in tags]
    assert len(names) == len(set(names)) > 400
    for tag, expressions in ((tag, row) for tags in families.values() for tag, row in tags.items()):
        for words in (str(one) for one in expressions if str(one).isalnum()):
            assert tag in {name for _, name in tags_of(words)}, (tag, words)


def test_a_match_is_fast(whole: Matcher) -> None:
    """Far below ten milliseconds, also on a slow machine."""
    start = time.perf_counter()
    for number in range(100):
        whole.match(f"车停楼下被刮了找不到人{number}")
    assert (time.perf_counter() - start) / 100 < 0.01


def test_the_index_finds_the_nearest() -> None:
    """A typing slip does not matter."""
    index = PhrasingIndex(["赔款多久到账", "车被水淹了赔吗"], ["time.payment", "coverage.flood"])
    assert index.nearest("赔款多久到帐啊", 1)[0].label == "time.payment"


def test_the_command_answers_every_line() -> None:
    """Also a blank one, and one that begins with a slash."""
    lines = "酒驾赔吗\n\n/restart\n"
    done = subprocess.run(
        [sys.executable, "-m", "faq", "match"], input=lines, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("\n") == 3
