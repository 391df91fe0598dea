"""Whose claims a conversation may see: one's own, or those that a guest proved to be his (contract; law.md B.6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import claims
from cases.errors import Locked, NotFound
from cases.models import AuditEntry, Conversation, ProofAttempt
from tests.conftest import Load, Open
from tests.rows import (
    CLAIM,
    LI,
    OTHER_CLAIM,
    OTHER_PHONE,
    OTHER_PLATE,
    OTHER_POLICY,
    PHONE,
    PLATE,
    POLICY,
    WANG,
    claim,
    customer,
    load_two,
    policy,
)

RIGHT, WRONG = PHONE[-4:], "9999"
HOUR, HALF_HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=30), timedelta(minutes=1)


@pytest.fixture
def two(session: Session) -> Any:
    """Ms Wang and Mr Li with a claim each."""
    return load_two(session)


def fail(session: Session, row: Conversation, at: datetime, subject: str = CLAIM, times: int = 1) -> None:
    """Wrong proofs, one a second."""
    for second in range(times):
        with pytest.raises(NotFound):
            claims.prove(session, row.id, subject, WRONG, at + timedelta(seconds=second))


def audited(session: Session, action: str) -> list[tuple[str, str, str]]:
    entries = session.execute(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)).scalars()
    return [(entry.actor, entry.subject, entry.outcome) for entry in entries]


# Signed in


def test_a_signed_in_customer_sees_his_own_claims_only(session: Session, opened: Open, two: Any) -> None:
    """And an unknown key sees none."""
    assert [row.claim_no for row in claims.own_claims(session, opened(WANG))] == [CLAIM]
    assert [row.claim_no for row in claims.own_claims(session, opened(LI))] == [OTHER_CLAIM]
    assert claims.own_claims(session, opened("C9999")) == []


def test_claims_come_newest_first_over_all_policies(session: Session, load: Load, opened: Open) -> None:
    """Two cars, three accidents."""
    second = policy(policy_no=OTHER_POLICY, plate="京AD12345")
    days = {"RDAA202601010000000001": "01-01", "RDAA202603010000000002": "03-01", "RDAA202602010000000003": "02-01"}
    rows = [
        claim(
            claim_no=no, accident_at=f"2026-{day}T08:00:00+08:00", policy_no=OTHER_POLICY if no[-1] == "2" else POLICY
        )
        for no, day in days.items()
    ]
    load(policies=[policy(), second], claims=rows)
    shown = [row.claim_no[-1] for row in claims.own_claims(session, opened(WANG))]
    assert shown == ["2", "3", "1"]


def test_anothers_claim_and_no_claim_are_refused_alike(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """The same error with the same words; each leaves a line in the audit log."""
    row = opened(WANG)
    told = []
    for no in (OTHER_CLAIM, "RDAA209901010000000001"):
        with pytest.raises(NotFound) as caught:
            claims.own_claim(session, row.id, no, now)
        told.append(str(caught.value))
    assert told[0] == told[1]
    assert audited(session, "claim.read") == [
        (f"customer:{WANG}", OTHER_CLAIM, "refused"),
        (f"customer:{WANG}", "RDAA209901010000000001", "refused"),
    ]


def test_reading_ones_own_claim_is_audited(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """Also when it is written in small letters."""
    assert claims.own_claim(session, opened(WANG).id, CLAIM.lower(), now).claim_no == CLAIM
    assert audited(session, "claim.read") == [(f"customer:{WANG}", CLAIM, "ok")]


# Guests


@pytest.mark.parametrize("subject", [CLAIM, CLAIM.lower(), PLATE, "京a·12345", " 京A 12345 ", "京Ａ１２３４５"])
def test_a_guest_proves_himself_by_number_or_plate_and_phone(
    session: Session, opened: Open, two: Any, now: datetime, subject: str
) -> None:
    """However it is written; the proof lasts for the conversation."""
    row = opened()
    assert claims.own_claims(session, row) == []
    assert [found.claim_no for found in claims.prove(session, row.id, subject, RIGHT, now)] == [CLAIM]
    assert [found.claim_no for found in claims.own_claims(session, row)] == [CLAIM]
    assert claims.own_claim(session, row.id, CLAIM, now).claim_no == CLAIM


def test_a_proof_opens_nothing_to_another_guest(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """It belongs to the conversation."""
    claims.prove(session, opened().id, CLAIM, RIGHT, now)
    assert claims.own_claims(session, opened()) == []


def test_a_claim_number_opens_that_claim_and_a_plate_all_of_the_car(
    session: Session, load: Load, opened: Open, now: datetime
) -> None:
    """Minimum necessary."""
    second = "RDAA202611070000000003"
    load(claims=[claim(), claim(claim_no=second)])
    one, all_of_it = opened(), opened()
    claims.prove(session, one.id, CLAIM, RIGHT, now)
    claims.prove(session, all_of_it.id, PLATE, RIGHT, now)
    assert [row.claim_no for row in claims.own_claims(session, one)] == [CLAIM]
    assert {row.claim_no for row in claims.own_claims(session, all_of_it)} == {CLAIM, second}


def test_a_plate_that_changed_hands_opens_the_provers_claims_only(
    session: Session, load: Load, opened: Open, now: datetime
) -> None:
    """Two policies of two customers for one plate."""
    load(
        customers=[customer(), customer(key=LI, phone=OTHER_PHONE)],
        policies=[policy(), policy(policy_no=OTHER_POLICY, customer=LI)],
        claims=[claim(), claim(claim_no=OTHER_CLAIM, policy_no=OTHER_POLICY)],
    )
    found = claims.prove(session, opened().id, PLATE, OTHER_PHONE[-4:], now)
    assert [row.claim_no for row in found] == [OTHER_CLAIM]


@pytest.mark.parametrize(
    ("subject", "digits"),
    [
        ("RDAA209901010000000001", RIGHT),
        (CLAIM, WRONG),
        (CLAIM, OTHER_PHONE[-4:]),
        (CLAIM, ""),
        (CLAIM, PHONE),
        ("京Z99999", RIGHT),
        ("", RIGHT),
        ("%", RIGHT),
        ("' OR 1=1 --", RIGHT),
    ],
)
def test_unknown_and_mismatch_look_the_same(
    session: Session, opened: Open, two: Any, now: datetime, subject: str, digits: str
) -> None:
    """So that nobody learns which claims there are."""
    row = opened()
    with pytest.raises(NotFound) as caught:
        claims.prove(session, row.id, subject, digits, now)
    assert str(caught.value) == "claim"
    assert claims.failures(session, row.id, now) == 1


def test_every_proof_is_audited(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """Right and wrong; the digits are not written down."""
    row = opened()
    fail(session, row, now)
    claims.prove(session, row.id, CLAIM, RIGHT, now)
    assert audited(session, "claim.prove") == [(f"guest:{row.id}", CLAIM, "refused"), (f"guest:{row.id}", CLAIM, "ok")]
    entries = session.execute(select(AuditEntry)).scalars().all()
    assert all(WRONG not in f"{entry.subject}{entry.reason}{entry.data}" for entry in entries)


# Locks


def test_five_failures_lock_a_conversation(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """For whatever is tried next, the right proof too, and for 30 minutes from the fifth."""
    row = opened()
    for minute, subject in enumerate([CLAIM, PLATE, OTHER_CLAIM, OTHER_PLATE]):
        fail(session, row, now + minute * MINUTE, subject)
    claims.raise_if_locked(session, row.id, CLAIM, now + 4 * MINUTE)
    fail(session, row, now + 4 * MINUTE, "京Z99999")
    with pytest.raises(Locked) as caught:
        claims.prove(session, row.id, CLAIM, RIGHT, now + 5 * MINUTE)
    assert caught.value.until == now + 4 * MINUTE + HALF_HOUR


def test_a_lock_is_over_after_thirty_minutes(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """To the second."""
    row = opened()
    fail(session, row, now, times=5)
    last = now + timedelta(seconds=4)
    with pytest.raises(Locked):
        claims.prove(session, row.id, CLAIM, RIGHT, last + HALF_HOUR - timedelta(seconds=1))
    assert claims.prove(session, row.id, CLAIM, RIGHT, last + HALF_HOUR)


def test_after_a_lock_five_more_failures_are_needed(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """Failures before the lock have been paid for."""
    row = opened()
    fail(session, row, now, times=5)
    later = now + HALF_HOUR + MINUTE
    fail(session, row, later, times=4)
    claims.raise_if_locked(session, row.id, CLAIM, later + MINUTE)
    fail(session, row, later + MINUTE)
    with pytest.raises(Locked):
        claims.raise_if_locked(session, row.id, CLAIM, later + 2 * MINUTE)


def test_tries_while_locked_do_not_lengthen_the_lock(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """Nor are they counted."""
    row = opened()
    fail(session, row, now, times=5)
    for minute in range(1, 20):
        with pytest.raises(Locked):
            claims.prove(session, row.id, CLAIM, WRONG, now + minute * MINUTE)
    assert len(session.execute(select(ProofAttempt)).all()) == 5
    assert claims.prove(session, row.id, CLAIM, RIGHT, now + HALF_HOUR + MINUTE)


@pytest.mark.parametrize("subject", [CLAIM, PLATE])
def test_five_failures_of_all_guests_within_an_hour_lock_the_claim_for_guests(
    session: Session, opened: Open, two: Any, now: datetime, subject: str
) -> None:
    """One try a guest; another claim stays open."""
    for guest in range(5):
        fail(session, opened(), now + guest * 14 * MINUTE, subject)
    fresh, later = opened(), now + 57 * MINUTE
    with pytest.raises(Locked):
        claims.prove(session, fresh.id, subject, RIGHT, later)
    assert claims.prove(session, fresh.id, OTHER_CLAIM, OTHER_PHONE[-4:], later)
    assert claims.prove(session, fresh.id, subject, RIGHT, now + 56 * MINUTE + HALF_HOUR)


def test_five_failures_in_more_than_an_hour_lock_no_claim(
    session: Session, opened: Open, two: Any, now: datetime
) -> None:
    """Sixteen minutes apart."""
    for guest in range(5):
        fail(session, opened(), now + guest * 16 * MINUTE)
    assert claims.prove(session, opened().id, CLAIM, RIGHT, now + 65 * MINUTE)


def test_in_one_conversation_five_failures_lock_however_far_apart(
    session: Session, opened: Open, two: Any, now: datetime
) -> None:
    """The contract names no hour there."""
    row = opened()
    for hour in range(5):
        fail(session, row, now + hour * 2 * HOUR)
    with pytest.raises(Locked):
        claims.prove(session, row.id, CLAIM, RIGHT, now + 8 * HOUR + MINUTE)


def test_right_proofs_count_for_no_lock(session: Session, opened: Open, two: Any, now: datetime) -> None:
    """A fleet manager proves many."""
    row = opened()
    for second in range(9):
        claims.prove(session, row.id, CLAIM, RIGHT, now + timedelta(seconds=second))
    assert claims.failures(session, row.id, now) == 0


def test_a_signed_in_customer_is_not_affected_by_guests(
    session: Session, opened: Open, two: Any, now: datetime
) -> None:
    """A stranger must not be able to lock him out."""
    for _ in range(5):
        fail(session, opened(), now)
    row = opened(WANG)
    assert claims.own_claim(session, row.id, CLAIM, now).claim_no == CLAIM


def test_who_proved_himself_before_the_lock_still_sees_his_claim(
    session: Session, opened: Open, two: Any, now: datetime
) -> None:
    """The lock is on proving."""
    row = opened()
    claims.prove(session, row.id, CLAIM, RIGHT, now)
    for _ in range(5):
        fail(session, opened(), now)
    assert claims.own_claim(session, row.id, CLAIM, now).claim_no == CLAIM


def test_an_unknown_conversation_proves_nothing(session: Session, two: Any, now: datetime) -> None:
    """There is no row to keep it on."""
    with pytest.raises(NotFound):
        claims.prove(session, "nobody", CLAIM, RIGHT, now)
