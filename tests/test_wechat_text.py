"""How reviewed messages become WeChat bubbles: escaping, splitting, numbering, menus (hostile list 6)."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from cases.deliveries import Piece
from cases.enums import Kind, Sender
from cases.models import Message
from gateway.wechat.menu import menu
from gateway.wechat.text import LIMIT, composer, cut, rendered, shown

_ids = count(1)


def piece(text: str, done: int = 0, **values: Any) -> Piece:
    fields = {"sender": Sender.BOT, "kind": Kind.TEXT, "choices": [], "meta": {}, **values}
    row = Message(id=next(_ids), text=text, **fields)
    return Piece(row.id, row, done)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<a href="weixin://bizmsgmenu?x=1">点我</a>', '＜a href="weixin：//bizmsgmenu?x=1"＞点我＜/a＞'),
        ("看 http://evil.example/a.b 吧", "看 http：//evil．example/a．b 吧"),
        ("看 evil.example 吧", "看 evil．example 吧"),
        ("https://app.insurer.cn/x", "https://app.insurer.cn/x"),
        ("https://insurer.cn.evil.com/x", "https：//insurer．cn．evil．com/x"),
        ("https://insurer.cn@evil.com/", "https：//insurer．cn@evil．com/"),
        ("a\u202eb\u200fc\u2066d", "abcd"),
        ("a\r\nb\rc\x00\x1b", "a\nb\nc"),
        ("约3.5天，1.2万元", "约3.5天，1.2万元"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
    ],
)
def test_nothing_becomes_markup_or_a_foreign_link(text: str, expected: str) -> None:
    """Angle brackets, strange links, marks of direction, control characters; the insurer's own link stays."""
    assert shown(text, "insurer.cn") == expected


def test_a_plate_of_ten_thousand_emoji_is_cut_to_what_fits() -> None:
    """What a customer made the bot echo still fits the platform's limit."""
    bubble = composer()([piece("😀" * 10000)], False)
    assert len(bubble.text.encode()) <= LIMIT
    assert bubble.takes[0][2] is False


def test_a_long_text_is_cut_behind_a_sentence() -> None:
    """And nothing of it is lost or said twice."""
    text = "".join(f"这是第{n}句话，说明理赔的一个步骤。" for n in range(120))
    row, done, parts = piece(text), 0, []
    while True:
        bubble = composer()([Piece(row.delivery_id, row.message, done)], False)
        parts.append(bubble.text)
        _, done, finished = bubble.takes[0]
        if finished:
            break
    assert "".join(parts) == text and all(part.endswith("。") for part in parts) and len(parts) == 4


@pytest.mark.parametrize(
    ("text", "limit", "expected"), [("你好。再见", 9, 3), ("你好，再见吧", 12, 3), ("你好再见", 6, 2), ("ab", 9, 2)]
)
def test_cut_prefers_sentences_then_clauses(text: str, limit: int, expected: int) -> None:
    """Else between two characters, never inside one."""
    assert cut(text, limit) == expected


def test_messages_of_a_turn_share_a_bubble() -> None:
    """Two answers and a question, one bubble."""
    bubble = composer()([piece("甲"), piece("乙"), piece("丙")], False)
    assert bubble.text == "甲\n\n乙\n\n丙" and [finished for _, _, finished in bubble.takes] == [True] * 3


def test_the_last_bubble_that_may_be_sent_says_that_there_is_more() -> None:
    """The customer knows how to get the rest."""
    bubble = composer()([piece("一句话。" * 600)], True)
    assert "继续" in bubble.text[-30:] and len(bubble.text.encode()) <= LIMIT


def test_choices_are_numbered() -> None:
    """And say how to choose."""
    choices = [{"id": "3-1", "label": "查进度"}, {"id": "3-2", "label": "转人工"}]
    assert rendered(piece("请选择", choices=choices).message) == "请选择\n回复 1：查进度\n回复 2：转人工"


def test_a_person_is_named() -> None:
    """WeChat shows no name of its own."""
    row = piece("您好", sender=Sender.AGENT, meta={"agent": "小陈"}).message
    assert rendered(row) == "【人工客服小陈】您好"


def test_a_name_cannot_carry_markup() -> None:
    """Whoever made the agent's name up."""
    assert "<" not in rendered(piece("您好", sender=Sender.AGENT, meta={"agent": "<a>"}).message)


def test_a_rating_is_a_menu_of_its_own() -> None:
    """Five scores with ids that name the row."""
    row = piece("请评价", kind=Kind.RATING)
    bubble = composer()([row, piece("再见")], False)
    assert [key for key, _ in bubble.choices] == [f"r{row.message.id}-{n}" for n in (5, 4, 3, 2, 1)]
    assert len(bubble.takes) == 1


def test_the_menu_keeps_the_platforms_limits() -> None:
    """Three buttons, five below, names that fit; every key is understood, every page is ours."""
    from gateway.wechat.mapping import clicks

    buttons = menu("https://claims.example.com")["button"]
    assert len(buttons) <= 3 and all(len(button["sub_button"]) <= 5 for button in buttons)
    rows = [row for button in buttons for row in button["sub_button"]]
    assert {row["key"] for row in rows if row["type"] == "click"} == set(clicks())
    assert [row["url"] for row in rows if row["type"] == "view"] == ["https://claims.example.com/wechat/history"]
