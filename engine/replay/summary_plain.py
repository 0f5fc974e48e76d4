"""How is a summary written as JSON?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

from engine.money import formatter
from engine.replay.items import Accounting
from engine.replay.quantiles import quantiles
from engine.replay.summary import CurrencyTotals, ReplaySummary

Plain: TypeAlias = "str | int | list[Plain] | dict[str, Plain]"


def as_plain(summary: ReplaySummary) -> dict[str, Plain]:
    """The summary as maps, lists, text and whole numbers: money as decimal text, shares of discounts in
    percent.

    Lists are in descending order of orders, then by name. Only `timing` differs from run to run.
    """
    return {
        "rows": _rows(summary.accounting),
        "orders": _orders(summary.accounting),
        "refusals": _refusals(summary),
        "currencies": {code: _currency(code, summary.currencies[code]) for code in sorted(summary.currencies)},
        "rules": _rules(summary),
        "shipping_methods": _counted(summary.methods),
        "coupons": _counted(summary.coupons),
        "notes": _counted(summary.notes),
        "timing": {
            "microseconds": summary.nanoseconds // 1_000,
            "slowest": [
                {"order": order, "microseconds": nanoseconds // 1_000} for nanoseconds, order in summary.slowest
            ],
        },
    }


def _rows(accounting: Accounting) -> dict[str, Plain]:
    return {
        "read": accounting.rows_read,
        "priced": accounting.rows_priced,
        "refused": accounting.rows_refused,
        "skipped": _counted(accounting.rows_skipped),
    }


def _orders(accounting: Accounting) -> dict[str, Plain]:
    return {
        "read": accounting.orders_read,
        "priced": accounting.orders_priced,
        "refused": accounting.orders_refused,
        "skipped": _counted(accounting.orders_skipped),
    }


def _refusals(summary: ReplaySummary) -> list[Plain]:
    refusals: list[Plain] = []
    for reason, orders in sorted(summary.refusals.items(), key=lambda entry: (-entry[1], entry[0])):
        witness = summary.witnesses[reason]
        total = formatter(witness.currency)(witness.total)
        smallest: Plain = {"order": witness.order, "lines": witness.lines, "total": total}
        about: dict[str, Plain] = {"about": reason.about} if reason.about else {}
        refusals.append({"code": reason.code, **about, "orders": orders, "smallest": smallest})
    return refusals


def _currency(code: str, totals: CurrencyTotals) -> dict[str, Plain]:
    amount = formatter(code)
    return {
        "orders": totals.orders,
        "discounted": totals.discounted,
        "free_delivery": totals.free_delivery,
        "undelivered": totals.undelivered,
        "items": amount(totals.items),
        "discount": amount(totals.discount),
        "shipping": amount(totals.shipping),
        "shipping_discount": amount(totals.shipping_discount),
        "tax": amount(totals.tax),
        "total": amount(totals.total),
        "discount_percent": {
            f"p{percent}": percent_text(share) for percent, share in quantiles(totals.discount_shares).items()
        },
        "shipping_per_order": {f"p{percent}": amount(value) for percent, value in quantiles(totals.shippings).items()},
        "total_per_order": {f"p{percent}": amount(value) for percent, value in quantiles(totals.order_totals).items()},
    }


def _rules(summary: ReplaySummary) -> list[Plain]:
    ordered = sorted(summary.fired.items(), key=lambda entry: (-entry[1].orders, entry[0]))
    return [
        {
            "kind": key.kind,
            "rule": key.rule,
            "currency": key.currency,
            "orders": fired.orders,
            "amount": formatter(key.currency)(fired.amount),
        }
        for key, fired in ordered
    ]


def percent_text(hundredths: int) -> str:
    """`12.50` for 1250 hundredths of a percent."""
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _counted(counts: Counter[str]) -> dict[str, Plain]:
    return dict(_by_count(counts))


def _by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda pair: (-pair[1], pair[0]))
