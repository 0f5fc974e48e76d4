"""Does a decision say what the slow evaluator found? Posting by posting, grouped by kind, rule and line."""

from __future__ import annotations

from collections import Counter

from engine.runtime.decision import Decision
from tests.engine.runtime.oracle.state import Checkout


def of_decision(decision: Decision) -> dict[str, object]:
    """Everything the slow evaluator decides too."""
    postings: Counter[tuple[str, str, str]] = Counter()
    for posting in decision.postings:
        postings[posting.kind, posting.origin.rule, posting.line] += posting.amount
    taxes: Counter[str] = Counter()
    for tax in decision.taxes:
        taxes[tax.rate] += tax.amount
    return {
        "postings": _known(postings),
        "units": [line.unit_price for line in decision.lines],
        "on_sale": [line.on_sale for line in decision.lines],
        "left": [line.total for line in decision.lines],
        "tax": None if any(line.net is None for line in decision.lines) else _splits(decision),
        "taxes": _known(taxes),
        "gifts": sorted((gift.sku, gift.quantity) for gift in decision.gifts),
        "applied": sorted(decision.applied),
        "coupons": {result.code: result.state for result in decision.coupons},
        "refusals": sorted(refusal.code for refusal in decision.refusals),
        "options": {
            option.method: None if option.price is None else (option.price, option.total) for option in decision.options
        },
        "method": decision.shipping_method,
        "payments": {payment.method: payment.available for payment in decision.payments},
        "total": decision.totals.total,
    }


def of_checkout(checkout: Checkout) -> dict[str, object]:
    """The same, as found slowly."""
    return {
        "postings": _known(checkout.postings),
        "units": checkout.unit,
        "on_sale": checkout.on_sale,
        "left": checkout.left,
        "tax": checkout.tax_of_line or ([] if not checkout.left else None),
        "taxes": _known(checkout.taxes),
        "gifts": sorted(checkout.gifts),
        "applied": sorted(each.id for each in checkout.applied),
        "coupons": checkout.coupons,
        "refusals": sorted(checkout.refusals),
        "options": checkout.options,
        "method": checkout.method,
        "payments": checkout.payments,
        "total": checkout.total,
    }


def _splits(decision: Decision) -> list[tuple[int | None, int | None, int | None]]:
    return [(line.net, line.tax, line.gross) for line in decision.lines]


def _known(amounts: Counter[tuple[str, str, str]] | Counter[str]) -> dict[object, int]:
    return {key: amount for key, amount in amounts.items() if amount}
