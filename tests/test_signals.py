"""Mood and risk are heard where they are meant, and not where they are only mentioned."""

from __future__ import annotations

import pytest

from bot.nlu.signals import signals_of


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("再不处理我就向监管部门举报你们", "threatening"),
        ("你们就是骗人的 太过分了", "angry"),
        ("我好害怕 手一直抖", "worried"),
        ("免赔额怎么扣", "calm"),
        ("不着急 慢慢来", "calm"),
    ],
)
def test_mood(text: str, mood: str) -> None:
    """Four moods."""
    assert signals_of(text).mood == mood


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("有人受伤了 一直流血", "injury"),
        ("车子着火了", "fire"),
        ("人卡在车里出不来", "trapped"),
        ("高速上撞了 车停在快车道", "motorway"),
        ("不想活了", "self_harm"),
        ("我要去金融监管局反映", "regulator"),
        ("我找记者曝光你们", "media"),
        ("那就法院见吧", "lawyer"),
        ("我要投诉", "complaint_prone"),
        ("自称理赔员的人让我转账", "fraud"),
        ("把我的个人信息删除", "privacy"),
        ("我今年16岁", "minor"),
    ],
)
def test_flags_are_raised(text: str, flag: str) -> None:
    """What must not be overlooked."""
    assert flag in signals_of(text).flags


@pytest.mark.parametrize(
    "text",
    [
        "我不投诉,就问问",
        "没人受伤",
        "受伤了保险赔吗",
        "自燃保险赔不赔",
        "12378是什么电话",
        "对方请了律师怎么办",
        "高速拖车费报销吗",
        "怎么投诉",
        "京A12345",
        "要是着火了保险怎么赔",
        "",
    ],
)
def test_a_mention_is_no_alarm(text: str) -> None:
    """A denial, a question about cover, somebody else's lawyer or a number plate raise nothing."""
    assert signals_of(text).flags == frozenset()
