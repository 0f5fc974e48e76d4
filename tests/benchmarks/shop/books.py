"""Which rules do the stores of the benchmark decide with? One book per number of promotions, in folders of YAML.

Promotions 1–5 match every cart, the coupon among them; all others never do, a third each by amount, by product and by
attribute or region. Everything else is as small as it can be: one tax rate, one zone, one method to send and to pay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

CURRENCY: Final = "BRL"
COUPON: Final = "BENCH10"
COTTON: Final = "cotton"  # the attribute every product has
PROMOTED: Final = ("order-over-10", "product-set", "cotton", "order-over-20")
"""The promotions that match every cart and need no code; the coupon is the fifth."""

_UNREACHABLE: Final = 1_000_000  # more than any cart of the benchmark costs, in whole units

# Orders of P are never paid: were their reservations to end in between, the worker would be part of other figures.
_INVENTORY: Final = "reservations: [{id: everybody, keep: 1d}]\n"


def write_book(folder: Path, promotions: int, skus: Sequence[str]) -> None:
    """The rulesets of a store with so many promotions, those that match on these SKUs, as `<folder>/rules`."""
    texts = {
        "promotions": _promotions(promotions, skus),
        "coupons": _coupons(promotions),
        "shipping": _SHIPPING,
        "tax": _TAX,
        "checkout": _CHECKOUT,
        "inventory": _INVENTORY,
    }
    for kind, text in texts.items():
        path = folder / "rules" / kind / "v1.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_head(kind) + text, encoding="utf-8")


def _head(kind: str) -> str:
    currency = "" if kind in ("tax", "inventory") else f"currency: {CURRENCY}\n"
    vocabulary = "stock/1" if kind == "inventory" else "checkout/1"
    return f"ruleset: {kind}\nname: default\nversion: 1\nvocabulary: {vocabulary}\ntimezone: UTC\n{currency}"


def _promotions(count: int, skus: Sequence[str]) -> str:
    matching = _matching(skus)[: min(count, len(PROMOTED))]
    rules = [*matching, *_never(count - len(matching) - 1)]
    lanes = "lanes:\n  - {id: products, pick: all, stage: lines}\n  - {id: order, pick: all, stage: order}\n"
    return f"{lanes}rules:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules) if rules else f"{lanes}rules: []\n"


def _matching(skus: Sequence[str]) -> list[str]:
    total = "subtotal.after_line_discounts"
    return [
        f'id: order-over-10, lane: order, when: {{{total}: {{at_least: "10.00"}}}},'
        " then: {percent_off: 5, on: order}",
        f"id: product-set, lane: products, then: {{percent_off: 10, where: {{line.sku: {_in(skus)}}}}}",
        f"id: cotton, lane: products, then: {{percent_off: 5, where: {{line.tags: {{any_of: [{COTTON}]}}}}}}",
        f'id: order-over-20, lane: order, when: {{{total}: {{at_least: "20.00"}}}},'
        ' then: {amount_off: "1.00", on: order}',
    ]


def _never(count: int) -> Iterator[str]:
    for number in range(count):
        identity = f"id: never-{number:05}"
        off = f"percent_off: {1 + number % 20}"
        third, half = number % 3, number // 3 % 2
        if third == 0:
            when = f'subtotal.after_line_discounts: {{at_least: "{_UNREACHABLE + number}.00"}}'
            yield f"{identity}, lane: order, when: {{{when}}}, then: {{{off}, on: order}}"
        elif third == 1:
            where = f"line.sku: {_in([f'NONE-{number:05}', f'NEITHER-{number:05}'])}"
            yield f"{identity}, lane: products, then: {{{off}, where: {{{where}}}}}"
        elif half == 0:
            where = f"line.tags: {{any_of: [none-{number:05}]}}"
            yield f"{identity}, lane: products, then: {{{off}, where: {{{where}}}}}"
        else:
            yield f"{identity}, lane: order, when: {{destination.region: N{number:05}}}, then: {{{off}, on: order}}"


def _coupons(promotions: int) -> str:
    if not promotions:
        return "coupons: []\n"
    return f"coupons:\n  - {{id: bench, codes: [{COUPON}], then: {{percent_off: 10, on: order}}}}\n"


_SHIPPING: Final = """zones:
  - {id: brazil, where: {destination.country: BR}}
methods:
  - id: standard
    name: {en: Standard}
    rates: {brazil: {flat: "9.90"}}
"""

_TAX: Final = """prices: included
level: total
rates:
  - {id: brazil, where: {destination.country: BR}, percent: 18}
"""

_CHECKOUT: Final = """require: [customer.email, destination.country, destination.postcode]
payment_methods:
  - {id: pix, name: {en: Pix}}
"""


def _in(codes: Iterable[str]) -> str:
    return f"{{in: [{', '.join(codes)}]}}"
