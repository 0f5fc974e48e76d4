"""How fast do mails leave, and what does a long queue cost? Writes a table (`make bench-mails`).

python -m tests.benchmarks.mails.run [--queued N] [--seconds S] [--per-second R] [--page FILE]

The real program (`sostech worker`) against a PostgreSQL of its own and a mail server in a third process, all on this
machine. Two questions: how long from the commit of an event until its mail is handed over, while so many happen every
second; and how fast a queue of order confirmations drains, with how much memory.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Final

import asyncpg

from notifications.events import MailRequested
from notifications.outbox import announce
from server.settings import Settings
from server.web.call import Shop
from storage.database import APP_ROLE, Database
from storage.embedded import EmbeddedPostgres
from storage.migrate import migrate
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.orders.placed import Wanted, place
from tests.shop import new_shop, new_store

ROOT: Final = Path(__file__).resolve().parents[3]
LONGEST_WAIT_SECONDS: Final = 1800.0
BEGIN: Final = "<!-- mails -->"
END: Final = "<!-- /mails -->"
_QUEUE: Final = """
INSERT INTO messages (id, store_id, key, channel, category, template, address, locale, values)
SELECT gen_random_uuid(), $1, 'queued' || n, 'email', 'order', 'order-confirmation', 'queued' || n || '@example.com',
       'en', $3::jsonb
  FROM generate_series(1, $2) n
"""


@dataclass(frozen=True)
class Drained:
    """A queue that was emptied. `rate` is the limit that was set, 0: none; `cpu_ms` the sender's for each mail."""

    queued: int
    rate: float
    seconds: float
    cpu_ms: float
    peak_mb: float
    doubled: int


@dataclass(frozen=True)
class Latency:
    """Seconds from commit to handing over."""

    per_second: float
    mails: int
    p50: float
    p95: float
    worst: float


