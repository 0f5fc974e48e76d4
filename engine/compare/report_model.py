"""What does a report of a comparison look like, as JSON and for whoever draws it? Money is text of its currency.

Differences are after − before. Shares are percent as text with four digits, rounded half up.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from engine.compare.model import Measure


class RulesetNamed(Protocol):
    """Whatever names a version of a ruleset: the refs of the shop and the heads of documents do."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def hash(self) -> str: ...


class RulesetRef(msgspec.Struct, frozen=True):
    """One ruleset that decided."""

    kind: str
    name: str
    version: int
    hash: str


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Carts. read = compared + died + revived + refused_by_both + skipped; dearer and cheaper are of the changed."""

    read: int
    compared: int
    changed: int
    dearer: int
    cheaper: int
    died: int
    revived: int
    refused_by_both: int
    skipped: int


class Shares(msgspec.Struct, frozen=True, kw_only=True):
    """Percent of the carts compared; `died` and `worse` (dearer or died) of those that the first book lets through."""

    changed: str
    dearer: str
    cheaper: str
    died: str
    worse: str


class MeasureReport(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of one measure, and by percent the quantiles of the differences of single carts: 0 is the least.

    `percent` is the change of the sum, None where the sum before is 0.
    """

    measure: Measure
    before: str
    after: str
    difference: str
    percent: str | None
    quantiles: dict[str, str]


class Bar(msgspec.Struct, frozen=True):
    """Carts whose total differs by `low` to `high`, both included (None: open); all of them pay more, or all less."""

    low: str | None
    high: str | None
    carts: int
    dearer: bool

    @property
    def label(self) -> str:
        """The bounds in words."""
        if self.low == self.high:
            return str(self.low)
        if self.low is None:
            return f"{self.high} or less"
        return f"{self.low} or more" if self.high is None else f"{self.low} to {self.high}"


class CauseReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule moved, and in how many carts; see `engine.compare.model.Cause`."""

    kind: str
    rule: str
    at_before: str
    at_after: str
    changed: bool
    carts: int
    amount: str
    tax: str


class CartReport(msgspec.Struct, frozen=True, kw_only=True):
    """A cart by its name."""

    cart: str
    lines: int
    units: int
    worth: str
    difference: str
    cause: str


class CurrencyReport(msgspec.Struct, frozen=True, kw_only=True):
    """The carts of one currency.

    `revenue_change` is the change of the sum of totals in percent, over the carts both let through;
    `revenue_change_with_lost` also counts the totals of carts that died (`lost`) and were revived (`won`).
    """

    currency: str
    carts: int
    changed: int
    dearer: int
    cheaper: int
    lost: str
    won: str
    revenue_change: str | None
    revenue_change_with_lost: str | None
    measures: tuple[MeasureReport, ...]
    histogram: tuple[Bar, ...]
    causes: tuple[CauseReport, ...]
    most_dearer: tuple[CartReport, ...]
    most_cheaper: tuple[CartReport, ...]


class FlipReport(msgspec.Struct, frozen=True):
    """Carts in which something began to count, and in which it stopped."""

    name: str
    gained: int
    lost: int


class Counted(msgspec.Struct, frozen=True):
    """How many carts something happened to."""

    name: str
    carts: int


class PostingText(msgspec.Struct, frozen=True):
    """One posting of a witness: what for, which rule (`kind/rule`), where it is written, and how much."""

    kind: str
    line: str
    rule: str
    at: str
    amount: str


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What one book makes of a witness. `refusals` are codes; `method` is empty where nothing is shipped."""

    total: str
    discount: str
    shipping: str
    tax: str
    method: str
    refusals: tuple[str, ...]
    postings: tuple[PostingText, ...]


class Witness(msgspec.Struct, frozen=True, kw_only=True):
    """The least of a cart that still shows one cause (or dies of one code): decided by both books.

    `cart` is the name of the cart it was shrunk from, `body` what is left of it, as a dry run takes it.
    """

    cart: str
    currency: str
    cause: str
    at_before: str
    at_after: str
    died: bool
    lines: int
    units: int
    difference: str
    body: dict[str, Any]  # JSON; a type that names itself cannot be read back
    before: Decided
    after: Decided


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole. Lists stand with the greatest first."""

    before: tuple[RulesetRef, ...]
    after: tuple[RulesetRef, ...]
    counts: Counts
    shares: Shares
    currencies: tuple[CurrencyReport, ...]
    coupons: tuple[FlipReport, ...]
    promotions: tuple[FlipReport, ...]
    payments: tuple[FlipReport, ...]
    methods: tuple[Counted, ...]
    died_of: tuple[Counted, ...]
    revived_from: tuple[Counted, ...]
    skipped: tuple[Counted, ...]
    witnesses: tuple[Witness, ...]
