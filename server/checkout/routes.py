"""The addresses of quotes."""

from __future__ import annotations

from typing import Final

from engine import digest
from engine.money import format_amount, formatter
from server.cart.errors import NO_CART
from server.checkout import service
from server.checkout.errors import (
    ADDRESS_ELSEWHERE,
    ORDER_INCOMPLETE,
    QUOTE_EXPIRED,
    QUOTE_FORGED,
    QUOTE_OUTDATED,
    QUOTE_REFUSED,
)
from server.checkout.placing import PlacedOrder, Wanted
from server.checkout.placing import place_order as place
from server.checkout.schemas import (
    CartExplanationView,
    ExplainQuery,
    PlacedOrderView,
    PlaceOrderBody,
    PriceChangeView,
    QuoteBody,
    QuoteCheckView,
    QuoteView,
    ShippingAddressBody,
)
from server.checkout.service import GivenQuote
from server.decisions.errors import CLAIM_BROKEN, EXPLANATION_NOT_ALLOWED, RULES_MISSING
from server.decisions.explanations import explanation_view
from server.decisions.service import EXPLAIN_FULL
from server.decisions.views import view
from server.orders import links
from server.orders.errors import ALREADY_ORDERED, CART_TAKEN, COUPON_EXHAUSTED, STOCK_TAKEN, TRANSITION_REFUSED
from server.orders.placing import Address
from server.web.call import Call
from server.web.endpoint import GUEST, Reply, Routes

routes = Routes("Checkout")

_DECIDING: Final = (NO_CART, RULES_MISSING, CLAIM_BROKEN)


@routes.post(
    "/checkout/quote",
    needs=GUEST,
    errors=(*_DECIDING, EXPLANATION_NOT_ALLOWED, QUOTE_REFUSED),
    status=201,
)
async def give_quote(call: Call, query: ExplainQuery) -> QuoteView:
    """Ask for a price that holds.

    The cart is decided as it is now, and the result is signed: it holds until `expires_at`, even when rules change or
    an offer ends meanwhile. Hints are left to the cart. A cart that cannot be ordered is refused with all reasons;
    their pointers are places in the cart as GET /cart shows it.
    """
    given = await service.give_quote(call, query.explain, query.locale)
    return _quote_view(call, given, query.locale or given.found.locale)


@routes.post(
    "/checkout/quote/verify",
    needs=GUEST,
    errors=(*_DECIDING, QUOTE_FORGED, QUOTE_EXPIRED, QUOTE_OUTDATED),
    idempotency="none",
)
async def verify_quote(call: Call, body: QuoteBody) -> QuoteCheckView:
    """Ask whether a quote still holds.

    One that has expired, or whose cart has changed, is refused with what is different: sums and lines, before and now.
    """
    quote, checked = await service.verify_quote(call, body.token)
    return QuoteCheckView(
        id=quote.id,
        cart_id=quote.cart_id,
        currency=quote.currency,
        total=format_amount(quote.offered.totals["total"], quote.currency),
        issued_at=quote.issued_at,
        expires_at=quote.expires_at,
        rules_changed=checked.rules_changed,
    )


@routes.post(
    "/checkout/orders",
    needs=GUEST,
    errors=(
        *_DECIDING,
        QUOTE_FORGED,
        QUOTE_EXPIRED,
        QUOTE_OUTDATED,
        QUOTE_REFUSED,
        ORDER_INCOMPLETE,
        ADDRESS_ELSEWHERE,
        STOCK_TAKEN,
        CART_TAKEN,
        ALREADY_ORDERED,
        COUPON_EXHAUSTED,
        TRANSITION_REFUSED,
    ),
    status=201,
    idempotency="required",
)
async def place_order(call: Call, body: PlaceOrderBody) -> Reply[PlacedOrderView]:
    """Order what is in your cart, at the price of a quote.

    The price holds even when rules have changed since the quote. Stock and coupon are kept for you while you pay; the
    cart is closed. What was sold out meanwhile refuses the whole order, with every line and what is left of it.
    """
    placed = await place(call, _wanted(body))
    return Reply(
        PlacedOrderView(
            id=placed.id,
            number=str(placed.number),
            state=placed.state,
            currency=placed.currency,
            total=format_amount(placed.total, placed.currency),
            payment_method=placed.payment_method,
            payment_needed=placed.payment_needed,
            confirmation_needed=placed.confirmation_needed,
            placed_at=placed.placed_at,
            link=_link(call, placed),
        ),
        headers={"Location": f"/api/v1/orders/{placed.number}"},
    )


@routes.get("/checkout/explanation", needs=GUEST, errors=(*_DECIDING, EXPLANATION_NOT_ALLOWED))
async def explain_cart(call: Call, query: ExplainQuery) -> CartExplanationView:
    """Why your cart costs what it costs.

    `shopper` says it in a few sentences; `admin` has what every rule did or why it did nothing, `full` all data.
    """
    explained = await service.explain_cart(call, query.explain, query.locale)
    found = explained.found
    return CartExplanationView(
        cart_id=found.cart.id,
        cart_version=found.cart.version,
        currency=found.decision.currency,
        total=format_amount(found.decision.totals.total, found.decision.currency),
        digest=digest(found.decision),
        explanation=explanation_view(found.live, explained.explanation, query.locale or found.locale),
    )


def _link(call: Call, placed: PlacedOrder) -> str:
    token = links.sign(call.shop.keys, placed.id, placed.placed_at + links.LIFETIME)
    return f"{call.shop.settings.base_url}/api/v1/orders/by-link/{token}"


def _wanted(body: PlaceOrderBody) -> Wanted:
    return Wanted(
        quote=body.quote,
        shipping_address=_address(body.shipping_address),
        billing_address=None if body.billing_address is None else _address(body.billing_address),
        note=body.note,
    )


def _address(body: ShippingAddressBody) -> Address:
    return Address(**{name: getattr(body, name) for name in Address.__struct_fields__})


def _quote_view(call: Call, given: GivenQuote, locale: str) -> QuoteView:
    quote, found = given.quote, given.found
    return QuoteView(
        id=quote.id,
        token=given.token,
        cart_id=quote.cart_id,
        cart_version=quote.cart_version,
        issued_at=quote.issued_at,
        expires_at=quote.expires_at,
        decision_id=quote.decision_id,
        price_changes=_price_changes(given),
        decision=view(found.live, found.basket, found.decision, (), locale, call.actor.may(EXPLAIN_FULL)),
        explanation=explanation_view(found.live, given.explanation, locale),
    )


def _price_changes(given: GivenQuote) -> tuple[PriceChangeView, ...]:
    money = formatter(given.quote.currency)
    return tuple(
        PriceChangeView(
            item_id=item.id, sku=item.variant.sku, seen=money(item.seen_price), price=money(item.variant.price)
        )
        for item in given.found.cart.items
        if item.price_changed
    )
