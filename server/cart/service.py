"""What can customers do with their cart? Each change answers with the whole cart, decided anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from engine.documents.model import ShippingDocument
from engine.facts.words import fold_code
from engine.runtime.decision import Hint
from server.cart import attempts, merge_repo, repo
from server.cart.changes import DecidedCart, change, change_checked, decided, lifetime_of, load_cart, owner_of
from server.cart.errors import (
    COUPON_NOT_FOUND,
    COUPON_REJECTED,
    COUPON_UNKNOWN,
    ITEM_UNKNOWN,
    NOT_FOR_SALE,
    PAYMENT_METHOD_UNKNOWN,
    SHIPPING_METHOD_UNKNOWN,
)
from server.cart.guessing import one_guess
from server.cart.snapshot import CartSnapshot, Owner
from server.decisions.reasons import coupon_message
from server.decisions.trials_arms import arm_of
from server.decisions.trials_deciding import TRYING
from server.errors import AppError, ErrorCode, Fault
from server.web.call import Call
from server.web.problems import SIGN_IN_NEEDED
from storage.tenancy import Store
from storage.transaction import Transaction

__all__ = ["DecidedCart", "decided", "load_cart", "owner_of"]


async def read_cart(call: Call) -> DecidedCart:
    """The caller's cart, decided. Nothing is written."""
    owner = owner_of(call.actor)

    async def work(tx: Transaction) -> CartSnapshot:
        return await load_cart(tx, call, owner)

    return decided(call, await call.database.transaction(call.store.id, work))


def hints_of(call: Call, decided: DecidedCart) -> tuple[Hint, ...]:
    """What the customer could add, and what that would bring. Costs many decisions, so not inside a transaction."""
    return call.use(TRYING).hints(call.store, arm_of(call), decided.live, decided.basket, decided.decision)


async def add_item(call: Call, version: int | None, variant: UUID | str, quantity: int) -> DecidedCart:
    """Put so many more of a variant, by its id or its SKU, into the cart.

    Raises NOT_FOR_SALE, QUANTITY_TOO_LARGE and CART_FULL.
    """

    async def write(tx: Transaction, owner: Owner, lifetime: timedelta) -> bool:
        added = await repo.add(tx, owner, lifetime, variant, quantity)
        if added.has_cart and not added.has_item:
            raise _not_for_sale(variant)
        return _require_cart(added.has_cart)

    return await change(call, version, write)


async def set_quantity(call: Call, version: int | None, item_id: UUID, quantity: int) -> DecidedCart:
    """Set how many of an item there are. Raises ITEM_UNKNOWN."""

    async def write(tx: Transaction, owner: Owner, lifetime: timedelta) -> bool:
        return _require_item(item_id, await repo.set_quantity(tx, owner, lifetime, item_id, quantity))

    return await change(call, version, write)


async def remove_item(call: Call, version: int | None, item_id: UUID) -> DecidedCart:
    """Take an item out. Raises ITEM_UNKNOWN."""

    async def write(tx: Transaction, owner: Owner, lifetime: timedelta) -> bool:
        return _require_item(item_id, await repo.remove(tx, owner, lifetime, item_id))

    return await change(call, version, write)


async def clear(call: Call, version: int | None) -> DecidedCart:
    """Take all items and the coupon code out; where to send it and how to reach the customer stay."""
    return await change(call, version, repo.clear)


async def accept_prices(call: Call, version: int | None, prices: Sequence[tuple[UUID, int]]) -> DecidedCart:
    """Note that the customer has seen these prices of items. One that is not the price of now stays a changed one."""

    async def write(tx: Transaction, owner: Owner, lifetime: timedelta) -> bool:
        return await repo.accept_prices(tx, owner, lifetime, prices)

    return await change(call, version, write)


async def choose(call: Call, version: int | None, values: Mapping[str, str | None]) -> DecidedCart:
    """Set fields of the cart: the destination, how to reach the customer, a method."""

    async def write(tx: Transaction, owner: Owner, lifetime: timedelta) -> bool:
        return _require_cart((await repo.choose(tx, owner, lifetime, values)).has_cart)

    return await change(call, version, write)


async def choose_shipping_method(call: Call, version: int | None, method: str | None) -> DecidedCart:
    """Choose how it is sent; None leaves it to the rules. Raises SHIPPING_METHOD_UNKNOWN.

    A method that only is not available for this cart can be chosen; the decision says what is wrong with it.
    """
    shipping = arm_of(call).book.book.documents.get("shipping")
    known = [each.id for each in shipping.methods] if isinstance(shipping, ShippingDocument) else []
    _require_known(SHIPPING_METHOD_UNKNOWN, method, known)
    return await choose(call, version, {"shipping_method": method})


async def choose_payment_method(call: Call, version: int | None, method: str | None) -> DecidedCart:
    """Choose how it is paid, available or not; None leaves it open. Raises PAYMENT_METHOD_UNKNOWN."""
    checkout = arm_of(call).book.book.checkout
    known = [] if checkout is None else [each.id for each in checkout.payments]
    _require_known(PAYMENT_METHOD_UNKNOWN, method, known)
    return await choose(call, version, {"payment_method": method})


