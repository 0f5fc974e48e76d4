"""Which carts does a claim compare with a given cart, and which carts may be compared at all?

The definitions that every verdict is held to:

- `always`: one cart.
- `monotone`: two carts that are equal but for one line, where the weight (known in both), the units or the list price
  differ.
- `never_more`: one cart with `these` facts and with `those`; what the shop counts of earlier uses is the same too.
- `adding_an_item`: a cart, and the same without some units of one line or without that line; one line is left.
- `splitting`: a cart, and two carts that share its units. A line that is in both keeps its id. Codes go with the first
  cart, and what promotions gave in the first counts as used in the second.

Every cart has at least one line. From a single cart only some of all pairs are made: the nearest and a few far ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Final

from msgspec.structs import replace

from engine.documents.model import Growing, Monotone, NeverMore
from engine.facts.cart import Cart, Line, Usage
from engine.hunt.changes import with_fact, with_value
from engine.runtime.decision import Decision

Pair = tuple[Cart, Cart]
Take = Mapping[str, int]
"""Line id -> how many of its units are in the first of two carts; every line of the cart is named."""

FACT_OF: Final[Mapping[Growing, str]] = {
    "weight": "line.weight_g",
    "quantity": "line.quantity",
    "price": "line.list_price",
}
"""The fact of a line that grows."""

ALL_SPLITS_OF: Final = 4
"""Up to so many units, a cart is split in every way there is."""

MOST_SPLITS: Final = 24
MOST_LINES: Final = 6
"""Of a cart with more lines, partners are made from the first of them only."""


def one_more_or_less(cart: Cart, claim: Monotone) -> Iterator[Pair]:
    """Pairs of a smaller and a larger cart; the cart given is one of them."""
    name = FACT_OF[claim.growing]
    for place, line in enumerate(cart.lines[:MOST_LINES]):
        value = line.facts.get(name)
        if not isinstance(value, int):
            continue
        for other in _other_values(value, 1 if claim.growing == "quantity" else 0, far=claim.falls_by_at_most > 0):
            partner = with_line(cart, place, with_value(line, name, other))
            yield (cart, partner) if other > value else (partner, cart)


def grown_from(smaller: Cart, larger: Cart, claim: Monotone) -> bool:
    """Whether the two are equal but for one line, which has more of what grows in the second."""
    name = FACT_OF[claim.growing]
    if len(smaller.lines) != len(larger.lines):
        return False
    places = [place for place, line in enumerate(smaller.lines) if line != larger.lines[place]]
    if len(places) != 1:
        return False
    (place,) = places
    before, after = smaller.lines[place].facts.get(name), larger.lines[place].facts.get(name)
    if not isinstance(before, int) or not isinstance(after, int) or before >= after:
        return False
    return with_line(smaller, place, with_value(smaller.lines[place], name, after)) == larger


def with_facts(cart: Cart, claim: NeverMore) -> Pair:
    """The cart with these facts, and with those."""
    these = those = cart
    for name in sorted(claim.these):
        these = with_fact(these, name, claim.these[name])
        those = with_fact(those, name, claim.those[name])
    return these, those


def with_less(cart: Cart) -> Iterator[Cart]:
    """The cart without some units of one line, or without one line; a line is always left."""
    for place, line in enumerate(cart.lines[:MOST_LINES]):
        for units in sorted({1, line.quantity // 2, line.quantity - 1} - {0, line.quantity}):
            yield with_line(cart, place, with_value(line, "line.quantity", units))
        if len(cart.lines) > 1:
            yield replace(cart, lines=(*cart.lines[:place], *cart.lines[place + 1 :]))


def is_less_of(smaller: Cart, larger: Cart) -> bool:
    """Whether the first is the second without some units of one line or without that line."""
    for place, line in enumerate(larger.lines):
        if len(larger.lines) > 1 and smaller == replace(
            larger, lines=(*larger.lines[:place], *larger.lines[place + 1 :])
        ):
            return True
        found = next((each for each in smaller.lines if each.id == line.id), None)
        if found is not None and found.quantity < line.quantity:
            return smaller == with_line(larger, place, with_value(line, "line.quantity", found.quantity))
    return False


def splits_of(cart: Cart) -> Iterator[Take]:
    """Ways to share the units of a cart: all of them where there are few units, else the likeliest."""
    units = sum(line.quantity for line in cart.lines)
    ways = _every_split(cart) if units <= ALL_SPLITS_OF else _likely_splits(cart)
    seen: set[tuple[int, ...]] = set()
    for take in islice(ways, MOST_SPLITS):
        counts = tuple(take.values())
        if counts not in seen and 0 < sum(counts) < units:
            seen.add(counts)
            yield take


def take_of(cart: Cart, first: Cart) -> Take | None:
    """The split whose first cart has the units of `first`; None when that is no split of the cart."""
    units = {line.id: line.quantity for line in first.lines}
    known = {line.id: line.quantity for line in cart.lines}
    if not units or any(units[name] > known.get(name, 0) for name in units) or units == known:
        return None
    return {name: units.get(name, 0) for name in known}


def first_part(cart: Cart, take: Take) -> Cart:
    """The first of the two carts: the units taken, with the codes of the cart."""
    return replace(cart, lines=_lines_with(cart, take))


def second_part(cart: Cart, take: Take, first: Decision) -> Cart:
    """The second one: the other units, without the codes, after the first cart was decided and ordered."""
    rest = {line.id: line.quantity - take[line.id] for line in cart.lines}
    facts = {name: value for name, value in cart.facts.items() if not name.startswith("coupon.")}
    return replace(cart, lines=_lines_with(cart, rest), facts=facts, coupons=(), usage=_used(cart, first))


def with_line(cart: Cart, place: int, line: Line) -> Cart:
    """The cart with another line at that place."""
    return replace(cart, lines=(*cart.lines[:place], line, *cart.lines[place + 1 :]))


def _other_values(value: int, least: int, *, far: bool) -> tuple[int, ...]:
    """Values near it, and where falls may add up also values far from it."""
    near = [value + 1, value - 1]
    distant = [2 * value, 10 * value, value // 2, value // 10, least] if far else []
    return tuple(dict.fromkeys(other for other in (*near, *distant) if other >= least and other != value))


def _every_split(cart: Cart) -> Iterator[Take]:
    names = [line.id for line in cart.lines]
    for counts in product(*(range(line.quantity + 1) for line in cart.lines)):
        yield dict(zip(names, counts, strict=True))


def _likely_splits(cart: Cart) -> Iterator[Take]:
    """Half of everything, each line apart, one unit of each line apart, each line halved; both ways round."""
    nothing = {line.id: 0 for line in cart.lines}
    takes = [{line.id: line.quantity // 2 for line in cart.lines}]
    for line in cart.lines[:MOST_LINES]:
        takes += [{**nothing, line.id: units} for units in (line.quantity, 1, line.quantity // 2)]
    for take in takes:
        yield take
        yield {line.id: line.quantity - take[line.id] for line in cart.lines}


def _lines_with(cart: Cart, units: Take) -> tuple[Line, ...]:
    return tuple(with_value(line, "line.quantity", units[line.id]) for line in cart.lines if units[line.id])


def _used(cart: Cart, first: Decision) -> dict[str, Usage]:
    """What the shop counts after the first cart was ordered."""
    gave: dict[str, int] = {}
    for posting in first.postings:
        if posting.origin.kind == "promotions":
            gave[posting.origin.rule] = gave.get(posting.origin.rule, 0) - posting.amount
    usage = dict(cart.usage)
    for rule in first.applied:
        stranger = None if cart.customer_id is None else 0
        before = usage.get(rule, Usage(customer=stranger, total=0, spent=0))
        customer = None if before.customer is None else before.customer + 1
        usage[rule] = Usage(customer=customer, total=before.total + 1, spent=before.spent + gave.get(rule, 0))
    return dict(sorted(usage.items()))
