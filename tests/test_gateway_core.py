"""The core system pushes claims over HTTP."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from sqlalchemy import select

from cases.clock import utc_now
from cases.models import Claim, ClaimEvent
from tests.gateway_server import Gateway
from tests.rows import CLAIM, LI, claim, customer


def push(gateway: Gateway, document: Any, signature: str | None = None, secret: str | None = None) -> Any:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    key = (secret or gateway.settings.core_hmac_secret).encode()
    made = hmac.new(key, body, hashlib.sha256).hexdigest()
    headers = {"x-signature": made if signature is None else signature, "content-type": "application/json"}
    return gateway.client.put("/api/core/claims", content=body, headers=headers)


def test_the_core_system_pushes_claims_that_it_signed(gateway: Gateway) -> None:
    """The number taken, and those whose state changed; with or without `sha256=`."""
    changed = claim(status="AGREED", status_at=utc_now().isoformat())
    answer = push(gateway, {"claims": [changed]})
    assert (answer.status_code, answer.json()) == (200, {"claims": 1, "changed": [CLAIM]})
    assert push(gateway, {"claims": [changed]}).json()["changed"] == []
    with gateway.database.read() as session:
        assert session.get(Claim, CLAIM).status == "AGREED"
        assert len(session.execute(select(ClaimEvent).where(ClaimEvent.claim_no == CLAIM)).all()) == 2


@pytest.mark.parametrize("signature", ["", "0" * 64, "é", "sha256=", "x" * 4000])
def test_a_wrong_signature_changes_nothing(gateway: Gateway, signature: str) -> None:
    """401, whatever the body."""
    headers = [(b"x-signature", signature.encode("latin-1"))]
    assert gateway.client.put("/api/core/claims", content=b'{"claims": []}', headers=headers).status_code == 401


def test_a_signature_of_another_body_or_key_is_wrong(gateway: Gateway) -> None:
    """And of no body."""
    made = hmac.new(gateway.settings.core_hmac_secret.encode(), b"{}", hashlib.sha256).hexdigest()
    assert push(gateway, {"claims": [claim(status="PAID")]}, signature=made).status_code == 401
    assert push(gateway, {"claims": []}, secret="another secret of 16").status_code == 401
    assert gateway.client.put("/api/core/claims").status_code == 401


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ({"claims": [claim(kind="x")]}, 422),
        ({"claims": {}}, 422),
        ({"claims": [claim(accident_at="0001-01-01T00:00:00+08:00")]}, 422),
        ({"claims": [claim(place="\ud800")]}, 400),
        ([], 400),
        (b"{", 400),
        (b'{"claims": [{"estimated_loss_yuan": NaN}]}', 400),
    ],
)
def test_a_signed_body_that_is_wrong_is_refused_whole(gateway: Gateway, document: Any, status: int) -> None:
    """With the row named where there is one."""
    answer = push(gateway, document)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["detail"].startswith("claims")


def test_the_core_system_cannot_push_customers(gateway: Gateway) -> None:
    """Only claims (contract)."""
    push(gateway, {"customers": [customer(key=LI, name="改名")], "claims": []})
    with gateway.database.read() as session:
        from cases.models import Customer

        assert session.get(Customer, LI).name == "李强"
