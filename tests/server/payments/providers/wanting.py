"""What do tests want of a provider?"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from server.ports import PaymentWanted, RefundWanted
from storage.ids import new_id


def wanted(**changes: Any) -> PaymentWanted:
    """A payment of 129.90."""
    payment_id = new_id()
    given = PaymentWanted(
        store_slug="main",
        order_id=new_id(),
        order_number="A-1001",
        payment_id=payment_id,
        method="card",
        amount=12_990,
        currency="BRL",
        email="ana@shop.example",
        return_url="https://shop.example/thanks",
        key=f"payment:{payment_id}",
    )
    return replace(given, **changes)


def refund_of(payment: PaymentWanted, reference: str, amount: int, **changes: Any) -> RefundWanted:
    """Money of the payment, to be given back."""
    refund_id = new_id()
    given = RefundWanted(
        refund_id=refund_id,
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        reference=reference,
        amount=amount,
        currency=payment.currency,
        key=f"refund:{refund_id}",
    )
    return replace(given, **changes)
