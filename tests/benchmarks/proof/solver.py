"""How long does the solver take for claims about shops of 5, 30 and 100 promotions? Prints a table for the docs.

python -m tests.benchmarks.proof.solver
"""

from __future__ import annotations

import time

from engine.documents.model import Adding, Bound, Claim, Invariant, Monotone, NeverMore
from engine.runtime.book import Book
from engine.symbolic.solve import Answer, Candidate, Proved, solve
from engine.text.source import Span
from tests.engine.runtime.books import Body, book

SIZES = (5, 30, 100)

CLAIMS: dict[str, Claim] = {
    "total >= 0": Bound(measure="total", side="at_least", amount=0),
    "discount <= items": Bound(measure="discount", side="at_most", percent=(1, 1), of="items"),
    "discount <= 40 %": Bound(measure="discount", side="at_most", percent=(2, 5), of="items", tolerance=2),
    "shipping is monotone in weight": Monotone(measure="shipping", growing="weight"),
    "a vip never pays more": NeverMore(these={"customer.group": "vip"}, those={"customer.group": None}),
    "adding lowers by at most 500.00": Adding(lowers_by_at_most=50_000),
}


def shop(rules: int) -> Book:
    """Promotions on six categories and on the order, of five sorts, and delivery by weight with a free threshold."""
    lanes = [{"id": "items", "stage": "lines", "pick": "all"}, {"id": "order", "stage": "order", "pick": "all"}]
    promotions: Body = {"lanes": lanes, "rules": [_rule(number) for number in range(rules)]}
    bands = [{"below": "1kg", "price": "9.90"}, {"below": "5kg", "price": "14.90"}, {"rest": {"price": "24.90"}}]
    free = {"amount": "99.00", "of": "subtotal.after_discounts", "tax": "included"}
    method = {"id": "post", "rate": {"bands": {"by": "shipment.weight_g", "rows": bands}}, "free_from": free}
    return book(promotions=promotions, shipping={"methods": [method]})


def _rule(number: int) -> dict[str, object]:
    where = {"line.category": {"under": f"c{number % 6}"}}
    sorts: list[dict[str, object]] = [
        {"lane": "items", "then": {"percent_off": 5 + number % 40, "on": "lines", "where": where}},
        {
            "lane": "items",
            "then": {"amount_off": f"{1 + number % 9}.00", "on": "lines", "per": "unit", "where": where},
        },
        {
            "lane": "order",
            "when": {"subtotal.after_line_discounts": {"at_least": f"{50 + number}.00"}},
            "then": {"percent_off": 5 + number % 20, "on": "order"},
        },
        {
            "lane": "order",
            "when": {"customer.group": ("vip", "member", "staff")[number % 3]},
            "then": {"amount_off": f"{3 + number % 7}.00", "on": "order"},
        },
        {"lane": "order", "then": {"percent_off": 10, "on": "order", "cap": "40.00", "where": where}},
    ]
    return {"id": f"r{number:03}", **sorts[number % 5]}


def _said(answer: Answer) -> str:
    if isinstance(answer, Proved):
        return "proved, " + answer.scope.partition(",")[0]
    if isinstance(answer, Candidate):
        return "refuted" if answer.confirmed else "a candidate the evaluator decides otherwise"
    return answer.reason


def main() -> None:
    """Print one row per claim and size."""
    print("| claim | rules | answer | effort | seconds |\n|---|---|---|---|---|")
    for size in SIZES:
        rules = shop(size)
        for name, claim in CLAIMS.items():
            start = time.perf_counter()
            answer = solve(rules, Invariant(id="it", claim=claim, span=Span("claims.yaml", 1, 1, 1, 2)))
            seconds = time.perf_counter() - start
            print(f"| {name} | {size} | {_said(answer)} | {answer.used:,} | {seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
