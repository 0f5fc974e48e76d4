"""Cash on delivery asks nobody and is told nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from server.payments.providers.cash import CashProvider
from server.ports import EventNotBelieved, PaymentStarted, PaymentWanted, RefundStarted, RefundWanted
from storage.ids import new_id

ORDER, PAYMENT, REFUND = new_id(), new_id(), new_id()


async def test_there_is_nothing_to_do_until_the_door() -> None:
    wanted = PaymentWanted(
        store_slug="main", order_id=ORDER, order_number="A-1", payment_id=PAYMENT, method="cash_on_delivery",
        amount=990, currency="BRL", email="ana@shop.example", return_url=None, key="1",
    )  # fmt: skip
    cash = CashProvider()
    started = await cash.start(wanted)
    assert started == await cash.start(wanted) == PaymentStarted(reference=f"cash:{PAYMENT}", client={})
    await cash.void(started.reference, "2")


async def test_money_given_back_by_hand_waits_for_somebody_to_say_so() -> None:
    wanted = RefundWanted(
        refund_id=REFUND, payment_id=PAYMENT, order_id=ORDER, reference=f"cash:{PAYMENT}", amount=1, currency="BRL",
        key="3",
    )  # fmt: skip
    assert await CashProvider().refund(wanted) == RefundStarted(reference=f"cash:{REFUND}", status="pending")


def test_no_event_of_cash_is_believed() -> None:
    with pytest.raises(EventNotBelieved, match="staff"):
        CashProvider().read_event({}, b"{}", datetime(2026, 3, 1, tzinfo=UTC))
