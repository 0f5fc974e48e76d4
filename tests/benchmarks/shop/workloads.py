"""What is measured? Lists, carts, orders and whole checkouts, each as a job for the load client.

A: a page of 20 with prices. B: fresh carts filled to 10 lines, the coupon entered after the first; the add is what
counts. C: the coupon off and on a 10-line cart. S: the same
while rulesets are switched. E: the quantity of a line of a 10-line cart, by one client who visits
the stores in turn, so that all numbers of promotions are measured in the same seconds. P: an order of 3 lines, from a
cart and a quote that were made ready before. D: everything from a new cart until the order is paid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import chain, islice, repeat
from operator import attrgetter
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

from tests.benchmarks.shop.books import PROMOTED
from tests.benchmarks.shop.calls import COUPON_ENTRY, Guest, call, connected, new_guest, request
from tests.benchmarks.shop.carts import ready_carts
from tests.benchmarks.shop.checkout import whole_checkout
from tests.benchmarks.shop.goods import Shelf
from tests.benchmarks.shop.house import BenchmarkBroken, House, Running
from tests.benchmarks.shop.load import Caller, Job, Request
from tests.benchmarks.shop.sizes import ALWAYS, MANY, Size
from tests.benchmarks.shop.switching import switched

_PAGE = 20
_ORDERED = 3  # lines of an order, as of the bare one
_CUSTOMERS = 50  # who want different things, before the first one's wishes come again


@dataclass(frozen=True, slots=True)
class Workload:
    """`callers` makes everything ready and gives what each connection sends; meanwhile `around` happens."""

    name: str
    title: str
    callers: Callable[[House, Running, Size, Random], list[Caller]]
    warm_up: Callable[[Size], float] = attrgetter("warm_up")
    around: Callable[[House, Running], AbstractContextManager[None]] = lambda _house, _running: nullcontext()

    def job(self, house: House, running: Running, size: Size, chance: Random) -> Job:
        """What the load client is told, once everything is ready."""
        return Job(self.warm_up(size), size.seconds, self.callers(house, running, size, chance))


def lists(house: House, running: Running, size: Size, _chance: Random) -> list[Caller]:
    """A: all pages of the catalogue, one after the other, each client beginning at another page."""
    store = house.shelves[ALWAYS].slug
    pages = [request("list", "GET", f"/products?{query}", store) for query in _pages(running, store)]
    return [
        Caller(port, pages[at % len(pages) :] + pages[: at % len(pages)], True)
        for at, port in enumerate(_ports(running, size.clients))
    ]


def adds(promotions: int) -> Callable[[House, Running, Size, Random], list[Caller]]:
    """B at a number of promotions."""

    def prepare(house: House, running: Running, size: Size, chance: Random) -> list[Caller]:
        shelf = house.shelves[promotions]
        callers = []
        for port in _ports(running, size.clients):
            with connected(port) as connection:
                guests = [new_guest(connection, shelf.slug) for _ in range(size.carts_per_client())]
            carts = (_new_cart(shelf, guest, _drawn(shelf, size, chance)) for guest in guests)
            callers.append(Caller(port, list(chain.from_iterable(carts)), False))
        return callers

    return prepare


def coupons(house: House, running: Running, size: Size, chance: Random) -> list[Caller]:
    """C."""
    shelf = house.shelves[ALWAYS]
    callers = []
    for port in _ports(running, size.clients):
        guest, cart = _filled_cart(port, shelf, size, chance)
        _require_promotions(cart, shelf)
        off = request("coupon off", "DELETE", "/cart/coupon", shelf.slug, guest.token)
        on = request("coupon on", "PUT", "/cart/coupon", shelf.slug, guest.token, COUPON_ENTRY)
        callers.append(Caller(port, [off, on], True))
    return callers


def changes(house: House, running: Running, size: Size, chance: Random) -> list[Caller]:
    """E: every store in turn, over one connection."""
    port = running.ports[0]
    seed = chance.random()
    by_store = []
    for promotions, shelf in house.shelves.items():
        # The same variants everywhere, so that nothing differs but the rules.
        guest, cart = _filled_cart(port, shelf, size, Random(seed))
        _require_promotions(cart, shelf)
        path = f"/cart/items/{cart['items'][0]['id']}"
        by_store.append(
            [
                request(f"{promotions} promotions", "PATCH", path, shelf.slug, guest.token, {"quantity": quantity})
                for quantity in (2, 1)
            ]
        )
    return [Caller(port, list(chain.from_iterable(zip(*by_store, strict=True))), True)]


def orders(house: House, running: Running, size: Size, chance: Random) -> list[Caller]:
    """P: every cart is ordered once. Without a coupon, whose use would be one statement more."""
    shelf = house.shelves[ALWAYS]
    ports = list(_ports(running, size.clients))
    wanted = [[_drawn(shelf, size, chance, _ORDERED) for _ in range(size.orders_per_client())] for _ in ports]
    carts = ready_carts(house, shelf, ports, wanted)
    return [
        Caller(port, [cart.order() for cart in theirs], again=False, may_run_out=True)
        for port, theirs in zip(ports, carts, strict=True)
    ]


def checkouts(house: House, running: Running, size: Size, chance: Random) -> list[Caller]:
    """D: one customer after the other on each connection, and each wants something else."""
    shelf = house.shelves[ALWAYS]
    return [
        Caller(port, list(chain.from_iterable(_customers(shelf, size, chance))), again=True)
        for port in _ports(running, size.clients)
    ]


WORKLOADS = (
    Workload("A", "a list of 20 with prices", lists),
    Workload("B", "add to cart up to 10 lines, 5 promotions", adds(ALWAYS)),
    Workload("B100", "the same, 100 promotions", adds(MANY)),
    Workload("C", "coupon off and on a 10-line cart, 5 promotions", coupons),
    Workload("S", "the same while promotions are switched twice a second", coupons, around=switched),
    Workload("P", "place an order of 3 lines, 5 promotions", orders, attrgetter("order_warm_up")),
    Workload("D", "a whole checkout until it is paid, 5 promotions", checkouts),
    Workload("E", "one change to a 10-line cart, one client", changes),
)


def _ports(running: Running, clients: int) -> Iterator[int]:
    """The clients spread evenly over the server's processes."""
    return islice(chain.from_iterable(repeat(running.ports)), clients)


