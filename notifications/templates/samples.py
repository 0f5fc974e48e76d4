"""What would a mail look like? Values for every text as they could be, for previews and for tests.

What a store would say in its own words is said in the language of the mail, so that a preview has one language.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, Final

_LINK: Final = "https://shop.example"
_TOKEN: Final = "#token=c2FtcGxl.k1.c2lnbmF0dXJl"

_SAID: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {
            "state": "Paid", "sale": "March sale", "half": "Half the delivery from 100", "shoes": "Running shoes <Sky>",
            "blue": "blue, 42", "socks": "Socks, three pairs", "bag": "Bag", "reward": "30% off one order",
            "review": "Order 1042 waits for a look", "stock": "Stock is running low: 2 variants",
            "subject": "A word from us, Ana", "heading": "Spring is here", "news": "New shoes have come.",
            "goodbye": "See you soon!", "look": "Have a look",
            "topic": "Where is my <parcel>?", "answer": "Good news: it is on its way, and comes tomorrow.",
            "question": "Shall we leave it with a neighbour, if nobody is there?",
        },
        "pt-BR": {
            "state": "Pago", "sale": "Promoção de março", "half": "Metade da entrega a partir de 100",
            "shoes": "Tênis de corrida <Céu>", "blue": "azul, 42", "socks": "Meias, três pares", "bag": "Bolsa",
            "reward": "30% de desconto em um pedido", "review": "O pedido 1042 espera uma análise",
            "stock": "Estoque baixo: 2 variantes", "subject": "Uma palavra nossa, Ana", "heading": "A primavera chegou",
            "news": "Chegaram novos tênis.", "goodbye": "Até breve!", "look": "Ver as novidades",
            "topic": "Onde está o meu <pacote>?", "answer": "Boa notícia: já está a caminho e chega amanhã.",
            "question": "Podemos deixar com um vizinho, se não houver ninguém?",
        },
    }
)  # fmt: skip


@cache
def samples(locale: str) -> Mapping[str, Mapping[str, Any]]:
    """Values for every text of a mail, by its name, in one of our languages. They are no one's data."""
    said = _SAID[locale]
    of_order: Mapping[str, Any] = {"order": _order(said), "link": f"{_LINK}/orders/1042"}
    return MappingProxyType(
        {
            **_of_accounts(),
            "order-confirmation": of_order,
            "order-paid": of_order,
            "order-shipped": of_order,
            "parcel-shipped": of_order,
            "rest-dropped": of_order,
            "order-delivered": of_order,
            "order-cancelled": of_order,
            "payment-failed": of_order,
            "refund": of_order,
            "return-label": of_order,
            "return-received": of_order,
            "return-refused": of_order,
            "refund-refused": of_order,
            **_of_customers(said),
            **_of_conversations(said),
            "low-stock": {
                "stock": {"lines": [{"sku": "SHOE-SKY-42", "available": 3}, {"sku": "SOCK-3", "available": 0}]}
            },
            "review-needed": of_order,
            "order-stuck": of_order,
            "order-to-pack": of_order,
            "order-of-seller": {**of_order, "order": {**of_order["order"], "lines": of_order["order"]["lines"][:1]}},
            **_of_the_store(said),
        }
    )


def _of_accounts() -> dict[str, Mapping[str, Any]]:
    return {
        "activation": {"name": "Ana", "link": f"{_LINK}/activate{_TOKEN}", "hours": "24"},
        "account_exists": {"name": "Ana", "link": _LINK},
        "password_reset": {"name": "", "link": f"{_LINK}/reset-password{_TOKEN}", "hours": "1"},
        "password_reset_unknown": {"name": "", "link": _LINK},
        "password_changed": {"name": "Ana", "link": _LINK},
        "email_change": {"name": "Ana", "link": f"{_LINK}/confirm-email{_TOKEN}", "hours": "24"},
        "email_changed": {"name": "Ana", "link": _LINK},
    }


