"""What becomes an order? Everything that was agreed, as one frozen value; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from engine import Decision
from engine.runtime.decision import LineResult, Posting
from server.catalog.snapshot import VariantSnapshot
from server.decisions.books import RulesetRef
from storage.ids import new_id


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where to, as it was given with the order. `country` is ISO 3166-1 alpha-2."""

    name: str
    line1: str
    city: str
    country: str
    line2: str | None = None
    company: str | None = None
    phone: str | None = None
    region: str | None = None
    postcode: str | None = None


class NewLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the order to be: the snapshot of what is bought and what all of it costs. Columns of order_lines."""

    id: UUID
    position: int
    variant_id: UUID
    sku: str
    product_slug: str
    product_name: str
    variant_name: str
    options: tuple[str, ...]
    brand: str | None
    seller: str | None
    image_id: UUID | None
    is_gift: bool
    tax_class: str
    weight_g: int | None
    quantity: int
    list_price: int
    unit_price: int
    subtotal: int
    discount: int
    total: int
    net: int | None
    tax: int | None
    gross: int


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The order to be. `lifetime`: how long units are kept for it; `step_id`: its first step.

    `state`, `timer` and `effects` are what the lifecycle says of that step. `phone_to_confirm`: in E.164, where the
    checkout ruleset wants a code sent there before the order goes on. `phone_subject` and `device` are stand-ins.
    """

    id: UUID
    user_id: UUID | None
    guest_id: UUID | None
    customer_key: str
    cart_id: UUID
    cart_version: int
    quote_id: UUID
    decision_id: UUID
    step_id: UUID
    email: str
    phone: str | None
    phone_subject: str | None
    device: str | None
    customer_name: str
    locale: str
    currency: str
    coupon_code: str | None
    shipping_method: str | None
    payment_method: str
    shipping_address: Address
    billing_address: Address | None
    customer_note: str | None
    decision: Decision
    rulesets: tuple[RulesetRef, ...]
    lines: tuple[NewLine, ...]
    reserves: bool
    lifetime: timedelta
    event: str
    state: str
    timer: tuple[timedelta, str] | None
    role: str
    effects: tuple[str, ...]
    announced: tuple[str, ...]
    lifecycle_hash: str
    phone_to_confirm: str | None = None

    @property
    def demand(self) -> Mapping[UUID, int]:
        """Units by variant, in the order in which stock is locked. Lines and gifts of one variant are one demand."""
        units: Counter[UUID] = Counter()
        for line in self.lines:
            units[line.variant_id] += line.quantity
        return dict(sorted(units.items()))


class WrittenPosting(msgspec.Struct, frozen=True, omit_defaults=True):
    """One amount with one reason, as an order keeps it: minor units, the line by its SKU, and where the rule stands."""

    kind: str
    amount: int
    line: str = ""
    rules: str = ""
    rule: str = ""
    at: str = ""
    ruleset: str = ""


def written_postings(postings: Sequence[Posting]) -> list[WrittenPosting]:
    """All postings of a decision; their sum is the order's total."""
    return [
        WrittenPosting(
            each.kind, each.amount, each.line, each.origin.kind, each.origin.rule, each.origin.at, each.origin.ruleset
        )
        for each in postings
    ]


def lines_of(
    decision: Decision, variants: Mapping[str, VariantSnapshot], gifts: Sequence[tuple[VariantSnapshot, int]]
) -> tuple[NewLine, ...]:
    """The lines as they were decided, by SKU, and after them the gifts: variants with so many units at no price."""
    bought = [_line(variants[line.sku], line, position) for position, line in enumerate(decision.lines)]
    given = [_gift(variant, units, len(bought) + number) for number, (variant, units) in enumerate(gifts)]
    return (*bought, *given)


def _line(variant: VariantSnapshot, line: LineResult, position: int) -> NewLine:
    return NewLine(
        **_snapshot(variant, position),
        is_gift=False,
        quantity=line.quantity,
        list_price=line.list_price,
        unit_price=line.unit_price,
        subtotal=line.subtotal,
        discount=line.discount,
        total=line.total,
        net=line.net,
        tax=line.tax,
        gross=line.cost,
    )


def _gift(variant: VariantSnapshot, units: int, position: int) -> NewLine:
    return NewLine(
        **_snapshot(variant, position), is_gift=True, quantity=units, list_price=variant.list_price, unit_price=0,
        subtotal=0, discount=0, total=0, net=0, tax=0, gross=0,
    )  # fmt: skip


def _snapshot(variant: VariantSnapshot, position: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "position": position,
        "variant_id": variant.id,
        "sku": variant.sku,
        "product_slug": variant.product_slug,
        "product_name": variant.product_name,
        "variant_name": variant.name,
        "options": variant.option_pairs,
        "brand": variant.brand_slug,
        "seller": variant.seller_slug,
        "image_id": variant.image_id,
        "tax_class": variant.tax_class,
        "weight_g": variant.weight_g,
    }
