"""What is one order to replay, and is every row of the source accounted for?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.facts.cart import Cart

BEYOND_LIMIT = "beyond the limit asked for"


class UnaccountedRows(Exception):
    """Rows were neither priced, refused nor skipped: a bug of a source or a runner, never the fault of the
    data.
    """


@dataclass(frozen=True, slots=True)
class ReplayItem:
    """One order of a source.

    `rows` are the rows its cart is made of, `skipped` counts the others by reason. Without a cart nothing
    is left to price, `rows` is 0, and `skipped_reason` says why (an order may have no rows at all). `notes`
    say what the source does not tell about a cart that is priced all the same.
    """

    id: str
    cart: Cart | None
    rows: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    skipped_reason: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.cart is None) == (not self.skipped_reason) or (self.cart is None and self.rows):
            raise UnaccountedRows(f"order {self.id} must either have a cart or say why it has none")

    @property
    def rows_read(self) -> int:
        """All rows of the order, in its cart or not."""
        return self.rows + sum(self.skipped.values())


@dataclass(frozen=True, slots=True)
class OrderBook:
    """A source that was read: its orders, and how many rows and orders its tables have, counted on their
    own.
    """

    name: str
    currency: str
    rows: int
    orders: tuple[ReplayItem, ...]


@dataclass(slots=True)
class Accounting:
    """Where rows and orders went. Reasons count rows; `orders_skipped` counts orders without a cart by
    reason.
    """

    rows_read: int = 0
    rows_priced: int = 0
    rows_refused: int = 0
    rows_skipped: Counter[str] = field(default_factory=Counter)
    orders_read: int = 0
    orders_priced: int = 0
    orders_refused: int = 0
    orders_skipped: Counter[str] = field(default_factory=Counter)

    def priced(self, item: ReplayItem) -> None:
        """The cart of the order was priced."""
        self._read(item)
        self.orders_priced += 1
        self.rows_priced += item.rows

    def refused(self, item: ReplayItem) -> None:
        """A rule said no to the cart of the order."""
        self._read(item)
        self.orders_refused += 1
        self.rows_refused += item.rows

    def skipped(self, item: ReplayItem) -> None:
        """The order has no cart."""
        self._read(item)
        self.orders_skipped[item.skipped_reason] += 1

    def merge(self, other: Accounting) -> None:
        """Add what was counted elsewhere."""
        self.rows_read += other.rows_read
        self.rows_priced += other.rows_priced
        self.rows_refused += other.rows_refused
        self.rows_skipped += other.rows_skipped
        self.orders_read += other.orders_read
        self.orders_priced += other.orders_priced
        self.orders_refused += other.orders_refused
        self.orders_skipped += other.orders_skipped

    def check(self, rows: int | None = None, orders: int | None = None) -> None:
        """Raise UnaccountedRows unless all read is priced, refused or skipped, and read is what the source
        has.
        """
        skipped = sum(self.rows_skipped.values())
        if self.rows_read != self.rows_priced + self.rows_refused + skipped:
            raise UnaccountedRows(
                f"{self.rows_read} rows read, but {self.rows_priced} priced, {self.rows_refused} refused "
                f"and {skipped} skipped"
            )
        without_cart = sum(self.orders_skipped.values())
        if self.orders_read != self.orders_priced + self.orders_refused + without_cart:
            raise UnaccountedRows(
                f"{self.orders_read} orders read, but {self.orders_priced} priced, {self.orders_refused} refused "
                f"and {without_cart} skipped"
            )
        for what, found, wanted in (("rows", self.rows_read, rows), ("orders", self.orders_read, orders)):
            if wanted is not None and found != wanted:
                raise UnaccountedRows(f"the source has {wanted} {what}, {found} were replayed")

    def _read(self, item: ReplayItem) -> None:
        self.orders_read += 1
        self.rows_read += item.rows_read
        self.rows_skipped.update(item.skipped)


def limited(items: Iterable[ReplayItem], limit: int | None) -> Iterator[ReplayItem]:
    """The first `limit` orders as they are, all others without their cart and with that reason; None: no
    limit.
    """
    for position, item in enumerate(items):
        if limit is None or position < limit or item.cart is None:
            yield item
        else:
            skipped = Counter(item.skipped) + Counter({BEYOND_LIMIT: item.rows})
            yield ReplayItem(item.id, None, 0, dict(skipped), BEYOND_LIMIT)