def main() -> None:
    """Measure, and print or write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queued", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--per-second", type=float, default=50.0)
    parser.add_argument("--page", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sostech-bench-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)  # PostgreSQL runs as somebody else when we are root
        with EmbeddedPostgres(Path(name)) as address:
            text = asyncio.run(_measure(Path(name), address.url, arguments))
    if arguments.page is None:
        print(text)
    else:
        _write(arguments.page, text)


async def _measure(folder: Path, owner: str, arguments: argparse.Namespace) -> str:
    database = await Database.open(owner, role=None)
    await migrate(database)
    await database.close()
    connection = await asyncpg.connect(owner)
    await connection.execute(f"ALTER ROLE {APP_ROLE} LOGIN")
    await connection.close()
    url = owner.replace(owner[len("postgresql://") : owner.index("@")], APP_ROLE, 1)
    database = await Database.open(url)
    shop = new_shop(database, folder)
    try:
        latency = await _latency(shop, url, folder, arguments.seconds, arguments.per_second)
        fast = await _drain(shop, url, folder, arguments.queued, 0.0)
        slow = await _drain(shop, url, folder, min(arguments.queued, 500), 50.0)
    finally:
        await database.close()
    return _page(latency, [fast, slow])


async def _latency(shop: Shop, url: str, folder: Path, seconds: float, per_second: float) -> Latency:
    store = await new_store(shop)
    begun: dict[str, float] = {}
    with _sink(folder) as (port, noted), _worker(shop.settings, url, port, 0.0):
        await _announce(shop, store, "warm-up@example.com")
        await _until(noted, 1)
        start = time.monotonic()
        for number in range(int(seconds * per_second)):
            await asyncio.sleep(max(0.0, start + number / per_second - time.monotonic()))
            to = f"timed{number}@example.com"
            await _announce(shop, store, to)
            begun[to] = time.time()
        await _until(noted, len(begun) + 1)
        ended = _taken(noted)
    waits = sorted(ended[to] - at for to, at in begun.items())
    cuts = quantiles(waits, n=100, method="inclusive")
    return Latency(per_second, len(waits), cuts[49], cuts[94], waits[-1])


async def _announce(shop: Shop, store: Store, to: str) -> None:
    event = MailRequested(template="password_changed", to=to, locale="en", values={"name": "Ana"})
    await shop.database.transaction(store.id, lambda tx: announce(tx, event))


async def _drain(shop: Shop, url: str, folder: Path, queued: int, rate: float) -> Drained:
    store = await new_store(shop)
    order = await place(shop, store, Wanted("SHIRT", 2), Wanted("SOCK", 1), Wanted("MUG", 3))

    async def queue(tx: Transaction) -> None:
        await tx.execute(_QUEUE, store.id, queued, f'{{"order.id": "{order.id}"}}')

    await shop.database.transaction(store.id, queue)
    with _sink(folder) as (port, noted), _worker(shop.settings, url, port, rate) as worker:
        await _until(noted, 1)
        start, cpu = time.monotonic(), _cpu_seconds(worker.pid)
        await _until(noted, queued)
        seconds, cpu = time.monotonic() - start, _cpu_seconds(worker.pid) - cpu
        peak = _peak_mb(worker.pid)
        recipients = [line.split()[0] for line in noted.read_text().splitlines()]
    return Drained(queued, rate, seconds, cpu / queued * 1000, peak, len(recipients) - len(set(recipients)))


@contextmanager
def _sink(folder: Path) -> Iterator[tuple[int, Path]]:
    """A mail server; its port and the file where it notes what it took."""
    noted = folder / "taken"
    noted.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.benchmarks.mails.sink", str(noted)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), noted
        finally:
            process.terminate()


@contextmanager
def _worker(settings: Settings, url: str, port: int, rate: float) -> Iterator[subprocess.Popen[bytes]]:
    """The program that sends."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SOSTECH_")},
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url,
        "SOSTECH_DATA_DIR": str(settings.data_dir),
        "SOSTECH_LOG_LEVEL": "warning",
        "SOSTECH_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "SOSTECH_MAIL_FROM": "shop@shop.example",
        "SOSTECH_MAIL_RATE": str(rate),
    }
    command = [sys.executable, "-m", "server.cli", "worker"]
    with subprocess.Popen(command, cwd=settings.data_dir, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()


async def _until(noted: Path, count: int) -> None:
    """Until so many mails were taken."""
    async with asyncio.timeout(LONGEST_WAIT_SECONDS):
        while not noted.exists() or noted.read_bytes().count(b"\n") < count:
            await asyncio.sleep(0.05)


def _taken(noted: Path) -> dict[str, float]:
    return {to: float(at) for to, at in (line.split() for line in noted.read_text().splitlines())}


def _peak_mb(pid: int) -> float:
    """The most memory the process had, in MB; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _cpu_seconds(pid: int) -> float:
    """What the process has computed so far; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _page(latency: Latency, drained: list[Drained]) -> str:
    rows = "\n".join(
        f"| {each.queued:,} | {each.rate or 'none'} | {each.seconds:.1f} | {each.queued / each.seconds:.0f}"
        f" | {each.cpu_ms:.1f} | {each.peak_mb:.0f} | {each.doubled} |"
        for each in drained
    )
    return f"""From the commit of an event to its mail at the mail server, with {latency.per_second:g} events a second:

| mails | p50 s | p95 s | worst s |
|--:|--:|--:|--:|
| {latency.mails:,} | {latency.p50:.2f} | {latency.p95:.2f} | {latency.worst:.2f} |

A queue of order confirmations (three lines each), one worker:

| queued | limit a second | s | mails a second | CPU ms a mail | most memory, MB | sent twice |
|--:|--:|--:|--:|--:|--:|--:|
{rows}
"""


def _write(page: Path, text: str) -> None:
    """Put the tables in place of those of the last time."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{page} has no place for the figures: {BEGIN} … {END}")
    page.write_text(f"{before}{BEGIN}\n{text.strip()}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
