"""The report says in text what was counted: amounts of the currency, exact percentages, the greatest first."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given

from engine.compare import Report, compare_carts, report, wanted, witnesses
from engine.compare.shares import percent_text
from engine.runtime.book import Book
from tests.engine.compare.generated import Asked, compiled, few, pairs
from tests.engine.compare.shops import basket, shop


def told(before: Book, after: Book, carts: list[tuple[str, object]]) -> Report:
    found = compare_carts(before, after, carts)  # type: ignore[arg-type]
    return report(found, _heads(before), _heads(after), witnesses(before, after, found, dict(carts)))  # type: ignore[arg-type]


def _heads(book: Book) -> list[object]:
    return [document.head for document in book.documents.values()]


def test_shares_sums_and_causes_are_told_to_the_cent() -> None:
    carts = [("a", basket("100.00")), ("b", basket("150.00")), ("c", basket("20.00"))]
    found = told(shop(), shop(percent="7.5", minimum="30.00"), carts)
    counts, shares = found.counts, found.shares
    assert (counts.read, counts.compared, counts.dearer, counts.died) == (3, 2, 2, 1)
    assert (shares.dearer, shares.died, shares.worse) == ("100.0000", "33.3333", "100.0000")
    (euro,) = found.currencies
    total = euro.measures[0]
    assert (total.measure, total.before, total.after, total.difference) == ("total", "234.80", "241.05", "6.25")
    assert (total.percent, euro.revenue_change, euro.lost) == ("2.6618", "2.6618", "24.90")
    assert euro.revenue_change_with_lost == "-7.1814"
    assert [(bar.label, bar.carts) for bar in euro.histogram] == [("2.50", 1), ("3.75", 1)]
    assert [(cause.rule, cause.amount, cause.changed) for cause in euro.causes] == [("ten-off", "6.25", True)]
    assert [(ref.kind, ref.version) for ref in found.before] == [("checkout", 1), ("promotions", 1), ("shipping", 1)]


def test_a_witness_shows_both_totals_and_both_postings() -> None:
    (witness,) = told(shop(), shop(percent="20"), [("order 7", basket("60.00", quantity=3))]).witnesses
    assert (witness.cart, witness.cause, witness.units, witness.difference) == (
        "order 7", "promotions/ten-off", 2, "-12.00",
    )  # fmt: skip
    assert (witness.before.total, witness.after.total) == ("108.00", "96.00")
    discounts = [[each.amount for each in side.postings if each.rule == "promotions/ten-off"] for side in (
        witness.before, witness.after,
    )]  # fmt: skip
    assert discounts == [["-12.00"], ["-24.00"]]
    assert witness.at_before == "promotions.yaml:9:5"
    assert witness.body["lines"] == [
        {"id": "L1", "sku": "S0", "price": "60.00", "tax_class": "standard", "quantity": 2}
    ]


def test_nothing_compared_is_told_without_dividing_by_it() -> None:
    found = told(shop(), shop(), [])
    assert (found.shares.worse, found.currencies, found.witnesses) == ("0.0000", (), ())


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 200, "0.5000"),
        (1, 3, "33.3333"),
        (2, 3, "66.6667"),
        (-1, 16_000_000, "-0.0000"),
        (-1, 2_000_000, "-0.0001"),
        (1, 2_000_000, "0.0001"),
        (0, 5, "0.0000"),
        (5, 0, None),
    ],
)
def test_percentages_are_rounded_half_up_to_four_digits(part: int, whole: int, text: str | None) -> None:
    assert percent_text((part, whole)) == (text if text != "-0.0000" else "0.0000")


@given(pairs())
@few
def test_a_report_is_json_that_reads_back_as_the_same_report(asked: Asked) -> None:
    before, after, carts = pair = compiled(asked)
    found = compare_carts(*pair)
    by_name = {name: cart for name, cart in carts if name in wanted(found)}
    whole = report(found, _heads(before), _heads(after), witnesses(before, after, found, by_name))  # type: ignore[arg-type]
    assert msgspec.json.decode(msgspec.json.encode(whole), type=Report) == whole
