"""One checkout, from cart to decision: the stages in their fixed order, each reading only what came before it.

    1 pricing → 2 line promotions → 3 order promotions → 4 coupons → 5 shipping → 6 shipping promotions
    → 7 tax → 8 cash rounding → 9 may it become an order

The order is the reason why no rule can lift the total over its own threshold. Every cent is a posting, and the
postings are summed against the total before the decision leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from engine.facts.cart import Cart
from engine.runtime.book import Book
from engine.runtime.checkout import round_cash, run_checkout
from engine.runtime.coupons import AdmittedCoupon, run_coupons
from engine.runtime.decision import Decision, Key, LineResult, Posting, Totals, check_balance
from engine.runtime.pricing import CATALOGUE, run_pricing
from engine.runtime.promotion_program import Context
from engine.runtime.promotions import run_lanes
from engine.runtime.reasons import with_calendar
from engine.runtime.selection import ALL_LINES, Selected, Selections, select, touched_members, with_sums
from engine.runtime.shipping import run_shipping
from engine.runtime.shipping_discounts import Discounting
from engine.runtime.tax import run_tax
from engine.runtime.tax_rates import TaxRates, gross_and_net
from engine.runtime.working import Working

_NO_LINES = Selected({ALL_LINES: []}, {})


class CurrencyMismatch(ValueError):
    """The cart is in another currency than the book was compiled for: a caller's mistake, not a ruleset's."""


def evaluate(book: Book, cart: Cart, *, trace: bool = False) -> Decision:
    """Decide one checkout. Pure: the same book and cart give the same decision, byte for byte.

    `trace` also collects why rules whose condition held gave nothing. Raises CurrencyMismatch.
    """
    if cart.currency != book.currency:
        raise CurrencyMismatch(f"the cart is in {cart.currency}, the rulesets were compiled for {book.currency}")
    work = Working(cart, trace=trace)
    _post_items(work)
    _price(book, work)
    rates = _tax_rates(book, work)
    promotion_selected = _promote(book, work)
    on_shipping = _redeem(book, work)
    _tell_sums(book, work, rates)
    _ship(book, work, promotion_selected, on_shipping)
    if book.tax is not None and rates is not None:
        rates.see(work.values)
        run_tax(book.tax, rates, work)
    total = _total(book, work)
    if book.checkout is not None:
        run_checkout(book.checkout, work, _context(book.checkout, work, None))
    check_balance(work.postings, total)
    return _decision(book, work, total)


# the stages ----------------------------------------------------------------------------------------------------


def _post_items(work: Working) -> None:
    append = work.postings.append
    for line, amount in zip(work.lines, work.initial, strict=True):
        append(Posting("item", amount, line.id, CATALOGUE))


def _price(book: Book, work: Working) -> None:
    program = book.pricing
    if program is not None:
        selected = select(program.selections, work)
        context = _context(program, work, selected)
        run_pricing(program, work, context.values, context.touched, selected)
    work.settle_floors()
    work.values["subtotal.items"] = sum(work.amount)


def _tax_rates(book: Book, work: Working) -> TaxRates | None:
    if book.tax is None:
        return None
    rates = TaxRates(book.tax, work)
    work.tax_ratio = (book.tax.prices, rates.ratio)
    return rates


def _promote(book: Book, work: Working) -> Selected | None:
    program = book.promotions
    values = work.values
    if program is None:
        values["subtotal.after_line_discounts"] = values["subtotal.after_order_discounts"] = values["subtotal.items"]
        return None
    selected = select(program.selections, work)
    for axis, value in selected.touched.items():
        if value is not None:
            values[axis] = value  # so that the decision shows what the rules have read
    if program.lanes.get("lines"):
        run_lanes(program, "lines", work, _context(program, work, selected))
    values["subtotal.after_line_discounts"] = sum(work.amount)
    if program.lanes.get("order"):
        run_lanes(program, "order", work, _context(program, work, selected))
    values["subtotal.after_order_discounts"] = sum(work.amount)
    return selected


def _redeem(book: Book, work: Working) -> list[AdmittedCoupon]:
    on_shipping: list[AdmittedCoupon] = []
    if book.coupons is not None and work.cart.coupons:
        on_shipping = run_coupons(book.coupons, work)
    values = work.values
    total = values["subtotal.after_discounts"] = sum(work.amount)
    values["discount.total"] = sum(work.initial) - total
    values["coupon.applied"] = 1 if any(result.state == "applied" for result in work.coupons) else 0
    return on_shipping


def _tell_sums(book: Book, work: Working, rates: TaxRates | None) -> None:
    """Tell the sum with and without tax, if somebody reads it."""
    values = work.values
    if not book.needs_tax:
        return
    total = values["subtotal.after_discounts"]
    if book.tax is None or rates is None:
        values["subtotal.after_discounts.gross"] = values["subtotal.after_discounts.net"] = total
        return
    with_tax = book.tax.prices == "included"
    values["subtotal.after_discounts.gross" if with_tax else "subtotal.after_discounts.net"] = total
    if not book.reads_sum("net" if with_tax else "gross"):
        return  # only the sum in which prices are is read, and that is known without splitting anything
    rates.see(values)
    sums = gross_and_net(rates)
    if sums is not None:
        values["subtotal.after_discounts.gross"], values["subtotal.after_discounts.net"] = sums


def _ship(
    book: Book,
    work: Working,
    promotion_selected: Selected | None,
    on_shipping: list[AdmittedCoupon],
) -> None:
    program = book.shipping
    if program is None or not work.lines:  # an empty cart is not shipped
        return
    promotions = book.promotions if book.promotions is not None and book.promotions.lanes.get("shipping") else None
    run_shipping(
        program,
        work,
        _context(program, work, None),
        Discounting(
            promotions,
            None if promotions is None else _context(promotions, work, promotion_selected),
            on_shipping,
        ),
    )


def _total(book: Book, work: Working) -> int:
    total = sum(work.amount) + work.shipping_total + work.tax_added
    if book.checkout is not None:
        total = round_cash(book.checkout, work, total)
    work.values["total"] = total
    return total


# what conditions see -------------------------------------------------------------------------------------------


class Conditional(Protocol):
    """What every program says about the facts its conditions read."""

    @property
    def timezone(self) -> str: ...

    @property
    def reads_calendar(self) -> bool: ...

    @property
    def selections(self) -> Selections: ...

    @property
    def set_facts(self) -> Mapping[str, frozenset[str]]: ...


def _context(program: Conditional, work: Working, selected: Selected | None) -> Context:
    """The facts as they stand now, in the calendar of the ruleset, with its aggregates and set members."""
    values = with_calendar(work.values, work.cart.now, program.timezone, program.reads_calendar)
    if selected is None:
        selected = select(program.selections, work) if program.selections.aggregates else _NO_LINES
        values = with_sums(program.selections, selected, values)
    touched: Mapping[str, Key | None] = selected.touched
    if program.set_facts:
        values = dict(values)
        touched = {**touched, **touched_members(program.set_facts, work.sets, values)}
    return Context(values, touched, selected)


# the answer ----------------------------------------------------------------------------------------------------


def _decision(book: Book, work: Working, total: int) -> Decision:
    items, left = sum(work.initial), sum(work.amount)
    totals = Totals(
        items=items,
        discount=items - left,
        shipping=work.shipping_total,
        shipping_discount=work.shipping_price - work.shipping_total,
        tax=work.tax_total or 0,
        tax_added=work.tax_added,
        cash_rounding=work.cash_rounding,
        total=total,
    )
    return Decision(
        currency=work.cart.currency,
        now=work.cart.now,
        totals=totals,
        lines=_line_results(work),
        postings=tuple(work.postings),
        taxes=tuple(work.taxes),
        refusals=tuple(work.refusals),
        options=tuple(work.options),
        shipping_method=work.shipping_method,
        payments=tuple(work.payments),
        coupons=tuple(work.coupons),
        gifts=tuple(work.gifts),
        applied=tuple(work.applied),
        rulesets=book.rulesets,
        facts=work.values,
        sets=dict(work.sets),
        skipped=tuple(work.skipped or ()),
    )


def _line_results(work: Working) -> tuple[LineResult, ...]:
    unit, initial, amount, on_sale, taxed = (
        work.unit,
        work.initial,
        work.amount,
        work.on_sale,
        work.tax_of_line,
    )
    results = []
    for place, line in enumerate(work.lines):
        net, tax, gross = (None, None, None) if taxed is None else taxed[place]
        subtotal, left = initial[place], amount[place]
        results.append(
            LineResult(
                line.id,
                line.sku,
                line.quantity,
                line.list_price,
                unit[place],
                subtotal,
                subtotal - left,
                left,
                on_sale[place],
                net,
                tax,
                gross,
                line.facts,
            )
        )
    return tuple(results)
