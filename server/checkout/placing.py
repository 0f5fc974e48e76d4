"""How does a quote become an order? Read, decide, write, announce: one transaction, at the price that was quoted.

A quote that holds is honoured whatever the rules say by now. Paying comes after the commit, by the payments room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from engine import Decision, digest, from_json
from engine.documents.kinds import APART
from engine.facts.words import fold_postcode
from engine.lifecycle.compile import Lifecycle
from server.auth.devices import device_subject
from server.auth.phone_numbers import phone_subject, reachable
from server.cart.service import DecidedCart, decided, load_cart, owner_of
from server.cart.snapshot import CartSnapshot, Owner
from server.catalog import gifts_repo, reservations
from server.checkout.errors import ADDRESS_ELSEWHERE, ORDER_INCOMPLETE, QUOTE_EXPIRED, QUOTE_OUTDATED
from server.checkout.quote import Checked, Quote, check
from server.checkout.refusing import refuse_what_cannot_be_ordered
from server.checkout.service import does_not_hold, opened_quote
from server.decisions.books import BOOKS, LiveBook, RulesetRef
from server.decisions.errors import PINNED_MISSING
from server.decisions.pinned import PINNED
from server.decisions.repo import Logged
from server.decisions.service import log_of, record
from server.errors import AppError, Fault
from server.orders import creation
from server.orders.creation import stock_taken
from server.orders.happening import doer_of
from server.orders.phone_codes import asks_for_code, count_for_network
from server.orders.placing import Address, NewOrder, lines_of
from server.referrals.uses import uses_of
from server.web.call import Call
from storage.ids import new_id
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the customer sends along with the quote."""

    quote: str
    shipping_address: Address
    billing_address: Address | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """What was placed. Money in minor units."""

    id: UUID
    number: int
    state: str
    total: int
    currency: str
    payment_method: str
    placed_at: datetime
    payment_needed: bool
    confirmation_needed: bool


@dataclass(frozen=True, slots=True)
class _Honoured:
    """The decision the customer agreed to, the rulesets it and the order's lifecycle are by, and the book it is by."""

    decision: Decision
    rulesets: tuple[RulesetRef, ...]
    book: LiveBook


async def place_order(call: Call, wanted: Wanted) -> PlacedOrder:
    """Order the caller's cart at the price of the quote. What the cart holds is taken, and the cart is closed.

    Raises QUOTE_FORGED, QUOTE_EXPIRED and QUOTE_OUTDATED with the differences, QUOTE_REFUSED, ORDER_INCOMPLETE,
    ADDRESS_ELSEWHERE, RATE_LIMITED where a code would be sent, and what `orders.creation.create` raises. Nothing was
    changed then.
    """
    quote = opened_quote(call, wanted.quote)
    owner = owner_of(call.actor)
    if asks_for_code(call.use(BOOKS).live(call.store), quote.offered.payment_method):
        await count_for_network(call)

    async def work(tx: Transaction) -> PlacedOrder:
        found = decided(call, await _cart_with_stock(tx, call, owner, quote.issued_at), "order")
        if found.cart.id is None:
            await creation.refuse_repeated(tx, quote.id)
        honoured = await _honoured(tx, call, quote, found)
        _refuse_elsewhere(found, wanted.shipping_address)
        return await _place(tx, call, quote, found, honoured, wanted)

    return await call.database.transaction(call.store.id, work)


async def _cart_with_stock(tx: Transaction, call: Call, owner: Owner, at: datetime) -> CartSnapshot:
    """The cart; where too little is there, after reservations that are over were ended. Raises STOCK_TAKEN."""
    cart = await load_cart(tx, call, owner, at)
    is_short = any(item.short_by for item in cart.items)
    # Of all its goods, though only some are short: what is locked now is locked in the order of placing.
    if is_short and await reservations.expire_overdue(tx, [item.variant.id for item in cart.items]):
        cart = await load_cart(tx, call, owner, at)
    faults = [
        Fault(
            f"/items/{number}/quantity", "stock_short", f"{item.quantity} of {item.variant.sku} are wanted, {left} left"
        )
        for number, item in enumerate(cart.items)
        if item.unavailable is None and item.short_by
        for left in [max(0, item.variant.available)]
    ]
    if faults:
        raise stock_taken(faults)
    return cart


