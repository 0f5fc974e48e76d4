"""What is workload W1? N promotions, one coupon, a tariff, a tax table and carts, as plain data for every engine.

The first eight rules are the ones a cart can match; the others have the same shapes but ask for categories, brands,
groups and sums that no timed cart has, so the number of matches is the same at every N. Everything is deterministic.
Amounts are minor units of BRL, weights grams.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from random import Random

SIZES = (8, 100, 1_000, 10_000)

COUPON_CODE = "bench10"
COUPON_PERCENT, COUPON_CAP = 10, 3_000
COUPON_FROM, COUPON_UNITS, COUPON_ORDERS = 5_000, 5, 1
COUPON_GROUPS, COUPON_CHANNELS, COUPON_COUNTRY = ("member", "vip"), ("web", "app"), "BR"

# Zones in order: country, and region where the country is divided.
ZONES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("local", ("BR",), ("SP",)),
    ("south", ("BR",), ("PR", "RS", "SC")),
    ("inland", ("BR",), ()),
    ("iberia", ("ES", "PT"), ()),
    ("europe", ("DE", "FR", "IT"), ()),
)
# A band holds its upper end.
BANDS = (500, 1_000, 2_000, 5_000, 10_000, 30_000)
PRICES: dict[str, tuple[int, ...]] = {
    "local": (890, 1_090, 1_290, 1_590, 1_990, 2_990),
    "south": (1_290, 1_490, 1_890, 2_390, 2_990, 4_490),
    "inland": (1_690, 1_990, 2_490, 3_190, 3_990, 5_990),
    "iberia": (4_900, 5_900, 7_900, 9_900, 14_900, 24_900),
    "europe": (5_900, 6_900, 8_900, 11_900, 17_900, 29_900),
}
FREE_FROM = 29_900

# Percent contained in prices, for goods and for shipping.
TAX_PERCENT = {"BR": 17, "PT": 23, "ES": 21, "DE": 19, "FR": 20, "IT": 22}


@dataclass(frozen=True, slots=True)
class LineRule:
    """A discount on lines: `percent` of the line, or `amount` off each unit. Empty text and 0 ask for nothing."""

    id: str
    percent: int = 0
    amount: int = 0
    category: str = ""
    brand: str = ""
    min_quantity: int = 0
    group: str = ""


@dataclass(frozen=True, slots=True)
class OrderRule:
    """A discount on the order from a sum on: `percent` of it, or `amount`."""

    id: str
    threshold: int
    percent: int = 0
    amount: int = 0
    group: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line as every engine is given it, conformed to what it likes best."""

    sku: str
    category: str
    brand: str
    quantity: int
    price: int
    weight_g: int


@dataclass(frozen=True, slots=True)
class CartData:
    """One cart."""

    lines: tuple[CartLine, ...]
    group: str
    orders_paid: int
    channel: str
    country: str
    region: str
    coupon: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """What all engines must agree on."""

    items: int
    discount: int
    shipping: int
    tax: int
    total: int


Rules = tuple[tuple[LineRule, ...], tuple[OrderRule, ...]]

_CORE_LINES = (
    LineRule("home-10", percent=10, category="home"),
    LineRule("kitchen-by-three", percent=15, category="home/kitchen", min_quantity=3),
    LineRule("acme-for-vips", percent=12, brand="acme", group="vip"),
    LineRule("nord-1-off", amount=100, brand="nord"),
    LineRule("sol-by-two", percent=8, brand="sol", min_quantity=2),
)
_CORE_ORDERS = (
    OrderRule("order-150", 15_000, percent=5),
    OrderRule("order-300", 30_000, percent=8),
    OrderRule("vip-20-off", 10_000, amount=2_000, group="vip"),
)
_CATEGORIES = ("home", "home/kitchen", "home/bath", "garden", "garden/tools", "toys", "sports/bikes")
_BRANDS = ("acme", "nord", "sol", "luma", "orbe")
_GROUPS = ("vip", "member", "guest")
# No timed cart comes near the sums that the further rules ask for.
_FAR = 1_000_000


