"""What is sent, byte by byte, and that the snippet of the documentation believes it and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.events import EVENTS, OrderEvent, StockLine, StockRanLow
from server.keys import KeyRing
from server.webhooks.letter import PRIVATE, headers, letter, letter_of_test
from server.webhooks.secret import SecretLost, is_current, new_secret, seal, unseal
from tests.conftest import CHECKOUT

GUIDE = CHECKOUT / "docs" / "howto" / "receive-webhooks.md"
EVENT_ID = UUID("019a8a3e-6a43-7c1e-9c62-0d7f5a1b2c3d")
AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgdmVjdG9ycw"
PAID = OrderEvent(
    name="OrderPaid", order_id="o-1", order_number=7, order_seq=2, order_state="Paid", order_total=1990,
    order_currency="BRL", order_payment_method="card", customer_email="0" * 32,
)  # fmt: skip

Believes = Callable[[bytes, str, str, float], bool]


@pytest.fixture(scope="module")
def believes() -> Believes:
    """The function of the guide."""
    (snippet,) = [
        each for each in re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL) if "hmac" in each
    ]
    names: dict[str, Any] = {}
    exec(snippet, names)
    found: Believes = names["is_genuine"]
    return found


def test_an_order_is_told_like_this() -> None:
    assert letter("main", EVENT_ID, PAID, AT) == (
        '{"id":"019a8a3e-6a43-7c1e-9c62-0d7f5a1b2c3d","type":"OrderPaid","version":1,'
        '"created":"2026-01-31T12:00:00Z","store":"main","data":{"name":"OrderPaid","order_id":"o-1",'
        '"order_number":7,"order_seq":2,"order_state":"Paid","order_total":1990,"order_currency":"BRL",'
        '"order_payment_method":"card","order_captured":0,"order_refunded":0,"order_address":null,'
        '"customer_id":null,"customer_email":"00000000000000000000000000000000","customer_phone":null,'
        '"device_id":null,"refund_amount":0}}'
    )


def test_what_is_in_lists_is_told_as_well() -> None:
    low = StockRanLow(lines=[StockLine(variant_id="v", sku="s", available=1, low_stock_threshold=None)])
    assert letter("main", EVENT_ID, low, AT).endswith(
        '"data":{"lines":[{"variant_id":"v","sku":"s","available":1,"low_stock_threshold":null}]}}'
    )


def test_the_signature_of_known_bytes_is_known() -> None:
    sent = headers(EVENT_ID, "OrderPaid", '{"id":1}', [SECRET, "whsec_old"], AT)
    assert sent == {
        "Content-Type": "application/json",
        "Sostech-Event": "OrderPaid",
        "Sostech-Event-Id": "019a8a3e-6a43-7c1e-9c62-0d7f5a1b2c3d",
        # printf '1769860800.{"id":1}' | openssl dgst -sha256 -hmac "$SECRET"
        "Sostech-Signature": "t=1769860800"
        ",v1=786f19dfc7f59e0d96ac0f5ef32372d7271cbbfedc472542e6ddacf7ce949f7e"
        ",v1=50ecf0e22745a8b6a5a463e67b82d8be6841a159b07989b3cc5893a9ce2ae991",
    }
    first = sent["Sostech-Signature"].rpartition(",")[0]
    assert f"Sostech-Signature: {first}\n" in GUIDE.read_text("utf-8"), "as the guide shows it"


@given(st.binary(max_size=200), st.lists(st.text("ab", max_size=3), min_size=1, max_size=2), st.integers(-400, 400))
def test_the_snippet_believes_what_was_signed_lately_and_nothing_else(
    believes: Believes, body: bytes, secrets: list[str], late: int
) -> None:
    text = body.decode("latin-1")
    signature = headers(EVENT_ID, "X", text, secrets, AT)["Sostech-Signature"]
    sent, now = text.encode(), AT.timestamp() + late
    for secret in secrets:
        assert believes(sent, signature, secret, now) is (abs(late) <= 300)
    assert not believes(sent + b" ", signature, secrets[0], now)
    assert not believes(sent, signature, "other", now)


@pytest.mark.parametrize(
    "header", ["", "t=", "v1=", "t=1", "t=x,v1=00", "nonsense", "t=1769860800,v0=00", "v1=é,t=1769860800"]
)
def test_the_snippet_does_not_believe_nonsense(believes: Believes, header: str) -> None:
    assert not believes(b"{}", header, SECRET, AT.timestamp())


def test_a_test_says_that_it_is_one() -> None:
    assert letter_of_test("main", EVENT_ID, AT) == (
        '{"id":"019a8a3e-6a43-7c1e-9c62-0d7f5a1b2c3d","type":"WebhookTest","version":1,'
        '"created":"2026-01-31T12:00:00Z","store":"main","data":{"message":"Hello from your shop."}}'
    )
    assert "WebhookTest" not in EVENTS
    assert EVENTS.keys() >= PRIVATE


def _rings() -> Iterator[KeyRing]:
    one, other = ("k1", b"1" * 32), ("k2", b"2" * 32)
    yield from (KeyRing((one,)), KeyRing((other, one)), KeyRing((other,)))


def test_a_secret_is_opened_with_the_key_it_was_closed_with_and_beside_its_webhook_only() -> None:
    before, while_rotated, after = _rings()
    secret = new_secret()
    sealed = seal(before, EVENT_ID, secret)
    assert sealed != seal(before, EVENT_ID, secret), "nobody sees that two are equal"
    assert (unseal(before, EVENT_ID, sealed), unseal(while_rotated, EVENT_ID, sealed)) == (secret, secret)
    assert (is_current(before, sealed), is_current(while_rotated, sealed)) == (True, False)
    with pytest.raises(SecretLost, match="'k1', which SOSTECH_KEYS has no more"):
        unseal(after, EVENT_ID, sealed)
    with pytest.raises(SecretLost, match="changed where it is kept"):
        unseal(before, UUID(int=1), sealed)
    for spoiled in ("k1.", "k1.AAAA", "k1.é", sealed[:-8] + "AAAAAAA="):
        with pytest.raises(SecretLost, match="changed where it is kept"):
            unseal(before, EVENT_ID, spoiled)
