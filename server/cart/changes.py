"""How is a cart changed? Written first and looked at afterwards, under the lock on its row; then it is decided.

What must not be is rolled back, so every limit is checked in one place, on what the change really came to.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec

from engine import Decision
from server.cart import repo
from server.cart.errors import CART_FULL, NO_CART, QUANTITY_TOO_LARGE
from server.cart.facts import basket_of
from server.cart.snapshot import MOST_LINES, MOST_UNITS, CartSnapshot, Owner
from server.decisions.books import LiveBook
from server.decisions.facts import Basket
from server.decisions.trials_arms import arm_of
from server.decisions.trials_deciding import TRYING
from server.errors import Fault
from server.referrals import known
from server.web.actor import Actor
from server.web.call import Call
from server.web.etag import refuse_other_version
from storage.tenancy import Store
from storage.transaction import Transaction

LIFETIME_SETTING: Final = "cart_lifetime_days"
DEFAULT_LIFETIME_DAYS: Final = 30
LONGEST_LIFETIME_DAYS: Final = 365

T = TypeVar("T")
Write = Callable[[Transaction, Owner, timedelta], Awaitable[bool]]
"""Makes a change, of a cart kept that long from now; False when there was no cart to change."""


@dataclass(frozen=True, slots=True)
class DecidedCart:
    """A cart, its decision and the book that made it. `replaced_coupon` is the code a new one took the place of."""

    cart: CartSnapshot
    live: LiveBook
    basket: Basket
    decision: Decision
    replaced_coupon: str | None = None

    @property
    def locale(self) -> str:
        """The language tag of the customer, else of the store."""
        return self.basket.locale or ""


def owner_of(actor: Actor) -> Owner:
    """Whose cart the caller works on: their own. Raises NO_CART for people of the platform."""
    if actor.kind not in ("user", "guest") or actor.id is None:
        raise NO_CART("people of the platform have no cart; sign in as a customer of the store")
    return Owner(actor.kind, actor.id)


def lifetime_of(store: Store) -> timedelta:
    """How long a cart is kept after its last change: the store's setting `cart_lifetime_days`, else 30 days."""
    days = store.settings.get(LIFETIME_SETTING)
    if type(days) is int and 1 <= days <= LONGEST_LIFETIME_DAYS:
        return timedelta(days=days)
    return timedelta(days=DEFAULT_LIFETIME_DAYS)


async def load_cart(
    tx: Transaction, call: Call, owner: Owner, at: datetime | None = None, code: str | None = None
) -> CartSnapshot:
    """The cart with all that rules ask of it; an empty one when there is none or it has expired.

    Offers count as of `at`; `code`, folded, takes the place of the coupon code that is on the cart. One statement, and
    another where a coupon or an offer can be used up. Raises RULES_MISSING.
    """
    arm = arm_of(call)
    cart = await repo.read(tx, owner, call.store.timezone, at)
    if code is not None:
        cart = msgspec.structs.replace(cart, coupon_code=code)
    codes = () if cart.coupon_code is None else (cart.coupon_code,)
    uses = await known.load(tx, arm.book, codes, cart.customer_key, cart.now, arm.limited_promotions)
    return msgspec.structs.replace(cart, uses=uses)


def decided(call: Call, cart: CartSnapshot, purpose: str = "cart") -> DecidedCart:
    """The cart with its decision by the rules of now; /metrics counts it by purpose. Raises RULES_MISSING.

    While a version is on trial it may be the one that decides for the caller.
    """
    basket = basket_of(call.store, cart)
    book, decision = call.use(TRYING).decide(call.store, arm_of(call), purpose, basket)
    return DecidedCart(cart, book, basket, decision)


async def change(call: Call, version: int | None, write: Write) -> DecidedCart:
    """The cart after a change, decided. `version` is the one the caller changes; None: whichever there is.

    Raises VERSION_CHANGED, CART_FULL and QUANTITY_TOO_LARGE; nothing is changed then.
    """
    return decided(call, await change_checked(call, version, write, lambda cart: cart))


async def change_checked(
    call: Call,
    version: int | None,
    write: Write,
    check: Callable[[CartSnapshot], T],
    then: Callable[[Transaction, CartSnapshot], Awaitable[None]] | None = None,
) -> T:
    """The same, undecided; it is only committed if `check` does not raise, and what it gives is the result.

    `then` comes last, in the same transaction.
    """
    owner, lifetime = owner_of(call.actor), lifetime_of(call.store)

    async def work(tx: Transaction) -> T:
        is_changed = await write(tx, owner, lifetime)
        cart = await load_cart(tx, call, owner)
        # We hold the row, so the version before ours was one less.
        refuse_other_version(version, cart.version - is_changed)
        _refuse_too_much(cart)
        checked = check(cart)
        if then is not None:
            await then(tx, cart)
        return checked

    return await call.database.transaction(call.store.id, work)


def _refuse_too_much(cart: CartSnapshot) -> None:
    if len(cart.items) > MOST_LINES:
        raise CART_FULL(f"a cart holds {MOST_LINES} lines; take something out, or order this first")
    for item in cart.items:
        if item.quantity > MOST_UNITS:
            sku = item.variant.sku
            raise QUANTITY_TOO_LARGE(
                f"there would be {item.quantity} of {sku} in the cart; a line holds {MOST_UNITS}",
                faults=[Fault("/quantity", "too_large", f"makes {item.quantity}; {MOST_UNITS} are the most")],
                sku=sku,
                most=MOST_UNITS,
            )
