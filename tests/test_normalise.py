"""What is typed in many ways is understood in one, and what was typed stays as it is."""

from __future__ import annotations

import pytest

from faq.normalise import LONGEST, normalise, normalise_lightly


@pytest.mark.parametrize(
    ("typed", "holds"),
    [
        ("強制險賠不賠", "交强险"),
        ("強制險賠不賠", "赔吗"),
        ("理陪要多久", "理赔"),
        ("定孙太低了", "定损"),
        ("划恒怎么办", "划痕"),
        ("不记免赔是啥", "不计免赔"),
        ("第三责任险够吗", "三者险"),
        ("ＡＰＰ怎么上传", "app"),
        ("点样报案", "怎么"),
        ("啷个办", "怎么办"),
        ("咋整", "怎么办"),
        ("冇报警", "没有"),
        ("lipei yao duojiu", "理赔"),
        ("jqx", "交强险"),
        ("zrg", "转人工"),
        ("无锡的车在昆明撞了", "某地"),
        ("服务👍👍👍", "服务好评"),
        ("⭐⭐⭐⭐", "几颗星"),
        ("撞到头了🤕", "受伤"),
    ],
)
def test_disguises_come_off(typed: str, holds: str) -> None:
    """Traditional, mistyped, dialect, pinyin and initials become the usual words."""
    assert holds in normalise(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("siliao le hai neng zou baoxian ma", "私了了还能走保险吗"),
        ("duifang quanze bu peiqian zenmeban", "对方全责不赔钱怎么办"),
        ("wo zhi mai le jiaoqiangxian", "我只买了交强险"),
        ("qian shenme shihou daozhang", "钱什么时候到账"),
        ("my car is stolen what should i do", "我的车被盗怎么办"),
        ("三者险cover什么", "三者险赔什么"),
        ("我要complain", "我要投诉"),
        ("how long for the payout", "多久赔款"),
    ],
)
def test_whole_sentences_in_latin_letters_are_read(typed: str, meant: str) -> None:
    """Pinyin becomes its likeliest words, English the words that it stands for in a claim."""
    assert normalise(typed) == normalise(meant)


@pytest.mark.parametrize(
    "text",
    [
        "iphone",
        "京a12345",
        "rdaa202611050000000001",
        "4s店",
        "etc",
        "play music",
        "nmsl",
        "/book_appointment",
        "/cancel",
    ],
)
def test_letters_that_are_no_words_stay(text: str) -> None:
    """Plates, numbers, names and what nobody can read are left alone."""
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("三者险赔吗", "第三者责任险保险公司会赔吗？"),
        ("酒驾保险公司赔不赔", "酒驾赔吗"),
        ("您好，请问车损险赔什么", "车损险赔什么"),
        ("赔  吗！！！", "赔吗"),
    ],
)
def test_the_same_question_is_the_same(one: str, other: str) -> None:
    """Politeness, punctuation and ways of asking whether something is paid make no difference."""
    assert normalise(one) == normalise(other)


def test_words_inside_words_stay() -> None:
    """Filling words are not cut out of the middle of others."""
    assert "免赔额" in normalise("免赔额是多少")
    assert "急救" in normalise("急救费谁出")


@pytest.mark.parametrize("text", ["", " ", "。。。", "😂😂", "\u200b", "?"])
def test_nothing_becomes_nothing(text: str) -> None:
    """Blank, signs and emoji leave an empty text and no error."""
    assert normalise(text) == ""


def test_a_link_is_no_word() -> None:
    """Links say nothing about the matter."""
    assert "http" not in normalise("看这个 https://example.com/a?b=1 能赔吗")


def test_length_is_bounded() -> None:
    """A very long text is read up to a bound."""
    assert len(normalise("车" + "赔付问题" * 5000)) <= LONGEST


def test_numbers_are_not_collapsed() -> None:
    """Repeated letters become one, repeated digits do not."""
    assert "1000" in normalise("修了1000块")
    assert normalise_lightly("啊啊啊啊赔") == normalise_lightly("啊赔")


def test_lightly_keeps_greetings() -> None:
    """For intents a greeting is the message."""
    assert normalise_lightly("你好") == "你好"