def _pages(running: Running, store: str) -> list[str]:
    """The queries of all pages of the catalogue."""
    found = [f"limit={_PAGE}"]
    with connected(running.ports[0]) as connection:
        while True:
            page = call(connection, "GET", f"/products?{found[-1]}", store)
            if not all(item["price"] for item in page["items"]):
                raise BenchmarkBroken(f"a list without prices: {page['items'][0]}")
            if page["next"] is None:
                # The last page may have fewer than 20.
                return found[:-1] if len(page["items"]) < _PAGE and len(found) > 1 else found
            found.append(f"limit={_PAGE}&cursor={quote(page['next'])}")


def _new_cart(shelf: Shelf, guest: Guest, variants: list[UUID]) -> list[Request]:
    sent = [
        request("add", "POST", "/cart/items", shelf.slug, guest.token, {"variant_id": str(each), "quantity": 1})
        for each in variants
    ]
    coupon = request(
        "coupon of a new cart", "PUT", "/cart/coupon", shelf.slug, guest.token, COUPON_ENTRY, counted=False
    )
    return [sent[0], coupon, *sent[1:]]


def _filled_cart(port: int, shelf: Shelf, size: Size, chance: Random) -> tuple[Guest, Any]:
    """A guest with a full cart that has the coupon where there is one; and that cart."""
    with connected(port) as connection:
        guest = new_guest(connection, shelf.slug)
        cart = guest.fill(_drawn(shelf, size, chance))
        return guest, guest.enter_coupon() if shelf.promotions else cart


def _require_promotions(cart: Any, shelf: Shelf) -> None:
    """Every promotion that matches each cart has to be in the answer, or we measure something else."""
    given = {discount["rule"] for discount in cart["decision"]["discounts"]}
    missing = {*PROMOTED, "bench"} - given if shelf.promotions else set[str]()
    if missing or (given and not shelf.promotions):
        raise BenchmarkBroken(f"{shelf.slug}: the cart has the discounts {sorted(given)}, not {sorted(missing)}")


def _customers(shelf: Shelf, size: Size, chance: Random) -> Iterator[list[Request]]:
    return (whole_checkout(shelf.slug, _drawn(shelf, size, chance, _ORDERED)) for _ in range(_CUSTOMERS))


def _drawn(shelf: Shelf, size: Size, chance: Random, lines: int | None = None) -> list[UUID]:
    return chance.sample(list(shelf.variants.values())[: size.drawn], lines or size.lines)
