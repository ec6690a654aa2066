"""Whatever is sent as a payment event: refused, and of no effect; never a fault of ours."""

import json
from collections.abc import Iterator
from pathlib import Path

import apis
import pytest
from apis import Client
from databases import Schemas
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loops import Loop, once
from sqlalchemy import func, select

from benchmarks import webhooks
from oriel.service.models import Credit, PaymentEvent

TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
BODIES = st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode())
SIGNATURES = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=90)


@pytest.fixture(params=["off:", "off:simulated", "stripe:"])
def shop(
    request: pytest.FixtureRequest, schemas: Schemas, tmp_path: Path, loop: Loop
) -> Iterator[Client]:
    """A server whose payments are of each kind in turn."""
    keys = {"stripe_key": "sk_test", "stripe_webhook_secret": "whsec_test"}
    chosen = apis.settings(schemas.sqlite(), tmp_path, payments=request.param, **keys)
    yield from apis.opened(apis.served(chosen), loop)


def test_no_body_of_a_webhook_brings_a_fault_or_a_credit(shop: Client, loop: Loop) -> None:
    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(body=BODIES, signature=SIGNATURES, moment=st.integers(0, 2**40))
    def tell(body: bytes, signature: str, moment: int) -> None:
        told = {
            "Content-Type": "application/json",
            "Stripe-Signature": f"t={moment},v1={signature}",
            "Oriel-Signature": signature,
        }
        answer = loop.run(shop.post("/api/payments/webhook", data=body, headers=told))
        assert (answer.status, answer.code) == (400, "bad_signature")

    tell()

    assert loop.run(kept(shop)) == (0, 0)


def test_no_event_that_stripe_did_sign_brings_a_fault_however_strange_it_is() -> None:
    found = once(webhooks.measure(range(150)))

    assert found.faults == []
    assert min(found.became["kept"], found.became["refused"]) > 20, "events are of both kinds"
    assert found.credits == 0


async def kept(shop: Client) -> tuple[int, int]:
    """How many events and entries of the ledger there are."""
    async with shop.parts.database.read() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (PaymentEvent, Credit)
        ]
    return counts[0] or 0, counts[1] or 0
