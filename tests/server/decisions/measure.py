"""What does a dry run cost beside the decision a cart gets? `python -m tests.server.decisions.measure`.

Both are taken in turns in one process without a database, as processor time; medians count.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec

from server.decisions import dry_runs, service
from server.decisions.books import BOOKS, RuleBooks
from server.decisions.dry_run_schemas import AskedBody
from server.decisions.dry_run_views import decided_view
from server.decisions.given import basket_of
from server.decisions.mixing import MIXES, Mixes
from server.decisions.views import view
from server.web.metrics import METRICS
from storage.ids import new_id
from storage.tenancy import Store

ROUNDS = 400
LINES = [
    {"sku": f"THING-{number}", "price": f"{19 + 10 * number}.90", "quantity": 1 + number % 2, "weight_g": 300,
     "category": "kitchen/mugs"}
    for number in range(5)
]  # fmt: skip
BODY = {
    "at": "2026-06-10T20:00:00Z",
    "lines": LINES,
    "destination": {"country": "BR", "region": "SP", "postcode": "01310-100"},
    "payment_method": "pix",
}


def main() -> None:
    """Print the medians, and the ratio to what a cart does."""
    store = Store(
        id=new_id(), slug="main", name="Main", domain=None, currency="BRL", timezone="America/Sao_Paulo",
        locale="pt-BR", country="BR", settings={},
    )  # fmt: skip
    books, mixes = RuleBooks(), Mixes()
    metrics = SimpleNamespace(decided=lambda *_given, **_named: None)
    shared = {BOOKS: books, MIXES: mixes, METRICS: metrics}
    actor = SimpleNamespace(may=lambda _permission: True)
    call: Any = SimpleNamespace(store=store, actor=actor, database=None, use=shared.__getitem__)
    live = books.live(store)
    body = json.dumps(BODY).encode()
    asked = msgspec.json.decode(body, type=AskedBody)
    assert asked.at is not None
    basket = basket_of(asked, live.currency, asked.at)

    def as_a_cart() -> bytes:
        decision = service.decide(live, basket)
        hints = service.hints_for(live, basket, decision)
        return msgspec.json.encode(view(live, basket, decision, hints, "pt-BR", True))

    loop = asyncio.new_event_loop()

    def as_a_dry_run() -> bytes:
        tried = loop.run_until_complete(dry_runs.dry_run(call, msgspec.json.decode(body, type=AskedBody)))
        return msgspec.json.encode(decided_view(call, tried.live, tried.decided, tried.locale))

    ways: dict[str, Callable[[], object]] = {
        "the decision alone": lambda: service.decide(live, basket),
        "as a cart does it": as_a_cart,
        "a dry run by what is live": as_a_dry_run,
    }
    taken: dict[str, list[int]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            started = time.process_time_ns()
            way()
            taken[name].append(time.process_time_ns() - started)
    loop.close()
    usual = statistics.median(taken["as a cart does it"])
    for name, times in taken.items():
        middle = statistics.median(times)
        print(f"{name:28} {middle / 1000:7.0f} µs  {middle / usual:.2f}")


if __name__ == "__main__":
    main()
