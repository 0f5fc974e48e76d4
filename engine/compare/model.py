"""What is counted when two books decide the same carts? Sums that can be added up in any order, and sent as JSON.

Money is minor units of the currency it is counted under; a difference is after − before, so a positive one means that
the customer pays (or saves, or is taxed) more under the second book.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

Measure = Literal["total", "discount", "shipping", "tax"]
MEASURES: Final[tuple[Measure, ...]] = ("total", "discount", "shipping", "tax")
"""What of a decision is compared: the fields of `Totals` of these names."""

WITNESSES: Final = 5


class Sums(msgspec.Struct):
    """Sums over the carts that both books let through."""

    total: int = 0
    discount: int = 0
    shipping: int = 0
    tax: int = 0


class Cause(msgspec.Struct):
    """What a rule contributes to the differences: `amount` is the sum of its postings after − before.

    Tax that is contained in prices has no postings and counts as rule of kind `tax` with amount 0 and its own `tax`.
    `at_before` and `at_after` are `file:line:column` of the rule in each book, empty where it is not there. `changed`
    says whether the rule itself differs between the books; one that does not only follows what others changed.
    """

    kind: str
    rule: str
    at_before: str = ""
    at_after: str = ""
    changed: bool = False
    carts: int = 0
    amount: int = 0
    tax: int = 0


class Extreme(msgspec.Struct, order=True, frozen=True):
    """A cart that shows something; sorted, the smallest witness is first: fewest lines, fewest units, cheapest.

    `worth` is its lines at list prices, `difference` that of the total, `cause` the rule that moved most of it as
    `kind/rule` (of a cart that died, the code of the refusal).
    """

    lines: int
    units: int
    worth: int
    cart: str
    difference: int
    cause: str


class InCurrency(msgspec.Struct):
    """All carts of one currency that both books let through, and what the others would have paid.

    `changed` carts differ in some measure. `differences` counts carts by each measure's difference, zero included:
    quantiles of it are exact. `causes` are by `kind/rule`; their amounts sum to after.total − before.total. `lost` is
    the total under the first book of the carts that died, `won` that under the second of the revived ones.
    """

    carts: int = 0
    changed: int = 0
    dearer: int = 0
    cheaper: int = 0
    lost: int = 0
    won: int = 0
    before: Sums = msgspec.field(default_factory=Sums)
    after: Sums = msgspec.field(default_factory=Sums)
    differences: dict[Measure, dict[int, int]] = msgspec.field(default_factory=dict)
    causes: dict[str, Cause] = msgspec.field(default_factory=dict)
    most_dearer: list[Extreme] = msgspec.field(default_factory=list)
    most_cheaper: list[Extreme] = msgspec.field(default_factory=list)


class Flip(msgspec.Struct):
    """Carts in which something began to count, and in which it stopped."""

    gained: int = 0
    lost: int = 0


class Comparison(msgspec.Struct):
    """Everything counted. read = compared + died + revived + refused_by_both + skipped.

    Flips are counted over the carts compared: `coupons` by coupon id, `promotions` by `kind/rule` (pricing too),
    `payments` by the way to pay, `methods` as "standard → express". `died` carts are refused only by the second book,
    `died_of` counts the refusals by code; `revived` ones only by the first. `skipped` counts by reason. `smallest` has
    the smallest carts that change, at most five, of different causes as far as there are any; `smallest_dead` those
    that died, of different codes.
    """

    read: int = 0
    compared: int = 0
    changed: int = 0
    died: int = 0
    revived: int = 0
    refused_by_both: int = 0
    skipped: dict[str, int] = msgspec.field(default_factory=dict)
    currencies: dict[str, InCurrency] = msgspec.field(default_factory=dict)
    coupons: dict[str, Flip] = msgspec.field(default_factory=dict)
    promotions: dict[str, Flip] = msgspec.field(default_factory=dict)
    payments: dict[str, Flip] = msgspec.field(default_factory=dict)
    methods: dict[str, int] = msgspec.field(default_factory=dict)
    died_of: dict[str, int] = msgspec.field(default_factory=dict)
    revived_from: dict[str, int] = msgspec.field(default_factory=dict)
    smallest: list[Extreme] = msgspec.field(default_factory=list)
    smallest_dead: list[Extreme] = msgspec.field(default_factory=list)
