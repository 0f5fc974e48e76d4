"""Which carts lie near a cart? The same one with something changed by chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from engine.facts.cart import Cart, CouponEntry, Key, Line
from engine.hunt.chance import Chance
from engine.hunt.drafts import is_readable, line_of
from engine.hunt.ground import Ground
from engine.hunt.wish import code_of

Change = Callable[[Cart], Cart]

_MOST_LINES: Final = 8
_PRICES: Final = (0, 1, 2, 3, 5, 7, 33, 50, 99, 100, 101, 333, 499, 999, 1000, 1001, 1999, 3333, 4999, 9999, 10_000)
"""Prices in minor units at which roundings go one way or the other, and round ones."""

_USES: Final = (0, 0, 0, 1)
_QUANTITIES: Final = (1, 1, 2, 2, 3, 4, 5, 6, 7, 10, 12, 24, 25, 100)


class Changer:
    """Changes carts in the ways their books make interesting."""

    def __init__(self, ground: Ground, chance: Chance) -> None:
        self._ground = ground
        self._space = ground.space
        self._chance = chance
        self._facts = [name for name in self._space.read() if self._scope(name) == "cart"]
        self._line_facts = [name for name in self._space.read() if self._scope(name) == "line"]
        self._amounts = self._known_amounts()
        self._instants = [value for value in self._space.values("now") if isinstance(value, int)]
        self._coupons = [aim.coupon for aim, _ in ground.aims if aim.coupon is not None]
        self._changes: tuple[Change, ...] = (
            self._price,
            self._price,
            self._to_an_amount,
            self._quantity,
            self._quantity,
            self._another_line,
            self._line_away,
            self._fact,
            self._line_fact,
            self._instant,
            self._coupon,
        )

    def changed(self, cart: Cart, times: int) -> Cart:
        """The cart with so many changes; a change that makes it larger than carts may be is left out."""
        for _ in range(times):
            different = self._chance.one_of(self._changes)(cart)
            if is_readable(different):
                cart = different
        return cart

    def _scope(self, name: str) -> str:
        fact = self._space.vocabulary.find(name)
        return "" if fact is None else fact.scope

    def _known_amounts(self) -> list[int]:
        """Every amount of money some rule names, to which the sum of a cart may be brought."""
        found: set[int] = set()
        for name in self._space.named():
            fact = self._space.vocabulary.find(name)
            if fact is not None and fact.type == "money":
                found.update(value for value in self._space.values(name) if isinstance(value, int))
        return sorted(found)

    # lines -----------------------------------------------------------------------------------------------------

    def _price(self, cart: Cart) -> Cart:
        ways: tuple[Callable[[int], int], ...] = (
            lambda price: price + 1,
            lambda price: max(0, price - 1),
            lambda price: price // 2,
            lambda price: price * 2,
            lambda price: self._chance.one_of(_PRICES),
            lambda price: self._chance.below(2 * price + 2),
        )
        return self._on_a_line(
            cart, lambda line: with_value(line, "line.list_price", self._chance.one_of(ways)(line.list_price))
        )

    def _to_an_amount(self, cart: Cart) -> Cart:
        """Bring the sum of the list prices to an amount some rule names."""
        if not self._amounts or not cart.lines:
            return cart
        wanted = self._chance.one_of(self._amounts)
        place = self._chance.below(len(cart.lines))
        line = cart.lines[place]
        others = sum(each.list_price * each.quantity for each in cart.lines) - line.list_price * line.quantity
        price = max(0, (wanted - others) // line.quantity)
        return with_line(cart, place, with_value(line, "line.list_price", price))

    def _quantity(self, cart: Cart) -> Cart:
        ways: tuple[Callable[[int], int], ...] = (
            lambda units: units + 1,
            lambda units: max(1, units - 1),
            lambda units: self._chance.one_of(_QUANTITIES),
        )
        return self._on_a_line(
            cart, lambda line: with_value(line, "line.quantity", self._chance.one_of(ways)(line.quantity))
        )

    def _another_line(self, cart: Cart) -> Cart:
        """A second line like one that is there, at another price."""
        if not cart.lines or len(cart.lines) >= _MOST_LINES:
            return cart
        taken = {line.id for line in cart.lines}
        number = next(number for number in range(1, len(taken) + 2) if f"L{number}" not in taken)
        like = self._chance.one_of(cart.lines)
        line = replace(like, id=f"L{number}", sku=f"S{number}", facts={**like.facts, "line.sku": f"S{number}"})
        line = with_value(line, "line.list_price", self._chance.one_of(_PRICES))
        return replace(cart, lines=_ordered((*cart.lines, line)))

    def _line_away(self, cart: Cart) -> Cart:
        if len(cart.lines) < 2:
            return cart
        place = self._chance.below(len(cart.lines))
        return replace(cart, lines=(*cart.lines[:place], *cart.lines[place + 1 :]))

    def _line_fact(self, cart: Cart) -> Cart:
        if not self._line_facts:
            return cart
        name = self._chance.one_of(self._line_facts)
        return self._on_a_line(cart, lambda line: self._line_with(line, name))

    def _line_with(self, line: Line, name: str) -> Line:
        fact = self._space.vocabulary.find(name)
        if fact is not None and fact.type == "codes":
            sets = dict(line.sets)
            _choose_set(sets, name, self._space.members(name), self._chance)
            return replace(line, sets=sets)
        return with_value(line, name, self._chance.one_of(self._space.values(name) or [None]))

    def _on_a_line(self, cart: Cart, change: Callable[[Line], Line]) -> Cart:
        if not cart.lines:
            return cart
        place = self._chance.below(len(cart.lines))
        return with_line(cart, place, change(cart.lines[place]))

    # the cart --------------------------------------------------------------------------------------------------

    def _fact(self, cart: Cart) -> Cart:
        if not self._facts:
            return cart
        name = self._chance.one_of(self._facts)
        fact = self._space.vocabulary.find(name)
        if fact is not None and fact.type == "codes":
            sets = dict(cart.sets)
            _choose_set(sets, name, self._space.members(name), self._chance)
            return replace(cart, sets=dict(sorted(sets.items())))
        values = self._space.values(name)
        return with_fact(cart, name, self._chance.one_of(values)) if values else cart

    def _instant(self, cart: Cart) -> Cart:
        return replace(cart, now=self._chance.one_of(self._instants)) if self._instants else cart

    def _coupon(self, cart: Cart) -> Cart:
        """Put a code on the cart, or take all away."""
        if not self._coupons or (cart.coupons and self._chance.once_in(2)):
            return replace(cart, coupons=())
        coupon = self._chance.one_of(self._coupons)
        code = self._chance.one_of(coupon.codes) if coupon.codes else code_of(coupon)
        entry = CouponEntry(
            code=code,
            campaign=coupon.campaign,
            owner=cart.customer_id,
            used_code=self._chance.one_of(_USES),
            used_customer=self._chance.one_of((None, *_USES)),
            used_total=self._chance.one_of(_USES),
        )
        others = [each for each in cart.coupons if each.code != code]
        return replace(cart, coupons=tuple(sorted((*others, entry), key=lambda each: each.code)))


def with_fact(cart: Cart, name: str, value: Key | None) -> Cart:
    """The cart with one fact changed, None to leave it out, wherever a cart keeps it."""
    facts = {each: known for each, known in cart.facts.items() if each != name}
    if value is not None:
        facts = dict(sorted({**facts, name: value}.items()))
    text = value if isinstance(value, str) else None
    match name:
        case "currency":
            return cart
        case "customer.id":
            return replace(cart, facts=facts, customer_id=text)
        case "payment.method":
            return replace(cart, facts=facts, payment_method=text)
        case "shipping.method":
            return replace(cart, facts=facts, shipping_method=text)
        case "locale":
            return replace(cart, facts=facts, locale=text or "en")
        case _:
            return replace(cart, facts=facts)


def with_value(line: Line, name: str, value: Key | None) -> Line:
    """The line with one fact changed, None to leave it out where it may be."""
    if value is None and name in ("line.sku", "line.quantity", "line.list_price", "line.tax_class"):
        return line
    if name == "line.quantity" and (not isinstance(value, int) or value < 1):
        return line
    facts = {each: known for each, known in line.facts.items() if each != name}
    if value is not None:
        facts[name] = value
    return line_of(line.id, facts, line.sets, line.name)


def with_line(cart: Cart, place: int, line: Line) -> Cart:
    """The cart with another line at a place."""
    return replace(cart, lines=(*cart.lines[:place], line, *cart.lines[place + 1 :]))


def _ordered(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(sorted(lines, key=lambda line: (len(line.id), line.id)))


def _choose_set(sets: dict[str, frozenset[str]], name: str, members: list[str], chance: Chance) -> None:
    """Some of the members rules name, or none, or not known at all."""
    sets.pop(name, None)
    if not chance.once_in(3):
        sets[name] = frozenset(member for member in members if chance.once_in(2))
