"""What would a mail look like? Values for every text as they could be, for previews and for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

_LINK: Final = "https://shop.example"

ORDER: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "number": 1042,
        "customer_name": "Ana Souza & Filhos",
        "placed_at": datetime(2026, 3, 9, 17, 5, tzinfo=UTC),
        "state": "paid",
        "state_since": datetime(2026, 3, 9, 17, 6, tzinfo=UTC),
        "currency": "BRL",
        "total": 141_880,
        "captured": 141_880,
        "refunded": 12_990,
        "refund": 12_990,
        "goods": 158_990,
        "discounts": [{"label": "March sale", "amount": -15_000}, {"label": "WELCOME10", "amount": -3_100}],
        "shipping": 2_490,
        "shipping_discounts": [{"label": "Half the delivery from 100", "amount": -1_500}],
        "tax_added": 0,
        "tax_included": 11_240,
        "rounding": 0,
        "payment": "Pix",
        "delivery": "PAC",
        "address": ["Ana Souza & Filhos", "Rua das Flores 12, ap. 3", "80010-000 Curitiba PR", "BR"],
        "lines": [
            {
                "quantity": 2,
                "name": "Running shoes <Sky>",
                "sku": "SHOE-SKY-42",
                "details": ["blue, 42"],
                "amount": 150_000,
                "is_gift": False,
                "why": [{"label": "March sale", "amount": -15_000}],
            },
            {
                "quantity": 1,
                "name": "Socks, three pairs",
                "sku": "SOCK-3",
                "details": [],
                "amount": 8_990,
                "is_gift": False,
                "why": [],
            },
            {"quantity": 1, "name": "Bag", "sku": "BAG", "details": [], "amount": 0, "is_gift": True, "why": []},
        ],
        "parcels": [
            {
                "number": 1,
                "carrier": "Correios",
                "tracking_number": "AA123456789BR",
                "tracking_url": "https://rastreamento.example/?objeto=AA123456789BR&lang=pt",
                "sent_at": datetime(2026, 3, 10, 1, 30, tzinfo=UTC),
                "lines": [{"quantity": 2, "name": "Running shoes <Sky>"}, {"quantity": 1, "name": "Bag"}],
            },
        ],
        "returning": [{"quantity": 1, "name": "Running shoes <Sky>"}],
    }
)
"""An order that has everything a mail may tell of one."""

_OF_ORDERS: Final = {"order": ORDER, "link": f"{_LINK}/orders/1042"}
_OF_PEOPLE: Final = {"name": "Ana", "link": f"{_LINK}/activate#token=c2FtcGxl.k1.c2lnbmF0dXJl"}

SAMPLES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "activation": _OF_PEOPLE,
        "account_exists": _OF_PEOPLE,
        "password_reset": {**_OF_PEOPLE, "name": ""},
        "password_reset_unknown": {"name": "", "link": ""},
        "password_changed": {"name": "Ana", "link": ""},
        "email_change": _OF_PEOPLE,
        "email_changed": {"name": "Ana", "link": ""},
        "order_code": {"name": "Ana", "code": "042137", "number": "1042", "link": ""},
        "order-confirmation": _OF_ORDERS,
        "order-paid": _OF_ORDERS,
        "order-shipped": _OF_ORDERS,
        "parcel-shipped": _OF_ORDERS,
        "order-delivered": _OF_ORDERS,
        "order-cancelled": _OF_ORDERS,
        "payment-failed": _OF_ORDERS,
        "refund": _OF_ORDERS,
        "return-label": _OF_ORDERS,
        "return-refused": _OF_ORDERS,
        "refund-refused": _OF_ORDERS,
        "referral-progress": {
            "name": "Ana",
            "invite": {"counted": 3, "missing": 2, "reward": "30% off one order"},
            "link": f"{_LINK}/invite",
        },
        "reward": {
            "name": "Ana",
            "reward": {
                "code": "FRIENDS-30-7KQ2",
                "about": "30% off one order",
                "expires_at": datetime(2026, 6, 30, 2, 59, tzinfo=UTC),
            },
            "link": _LINK,
        },
        "abandoned-cart": {
            "name": "Ana",
            "cart": {
                "currency": "BRL",
                "code": "COMEBACK-5",
                "lines": [
                    {"quantity": 2, "name": "Running shoes <Sky>", "details": ["blue, 42"], "amount": 150_000},
                    {"quantity": 1, "name": "Socks, three pairs", "details": [], "amount": 8_990},
                ],
            },
            "link": f"{_LINK}/cart",
        },
        "low-stock": {"stock": {"lines": [{"sku": "SHOE-SKY-42", "available": 3}, {"sku": "SOCK-3", "available": 0}]}},
        "review-needed": _OF_ORDERS,
        "order-stuck": _OF_ORDERS,
        "order-to-pack": _OF_ORDERS,
        "digest": {
            "digest": {
                "lines": [
                    {"subject": "Order 1042 waits for a look", "detail": "", "link": None},
                    {"subject": "Stock is running low: 2 variants", "detail": "SHOE-SKY-42: 3", "link": None},
                ]
            }
        },
        "own": {
            "own": {
                "subject": "A word from us, Ana",
                "heading": "Spring is here",
                "paragraphs": ["New shoes have come.", "See you soon!"],
                "button": "Have a look",
            },
            "link": f"{_LINK}/spring",
        },
    }
)
"""By the name of the text. They are no one's data."""