async def _honoured(tx: Transaction, call: Call, quote: Quote, found: DecidedCart) -> _Honoured:
    """The decision the customer agreed to: today's when it is the same, else the one in the log.

    Raises QUOTE_EXPIRED, QUOTE_OUTDATED and QUOTE_REFUSED.
    """
    checked = check(quote, found.cart.id, found.basket, found.decision, found.live.book.rulesets, await tx.now())
    if checked.state == "expired":
        raise does_not_hold(QUOTE_EXPIRED, f"it held until {quote.expires_at.isoformat()}", quote, checked)
    if checked.state == "outdated":
        raise does_not_hold(QUOTE_OUTDATED, "the cart has changed since", quote, checked)
    if digest(found.decision) == quote.digest or _is_as_offered(checked):
        refuse_what_cannot_be_ordered(found, found.locale)
        return _Honoured(found.decision, found.live.order_rulesets, found.live)
    logged = None if quote.decision_id is None else await log_of(tx, quote.decision_id)
    if logged is None:
        # A share of quotes is not logged where the setting says so; those hold as long as the rules do.
        raise does_not_hold(QUOTE_OUTDATED, "the rules have changed, and this quote was not kept", quote, checked)
    apart = [each for each in found.live.order_rulesets if each.kind in APART]
    return _Honoured(from_json(logged.result), (*logged.rulesets, *apart), await _book_of(call, logged, found.live))


async def _book_of(call: Call, logged: Logged, live: LiveBook) -> LiveBook:
    """The book of then, which knows what of the decision can be used up; what is live where it was not kept."""
    try:
        return await call.use(PINNED).book_of(call.database, call.store.id, logged.rulesets, logged.currency)
    except AppError as missing:
        if missing.error is not PINNED_MISSING:
            raise
        return live


def _is_as_offered(checked: Checked) -> bool:
    differences = checked.differences
    is_other = differences.totals or differences.lines or differences.methods_changed or differences.gifts_changed
    return not is_other


def _refuse_elsewhere(found: DecidedCart, address: Address) -> None:
    """Raise unless the address is where the price was worked out for."""
    cart = found.cart
    faults = []
    if cart.country is not None and address.country != cart.country:
        faults.append(_elsewhere("country", address.country, cart.country))
    quoted = fold_postcode(cart.postcode) if cart.postcode else ""
    if quoted and fold_postcode(address.postcode or "") != quoted:
        faults.append(_elsewhere("postcode", address.postcode, cart.postcode))
    if cart.region is not None and address.region is not None and address.region != cart.region:
        faults.append(_elsewhere("region", address.region, cart.region))
    if faults:
        raise ADDRESS_ELSEWHERE(
            f"the quote is for another place: {faults[0].message}; set the cart's destination and ask for a new quote",
            faults=faults,
        )


def _elsewhere(field: str, given: str | None, quoted: str | None) -> Fault:
    return Fault(f"/shipping_address/{field}", "not_as_quoted", f"the {field} is {given}, the quote is for {quoted}")


async def _place(
    tx: Transaction, call: Call, quote: Quote, found: DecidedCart, honoured: _Honoured, wanted: Wanted
) -> PlacedOrder:
    decision = honoured.decision
    order, opening = await _agreed(tx, call, quote, found, honoured, wanted)
    needed = uses_of(honoured.book, decision, order.customer_key)
    created = await creation.create(tx, call.shop, call.store, order, opening, needed)
    return PlacedOrder(
        id=order.id, number=created.number, state=created.state, total=decision.totals.total, currency=order.currency,
        payment_method=order.payment_method, placed_at=await tx.now(),
        payment_needed=not created.awaits_code and needs_payment(found.live.orders, created.state),
        confirmation_needed=created.awaits_code,
    )  # fmt: skip