def _of_customers(said: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    return {
        "referral-progress": {
            "name": "Ana",
            "invite": {"counted": 3, "missing": 2, "reward": said["reward"]},
            "link": f"{_LINK}/invite",
        },
        "reward": {
            "name": "Ana",
            "reward": {
                "code": "FRIENDS-30-7KQ2",
                "about": said["reward"],
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
                    {"quantity": 2, "name": said["shoes"], "details": [said["blue"]], "amount": 150_000},
                    {"quantity": 1, "name": said["socks"], "details": [], "amount": 8_990},
                ],
            },
            "link": f"{_LINK}/cart",
        },
    }


def _of_conversations(said: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    lines = [
        {"author": "Sue", "text": said["answer"], "at": datetime(2026, 3, 10, 13, 2, tzinfo=UTC)},
        {"author": "Sue", "text": said["question"], "at": datetime(2026, 3, 10, 13, 3, tzinfo=UTC)},
        {"author": "Sue", "text": "", "at": datetime(2026, 3, 10, 13, 4, tzinfo=UTC)},
    ]
    of_all: Mapping[str, Any] = {"subject": said["topic"], "lines": lines, "unread": 5}
    waiting = {**of_all, "customer": "Ana", "since": datetime(2026, 3, 10, 13, 2, tzinfo=UTC), "lines": [
        {**line, "author": "Ana"} for line in lines[1:2]
    ]}  # fmt: skip
    link = f"{_LINK}/chat/0195809c-5b7a-7c3e-9d44-1f6f3f1c2a10"
    return {
        "messages-unread": {"name": "Ana", "conversation": of_all, "link": link},
        "messages-waiting": {"conversation": waiting, "link": link},
    }


def _of_the_store(said: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    return {
        "digest": {
            "digest": {
                "lines": [
                    {"subject": said["review"], "detail": "", "link": None},
                    {"subject": said["stock"], "detail": "SHOE-SKY-42: 3", "link": None},
                ]
            }
        },
        "own": {
            "own": {
                "subject": said["subject"],
                "heading": said["heading"],
                "paragraphs": [said["news"], said["goodbye"]],
                "button": said["look"],
            },
            "link": f"{_LINK}/spring",
        },
    }


def _order(said: Mapping[str, str]) -> dict[str, Any]:
    """An order that has everything a mail may tell of one."""
    shoes, bag, sale = said["shoes"], said["bag"], {"label": said["sale"], "amount": -15_000}
    return {
        "number": 1042,
        "customer_name": "Ana Souza & Filhos",
        "placed_at": datetime(2026, 3, 9, 17, 5, tzinfo=UTC),
        "state": said["state"],
        "state_since": datetime(2026, 3, 9, 17, 6, tzinfo=UTC),
        "currency": "BRL",
        "total": 141_880,
        "captured": 141_880,
        "refunded": 12_990,
        "refund": 12_990,
        "goods": 158_990,
        "discounts": [sale, {"label": "WELCOME10", "amount": -3_100}],
        "shipping": 2_490,
        "shipping_discounts": [{"label": said["half"], "amount": -1_500}],
        "tax_added": 0,
        "tax_included": 11_240,
        "rounding": 0,
        "payment": "Pix",
        "delivery": "PAC",
        "address": ["Ana Souza & Filhos", "Rua das Flores 12, ap. 3", "80010-000 Curitiba PR"],
        "lines": [
            {
                "quantity": 2,
                "name": shoes,
                "sku": "SHOE-SKY-42",
                "details": [said["blue"]],
                "amount": 150_000,
                "is_gift": False,
                "why": [sale],
            },
            {
                "quantity": 1,
                "name": said["socks"],
                "sku": "SOCK-3",
                "details": [],
                "amount": 8_990,
                "is_gift": False,
                "why": [],
            },
            {"quantity": 1, "name": bag, "sku": "BAG", "details": [], "amount": 0, "is_gift": True, "why": []},
        ],
        "parcels": [
            {
                "number": 1,
                "carrier": "Correios",
                "tracking_number": "AA123456789BR",
                "tracking_url": "https://rastreamento.example/?objeto=AA123456789BR&lang=pt",
                "sent_at": datetime(2026, 3, 10, 1, 30, tzinfo=UTC),
                "lines": [{"quantity": 2, "name": shoes}, {"quantity": 1, "name": bag}],
            },
        ],
        "returning": [{"quantity": 1, "name": shoes}],
        "dropped": [{"quantity": 1, "name": said["socks"]}],
    }
