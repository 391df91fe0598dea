"""The customers of the stories, as the contract's load file has them, and the agents at the desk.

Dates are told from now, so that a claim is in time or late on whatever day the tests run.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cases.clock import local, utc_now
from cases.enums import ClaimStatus

AGENTS = (("xiaochen", "小陈", "first_line"), ("zhou", "周老师", "specialist"), ("lead", "李主管", "supervisor"))
PASSWORD = "correct horse battery"
MISSING = {"DOCS_PARTIAL": ["accident_certificate", "repair_invoice"], "SURVEYED": ["driving_licence"]}
NEXT_TO_NOW = timedelta(minutes=30)
LONG_AGO = timedelta(days=60)
SEVERAL = 12  # customers with one claim each, for stories that leave something behind: one01, one02 …


def load_file() -> dict[str, Any]:
    """Everybody of the stories."""
    people = [*_by_status(), *_with_one_claim(), *_others()]
    return {
        "customers": [person["customer"] for person in people],
        "policies": [policy for person in people for policy in person["policies"]],
        "claims": [claim for person in people for claim in person["claims"]],
    }


def _by_status() -> list[dict[str, Any]]:
    """A customer for each state of a claim, named after it; claims …101 to …116, plates 京N00101 to 京N00116."""
    return [
        _person(status.value, f"1370000{100 + n:04d}", {f"京N00{100 + n}": [_claim(100 + n, status=status.value)]})
        for n, status in enumerate(ClaimStatus, 1)
    ]


def _with_one_claim() -> list[dict[str, Any]]:
    """one01 …: claims …201 to …212 being assessed, plates 浙A00201 to 浙A00212, phones that end in 0201 to 0212."""
    return [
        _person(f"one{n:02d}", f"1360000{200 + n:04d}", {f"浙A00{200 + n}": [_claim(200 + n, status="ASSESSING")]})
        for n in range(1, SEVERAL + 1)
    ]


def _others() -> list[dict[str, Any]]:
    """Several claims on two cars; none; a late one; one with a small loss; whom guests try to pass for (301 to 305)."""
    several = {
        "沪B6K789": [_claim(401, status="ASSESSED"), _claim(402, status="PAYING", days=20)],
        "沪B6K790": [_claim(403, status="DISPATCHED", days=2)],
    }
    tried = [
        _person(f"tried{n}", f"1350000{300 + n:04d}", {f"苏E00{300 + n}": [_claim(300 + n, status="ASSESSED")]})
        for n in range(1, 6)
    ]
    return [
        _person("several", "13900004000", several),
        _person("none", "13900005000", {"川A00500": []}),
        _person("late", "13900006000", {"鲁B00600": [_claim(600, status="ASSESSING", since=LONG_AGO)]}),
        _person("late_guest", "13900006100", {"鲁B00610": [_claim(610, status="AGREED", since=LONG_AGO)]}),
        _person("hurt", "13900007000", {"粤B00700": [_claim(700, status="ASSESSING", kind="injury", injured=True)]}),
        _person("wang", "13800001234", {"京A12345": [_claim(1, status="ASSESSED")]}),
        *tried,
    ]


def claim_no(number: int) -> str:
    """RDAA, a day, and that number."""
    return f"RDAA20261105{number:010d}"


def _person(key: str, phone: str, cars: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    policies = [
        {
            "policy_no": f"PD{key}{n}",
            "customer": key,
            "plate": plate,
            "valid_from": "2026-01-01",
            "valid_to": "2030-12-31",
            "coverages": [{"code": "own_damage", "limit_yuan": 150000, "deductible_yuan": 500}],
        }
        for n, plate in enumerate(cars)
    ]
    claims = [
        {**claim, "policy_no": policies[n]["policy_no"]} for n, of_car in enumerate(cars.values()) for claim in of_car
    ]
    return {
        "customer": {"key": key, "name": "王芳", "phone": phone, "id_last4": "0021"},
        "policies": policies,
        "claims": claims,
    }


def _claim(
    number: int,
    *,
    status: str,
    kind: str = "two_party",
    injured: bool = False,
    days: int = 5,
    since: timedelta = NEXT_TO_NOW,
) -> dict[str, Any]:
    now = utc_now()
    return {
        "claim_no": claim_no(number),
        "kind": kind,
        "accident_at": _shown(now - timedelta(days=days) - since),
        "place": "建国路",
        "estimated_loss_yuan": 4321,
        "injured": injured,
        "status": status,
        "status_at": _shown(now - since),
        "missing_documents": MISSING.get(status, []),
        "payee_tail": "6688",
    }


def _shown(moment: datetime) -> str:
    return local(moment).isoformat(timespec="seconds")
