"""How is the result of a replay shown?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.table import Table

from engine.cli import screen
from engine.cli.decision_view import table, titled
from engine.money import formatter
from engine.replay.olist import CURRENCY
from examples.orders_replay.checking import Checked
from examples.orders_replay.history import History
from examples.orders_replay.living import Life

_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Replayed:
    """All that is known in the end."""

    store: str
    history: History
    lives: Sequence[Life]
    checked: Checked
    clients: int
    requests: int
    seconds: float

    @property
    def placed(self) -> int:
        """Orders that the shop took."""
        return sum(life.number is not None for life in self.lives)

    @property
    def refused(self) -> Counter[str]:
        """Orders that it did not take, by all their reasons."""
        return Counter(" + ".join(sorted(set(life.refused))) for life in self.lives if life.refused)

    @property
    def is_well(self) -> bool:
        """Whether every order is accounted for, and everything agrees."""
        accounted = self.placed + self.refused.total() + self.history.skipped.total()
        return not self.checked.differences and accounted == self.history.read


def as_plain(replayed: Replayed) -> dict[str, Any]:
    """The whole result; only `timing` and `store` differ from run to run, as long as no rule depends on the hour."""
    money, checked = formatter(CURRENCY), replayed.checked

    def both(pair: tuple[int, int]) -> dict[str, str]:
        return {"shop": money(pair[0]), "expected": money(pair[1])}

    return {
        "store": replayed.store,
        "ok": replayed.is_well,
        "orders": {
            "read": replayed.history.read,
            "placed": replayed.placed,
            "refused": dict(replayed.refused),
            "skipped": dict(replayed.history.skipped),
        },
        "states": dict(sorted(checked.states.items())),
        "currency": CURRENCY,
        "sums": {name: both(pair) for name, pair in checked.sums.items()},
        "decisions_alike": checked.same,
        "captured": both(checked.captured),
        "refunded": both(checked.refunded),
        "units_taken": {"shop": checked.units[0], "expected": checked.units[1]},
        "differences": list(checked.differences),
        "timing": {
            "clients": replayed.clients,
            "seconds": round(replayed.seconds, 1),
            "requests": replayed.requests,
            "orders_per_second": round(replayed.placed / replayed.seconds, 1),
            "requests_per_second": round(replayed.requests / replayed.seconds, 1),
        },
    }


def draw(replayed: Replayed) -> None:
    """Print the result as tables."""
    parts = {
        "Orders": _accounting(replayed),
        "Refused": _counted("reason", replayed.refused),
        "Skipped": _counted("reason", replayed.history.skipped),
        "Where they are now": _counted("state", replayed.checked.states),
        "Do the sums agree?": _sums(replayed.checked),
    }
    screen.draw(*(titled(title, body) for title, body in parts.items() if body.row_count))
    checked = replayed.checked
    screen.say(f"{checked.same:,} of {replayed.placed:,} decisions are the same in every cent and every reason")
    for difference in checked.differences[:_SHOWN]:
        screen.say(f"difference: {difference}")
    if len(checked.differences) > _SHOWN:
        screen.say(f"… and {len(checked.differences) - _SHOWN:,} more differences; --json has all of them")
    if replayed.is_well:
        screen.say("everything agrees")
    screen.say(
        f"{replayed.placed / replayed.seconds:.1f} orders and {replayed.requests / replayed.seconds:.0f} requests a"
        f" second, {replayed.clients} at once, in the store {replayed.store}"
    )


def _accounting(replayed: Replayed) -> Table:
    columns = ("read", "placed", "refused", "skipped")
    drawn = table(columns, columns)
    counts = (replayed.history.read, replayed.placed, replayed.refused.total(), replayed.history.skipped.total())
    drawn.add_row(*(f"{count:,}" for count in counts))
    return drawn


def _counted(what: str, counts: Mapping[str, int]) -> Table:
    drawn = table((what, "orders"), ("orders",))
    for name, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])):
        drawn.add_row(name, f"{count:,}")
    return drawn


def _sums(checked: Checked) -> Table:
    money = formatter(CURRENCY)
    drawn = table((f"of the orders placed, {CURRENCY}", "shop", "expected"), ("shop", "expected"))
    rows = {name.replace("_", " "): pair for name, pair in checked.sums.items() if any(pair)}
    for name, pair in {**rows, "captured": checked.captured, "refunded": checked.refunded}.items():
        drawn.add_row(name, *map(money, pair))
    drawn.add_row("pieces taken from stock", *(f"{units:,}" for units in checked.units))
    return drawn
