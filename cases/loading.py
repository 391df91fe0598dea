"""Customers, policies and claims from the load file and from the insurer's core system (contract, "The load file").

All or nothing; the first row that is wrong is named in the error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import clock, risk
from cases.claims import normal_subject
from cases.documents import Document
from cases.enums import AccidentKind, ClaimStatus, Coverage
from cases.errors import LoadError
from cases.models import Claim, ClaimEvent, Customer, Policy

Check = Callable[[Any], Any]
MISSING = object()
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # what a database refuses in a text


@dataclass(frozen=True)
class Loaded:
    """How many rows of each kind were inserted or updated, and the claims whose state changed."""

    customers: int
    policies: int
    claims: int
    changed: tuple[str, ...]


def load(session: Session, document: Any) -> Loaded:
    """Insert or update everything in a load file. Raises LoadError, and then nothing was written."""
    if not isinstance(document, Mapping):
        raise LoadError("the file must hold one JSON object")
    unknown = set(document) - {"customers", "policies", "claims"}
    if unknown:
        raise LoadError(f"unknown section {sorted(unknown)[0]}")
    customers = _each(document, "customers", lambda row: _customer(session, row))
    policies = _each(document, "policies", lambda row: _policy(session, row))
    changed = _each(document, "claims", lambda row: _claim(session, row))
    return Loaded(len(customers), len(policies), len(changed), tuple(no for no in changed if no))


def _each(document: Mapping[str, Any], section: str, take: Callable[[Mapping[str, Any]], Any]) -> list[Any]:
    rows = document.get(section, [])
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise LoadError(f"{section} must be a list")
    taken = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise LoadError(f"{section} row {number}: must be an object")
        try:
            taken.append(take(row))
        except LoadError as error:
            raise LoadError(f"{section} row {number}: {error}") from None
    return taken


def _customer(session: Session, row: Mapping[str, Any]) -> None:
    values = _values(
        row, key=_text(64), name=_text(64), phone=_pattern(r"1[3-9]\d{9}"), id_last4=_optional(_pattern(r"\d{3}[\dXx]"))
    )
    session.merge(Customer(**values))
    session.flush()


def _policy(session: Session, row: Mapping[str, Any]) -> None:
    values = _values(
        row,
        policy_no=_text(32),
        customer=_text(64),
        plate=_text(12),
        vin=_optional(_pattern(r"[A-HJ-NPR-Z0-9]{17}")),
        valid_from=_day,
        valid_to=_day,
        coverages=_coverages,
    )
    if session.get(Customer, values["customer"]) is None:
        raise LoadError(f"customer {values['customer']} is not known")
    values["customer_key"], values["plate"] = values.pop("customer"), normal_subject(values["plate"])
    policy = session.merge(Policy(**values))
    session.flush()
    for claim in session.execute(select(Claim).where(Claim.policy_no == values["policy_no"])).scalars():
        risk.note_claim(session, claim, policy, clock.utc_now())


def _claim(session: Session, row: Mapping[str, Any]) -> str | None:
    values = _values(
        row,
        claim_no=_pattern(r"[A-Z]{4}\d{18}"),
        policy_no=_text(32),
        kind=_member(AccidentKind),
        accident_at=_moment,
        place=_optional(_text(200)),
        estimated_loss_yuan=_optional(_amount),
        injured=_flag,
        status=_member(ClaimStatus),
        status_at=_moment,
        missing_documents=_optional(_documents),
        payee_tail=_optional(_pattern(r"\d{4}")),
    )
    values["missing_documents"] = values["missing_documents"] or []
    if session.get(Policy, values["policy_no"]) is None:
        raise LoadError(f"policy {values['policy_no']} is not known")
    earlier = session.get(Claim, values["claim_no"])
    changed = earlier is None or earlier.status is not values["status"]
    session.merge(Claim(**values))
    session.flush()
    policy = session.get(Policy, values["policy_no"])
    risk.note_claim(session, session.get(Claim, values["claim_no"]), policy, clock.utc_now())
    if changed:
        session.add(ClaimEvent(claim_no=values["claim_no"], status=values["status"], at=values["status_at"]))
    return values["claim_no"] if changed and earlier is not None else None


def _values(row: Mapping[str, Any], **checks: Check) -> dict[str, Any]:
    unknown = set(row) - set(checks)
    if unknown:
        raise LoadError(f"unknown field {sorted(unknown)[0]}")
    values = {}
    for field, check in checks.items():
        try:
            values[field] = check(row.get(field, MISSING))
        except (ValueError, TypeError) as error:
            raise LoadError(f"{field} {error}") from None
    return values


def _optional(check: Check) -> Check:
    return lambda value: None if value is MISSING or value is None else check(value)


def _text(longest: int) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not 0 < len(value.strip()) <= longest or _UNSTORABLE.search(value):
            raise ValueError(f"must be a text of 1 to {longest} characters")
        return value.strip()

    return check


def _pattern(pattern: str) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(f"must match {pattern}")
        return value

    return check


def _member(kind: type[Enum]) -> Check:
    def check(value: Any) -> Enum:
        try:
            return kind(value)
        except ValueError:
            raise ValueError(f"must be one of {' '.join(str(m.value) for m in kind)}") from None

    return check


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("must be a date like 2026-01-31") from None


def _moment(value: Any) -> datetime:
    try:
        return clock.parse_moment(value)
    except (AttributeError, TypeError, ValueError):
        raise ValueError("must be a time like 2026-11-05T08:30:00+08:00") from None


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise ValueError("must be an amount in yuan")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _documents(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError("must be a list")
    return [str(_member(Document)(item)) for item in value]


def _coverages(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise ValueError("must be a list of objects")
    return [
        _plain(
            _values(
                item,
                code=_member(Coverage),
                limit_yuan=_optional(_amount),
                deductible_yuan=_optional(_amount),
                deductible_rate=_optional(_rate),
            )
        )
        for item in value
    ]


def _rate(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError("must be between 0 and 1")
    return float(value)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, Enum) else value for key, value in values.items() if value is not None}