async def enter_coupon(call: Call, version: int | None, code: str) -> DecidedCart:
    """Put a coupon code on the cart if it can be used, now or as soon as the customer does what is missing.

    A code that is there already makes room for it. Raises COUPON_UNKNOWN and COUPON_REJECTED, the old one then stays,
    and RATE_LIMITED for too many of these.
    """
    folded = fold_code(code)
    before: str | None = None

    async def write(tx: Transaction, owner: Owner, lifetime: timedelta) -> bool:
        nonlocal before
        chosen = await repo.choose(tx, owner, lifetime, {"coupon_code": folded})
        before = chosen.coupon_before
        return _require_cart(chosen.has_cart)

    def check(cart: CartSnapshot) -> DecidedCart:
        result = decided(call, cart)
        _require_acceptable(result, code)
        return result

    async def then(tx: Transaction, cart: CartSnapshot) -> None:
        if before != folded and cart.id is not None:
            await attempts.accepted(tx, call, folded, cart.id)

    async with one_guess(call, folded):
        result = await change_checked(call, version, write, check, then)
    return replace(result, replaced_coupon=None if before == folded else before)


async def check_coupon(call: Call, code: str) -> DecidedCart:
    """The caller's cart as if it had this code; nothing is written. Its decision has the one coupon.

    Raises COUPON_NOT_FOUND for a code that there is not, or that is somebody else's, and RATE_LIMITED for too many.
    """
    owner, folded = owner_of(call.actor), fold_code(code)

    async def work(tx: Transaction) -> DecidedCart:
        return decided(call, await load_cart(tx, call, owner, code=folded))

    async with one_guess(call, folded):
        result = await call.database.transaction(call.store.id, work)
        if not _is_for_caller(result):
            raise COUPON_NOT_FOUND(f"there is no coupon code {code!r} that you can use; check how it is written")
    return result


async def remove_coupon(call: Call, version: int | None) -> DecidedCart:
    """Take the coupon code off, if there is one."""
    return await change(call, version, repo.remove_coupon)


async def merge_guest_cart(tx: Transaction, store: Store, user_id: UUID, guest_id: UUID) -> None:
    """Pour the guest's cart into the user's, in the transaction of the sign-in. Doing it twice does it once.

    Units of one variant add up, to MOST_UNITS at most; what the user has chosen before stays, the rest is the guest's.
    What is put into the guest's cart meanwhile is merged as well, or begins a new guest cart.
    """
    guest_cart_id = await merge_repo.close_guest_cart(tx, guest_id)
    if guest_cart_id is not None:
        await merge_repo.pour(tx, guest_cart_id, user_id, lifetime_of(store))


async def expire_carts(tx: Transaction, most: int = 1000) -> int:
    """Close carts of the store that nobody has changed for their lifetime, at most so many; how many."""
    return await repo.expire(tx, most)


def _require_cart(has_cart: bool) -> bool:
    if not has_cart:
        raise SIGN_IN_NEEDED("the account of this token is gone; sign in again")
    return True


def _require_item(item_id: UUID, has_item: bool) -> bool:
    if not has_item:
        raise ITEM_UNKNOWN(f"your cart has no item {item_id}; GET /cart shows those it has")
    return True


def _require_known(error: ErrorCode, method: str | None, known: Sequence[str]) -> None:
    if method is not None and method not in known:
        detail = f"there is no method {method!r}; there are: {', '.join(known) or 'none'}"
        raise error(detail, faults=[Fault("/method", error.code, detail)])


def _require_acceptable(result: DecidedCart, code: str) -> None:
    """Raise unless the code is applied or may become so. Nothing helps to guess codes: no names, no near misses."""
    coupon = next(iter(result.decision.coupons), None)
    if coupon is None or coupon.rule == "":
        detail = f"there is no coupon code {code!r}; check how it is written"
        raise COUPON_UNKNOWN(detail, faults=[Fault("/code", COUPON_UNKNOWN.code, detail)])
    if coupon.state == "rejected":
        message = coupon_message(result.live, coupon, result.locale)
        raise COUPON_REJECTED(
            f"the coupon code {code!r} cannot be used: {message}",
            faults=[Fault("/code", reason.code, message) for reason in coupon.reasons],
        )


def _is_for_caller(result: DecidedCart) -> bool:
    return any(
        coupon.rule != "" and all(reason.code != "coupon_not_yours" for reason in coupon.reasons)
        for coupon in result.decision.coupons
    )


def _not_for_sale(variant: UUID | str) -> AppError:
    name, pointer = ("id", "/variant_id") if isinstance(variant, UUID) else ("SKU", "/sku")
    detail = f"no variant for sale has the {name} {variant}"
    return NOT_FOR_SALE(detail, faults=[Fault(pointer, NOT_FOR_SALE.code, detail)])
