"""What does a replay leave behind, as JSON and in files?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from engine.cli.files import shown
from engine.cli.replay_histogram import histogram
from engine.cli.writing import write
from engine.money import formatter
from engine.replay.items import OrderBook
from engine.replay.summary import ReplaySummary
from engine.replay.summary_plain import as_plain, percent_text
from engine.text.diagnostics import Diagnostic, error


@dataclass(frozen=True, slots=True)
class Timing:
    """Nanoseconds of wall-clock time for reading the tables and for pricing, and the processes that priced."""

    reading: int
    pricing: int
    workers: int

    def orders_per_second(self, orders: int) -> int:
        """Orders priced or refused in a second, without reading."""
        return orders * 1_000_000_000 // max(1, self.pricing)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay that is over: the source, what was added up, the rules that did nothing, and how long it took."""

    orders: OrderBook
    summary: ReplaySummary
    never_fired: tuple[str, ...]
    timing: Timing

    @property
    def decided(self) -> int:
        """Orders priced or refused."""
        return self.summary.accounting.orders_priced + self.summary.accounting.orders_refused


def result_as_plain(replayed: Replayed) -> dict[str, object]:
    """The whole result; only `timing` differs from run to run."""
    plain: dict[str, object] = {"command": "replay", "ok": True, "source": replayed.orders.name}
    plain |= as_plain(replayed.summary)
    own = plain.pop("timing")
    assert isinstance(own, dict)
    timing = replayed.timing
    plain["never_fired"] = replayed.never_fired
    plain["timing"] = {
        "workers": timing.workers,
        "reading_milliseconds": timing.reading // 1_000_000,
        "pricing_milliseconds": timing.pricing // 1_000_000,
        "orders_per_second": timing.orders_per_second(replayed.decided),
        **own,
    }
    return plain


def write_results(folder: Path, replayed: Replayed, lines: Sequence[bytes]) -> Diagnostic | None:
    """Write summary.json, orders.jsonl and histogram.txt into a folder, made if need be; the first fault ends it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        return error("RS913", f"cannot make the folder '{shown(folder)}': {fault.strerror}", None)
    encoded = msgspec.json.encode(result_as_plain(replayed))
    texts = {
        "summary.json": msgspec.json.format(encoded, indent=2).decode() + "\n",
        "orders.jsonl": "".join(f"{line.decode()}\n" for line in lines),
        "histogram.txt": "\n".join(histograms(replayed.orders.name, replayed.summary)),
    }
    for name, text in texts.items():
        fault_of_file = write(folder / name, text)
        if fault_of_file is not None:
            return fault_of_file
    return None


def histograms(source: str, summary: ReplaySummary) -> Iterator[str]:
    """How discounts, shipping and totals are distributed over the orders priced, as bars of text."""
    for currency, totals in sorted(summary.currencies.items()):
        yield f"{source}: discount in percent of the items, {totals.orders:,} orders\n"
        yield histogram(totals.discount_shares, lambda share: f"{percent_text(share)} %")
        yield f"{source}: shipping in {currency}, {totals.orders:,} orders\n"
        yield histogram(totals.shippings, formatter(currency))
        yield f"{source}: total in {currency}, {totals.orders:,} orders\n"
        yield histogram(totals.order_totals, formatter(currency))
