"""What does the test provider do? Make a charge, have it paid or declined, call it off, give its money back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from engine.money import format_amount
from server.errors import AppError
from server.payments.test_provider import repo
from server.payments.test_provider.charges import (
    Charge,
    ChargeStatus,
    NewCharge,
    NewRefund,
    Refund,
    fingerprint_of,
    parse_reference,
    reference_of,
)
from server.payments.test_provider.deliveries import COURIER
from server.payments.test_provider.errors import CHARGE_CLOSED, CHARGE_UNKNOWN, KEY_TAKEN, REFUND_TOO_LARGE
from server.payments.test_provider.events import Delivery, Wish, payment_deliveries, refund_delivery, void_delivery
from server.payments.test_provider.repo import DeliveryState
from server.web.call import Shop
from server.web.middlewares import STORES
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class FoundCharge:
    """A charge with its store, its name outside, and what was told of it."""

    store: Store
    reference: str
    charge: Charge
    deliveries: Sequence[DeliveryState] = ()


async def create_charge(shop: Shop, new: NewCharge) -> str:
    """The reference of a new charge, or of the one made with this key before.

    Raises CHARGE_UNKNOWN for a store that is none, KEY_TAKEN when the key was used for another amount or payment.
    """
    store = await shop.use(STORES).by_slug(new.store_slug)
    if store is None:
        raise CHARGE_UNKNOWN(f"no store is called {new.store_slug!r}")

    async def work(tx: Transaction) -> Charge:
        await repo.insert_charge(tx, store.id, new)
        charge = await repo.charge_of_key(tx, new.key)
        assert charge is not None, "it is there by now, ours or an earlier one"
        if (charge.amount, charge.currency, charge.metadata) != (new.amount, new.currency, new.metadata):
            raise KEY_TAKEN(f"the key {new.key!r} was used for another charge")
        return charge

    charge = await shop.database.transaction(store.id, work)
    return reference_of(store.slug, charge.id)


async def read_charge(shop: Shop, reference: str, *, with_deliveries: bool = False) -> FoundCharge:
    """The charge, on demand with the webhooks about it. Raises CHARGE_UNKNOWN."""
    store, charge_id = await _place(shop, reference)

    async def work(tx: Transaction) -> FoundCharge:
        charge = await _charge(tx, charge_id, reference)
        deliveries = await repo.deliveries_of(tx, reference) if with_deliveries else ()
        return FoundCharge(store, reference, charge, deliveries)

    return await shop.database.transaction(store.id, work)


async def end_charge(shop: Shop, reference: str, wish: Wish) -> FoundCharge:
    """Pay or decline an open charge, and tell the shop as wished. Raises CHARGE_UNKNOWN and CHARGE_CLOSED."""
    store, charge_id = await _place(shop, reference)
    status: ChargeStatus = "paid" if wish.outcome == "succeeded" else "declined"

    async def work(tx: Transaction) -> FoundCharge:
        fingerprint = None if wish.payer is None else fingerprint_of(wish.payer)
        charge = await repo.close_charge(tx, charge_id, status, refunds_fail=wish.refunds_fail, fingerprint=fingerprint)
        if charge is None:
            raise _closed(await _charge(tx, charge_id, reference), reference)
        await _tell(shop, tx, store, payment_deliveries(reference, charge, wish))
        return FoundCharge(store, reference, charge)

    return await shop.database.transaction(store.id, work)


async def void_charge(shop: Shop, reference: str) -> None:
    """Call an open charge off; one that is not open stays as it is. Raises CHARGE_UNKNOWN."""
    store, charge_id = await _place(shop, reference)

    async def work(tx: Transaction) -> None:
        charge = await repo.close_charge(tx, charge_id, "voided")
        if charge is None:
            await _charge(tx, charge_id, reference)
        else:
            await _tell(shop, tx, store, [void_delivery(reference, charge)])

    await shop.database.transaction(store.id, work)


async def refund_charge(shop: Shop, new: NewRefund) -> Refund:
    """Give money of a paid charge back, or as its payer wished, fail to; an event tells which.

    Raises CHARGE_UNKNOWN, REFUND_TOO_LARGE for more than is left, KEY_TAKEN when the key was used for another refund.
    """
    store, charge_id = await _place(shop, new.reference)

    async def work(tx: Transaction) -> Refund:
        charge = await _charge(tx, charge_id, new.reference)
        refund = Refund(
            id=new_id(),
            charge_id=charge_id,
            amount=new.amount,
            status="failed" if charge.refunds_fail else "succeeded",
        )
        if not await repo.insert_refund(tx, store.id, refund, new.key):
            return await _same_refund(tx, refund, new.key)
        if not await repo.take_back(tx, charge_id, new.amount, counts=not charge.refunds_fail):
            raise _too_large(charge, new)
        await _tell(shop, tx, store, [refund_delivery(new.reference, charge, refund, new.metadata)])
        return refund

    return await shop.database.transaction(store.id, work)


async def _place(shop: Shop, reference: str) -> tuple[Store, UUID]:
    """The store of a charge and its id there. Raises CHARGE_UNKNOWN."""
    named = parse_reference(reference)
    store = None if named is None else await shop.use(STORES).by_slug(named[0])
    if named is None or store is None:
        raise _unknown(reference)
    return store, named[1]


async def _charge(tx: Transaction, charge_id: UUID, reference: str) -> Charge:
    charge = await repo.find_charge(tx, charge_id)
    if charge is None:
        raise _unknown(reference)
    return charge


async def _same_refund(tx: Transaction, asked: Refund, key: str) -> Refund:
    before = await repo.refund_of_key(tx, key)
    assert before is not None, "its key was taken a moment ago"
    if (before.charge_id, before.amount) != (asked.charge_id, asked.amount):
        raise KEY_TAKEN(f"the key {key!r} was used for another refund")
    return before


async def _tell(shop: Shop, tx: Transaction, store: Store, deliveries: Sequence[Delivery]) -> None:
    """Owe the shop these webhooks, and send them as soon as that is certain."""
    await repo.queue(tx, store.id, deliveries)

    async def hurry() -> None:
        for seconds in sorted({each.in_seconds for each in deliveries}):
            shop.use(COURIER).hurry(store, seconds)

    tx.after_commit(hurry)


def _unknown(reference: str) -> AppError:
    return CHARGE_UNKNOWN(f"there is no charge {reference[:120]!r}; the payment's checkout_url names it")


def _closed(charge: Charge, reference: str) -> AppError:
    return CHARGE_CLOSED(f"the charge {reference} is {charge.status}; start another payment", status=charge.status)


def _too_large(charge: Charge, new: NewRefund) -> AppError:
    left = charge.amount - charge.refunded if charge.status == "paid" else 0
    return REFUND_TOO_LARGE(
        f"{format_amount(new.amount, charge.currency)} {charge.currency} is more than is left of the charge "
        f"{new.reference}, which is {charge.status}: {format_amount(left, charge.currency)}"
    )
