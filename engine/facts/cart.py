"""The facts of one checkout, conformed to the vocabulary: what `evaluate` is asked about.

Values are keys (see `engine.documents.conditions`): money in minor units of `currency`, weights in grams, volumes in
cm³, booleans 0 or 1, instants in microseconds since 1970 UTC, category paths with a closing slash, postcodes folded.
A fact that is not known is absent from its map; it is never None, never zero.
"""

from __future__ import annotations

import msgspec

Key = int | str


class Line(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One cart line. `list_price` is per unit in minor units, `quantity` at least 1.

    `facts` holds every known scalar line fact under its vocabulary name (`line.category`, `line.attr.material`),
    `line.quantity` and `line.list_price` included; `sets` the set-valued ones (`line.tags`).
    """

    id: str
    sku: str
    quantity: int
    list_price: int
    facts: dict[str, Key]
    sets: dict[str, frozenset[str]] = {}
    weight_g: int | None = None  # per unit
    volume_cm3: int | None = None  # per unit
    floor_price: int | None = None  # per unit
    seller: str = ""
    tax_class: str = "standard"
    name: str = ""


class CouponEntry(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A code on the cart (folded) with what the shop knows of it; uses are counted orders, None is not known."""

    code: str
    campaign: str | None = None
    owner: str | None = None
    known: bool = True  # False: the shop has no such code
    used_code: int | None = 0
    used_customer: int | None = None
    used_total: int | None = 0
    spent: int = 0


class Usage(msgspec.Struct, frozen=True, gc=False):
    """How often a promotion was used before: by this customer (None: unknown customer), by all, and money spent."""

    customer: int | None
    total: int
    spent: int


class CatalogueItem(msgspec.Struct, frozen=True, gc=False):
    """Something a hint may suggest to add; `line` is the line it would become, quantity 1."""

    line: Line


class Cart(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One checkout: request facts, lines in canonical order (by id), coupons, usage.

    `facts` holds the known scalar facts of stage `request` that describe customer, destination, payment, channel and
    currency, but none that `evaluate` derives itself (`cart.*`, `now.*`, `shipment.*`, `subtotal.*`, `coupon.*`).
    `now` is microseconds since 1970 UTC.
    """

    currency: str
    now: int
    lines: tuple[Line, ...]
    facts: dict[str, Key] = {}
    sets: dict[str, frozenset[str]] = {}
    coupons: tuple[CouponEntry, ...] = ()
    usage: dict[str, Usage] = {}
    shipping_method: str | None = None
    payment_method: str | None = None
    customer_id: str | None = None
    catalogue: tuple[CatalogueItem, ...] = ()
    locale: str = "en"
