"""How is a decision shown to a person: the cart, every posting with its source, totals, options, reasons?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from engine.cli.place import Place
from engine.money.amount import format_amount, formatter
from engine.runtime.decision import Decision, Posting, Reason
from engine.runtime.shown import Shown

MOST_LINES = 100
MOST_POSTINGS = 300
"""Longer tables are cut, and say so: nobody reads them on a screen. JSON has everything."""

_STATE_STYLES = {"applied": "green", "pending": "yellow", "rejected": "red"}


def draw(decision: Decision, shown: Shown) -> Iterator[RenderableType]:
    """The parts of a decision, in the order a shopper would ask for them. Empty parts are left out."""
    yield from _part("Cart", _lines(decision))
    yield from _part("Postings", _postings(decision))
    yield from _part("Totals", _totals(decision))
    yield from _part("Shipping", _options(decision, shown))
    yield from _part("Payment", _payments(decision, shown))
    yield from _part("Coupons", _coupons(decision, shown))
    yield from _part("Gifts", _gifts(decision))
    yield from _part("Refused", _refusals(decision))


def titled(title: str, body: RenderableType) -> RenderableType:
    """A part under its title."""
    return Group(Text(title, style="bold"), Padding(body, (0, 0, 1, 2)))


def table(columns: Sequence[str], right: Iterable[str] = ()) -> Table:
    """A plain table; columns in `right` hold numbers. Long cells are folded, never cut."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    numbers = set(right)
    for column in columns:
        drawn.add_column(
            column, justify="right" if column in numbers else "left", overflow="fold", no_wrap=column in numbers
        )
    return drawn


def _part(title: str, body: Table | None) -> Iterator[RenderableType]:
    if body is not None and body.row_count:
        yield titled(title, body)


def _lines(decision: Decision) -> Table:
    money = formatter(decision.currency)
    drawn = table(
        ("line", "sku", "units", "list", "unit price", "discount", "total", ""),
        ("units", "list", "unit price", "discount", "total"),
    )
    for line in decision.lines[:MOST_LINES]:
        discount = money(-line.discount) if line.discount else ""
        sale = "on sale" if line.on_sale else ""
        cells = (str(line.quantity), money(line.list_price), money(line.unit_price), discount, money(line.total))
        drawn.add_row(line.id, line.sku, *cells, sale)
    rest = decision.lines[MOST_LINES:]
    if rest:
        discount = money(-sum(line.discount for line in rest))
        units = str(sum(line.quantity for line in rest))
        total = money(sum(line.total for line in rest))
        drawn.add_row("…", f"{len(rest):,} more", units, "", "", discount, total, "")
    return drawn


def _postings(decision: Decision) -> Table:
    drawn = table(("amount", "what", "line", "rule", "written at"), ("amount",))
    for posting in decision.postings[:MOST_POSTINGS]:
        drawn.add_row(*_posting(posting, decision))
    rest = decision.postings[MOST_POSTINGS:]
    if rest:
        amount = format_amount(sum(posting.amount for posting in rest), decision.currency)
        drawn.add_row(amount, f"{len(rest):,} more", "", "", "")
    drawn.add_section()
    total = format_amount(sum(posting.amount for posting in decision.postings), decision.currency)
    drawn.add_row(Text(total, style="bold"), Text("= total", style="bold"), "", "", "")
    return drawn


def _posting(posting: Posting, decision: Decision) -> tuple[RenderableType, ...]:
    amount = format_amount(posting.amount, decision.currency)
    style = "green" if posting.amount < 0 else ""
    origin = posting.origin
    rule = f"{origin.kind} {origin.rule}" if origin.at else "catalogue price"
    return Text(amount, style=style), posting.kind.replace("_", " "), posting.line, rule, Place(origin.at)


def _totals(decision: Decision) -> Table:
    money = formatter(decision.currency)
    totals = decision.totals
    drawn = table(("", decision.currency, ""), (decision.currency,))
    rows = [
        ("items", totals.items, ""),
        ("discount", -totals.discount, ""),
        ("shipping", totals.shipping, _shipping_note(decision)),
        ("tax", totals.tax_added, ""),
        ("cash rounding", totals.cash_rounding, ""),
    ]
    for name, amount, note in rows:
        if amount or name in ("items", "shipping"):
            drawn.add_row(name, money(amount), note)
    drawn.add_row(Text("total", style="bold"), Text(money(totals.total), style="bold"), _tax_note(decision))
    return drawn


def _shipping_note(decision: Decision) -> str:
    if decision.shipping_method is None:
        return "no method decided"
    discount = decision.totals.shipping_discount
    less = f", {format_amount(discount, decision.currency)} less than listed" if discount else ""
    return f"by {decision.shipping_method}{less}"


def _tax_note(decision: Decision) -> str:
    parts = [
        f"{tax.rate} {format_amount(tax.amount, decision.currency)} on {format_amount(tax.base, decision.currency)}"
        for tax in decision.taxes
    ]
    if not parts:
        return ""
    return ("contains tax: " if decision.taxes[0].included else "with tax: ") + ", ".join(parts)


def _options(decision: Decision, shown: Shown) -> Table:
    money = formatter(decision.currency)
    drawn = table(("method", "listed", "to pay", "zone", "days", "why not"), ("listed", "to pay"))
    for option in decision.options:
        chosen = option.method == decision.shipping_method
        name = Text(f"{option.method}{' ←' if chosen else ''}", style="bold" if chosen else "")
        days = "" if option.days is None else f"{option.days[0]}–{option.days[1]}"
        if option.price is None or option.total is None:
            drawn.add_row(name, "–", "–", option.zone, days, _why(option.reasons, shown))
        else:
            drawn.add_row(name, money(option.price), money(option.total), option.zone, days, "")
    return drawn


def _payments(decision: Decision, shown: Shown) -> Table:
    drawn = table(("method", "", "why not"))
    for payment in decision.payments:
        state = Text("allowed", "green") if payment.available else Text("not allowed", "red")
        drawn.add_row(payment.method, state, _why(payment.reasons, shown))
    return drawn


def _coupons(decision: Decision, shown: Shown) -> Table:
    drawn = table(("code", "state", "gives", "rule", "why"), ("gives",))
    for coupon in decision.coupons:
        gives = format_amount(coupon.amount, decision.currency) if coupon.amount else ""
        state = Text(coupon.state, _STATE_STYLES[coupon.state])
        why = _why(coupon.reasons, shown)
        drawn.add_row(coupon.code, state, gives, coupon.rule, why)
    return drawn


def _gifts(decision: Decision) -> Table:
    drawn = table(("units", "sku", "rule", "written at"), ("units",))
    for gift in decision.gifts:
        drawn.add_row(str(gift.quantity), gift.sku, gift.origin.rule, Place(gift.origin.at))
    return drawn


def _refusals(decision: Decision) -> Table:
    drawn = table(("code", "rule", "message", "written at"))
    drawn.columns[0].no_wrap = True
    for refusal in decision.refusals:
        message = refusal.message.get("en") or next(iter(refusal.message.values()), "")
        details = message or ", ".join(f"{name} {value}" for name, value in refusal.params.items())
        drawn.add_row(Text(refusal.code, style="red"), refusal.origin.rule, details, Place(refusal.origin.at))
    return drawn


def _why(reasons: Sequence[Reason], shown: Shown) -> str:
    return "\n".join(shown.reason(reason) for reason in reasons)
