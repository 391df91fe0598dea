"""Rows of the contract's load file, to be changed where a test needs something else."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy.orm import Session

from cases import loading
from cases.clock import parse_moment
from cases.loading import Loaded

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=timezone.utc)
PASSWORD = "correct horse battery"
WANG, LI = "C1001", "C1002"
CLAIM, OTHER_CLAIM = "RDAA202611050000000001", "RDAA202611060000000002"
PLATE, OTHER_PLATE = "京A12345", "沪B6K789"
PHONE, OTHER_PHONE = "13800001234", "13900005678"
POLICY, OTHER_POLICY = "PDZA202611010000000001", "PDZA202611010000000002"
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MONDAY = parse_moment("2026-11-23T10:00:00+08:00")


def customer(**changes: Any) -> dict[str, Any]:
    """Ms Wang."""
    return {"key": WANG, "name": "王芳", "phone": PHONE, "id_last4": "0021", **changes}


def policy(**changes: Any) -> dict[str, Any]:
    """Ms Wang's policy."""
    return {
        "policy_no": POLICY,
        "customer": WANG,
        "plate": PLATE,
        "vin": "LSVAA1234A1234567",
        "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
        "coverages": [
            {"code": "own_damage", "limit_yuan": 150000, "deductible_yuan": 500, "deductible_rate": 0.1},
        ],
        **changes,
    }


def claim(**changes: Any) -> dict[str, Any]:
    """Ms Wang's claim, assessed."""
    return {
        "claim_no": CLAIM,
        "policy_no": POLICY,
        "kind": "single",
        "accident_at": "2026-11-05T08:30:00+08:00",
        "place": "建国路",
        "estimated_loss_yuan": 800,
        "injured": False,
        "status": "ASSESSED",
        "status_at": "2026-11-06T10:00:00+08:00",
        "missing_documents": ["driving_licence"],
        "payee_tail": "6688",
        **changes,
    }


def without(row: dict[str, Any], *fields: str) -> dict[str, Any]:
    """A row that leaves fields out."""
    return {name: value for name, value in row.items() if name not in fields}


def document(**sections: Any) -> dict[str, Any]:
    """A load file with Ms Wang, her policy and her claim, or what is given instead."""
    return {"customers": [customer()], "policies": [policy()], "claims": [claim()], **sections}


def load_rows(session: Session, **sections: Any) -> Loaded:
    """Load such a file."""
    return loading.load(session, document(**sections))


def load_two(session: Session) -> Loaded:
    """Ms Wang and Mr Li, a policy and a claim each."""
    return load_rows(
        session,
        customers=[customer(), customer(key=LI, name="李强", phone=OTHER_PHONE)],
        policies=[policy(), policy(policy_no=OTHER_POLICY, customer=LI, plate=OTHER_PLATE, vin=None)],
        claims=[claim(), claim(claim_no=OTHER_CLAIM, policy_no=OTHER_POLICY)],
    )


def at(text: str) -> datetime:
    """A moment of 2026 in Shanghai: 11-23T10:00."""
    return parse_moment(f"2026-{text}:00+08:00")