def rules(size: int) -> Rules:
    """The promotions of W1 at `size` rules: five in eight on lines, three in eight on the order."""
    lines, orders = list(_CORE_LINES), list(_CORE_ORDERS)
    for number in range(8, size):
        further = _further(number)
        if isinstance(further, LineRule):
            lines.append(further)
        else:
            orders.append(further)
    return tuple(lines), tuple(orders)


def _further(number: int) -> LineRule | OrderRule:
    """Rule `number` beyond the first eight: the shape of one of them, on something of its own."""
    percent = 3 + number % 30
    match number % 8:
        case 0:
            return LineRule(f"r{number}", percent=percent, category=f"dept{number}")
        case 1:
            return LineRule(f"r{number}", percent=percent, category=f"dept{number}/shelf", min_quantity=2 + number % 5)
        case 2:
            return LineRule(f"r{number}", percent=percent, brand=f"brand{number}", group=f"club{number % 50}")
        case 3:
            return LineRule(f"r{number}", amount=50 + number % 150, brand=f"brand{number}")
        case 4:
            return LineRule(f"r{number}", percent=percent, brand=f"brand{number}", min_quantity=2 + number % 5)
        case 5:
            return OrderRule(f"r{number}", _FAR + 100 * number, percent=percent)
        case 6:
            return OrderRule(f"r{number}", 20_000 + 100 * number, percent=percent, region=f"X{number % 90}")
        case _:
            return OrderRule(f"r{number}", 10_000 + number, amount=1_000 + number % 900, group=f"club{number % 50}")


def timed_carts(count: int) -> tuple[CartData, ...]:
    """Carts of 10 lines that match rules among the first eight only, and whose coupon is good."""
    random = Random(20_261)
    carts = (_cart(random, _CATEGORIES, _BRANDS, _GROUPS, ("SP", "RS", "BA"), 400, 2_500) for _ in range(20 * count))
    return tuple(islice(filter(_good_for_coupon, carts), count))


def _good_for_coupon(cart: CartData) -> bool:
    by_whom = cart.group in COUPON_GROUPS and cart.orders_paid >= COUPON_ORDERS
    return by_whom and cart.channel in COUPON_CHANNELS and cart.country == COUPON_COUNTRY


def random_carts(count: int, size: int) -> tuple[CartData, ...]:
    """Carts to compare engines on: among them such that match some of all the rules of a size, to the last one."""
    random = Random(size)
    numbers = [*range(8, min(size, 60)), *[random.randrange(8, size) for _ in range(60)]] if size > 8 else [8]
    further = [_further(number) for number in numbers]
    lines = [rule for rule in further if isinstance(rule, LineRule)]
    categories = _CATEGORIES + tuple(rule.category for rule in lines if rule.category)
    categories += tuple(f"{category}/x" for category in categories if "/" not in category)
    brands = _BRANDS + tuple(rule.brand for rule in lines if rule.brand)
    groups = _GROUPS + tuple(f"club{number}" for number in range(50))
    regions = ("SP", "RS", "BA", *[f"X{number}" for number in range(90)])
    return tuple(
        _cart(
            random, categories, brands, random.choice((_GROUPS, groups)), regions, 200, random.choice((3_000, 90_000))
        )
        for _ in range(count)
    )


def _cart(
    random: Random,
    categories: tuple[str, ...],
    brands: tuple[str, ...],
    groups: tuple[str, ...],
    regions: tuple[str, ...],
    lowest: int,
    highest: int,
) -> CartData:
    country = random.choice(("BR", "BR", "BR", *TAX_PERCENT))
    lines = tuple(
        CartLine(
            sku=f"SKU-{random.randrange(10_000)}",
            category=random.choice(categories),
            brand=random.choice(brands),
            quantity=random.randint(1, 4),
            price=random.randint(lowest, highest),
            weight_g=random.randint(20, 700),
        )
        for _ in range(10)
    )
    return CartData(
        lines=lines,
        group=random.choice(groups),
        orders_paid=random.randrange(5),
        channel=random.choice(("web", "app", "store")),
        country=country,
        region=random.choice(regions) if country == "BR" else "",
        coupon=True,
    )
