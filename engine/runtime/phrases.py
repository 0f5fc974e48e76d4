"""The few sentences the engine itself says to shoppers, by language; everything else is written in rulesets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "discount": "{name}: you save {amount}",
        "coupon_pending": "Coupon {code} is not active yet: {reasons}",
        "coupon_rejected": "Coupon {code} cannot be used: {reasons}",
        "shipping": "Delivery ({name}): {amount}",
        "shipping_free": "Delivery ({name}) is free; you save {saved}",
        "shipping_open": "Delivery is not decided yet",
        "tax_included": "Includes {amount} tax",
        "tax_added": "Plus {amount} tax",
        "gift": "A gift for you: {quantity} × {sku}",
        "refused": "This order cannot be placed: {reason}",
        "total": "You pay {amount} {currency}",
    },
    "pt": {
        "discount": "{name}: você economiza {amount}",
        "coupon_pending": "O cupom {code} ainda não vale: {reasons}",
        "coupon_rejected": "O cupom {code} não pode ser usado: {reasons}",
        "shipping": "Entrega ({name}): {amount}",
        "shipping_free": "Entrega ({name}) grátis; você economiza {saved}",
        "shipping_open": "A entrega ainda não foi definida",
        "tax_included": "Inclui {amount} de impostos",
        "tax_added": "Mais {amount} de impostos",
        "gift": "Um brinde para você: {quantity} × {sku}",
        "refused": "Este pedido não pode ser feito: {reason}",
        "total": "Você paga {amount} {currency}",
    },
    "ja": {
        "discount": "{name}：{amount} お得です",
        "coupon_pending": "クーポン {code} はまだ使えません：{reasons}",
        "coupon_rejected": "クーポン {code} は使えません：{reasons}",
        "shipping": "配送（{name}）：{amount}",
        "shipping_free": "配送（{name}）無料、{saved} お得です",
        "shipping_open": "配送方法は未定です",
        "tax_included": "うち消費税 {amount}",
        "tax_added": "別途消費税 {amount}",
        "gift": "プレゼント：{sku} × {quantity}",
        "refused": "ご注文いただけません：{reason}",
        "total": "お支払い {amount} {currency}",
    },
}


def phrase(key: str, locale: str, **values: str) -> str:
    """A sentence in the language of the locale, or in English."""
    language = _PHRASES.get(locale.split("-")[0].lower(), _PHRASES["en"])
    return language[key].format(**values)
