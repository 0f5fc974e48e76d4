"""Orders to work on, written behind the API's back as placing one writes them: stock is kept, nothing is paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from server.cart.snapshot import Owner
from server.orders.happening import THE_SYSTEM, Happens, Transitioned
from server.orders.lifecycle import advance
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.cart.goods import Goods

ADDRESS: Final[Mapping[str, str]] = {
    "name": "Ana Souza", "line1": "Rua Augusta 1", "city": "São Paulo", "region": "SP", "postcode": "01310-100",
    "country": "BR", "phone": "+55 11 91234-5678",
}  # fmt: skip
_DECISION: Final = """
INSERT INTO decision_log (id, store_id, purpose, actor_kind, digest, rulesets, facts, result, total, currency)
VALUES ($1, $2, 'order', 'user', '', '[]', $3::jsonb, '{}', $4, $5)
"""
_ORDER: Final = """
WITH numbered AS (
    INSERT INTO order_counters AS c (store_id, last_number) VALUES ($2, 1001)
        ON CONFLICT (store_id) DO UPDATE SET last_number = c.last_number + 1
    RETURNING last_number
)
INSERT INTO orders (id, store_id, number, user_id, guest_id, customer_key, quote_id, decision_id, email, email_folded,
                    phone, customer_name, locale, state, deadline_at, deadline_event, currency, items_total,
                    discount_total, shipping_total, tax_total, total, postings, rulesets, payment_method,
                    shipping_address)
SELECT $1, $2, n.last_number, $3, $4, $5, $6, $7, $8, lower($8), '+55 11 91234-5678', 'Ana Souza', 'pt-BR', 'pending',
       now() + interval '1 day', 'order_expired', $9, $10, 0, $11, 0, $12, $13::jsonb, '[]', $14, $15::jsonb
  FROM numbered n
RETURNING number
"""
_LINE: Final = """
INSERT INTO order_lines (id, store_id, order_id, position, variant_id, sku, product_slug, product_name, variant_name,
                         seller, tax_class, quantity, list_price, unit_price, subtotal, discount, total, gross)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'standard', $11, $12, $12, $13, 0, $13, $13)
"""
_RESERVE: Final = """
WITH kept AS (
    UPDATE stock_levels SET reserved = reserved + $4 WHERE variant_id = $3 AND on_hand - reserved >= $4 RETURNING 1
)
INSERT INTO stock_reservations (store_id, order_id, variant_id, quantity, expires_at)
SELECT $1, $2, $3, $4, now() + interval '1 hour' FROM kept
"""
_STEP: Final = """
INSERT INTO order_transitions (id, store_id, order_id, seq, event, source, target, role, actor_kind, actor_id, ruleset,
                               effects)
VALUES ($1, $2, $3, 1, 'place', 'start', 'pending', 'customer', $4, $5, '', '["reserve_stock"]')
"""


@dataclass(frozen=True)
class Wanted:
    """A line to order: the price of one unit in minor units; `seller` is a slug."""

    sku: str
    quantity: int = 1
    price: int = 1990
    seller: str | None = None


@dataclass(frozen=True)
class Placed:
    """An order that is there. `lines` has the ids of its lines by SKU."""

    id: UUID
    number: int
    owner: Owner
    total: int
    lines: Mapping[str, UUID]


async def place(
    shop: Shop,
    store: Store,
    *wanted: Wanted,
    owner: Owner | None = None,
    email: str = "ana@example.com",
    payment_method: str = "card",
    shipping: int = 0,
) -> Placed:
    """A pending order of a guest, or of `owner`. What the store does not sell yet is put on the shelf, 100 pieces."""
    placed_by = owner or Owner("guest", new_id())
    lines = wanted or (Wanted("SHIRT", 2),)
    goods = Goods(shop, store)
    variants: dict[str, UUID] = {}
    for line in lines:
        known = await goods.value("SELECT id FROM variants WHERE sku = $1", line.sku)
        variants[line.sku] = known or await goods.put(line.sku, line.price)
    return await shop.database.transaction(
        store.id, lambda tx: _write(tx, store, placed_by, lines, variants, email, payment_method, shipping)
    )


async def place_order(shop: Shop, store: Store, *wanted: Wanted, **options: Any) -> int:
    """The same, when its number is all that matters."""
    return (await place(shop, store, *wanted, **options)).number


async def bring(shop: Shop, store: Store, order: Placed, event: str, **what: Any) -> Transitioned:
    """An event the system brings to the order."""
    happens = Happens(event=event, doer=THE_SYSTEM, **what)
    return await shop.database.transaction(store.id, lambda tx: advance(tx, shop, store, order.id, happens))


async def pay(shop: Shop, store: Store, order: Placed) -> Placed:
    """The whole total comes in, with no payment that it comes from."""
    await bring(shop, store, order, "payment_succeeded", captured=order.total)
    return order


async def pack(shop: Shop, store: Store, order: Placed) -> Placed:
    """The order is paid and being packed."""
    await pay(shop, store, order)
    await bring(shop, store, order, "process")
    return order


async def _write(
    tx: Transaction,
    store: Store,
    owner: Owner,
    wanted: Sequence[Wanted],
    variants: Mapping[str, UUID],
    email: str,
    payment_method: str,
    shipping: int,
) -> Placed:
    order_id, decision_id = new_id(), new_id()
    items = sum(line.quantity * line.price for line in wanted)
    is_user = owner.kind == "user"
    postings: list[dict[str, Any]] = [
        {"kind": "item", "amount": line.quantity * line.price, "line": line.sku, "rules": "catalogue"}
        for line in wanted
    ]
    if shipping:
        postings.append({"kind": "shipping", "amount": shipping, "rules": "shipping", "rule": "standard"})
    facts = {"currency": store.currency, "now": "2026-01-01T00:00:00Z", "lines": []}
    await tx.execute(_DECISION, decision_id, store.id, _json(facts), items + shipping, store.currency)
    number = await tx.fetchval(
        _ORDER, order_id, store.id, owner.id if is_user else None, None if is_user else owner.id,
        f"user:{owner.id}" if is_user else f"email:{email.lower()}", new_id(), decision_id, email, store.currency,
        items, shipping, items + shipping, _json(postings), payment_method, _json(ADDRESS),
    )  # fmt: skip
    lines = {line.sku: new_id() for line in wanted}
    for position, line in enumerate(wanted):
        await tx.execute(
            _LINE, lines[line.sku], store.id, order_id, position, variants[line.sku], line.sku,
            f"p-{line.sku.lower()}", f"Product {line.sku}", f"Variant {line.sku}", line.seller, line.quantity,
            line.price, line.quantity * line.price,
        )  # fmt: skip
        assert await tx.execute(_RESERVE, store.id, order_id, variants[line.sku], line.quantity) == 1
    await tx.execute(_STEP, new_id(), store.id, order_id, owner.kind, owner.id)
    return Placed(order_id, number, owner, items + shipping, lines)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
