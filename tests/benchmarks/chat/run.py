"""Measure what idle clients of the chat cost, and how fast messages reach others (`make bench-chat`).

python -m tests.benchmarks.chat.run [--idle N] [--per-second N] [--conversations N] [--seconds N] [--page FILE]

A PostgreSQL of its own with all its durability, servers in processes of their own, and all clients in this one, on one
machine. A bare python-socketio server that keeps nothing is measured in the same way, right after.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.benchmarks.chat.crowd import Seat, crowd
from tests.benchmarks.chat.house import House, Spent, a_house, bare, redis
from tests.benchmarks.chat.talk import Talk, talk

BEGIN, END = "<!-- chat -->", "<!-- /chat -->"
WARM: Final = 50
"""Clients that come and go before memory is looked at: what the first of them loads is not theirs alone."""
RESTS_SECONDS: Final = 3.0
TIMES: Final[Sequence[tuple[str, Literal["lags", "answers"]]]] = (
    ("sent to arrived at another", "lags"),
    ("sent to acknowledged", "answers"),
)


@dataclass(frozen=True)
class Found:
    """One line of the table."""

    what: str
    shop: str
    bare: str


async def idle(address: str, pid: int, seats: Sequence[Seat], store: str) -> float:
    """KiB of the server's memory for each client that is connected and says nothing."""
    async with crowd([address], seats[:WARM], store):
        await asyncio.sleep(RESTS_SECONDS)
    before = Spent(pid).kib()
    async with crowd([address], seats, store):
        await asyncio.sleep(RESTS_SECONDS)
        return (Spent(pid).kib() - before) / len(seats)


@dataclass(frozen=True)
class Wanted:
    """How much of everything."""

    idle: int
    per_second: float
    conversations: int
    seconds: float


async def measure(wanted: Wanted) -> list[Found]:
    """The whole table."""
    with tempfile.TemporaryDirectory(prefix="sostech-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        async with a_house(Path(name)) as house:
            async with house.server() as running:
                await house.furnish(running.address, max(wanted.idle, wanted.conversations))
            return [
                await _idle(house, wanted.idle),
                *await _one_process(house, wanted),
                *await _two_processes(house, wanted),
            ]


async def _idle(house: House, count: int) -> Found:
    seats = [each[0] for each in house.seats[:count]]
    async with house.server() as running:
        of_shop = await idle(running.address, running.pid, seats, house.store.slug)
    async with bare() as (address, pid):
        of_bare = await idle(address, pid, seats, "bare")
    return Found(f"memory for each of {count:,} idle clients", f"{of_shop:.1f} KiB", f"{of_bare:.1f} KiB")


async def _one_process(house: House, wanted: Wanted) -> list[Found]:
    seats = house.seats[: wanted.conversations]
    async with house.server() as running:
        chat = await talk([running.address], [running.pid], seats, house, wanted.per_second, wanted.seconds)
    async with bare() as (address, pid):
        echo = await talk([address], [pid], seats, None, wanted.per_second, wanted.seconds)
    clients = sum(map(len, seats))
    return [
        Found(f"one process: messages in {wanted.conversations} conversations with {clients} clients",
              f"{len(chat.sent):,}", f"{len(echo.sent):,}"),
        Found("messages a second that were sent", f"{chat.rate:.0f}", f"{echo.rate:.0f}"),
        *_times(chat, echo),
        Found("CPU of the server for a message", f"{chat.cpu_ms:.2f} ms", f"{echo.cpu_ms:.2f} ms"),
        Found("CPU of the server", f"{chat.cpu_share:.0%} of a core", f"{echo.cpu_share:.0%} of a core"),
        *_order(chat),
        Found(f"acknowledged messages that another connection looked for at once ({chat.looked})",
              f"{chat.found} found", ""),
    ]  # fmt: skip


async def _two_processes(house: House, wanted: Wanted) -> list[Found]:
    seats = house.seats[: wanted.conversations]
    async with redis(house.folder) as url, house.server(REDIS_URL=url) as one, house.server(REDIS_URL=url) as two:
        places = [one.address, two.address], [one.pid, two.pid]
        chat = await talk(*places, seats, house, wanted.per_second, wanted.seconds)
    return [
        Found("two processes and Redis: messages", f"{len(chat.sent):,}", ""),
        Found("messages a second that were sent", f"{chat.rate:.0f}", ""),
        *_times(chat, None),
        *_order(chat),
    ]


def _times(chat: Talk, echo: Talk | None) -> list[Found]:
    return [
        Found(
            f"{what}, p{percent}",
            f"{chat.percentile(times, percent):.1f} ms",
            "" if echo is None else f"{echo.percentile(times, percent):.1f} ms",
        )
        for what, times in TIMES
        for percent in (50, 95, 99)
    ]


def _order(chat: Talk) -> list[Found]:
    return [
        Found("answers that said: later; messages never acknowledged", f"{chat.refused:,}; {chat.unanswered:,}", ""),
        Found("messages that should have come to clients", f"{chat.should:,}", ""),
        Found("of these lost, doubled, out of order", f"{chat.lost}, {chat.doubled}, {chat.disordered}", ""),
    ]


def table(found: Sequence[Found]) -> str:
    """As Markdown."""
    lines = [f"| {each.what} | {each.shop} | {each.bare} |" for each in found]
    return "\n".join(["| | chat | bare Socket.IO |", "|---|--:|--:|", *lines])


def write(page: Path, found: Sequence[Found]) -> None:
    """Put the table between its marks in the page."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{table(found)}\n{END}{after}", "utf-8")


def main() -> None:
    """Parse the command line, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--idle", type=int, default=1_000)
    parser.add_argument("--per-second", type=float, default=200.0)
    parser.add_argument("--conversations", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--page", type=Path, help="page whose table is replaced")
    arguments = parser.parse_args()
    wanted = Wanted(arguments.idle, arguments.per_second, arguments.conversations, arguments.seconds)
    found = asyncio.run(measure(wanted))
    if arguments.page is not None:
        write(arguments.page, found)
    print(table(found))


if __name__ == "__main__":
    main()
