"""What counts as consent to the withdrawal of a complaint, and what does not (law.md B.5: never more than was said)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.actions.withdrawal import _agrees, _declines

MEANT = (
    "撤回", "是的，撤回", "确认撤回", "撤了吧", "帮我撤了", "撤回投诉", "算了，不投诉了", "算了撤回吧",
    "确认撤回，不用再说了", "好的撤回", "我要撤回投诉", "把投诉撤了", "取消投诉", "撤销", "是的", "确认",
)  # fmt: skip
NOT_MEANT = (
    "我没有要撤回投诉", "不需要撤回", "不同意撤回", "不愿意撤回", "不可以撤回", "拒绝撤回", "我没说要撤回",
    "别给我撤回", "不取消投诉", "取消撤回", "我没点撤回", "先不撤了，继续处理", "不撤", "算了",
)  # fmt: skip
NEITHER = ("撤回会怎么样", "为什么要撤回", "谁让你们撤回的", "能不能先别管撤回的事")


def turn(text: str, intent: str = "withdraw_complaint") -> Any:
    """As much of a turn as is looked at."""
    return SimpleNamespace(text=text, intent=intent)


@pytest.mark.parametrize("text", MEANT)
def test_a_plain_yes_withdraws(text: str) -> None:
    """In whatever words."""
    assert _agrees(turn(text), text) and not _declines(turn(text))


@pytest.mark.parametrize("text", NOT_MEANT)
def test_a_no_with_the_word_in_it_keeps_the_complaint(text: str) -> None:
    """Also when the message as a whole looks like the wish to withdraw."""
    assert _declines(turn(text)) and not _agrees(turn(text), text)
    assert not _agrees(turn(text, "affirm"), text)


@pytest.mark.parametrize("text", NEITHER)
def test_what_is_neither_is_asked_again(text: str) -> None:
    """A question is no consent."""
    assert not _agrees(turn(text), text)
