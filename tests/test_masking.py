"""Customers' numbers: what is masked before it is stored, and what must stay readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.masking import kind_of, mask, mask_name, mask_phone, valid_id_number

PHONE = "13800001234"
ID_NUMBER = "11010519491231002X"
CARD = "6222020200011111111"


@pytest.mark.parametrize(
    "written",
    [
        "13800001234",
        "138 0000 1234",
        "138-0000-1234",
        "138\u00a00000\u00a01234",
        "138\u20110000\u20111234",
        "138\u200b0000\u200b1234",
        "１３８００００１２３４",
        "8613800001234",
        "+86 138 0000 1234",
        "0086-13800001234",
        "tel13800001234",
        "13800001234abc",
    ],
)
def test_a_phone_number_keeps_its_first_three_and_last_four_digits(written: str) -> None:
    """However it is written; the full number is kept apart, as the contact."""
    masked = mask(f"我的电话{written}，谢谢")
    assert masked.phone == PHONE
    assert "138****1234" in masked.text
    assert "0000" not in masked.text
    assert masked.text.endswith("，谢谢")


@pytest.mark.parametrize("written", [ID_NUMBER, ID_NUMBER.lower(), "110105 19491231 002X", "110105194912310021"])
def test_an_identity_number_keeps_its_last_four_digits(written: str) -> None:
    """With a small or a capital X, with gaps."""
    masked = mask(f"身份证{written}。")
    assert masked.found == {"id"}
    assert masked.text == "身份证" + "*" * 14 + written[-4:] + "。"


@pytest.mark.parametrize("written", [CARD, "6222 0202 0001 1111 111", "6222-0202-0001-1111-111"])
def test_a_bank_card_keeps_its_last_four_digits(written: str) -> None:
    """In groups of four too."""
    masked = mask(f"卡号{written}")
    assert masked.found == {"card"}
    assert masked.text == "卡号" + "*" * 15 + "1111"


@pytest.mark.parametrize(
    "text",
    [
        "案件RDAA202611050000000001到哪了",
        "rdaa202611050000000001",
        "保单PDZA202611010000000001",
        "投诉TS20261121000001",
        "报案BA20261121000001，升级SJ20261121000001",
        "车牌京A12345，车架号LSVAA1234A1234567",
        "2026-11-05 08:30 在建国路88号",
        "赔了150000.00元",
        "电话95512和01012345678901",
        "手机后四位1234",
        "",
    ],
)
def test_other_numbers_stay_as_they_are(text: str) -> None:
    """Claim, policy and ticket numbers are needed; dates and sums are no secret."""
    assert mask(text).text == text
    assert mask(text).phone is None


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (f"{PHONE} 13900005678", {"phone"}),
        (f"{PHONE}-13900005678", {"phone"}),
        (f"{PHONE} {ID_NUMBER}", {"phone", "id"}),
        (f"{PHONE} 0021", {"phone"}),
        (f"0021 138 0000 1234 {CARD}", {"phone", "card"}),
        (f"RDAA202611050000000001 {PHONE}", {"phone"}),
        (f"京A12345 {PHONE}", {"phone"}),
    ],
)
def test_numbers_in_a_row_are_each_masked(text: str, kinds: set[str]) -> None:
    """One gap between two numbers does not make them one."""
    masked = mask(text)
    assert masked.found == kinds
    for secret in ("0000123", "138 0000", "1390000567", ID_NUMBER[:10], CARD[:10]):
        assert secret not in masked.text


def test_the_last_phone_number_is_the_contact() -> None:
    """A customer who corrects himself means the second."""
    assert mask(f"{PHONE}，不对，是13900005678").phone == "13900005678"


def test_masking_twice_changes_nothing() -> None:
    """What was stored can pass again."""
    once = mask(f"{PHONE} {ID_NUMBER} {CARD}").text
    assert mask(once).text == once


@given(st.text(alphabet="0123456789Xx -aA京，", max_size=60))
def test_no_phone_number_survives_in_any_text(text: str) -> None:
    """Eleven digits in a row that make a phone number are never left, unless they are part of a longer number."""
    masked = mask(text + f"，{PHONE}，" + text).text
    assert f"，{PHONE}，" not in masked
    assert "，138****1234，" in masked


@pytest.mark.parametrize(
    ("digits", "kind"),
    [(PHONE, "phone"), (ID_NUMBER, "id"), (CARD, "card"), ("12800001234", None), ("123456789012", None)],
)
def test_a_number_is_known_by_its_form(digits: str, kind: str | None) -> None:
    """Twelve is no prefix of a mobile number."""
    assert kind_of(digits) == kind


def test_the_check_digit_of_an_identity_number_is_checked() -> None:
    """GB 11643, with X for ten."""
    assert valid_id_number(ID_NUMBER)
    assert valid_id_number(ID_NUMBER.lower())
    assert not valid_id_number("110105194912310021")
    assert not valid_id_number("11010519491331002X")


def test_names_and_numbers_at_the_desk() -> None:
    """The family name; three digits and four; nothing where there is nothing."""
    assert [mask_name(name) for name in ("王芳", "欧阳修文", "王", "")] == ["王*", "欧***", "王*", ""]
    assert [mask_phone(phone) for phone in (PHONE, "95512", "", None)] == ["138****1234", "****", "", ""]
