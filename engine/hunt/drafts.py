"""What is a cart while it is being put together, and how does it become one that a scenario reader would make?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.boxes.truth import truth
from engine.documents.conditions import Condition
from engine.facts.cart import Cart, CouponEntry, Key, Line, Usage
from engine.facts.line_order import in_order
from engine.facts.measures import LARGEST
from engine.facts.scenario_lines import DEFAULT_TAX_CLASS, MOST_LINES, MOST_UNITS
from engine.hunt.aim import PLAIN_PRICE
from engine.money import LARGEST_MINOR

PLAIN_WEIGHT: Final = 500


@dataclass(slots=True)
class DraftLine:
    """A line; `price` (minor units) is `plain` while nothing wishes a price, `weight` None: not known."""

    facts: dict[str, Key] = field(default_factory=dict)
    sets: dict[str, frozenset[str]] = field(default_factory=dict)
    quantity: int = 1
    price: int | None = None
    plain: int = PLAIN_PRICE
    weight: int | None = PLAIN_WEIGHT
    volume: int | None = None

    @property
    def list_price(self) -> int:
        """The price of one unit, a plain one while nothing wishes another."""
        return self.plain if self.price is None else self.price

    def satisfies(self, where: Condition) -> bool:
        """Whether the line is one that a selection takes, as far as can be told before prices are made."""
        facts = {
            **self.facts,
            "line.quantity": self.quantity,
            "line.list_price": self.list_price,
            "line.unit_price": self.list_price,
            "line.subtotal": self.list_price * self.quantity,
            "tax.class": self.facts.get("line.tax_class", DEFAULT_TAX_CLASS),
        }
        return truth(where, facts, self.sets) is True

    def line(self, line_id: str) -> Line:
        """The line with all its facts under their names, as a scenario reader makes it."""
        facts: dict[str, Key] = {
            "line.sku": line_id.replace("L", "S"),
            "line.tax_class": DEFAULT_TAX_CLASS,
            **self.facts,
        }
        facts["line.quantity"], facts["line.list_price"] = self.quantity, self.list_price
        for name, amount in (("line.weight_g", self.weight), ("line.volume_cm3", self.volume)):
            if amount is not None:
                facts[name] = amount
        return line_of(line_id, facts, self.sets)


@dataclass(slots=True)
class Draft:
    """A cart; `sums` are the amounts of money it should come to, by fact."""

    currency: str
    now: int
    facts: dict[str, Key] = field(default_factory=dict)
    sets: dict[str, frozenset[str]] = field(default_factory=dict)
    lines: list[DraftLine] = field(default_factory=list)
    coupons: dict[str, CouponEntry] = field(default_factory=dict)
    usage: dict[str, Usage] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)

    def cart(self) -> Cart | None:
        """The cart; None when it is larger than carts may be."""
        lines = in_order(line.line(f"L{number}") for number, line in enumerate(self.lines, 1))
        facts = dict(sorted({**self.facts, "currency": self.currency}.items()))
        cart = Cart(
            currency=self.currency,
            now=self.now,
            lines=lines,
            facts=facts,
            sets=dict(sorted(self.sets.items())),
            coupons=tuple(self.coupons[code] for code in sorted(self.coupons)),
            usage=dict(sorted(self.usage.items())),
            shipping_method=_text(facts, "shipping.method"),
            payment_method=_text(facts, "payment.method"),
            customer_id=_text(facts, "customer.id"),
            locale=_text(facts, "locale") or "en",
        )
        return cart if is_readable(cart) else None


def line_of(line_id: str, facts: Mapping[str, Key], sets: Mapping[str, frozenset[str]], name: str = "") -> Line:
    """The line of these facts, `line.sku`, `line.quantity` and `line.list_price` among them."""
    return Line(
        id=line_id,
        sku=str(facts["line.sku"]),
        quantity=int(facts["line.quantity"]),
        list_price=int(facts["line.list_price"]),
        facts=dict(sorted(facts.items())),
        sets=dict(sets),
        weight_g=_number(facts, "line.weight_g"),
        volume_cm3=_number(facts, "line.volume_cm3"),
        floor_price=_number(facts, "line.floor_price"),
        seller=_text(facts, "line.seller") or "",
        tax_class=_text(facts, "line.tax_class") or DEFAULT_TAX_CLASS,
        name=name,
    )


def is_readable(cart: Cart) -> bool:
    """Whether a scenario reader takes a cart of this size."""
    lines = cart.lines
    return (
        len(lines) <= MOST_LINES
        and all(1 <= line.quantity <= MOST_UNITS and line.list_price >= 0 for line in lines)
        and sum(line.list_price * line.quantity for line in lines) <= LARGEST_MINOR
        and sum((line.weight_g or 0) * line.quantity for line in lines) <= LARGEST
        and sum((line.volume_cm3 or 0) * line.quantity for line in lines) <= LARGEST
    )


def _text(facts: Mapping[str, Key], name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) else None


def _number(facts: Mapping[str, Key], name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) else None
