"""How does a wish become a valid cart: which facts, which lines, which prices?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from engine.boxes.box import Box
from engine.boxes.build import is_member_axis
from engine.boxes.values import ValueSet
from engine.documents.conditions import Aggregate
from engine.facts.cart import Cart, CouponEntry, Key
from engine.facts.given import is_given
from engine.hunt.aim import Need
from engine.hunt.calendar import instant_with
from engine.hunt.drafts import Draft, DraftLine
from engine.hunt.fitting import fitted
from engine.hunt.measuring import MOST_LINES, is_of_line, measure, put_member, set_line_value
from engine.hunt.space import PLAIN_INSTANT, Space
from engine.hunt.wish import Wish, code_of, together
from engine.runtime.book import Book

_CUSTOMER: Final = "c1"


class Maker:
    """Makes carts for one book. `base` is where every cart lies unless it is wished elsewhere: a place that is served,
    and what an order needs to have; `price` what a unit costs that no rule has a wish for.
    """

    def __init__(self, book: Book, space: Space, base: Box, price: int) -> None:
        self._book = book
        self._space = space
        self._base = base
        self._price = price

    def cart(self, wish: Wish) -> Cart | None:
        """A cart near the wish; None when it would be larger than carts may be.

        Not every wish can be had: what one rule asks may contradict another, and sums are met where they can be.
        """
        draft = self._draft(wish)
        return fitted(draft, self._book)

    def _draft(self, wish: Wish) -> Draft:
        box = together(wish.box, self._base)
        for need in (need for group in wish.needs for need in group):
            for found in self._space.lines(need.where)[:1]:
                box = together(box, Box({axis: values for axis, values in found.items() if not is_of_line(axis)}))
        values = self._values(box, wish)
        draft = Draft(self._book.currency, self._instant(box, values, wish))
        self._put_facts(draft, values)
        for axis, aggregate in sorted(wish.aggregates.items()):
            if axis in values:
                self._put_aggregate(draft, aggregate, values[axis])
        for group in wish.needs:
            self._put_needs(draft, group)
        self._put_coupons(draft, wish)
        draft.usage.update(wish.usage)
        if not draft.lines:
            draft.lines.append(DraftLine(plain=self._price))
        self._force_lines(draft, wish)
        measure(draft, values)
        return draft

    # facts of the cart -----------------------------------------------------------------------------------------

    def _values(self, box: Box, wish: Wish) -> dict[str, Key | None]:
        """A value for every axis some rule restricts, the forced ones as they are."""
        values: dict[str, Key | None] = {}
        for axis, accepted in box.items():
            if is_member_axis(axis) or axis in wish.aggregates:
                values[axis] = accepted.smallest()
            else:
                values[axis] = self._space.choose(axis, accepted)
        return {**values, **wish.forced}

    def _instant(self, box: Box, values: Mapping[str, Key | None], wish: Wish) -> int:
        forced, now = wish.forced.get("now"), values.get("now")
        if isinstance(forced, int):
            return forced
        start = now if isinstance(now, int) else PLAIN_INSTANT
        weekday, minutes = values.get("now.weekday"), values.get("now.time")
        if weekday is None and minutes is None:
            return start
        return instant_with(
            start,
            weekday if isinstance(weekday, int) else None,
            minutes if isinstance(minutes, int) else None,
            wish.timezone,
            box["now"],
        )

    def _put_facts(self, draft: Draft, values: Mapping[str, Key | None]) -> None:
        for axis, value in values.items():
            if is_of_line(axis):
                continue
            if "∋" in axis:
                put_member(draft.sets, axis, value)
                continue
            fact = self._space.vocabulary.find(axis)
            if fact is not None and fact.scope == "cart" and is_given(fact) and axis != "now" and value is not None:
                if fact.type == "codes":
                    draft.sets.setdefault(axis, frozenset())
                else:
                    draft.facts[axis] = value
        if isinstance(decided := values.get("shipping.decided"), str):
            draft.facts["shipping.method"] = decided
        if values.get("customer.signed_in") == 1:
            draft.facts.setdefault("customer.id", _CUSTOMER)
        elif values.get("customer.signed_in") == 0:
            draft.facts.pop("customer.id", None)

    # lines -----------------------------------------------------------------------------------------------------

    def _put_aggregate(self, draft: Draft, aggregate: Aggregate, wanted: Key | None) -> None:
        """Lines that bring a sum over a selection to a value."""
        if not isinstance(wanted, int):
            if aggregate.measure == "weight_g":
                self._add(draft, Need(aggregate.where)).weight = None
            return
        if wanted <= 0:
            return
        there = [line for line in draft.lines if line.satisfies(aggregate.where)]
        match aggregate.measure:
            case "count":
                for _ in range(min(wanted, MOST_LINES) - len(there)):
                    self._add(draft, Need(aggregate.where))
            case "quantity":
                missing = wanted - sum(line.quantity for line in there)
                if missing > 0:
                    line = there[0] if there else self._add(draft, Need(aggregate.where))
                    line.quantity += missing - (0 if there else 1)
            case "subtotal":
                line = there[0] if there else self._add(draft, Need(aggregate.where))
                line.quantity, line.price = 1, wanted
            case "weight_g":
                line = there[0] if there else self._add(draft, Need(aggregate.where))
                line.quantity, line.weight = 1, wanted

    def _put_needs(self, draft: Draft, group: tuple[Need, ...]) -> None:
        """Units for each need of a group: those already there first, each counted once."""
        free = [line.quantity for line in draft.lines]
        for need in group:
            missing = need.units
            for place, line in enumerate(draft.lines):
                if missing > 0 and place < len(free) and free[place] and line.satisfies(need.where):
                    taken = min(missing, free[place])
                    free[place] -= taken
                    missing -= taken
            if missing > 0:
                line = self._add(draft, need)
                line.quantity = max(missing, line.quantity)
                free.append(0)

    def _add(self, draft: Draft, need: Need) -> DraftLine:
        """A line that satisfies a condition, added to the cart."""
        line = DraftLine(plain=self._price)
        for box in self._space.lines(need.where)[:1]:
            for axis, accepted in box.items():
                if is_of_line(axis):
                    self._put_line_fact(line, axis, accepted)
        draft.lines.append(line)
        return line

    def _put_line_fact(self, line: DraftLine, axis: str, accepted: ValueSet) -> None:
        if "∋" in axis:
            put_member(line.sets, axis, accepted.smallest())
            return
        if axis == "line.on_sale":
            if accepted.contains(1):
                line.facts.setdefault("line.sale_price", line.list_price // 2)
            return
        value = self._space.choose(axis, accepted)
        if value is None and accepted.missing:
            line.facts.pop(axis, None)
            return
        set_line_value(line, axis, value)

    def _force_lines(self, draft: Draft, wish: Wish) -> None:
        for axis, value in wish.forced.items():
            if is_of_line(axis):
                for line in draft.lines:
                    set_line_value(line, axis, value)

    # coupons ---------------------------------------------------------------------------------------------------

    def _put_coupons(self, draft: Draft, wish: Wish) -> None:
        for coupon in wish.coupons:
            if coupon.user_bound or coupon.limits.per_customer is not None:
                draft.facts.setdefault("customer.id", _CUSTOMER)
            if coupon.first_order_only:
                draft.facts.setdefault("customer.orders_paid", 0)
            code, told = code_of(coupon), wish.told.get(coupon.id)
            customer = draft.facts.get("customer.id")
            owner = str(customer) if coupon.user_bound and customer is not None else None
            used = None if customer is None else 0
            draft.coupons[code] = (
                CouponEntry(code=code, campaign=coupon.campaign, owner=owner, used_customer=used)
                if told is None
                else msgspec.structs.replace(
                    told,
                    campaign=coupon.campaign,
                    owner=told.owner or owner,
                    used_customer=used if told.used_customer is None else told.used_customer,
                )
            )
