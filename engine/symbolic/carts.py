"""How does what the solver found become real carts? The values of a model, written down as facts, lines and uses.

A model knows sums over lines of one kind; the lines are chosen so that they add up, as far as that can be done with
whole prices. Whoever gets the carts has them decided by the evaluator before believing anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from engine.boxes.box import Box
from engine.boxes.build import is_member_axis
from engine.boxes.keys import shortest
from engine.boxes.values import Key
from engine.facts.cart import Cart, CouponEntry, Line, Usage
from engine.facts.line_order import in_order
from engine.facts.timezones import zone
from engine.symbolic.cells import Cell
from engine.symbolic.codes import code_on_cart
from engine.symbolic.facts import Stated
from engine.symbolic.questions import Question
from engine.symbolic.run import Asked

_NOON: Final = 1_777_636_800_000_000
"""2026-05-01T12:00:00Z in microseconds, where nothing says when."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 4_102_444_800_000_000
_MINUTE: Final = 60_000_000
_DAYS: Final = 400
_ELSEWHERE = "∋"
_WORKED_OUT: Final = frozenset({"now", "coupon.present", "coupon.code"})
_COUNTRIES: Final = ("BR", "DE", "GB", "US", "FR", "PT")
_OF_AMOUNTS: Final = ("line.quantity", "line.list_price", "line.unit_price", "line.subtotal", "line.weight_g")


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The sums of one cell as the solver found them."""

    lines: int
    units: int
    listed: int
    weight: int
    weightless: int
    volume: int
    volumeless: int
    floor: int


def carts_of(question: Question) -> tuple[Cart, ...]:
    """The carts of the last `sat` answer, in the order of the runs."""
    return tuple(_Writer(question, number).cart() for number in range(len(question.runs)))


class _Writer:
    def __init__(self, question: Question, number: int) -> None:
        self._question = question
        self._logic = question.model.logic
        self._asked: Asked = question.asked[number]
        self._plan = question.plans[number]
        self._number = number
        self._stated = question.model.statements.stated

    def cart(self) -> Cart:
        facts, sets = self._facts(), self._sets()
        currency = self._plan.book.currency
        customer = facts.get("customer.id")
        method, payment = facts.get("shipping.method"), facts.get("payment.method")
        return Cart(
            currency=currency,
            now=self._now(),
            lines=in_order(self._lines()),
            facts={**facts, "currency": currency},
            sets=sets,
            coupons=tuple(self._coupons(customer)),
            usage=self._usage(customer is not None),
            shipping_method=None if method is None else str(method),
            payment_method=None if payment is None else str(payment),
            customer_id=None if customer is None else str(customer),
        )

    # facts of the cart -----------------------------------------------------------------------------------------

    def _facts(self) -> dict[str, Key]:
        found: dict[str, Key] = {}
        for name, stated in sorted(self._stated.items()):
            if "@" in name or _ELSEWHERE in name or name in _WORKED_OUT or name in self._asked.facts:
                continue
            value = self._value(stated)
            if value is not None:
                found[name] = value
        found |= {name: key for name, key in self._asked.facts.items() if key is not None and name not in _WORKED_OUT}
        return found

    def _value(self, stated: Stated) -> Key | None:
        if self._logic.truth(stated.missing):
            return None
        if stated.number is not None:
            return self._logic.number(stated.number)
        reached = [cut for cut in stated.cuts if self._logic.truth(stated.cuts[cut])]
        others = [cut for cut in stated.cuts if not self._logic.truth(stated.cuts[cut])]
        low, high = max(reached, default=None), min(others, default=None)
        usual = _COUNTRIES if stated.name == "destination.country" else ("c1",)
        for text in usual:
            if (low is None or text >= low) and (high is None or text < high):
                return text
        return shortest(low, high) or "a"

    def _sets(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, stated in sorted(self._stated.items()):
            if name.endswith(_ELSEWHERE) and not self._logic.truth(stated.missing):
                found.setdefault(name.removesuffix(_ELSEWHERE), set())
        for name, stated in sorted(self._stated.items()):
            fact, _, member = name.partition(_ELSEWHERE)
            if is_member_axis(name) and fact in found and self._logic.number(stated.number) == 1:
                found[fact].add(member)
        return {fact: frozenset(members) for fact, members in found.items()}

    def _now(self) -> int:
        """The instant, moved to a day and hour that some time zone asks for."""
        stated = self._stated.get("now")
        now = _NOON if stated is None or stated.number is None else self._logic.number(stated.number)
        now = min(max(now, 0), _LATEST)
        wanted: dict[str, dict[str, int]] = {}
        for name, each in self._stated.items():
            fact, _, timezone = name.partition("@")
            if timezone and each.number is not None:
                wanted.setdefault(timezone, {})[fact] = self._logic.number(each.number)
        if not wanted:
            return now
        return next((each for each in _instants_from(now, wanted) if _is_at(each, wanted)), now)

    # lines -----------------------------------------------------------------------------------------------------

    def _lines(self) -> Iterator[Line]:
        written = 0
        for cell in self._question.cells if self._question.extra is not None else self._asked.cells:
            numbers = self._numbers(cell)
            yield from _lines_of(cell, numbers, written, self._sellers())
            written += numbers.lines
        extra = self._question.extra
        if extra is not None:
            place = next(
                (place for place, there in enumerate(extra.places[self._number]) if self._logic.truth(there)), None
            )
            if place is not None:
                cell = self._question.cells[place]
                yield from _lines_of(cell, self._numbers(extra.lines[self._number]), 10_000, 1)

    def _numbers(self, cell: Cell) -> _Numbers:
        number = self._logic.number
        return _Numbers(
            number(cell.lines),
            number(cell.units),
            number(cell.listed),
            number(cell.weight),
            number(cell.weightless),
            number(cell.volume),
            number(cell.volumeless),
            number(cell.floor),
        )

    def _sellers(self) -> int:
        term = self._question.runs[self._number].view.term("cart.seller_count")
        return self._logic.number(getattr(term, "value", 1))

    # coupons and uses ------------------------------------------------------------------------------------------

    def _coupons(self, customer: Key | None) -> list[CouponEntry]:
        present = self._stated.get("coupon.present")
        if present is None or present.number is None or self._logic.number(present.number) == 0:
            return []
        entries: list[CouponEntry] = []
        for each in self._plan.admitted:
            if self._logic.truth(code_on_cart(self._question.model, each.coupon.id, self._asked.shopper)):
                codes = each.coupon.codes
                spent = self._used(f"{each.coupon.id} (code).spent")
                entries.append(
                    CouponEntry(
                        code=codes[0] if codes else f"CODE{len(entries)}",
                        campaign=None if codes else each.coupon.campaign,
                        owner=None if customer is None else str(customer),
                        spent=spent,
                    )
                )
        wanted = self._value(self._stated["coupon.code"])
        entries.sort(key=lambda entry: entry.code != wanted)
        return entries or [CouponEntry(code=str(wanted), known=False)]

    def _usage(self, signed_in: bool) -> dict[str, Usage]:
        found = {}
        for lane in self._plan.lanes:
            for rule in lane.rules:
                limits = rule.limits
                if (limits.total, limits.per_customer, limits.budget) != (None, None, None):
                    shopper = self._asked.shopper
                    known = signed_in and self._logic.truth(self._logic.either(f"used {rule.id} by known{shopper}"))
                    customer = self._used(f"{rule.id}.customer{shopper}") if known else None
                    found[rule.id] = Usage(customer, self._used(f"{rule.id}.total"), self._used(f"{rule.id}.spent"))
        return found

    def _used(self, name: str) -> int:
        return max(0, self._logic.number(self._logic.whole(f"used {name}")))


# lines of one cell ---------------------------------------------------------------------------------------------


def _lines_of(cell: Cell, numbers: _Numbers, written: int, sellers: int) -> Iterator[Line]:
    """Lines that add up to the numbers: as many units each as can be, at one price but for the odd cents of a few."""
    if numbers.lines < 1 or numbers.lines > 2_000:
        return
    each, odd = divmod(numbers.units, numbers.lines)
    quantities = [each + (1 if place < odd else 0) for place in range(numbers.lines)][::-1]
    prices = _per_unit(numbers.listed, quantities, len(quantities))
    weights = _per_unit(numbers.weight, quantities, numbers.lines - numbers.weightless)
    volumes = _per_unit(numbers.volume, quantities, numbers.lines - numbers.volumeless)
    floor = numbers.floor
    for place, quantity in enumerate(quantities):
        price = prices[place]
        lowest = min(floor, price * quantity) // quantity
        floor -= lowest * quantity
        known: dict[str, Key] = {"line.quantity": quantity, "line.list_price": price}
        if place < numbers.lines - numbers.weightless:
            known["line.weight_g"] = weights[place]
        if place < numbers.lines - numbers.volumeless:
            known["line.volume_cm3"] = volumes[place]
        if lowest:
            known["line.floor_price"] = lowest
        number = written + place
        seller = f"s{min(number, sellers - 1)}" if sellers > 1 else ""
        yield _line(cell, known, number, seller)


def _per_unit(whole: int, quantities: list[int], known: int) -> list[int]:
    """A value per unit for the first `known` lines, adding up to `whole` where quantities allow it."""
    units = sum(quantities[:known])
    if not units:
        return [0] * len(quantities)
    values = [whole // units] * len(quantities)
    rest = whole - values[0] * units
    for place in range(known):
        more, rest_after = divmod(rest, quantities[place])
        if more and (rest_after == 0 or quantities[place] > 1):
            values[place] += more
            rest = rest_after
    return values


def _line(cell: Cell, known: dict[str, Key], number: int, seller: str) -> Line:
    box = _box_of(cell, known)
    facts: dict[str, Key] = {"line.sku": f"S{number + 1}", "line.tax_class": "standard", **known}
    if seller:
        facts["line.seller"] = seller
    sets: dict[str, set[str]] = {}
    for axis, values in box.items():
        fact, _, member = axis.partition(_ELSEWHERE)
        if _ELSEWHERE in axis:
            if not values.missing or (member and not values.contains(0)):
                sets.setdefault(fact, set())
            if member and not values.contains(0):
                sets[fact].add(member)
        elif axis.rstrip("'") in ("line.unit_price", "line.on_sale", "line.subtotal"):
            continue
        elif not values.contains(facts.get(axis)):
            value = values.smallest()
            facts.pop(axis, None)
            if value is not None and not values.missing:
                facts[axis] = value
    facts = dict(sorted(facts.items()))
    return Line(
        id=f"L{number + 1}",
        sku=str(facts["line.sku"]),
        quantity=_whole(facts, "line.quantity") or 1,
        list_price=_whole(facts, "line.list_price") or 0,
        facts=facts,
        sets={fact: frozenset(members) for fact, members in sets.items() if _is_known(box, fact)},
        weight_g=_whole(facts, "line.weight_g"),
        volume_cm3=_whole(facts, "line.volume_cm3"),
        floor_price=_whole(facts, "line.floor_price"),
        seller=str(facts.get("line.seller", "")),
        tax_class=str(facts["line.tax_class"]),
    )


def _is_known(box: Box, fact: str) -> bool:
    """Whether the set may be known at all."""
    values = box[f"{fact}{_ELSEWHERE}"]
    return values.from_start or bool(values.edges)


def _box_of(cell: Cell, known: Mapping[str, Key]) -> Box:
    """A box of the kind that such amounts lie in; of several the first."""
    seen = {
        **known,
        "line.unit_price": known["line.list_price"],
        "line.subtotal": int(known["line.list_price"]) * int(known["line.quantity"]),
    }

    def fits(box: Box) -> int:
        return sum(not box[axis].contains(seen.get(axis)) for axis in _OF_AMOUNTS)

    return min(cell.kind.boxes, key=fits)


def _whole(facts: Mapping[str, Key], name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) else None


# the calendar --------------------------------------------------------------------------------------------------


def _instants_from(now: int, wanted: Mapping[str, Mapping[str, int]]) -> Iterator[int]:
    """Instants near `now`, at the time of day the first time zone asks for."""
    timezone, asked = next(iter(sorted(wanted.items())))
    local = (_EPOCH + timedelta(microseconds=now)).astimezone(zone(timezone))
    minutes = asked.get("now.time", local.hour * 60 + local.minute)
    for day in range(_DAYS):
        for sign in (1, -1):
            there = (local + timedelta(days=sign * day)).replace(
                hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0
            )
            yield (there - _EPOCH) // timedelta(microseconds=1)


def _is_at(now: int, wanted: Mapping[str, Mapping[str, int]]) -> bool:
    for timezone, asked in wanted.items():
        local = (_EPOCH + timedelta(microseconds=now)).astimezone(zone(timezone))
        seen = {"now.weekday": local.weekday(), "now.time": local.hour * 60 + local.minute}
        if any(seen[fact] != value for fact, value in asked.items()):
            return False
    return True
