"""The load file: all or nothing, the first wrong row named, every field's rule (contract, "The load file")."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases import loading
from cases.db import Database
from cases.documents import Document
from cases.enums import AccidentKind, ClaimStatus
from cases.errors import LoadError
from cases.models import Claim, ClaimEvent, Customer, Policy
from tests.conftest import Load
from tests.rows import CLAIM, PLATE, POLICY, WANG, claim, customer, document, load_rows, policy, without

ROWS = {"customers": customer, "policies": policy, "claims": claim}
WRONG: list[tuple[str, str, Any]] = [
    ("customers", "key", ""),
    ("customers", "key", "k" * 65),
    ("customers", "key", 1001),
    ("customers", "key", None),
    ("customers", "name", "  "),
    ("customers", "name", "王\x00芳"),
    ("customers", "name", "王\ud800"),
    ("customers", "phone", "1380000123"),
    ("customers", "phone", "12800001234"),
    ("customers", "phone", "１３８００００１２３４"),
    ("customers", "phone", 13800001234),
    ("customers", "phone", "13800001234\n"),
    ("customers", "id_last4", "12"),
    ("customers", "id_last4", "X021"),
    ("policies", "policy_no", "P" * 33),
    ("policies", "customer", "nobody"),
    ("policies", "plate", ""),
    ("policies", "plate", "京A123456789012"),
    ("policies", "vin", "LSVAA1234A123456"),
    ("policies", "vin", "ISVAA1234A1234567"),
    ("policies", "valid_from", "2026/01/01"),
    ("policies", "valid_from", 20260101),
    ("policies", "valid_to", "2026-02-30"),
    ("policies", "coverages", {}),
    ("policies", "coverages", ["own_damage"]),
    ("policies", "coverages", [{"code": "flood"}]),
    ("policies", "coverages", [{"limit_yuan": 1}]),
    ("policies", "coverages", [{"code": "scratch", "limit_yuan": -1}]),
    ("policies", "coverages", [{"code": "scratch", "deductible_rate": 1.5}]),
    ("policies", "coverages", [{"code": "scratch", "deductible_rate": True}]),
    ("policies", "coverages", [{"code": "scratch", "excess": 1}]),
    ("claims", "claim_no", "RDAA20261105000000001"),
    ("claims", "claim_no", "rdaa202611050000000001"),
    ("claims", "claim_no", "RDAA20261105000000000１"),
    ("claims", "policy_no", "nothing"),
    ("claims", "kind", "collision"),
    ("claims", "kind", []),
    ("claims", "accident_at", "yesterday"),
    ("claims", "accident_at", 1762300000),
    ("claims", "accident_at", "0001-01-01T00:00:00+08:00"),
    ("claims", "place", "路" * 201),
    ("claims", "estimated_loss_yuan", "800"),
    ("claims", "estimated_loss_yuan", -1),
    ("claims", "estimated_loss_yuan", float("nan")),
    ("claims", "estimated_loss_yuan", float("inf")),
    ("claims", "estimated_loss_yuan", True),
    ("claims", "injured", "no"),
    ("claims", "injured", 0),
    ("claims", "status", "assessed"),
    ("claims", "status", None),
    ("claims", "status_at", "2026-13-01T00:00:00"),
    ("claims", "missing_documents", "driving_licence"),
    ("claims", "missing_documents", ["passport"]),
    ("claims", "missing_documents", [["driving_licence"]]),
    ("claims", "payee_tail", "668"),
    ("claims", "payee_tail", 6688),
]


def rows(session: Session) -> int:
    """How many rows of any kind there are."""
    return sum(
        session.execute(select(func.count()).select_from(table)).scalar_one() for table in (Customer, Policy, Claim)
    )


def test_the_contracts_example_is_taken(session: Session, load: Load) -> None:
    """Customer, policy, claim; times in UTC, codes as enums."""
    loaded = load()
    assert (loaded.customers, loaded.policies, loaded.claims, loaded.changed) == (1, 1, 1, ())
    row = session.get(Claim, CLAIM)
    assert (row.kind, row.status) == (AccidentKind.SINGLE, ClaimStatus.ASSESSED)
    assert row.accident_at == datetime.fromisoformat("2026-11-05T00:30:00+00:00")
    assert row.policy.customer.name == "王芳"
    assert row.policy.coverages == [
        {"code": "own_damage", "limit_yuan": 150000.0, "deductible_yuan": 500.0, "deductible_rate": 0.1}
    ]


def test_what_may_be_left_out_may_be_left_out(session: Session, load: Load) -> None:
    """As the contract lists it."""
    optional = ("estimated_loss_yuan", "place", "missing_documents", "payee_tail")
    load(
        customers=[without(customer(), "id_last4")],
        policies=[without(policy(), "vin")],
        claims=[without(claim(), *optional)],
    )
    row = session.get(Claim, CLAIM)
    assert (row.estimated_loss_yuan, row.place, row.missing_documents, row.payee_tail) == (None, None, [], None)


@pytest.mark.parametrize(("section", "field", "value"), WRONG)
def test_a_wrong_value_names_section_row_and_field(session: Session, section: str, field: str, value: Any) -> None:
    """The second row here."""
    sections = document()
    sections[section] = [ROWS[section](), ROWS[section](**{field: value})]
    with pytest.raises(LoadError) as caught:
        loading.load(session, sections)
    assert str(caught.value).startswith(f"{section} row 2: ")
    inside = {"coverages": ("code", "limit_yuan", "deductible_rate", "excess", "coverages")}
    assert any(name in str(caught.value) for name in (*inside.get(field, ()), field.removesuffix("_no")))


@pytest.mark.parametrize(
    ("section", "field"),
    [(section, field) for section, make in ROWS.items() for field in make()],
)
def test_a_missing_field_is_named_unless_it_is_optional(session: Session, section: str, field: str) -> None:
    """Nothing is assumed."""
    optional = {"id_last4", "vin", "place", "estimated_loss_yuan", "missing_documents", "payee_tail"}
    sections = document(**{section: [without(ROWS[section](), field)]})
    if field in optional:
        loading.load(session, sections)
        return
    with pytest.raises(LoadError, match=f"{section} row 1: {field} "):
        loading.load(session, sections)


def test_an_unknown_field_or_section_is_refused(session: Session) -> None:
    """A typing error must not be dropped in silence."""
    with pytest.raises(LoadError, match="claims row 1: unknown field staus"):
        loading.load(session, document(claims=[claim(staus="PAID")]))
    with pytest.raises(LoadError, match="unknown section claim"):
        loading.load(session, {"claim": []})


@pytest.mark.parametrize(
    "content", [[], "x", 5, None, {"claims": {}}, {"claims": "x"}, {"claims": None}, {"claims": [5]}]
)
def test_what_is_no_load_file_is_refused(session: Session, content: Any) -> None:
    """Of whatever shape."""
    with pytest.raises(LoadError):
        loading.load(session, content)


def test_all_or_nothing(database: Database) -> None:
    """A wrong claim takes the right customers with it; the first wrong row is told, not the second."""
    wrong = [claim(), claim(claim_no="RDAA202611050000000002", kind="x"), claim(status="y")]
    with pytest.raises(LoadError, match="claims row 2: kind"), database.write() as session:
        load_rows(session, claims=wrong)
    with database.read() as session:
        assert rows(session) == 0


def test_loading_again_updates_by_key(session: Session, load: Load) -> None:
    """The same three rows with new values."""
    load()
    loaded = load(
        customers=[customer(name="王芳芳")], policies=[policy(valid_to="2027-12-31")], claims=[claim(payee_tail="1111")]
    )
    assert rows(session) == 3
    assert loaded.changed == ()
    assert session.get(Customer, WANG).name == "王芳芳"
    assert session.get(Policy, POLICY).valid_to.year == 2027
    assert session.get(Claim, CLAIM).payee_tail == "1111"


def test_claims_alone_may_be_loaded_when_the_policy_is_known(session: Session, load: Load) -> None:
    """As the core system pushes them."""
    load()
    loaded = loading.load(session, {"claims": [claim(status="PAID")]})
    assert (loaded.claims, loaded.changed) == (1, (CLAIM,))


def test_a_changed_state_is_an_event_and_an_unchanged_one_is_not(session: Session, load: Load) -> None:
    """The timeline shows each state once."""
    load()
    load()
    load(claims=[claim(status="AGREED", status_at="2026-11-10T10:00:00+08:00")])
    events = session.execute(select(ClaimEvent.status).order_by(ClaimEvent.id)).scalars().all()
    assert events == [ClaimStatus.ASSESSED, ClaimStatus.AGREED]


def test_every_document_status_and_kind_of_the_contract_is_known(session: Session, load: Load) -> None:
    """Twenty documents, sixteen states, nine kinds."""
    assert (len(Document), len(ClaimStatus), len(AccidentKind)) == (20, 16, 9)
    number = 0
    made = []
    for status in ClaimStatus:
        for kind in AccidentKind:
            number += 1
            made.append(claim(claim_no=f"RDAA{number:018d}", status=status.value, kind=kind.value))
    load(claims=[*made, claim(missing_documents=[document.value for document in Document])])


@pytest.mark.parametrize("written", ["京A·12345", "京a12345", "京A 12345", " 京A12345 "])
def test_a_plate_is_kept_as_customers_are_looked_up(session: Session, load: Load, written: str) -> None:
    """Without the dot, in capitals."""
    load(policies=[policy(plate=written)])
    assert session.get(Policy, POLICY).plate == PLATE
