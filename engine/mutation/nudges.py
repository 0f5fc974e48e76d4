"""Which carts near those of the cases may show a fault to which no threshold of a condition leads?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from msgspec.structs import replace

from engine.documents.model import AnyDocument, CheckoutDocument, Coupon, CouponsDocument
from engine.facts.cart import Cart

MOST_NUDGED: Final = 200
_FEW: Final = 20


def nudged(document: AnyDocument, carts: Iterable[Cart]) -> tuple[Cart, ...]:
    """The carts again, each a little different; at most `MOST_NUDGED`."""
    few = [*islice(carts, _FEW)]
    return tuple(islice((other for cart in few for other in _nudges(document, cart)), MOST_NUDGED))


def _nudges(document: AnyDocument, cart: Cart) -> Iterator[Cart]:
    if isinstance(document, CheckoutDocument):
        yield from (_without(cart, fact) for fact, _ in document.required if fact in cart.facts)
        yield from (_paid_by(cart, method.id) for method in document.payment_methods)
    elif isinstance(document, CouponsDocument):
        for coupon in document.coupons:
            yield from _used(cart, coupon)


def _without(cart: Cart, fact: str) -> Cart:
    return replace(cart, facts={name: value for name, value in cart.facts.items() if name != fact})


def _paid_by(cart: Cart, method: str) -> Cart:
    return replace(cart, payment_method=method, facts=dict(sorted({**cart.facts, "payment.method": method}.items())))


def _used(cart: Cart, coupon: Coupon) -> Iterator[Cart]:
    """With the code on it, one use short of a limit, at the limit and beyond."""
    for number, entry in enumerate(cart.coupons):
        if entry.code not in coupon.codes and (entry.campaign is None or entry.campaign != coupon.campaign):
            continue
        for limit, field in ((coupon.limits.total, "used_total"), (coupon.limits.per_code, "used_code")):
            for uses in (limit - 1, limit, limit + 1) if limit is not None else ():
                used = replace(entry, **{field: uses})
                yield replace(cart, coupons=(*cart.coupons[:number], used, *cart.coupons[number + 1 :]))
