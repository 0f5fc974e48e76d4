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


def result_as_plain(orders: OrderBook, summary: ReplaySummary, timing: Timing) -> dict[str, object]:
    """The whole result; only `timing` differs from run to run."""
    plain: dict[str, object] = {"command": "replay", "ok": True, "source": orders.name, **as_plain(summary)}
    own = plain.pop("timing")
    assert isinstance(own, dict)
    decided = summary.accounting.orders_priced + summary.accounting.orders_refused
    plain["timing"] = {
        "workers": timing.workers,
        "reading_milliseconds": timing.reading // 1_000_000,
        "pricing_milliseconds": timing.pricing // 1_000_000,
        "orders_per_second": timing.orders_per_second(decided),
        **own,
    }
    return plain


def write_results(
    folder: Path, orders: OrderBook, summary: ReplaySummary, timing: Timing, lines: Sequence[bytes]
) -> Diagnostic | None:
    """Write summary.json, orders.jsonl and histogram.txt into a folder, made if need be; the first fault ends it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        return error("RS913", f"cannot make the folder '{shown(folder)}': {fault.strerror}", None)
    encoded = msgspec.json.encode(result_as_plain(orders, summary, timing))
    texts = {
        "summary.json": msgspec.json.format(encoded, indent=2).decode() + "\n",
        "orders.jsonl": "".join(f"{line.decode()}\n" for line in lines),
        "histogram.txt": "\n".join(histograms(orders, summary)),
    }
    for name, text in texts.items():
        fault_of_file = write(folder / name, text)
        if fault_of_file is not None:
            return fault_of_file
    return None


def histograms(orders: OrderBook, summary: ReplaySummary) -> Iterator[str]:
    """How discounts and shipping are distributed over the orders priced, as bars of text."""
    for currency, totals in sorted(summary.currencies.items()):
        yield f"{orders.name}: discount in percent of the items, {totals.orders:,} orders\n"
        yield histogram(totals.discount_shares, lambda share: f"{percent_text(share)} %")
        yield f"{orders.name}: shipping in {currency}, {totals.orders:,} orders\n"
        yield histogram(totals.shippings, formatter(currency))