async def _agreed(
    tx: Transaction, call: Call, quote: Quote, found: DecidedCart, honoured: _Honoured, wanted: Wanted
) -> tuple[NewOrder, creation.Opening]:
    """Everything that was agreed, and the order's first step."""
    cart, basket, decision = found.cart, found.basket, honoured.decision
    payment_method, email, customer = _complete(basket.payment_method, basket.customer.email, cart.customer_key)
    assert cart.id is not None
    variants = {item.variant.sku: item.variant for item in cart.items}
    bought = {line.sku: line.quantity for line in decision.lines}
    gifts = await gifts_repo.variants_of_gifts(tx, _gifts(decision), bought)
    lines = lines_of(decision, variants, gifts)
    live = found.live
    doer = doer_of(live.orders, live.access, call.actor)
    units = sum(line.quantity for line in lines)
    opening = creation.open_order(live, doer, decision.totals.total, units, payment_method)
    is_guest = call.actor.kind == "guest"
    phone = wanted.shipping_address.phone or basket.customer.phone
    order = NewOrder(
        id=new_id(),
        user_id=None if is_guest else call.actor.id,
        guest_id=call.actor.id if is_guest else None,
        customer_key=customer,
        cart_id=cart.id,
        cart_version=cart.version,
        quote_id=quote.id,
        decision_id=await _decision_id(tx, call, quote, found, decision),
        step_id=new_id(),
        email=email,
        phone=phone,
        phone_subject=phone_subject(call.store.id, phone, call.store.country),
        device=device_subject(call),
        customer_name=wanted.shipping_address.name,
        locale=found.locale,
        currency=decision.currency,
        coupon_code=cart.coupon_code,
        shipping_method=decision.shipping_method,
        payment_method=payment_method,
        shipping_address=wanted.shipping_address,
        billing_address=wanted.billing_address,
        customer_note=wanted.note,
        decision=decision,
        rulesets=honoured.rulesets,
        lines=lines,
        reserves=opening.has("reserve_stock"),
        lifetime=reservations.lifetime(live.inventory, basket.customer.group, signed_in=not is_guest),
        event=opening.move.event,
        state=opening.move.target,
        timer=opening.timer,
        role=opening.role,
        effects=opening.effects,
        announced=opening.announced,
        lifecycle_hash=live.orders.hash,
        phone_to_confirm=_phone_to_confirm(call, live, payment_method, phone),
    )
    return order, opening


def _phone_to_confirm(call: Call, live: LiveBook, payment_method: str, phone: str | None) -> str | None:
    """The number a code is sent to before the order goes on. Raises ORDER_INCOMPLETE when there is none to send to."""
    if not asks_for_code(live, payment_method):
        return None
    number = None if phone is None else reachable(phone, call.store.country)
    if number is None:
        code, what = ("phone_missing", "is missing") if phone is None else ("phone_unusable", f"is no number: {phone}")
        message = f"a code is sent to confirm this payment method, and the telephone number {what}"
        raise ORDER_INCOMPLETE(
            f"nothing was ordered: {message}", faults=[Fault("/shipping_address/phone", code, message)]
        )
    return number


def _complete(payment_method: str | None, email: str | None, customer: str | None) -> tuple[str, str, str]:
    """What every order needs, whatever the checkout ruleset asks for. Raises ORDER_INCOMPLETE with what is missing."""
    missing = {
        "payment_method": (payment_method, "choose how to pay: PUT /cart/payment-method"),
        "email": (email, "say where to write to: PUT /cart/contact"),
    }
    faults = [Fault("", f"{name}_missing", hint) for name, (value, hint) in missing.items() if value is None]
    if payment_method is None or email is None or customer is None:
        raise ORDER_INCOMPLETE(f"nothing was ordered: {'; '.join(fault.message for fault in faults)}", faults=faults)
    return payment_method, email, customer


def needs_payment(lifecycle: Lifecycle, state: str) -> bool:
    """Whether the customer has to begin a payment for the order to go on."""
    return (state, "start_payment") in lifecycle.at


def _gifts(decision: Decision) -> Mapping[str, int]:
    units: dict[str, int] = {}
    for gift in decision.gifts:
        units[gift.sku] = units.get(gift.sku, 0) + gift.quantity
    return units


async def _decision_id(tx: Transaction, call: Call, quote: Quote, found: DecidedCart, decision: Decision) -> UUID:
    """The entry of the log that the order rests on: the quote's, when it was kept and says the same."""
    if quote.decision_id is not None and (decision is not found.decision or digest(decision) == quote.digest):
        return quote.decision_id
    return await record(
        tx, purpose="order", cart_id=found.cart.id, actor=call.actor, live=found.live, basket=found.basket,
        decision=decision,
    )  # fmt: skip
