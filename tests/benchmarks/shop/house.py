"""What runs while we measure? PostgreSQL with default durability, stores with goods and rules, and server processes."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from storage.database import APP_ROLE, Database
from storage.embedded import Address, EmbeddedPostgres
from storage.migrate import migrate
from tests.benchmarks.shop import bare
from tests.benchmarks.shop.books import write_book
from tests.benchmarks.shop.goods import Shelf, skus, stock_store
from tests.benchmarks.shop.sizes import Size

ROOT: Final = Path(__file__).resolve().parents[3]
_BARE: Final = "bare"  # the database of the floor, in the same cluster
_ENDS_SECONDS: Final = 20


class BenchmarkBroken(Exception):
    """Something did not start, or answered with anything but success: the figures would mean nothing."""


@dataclass(frozen=True)
class House:
    """The database and the stores in it; `folder` is for everything that is written while measuring."""

    folder: Path
    rules: Path
    database: Address
    postmaster: int
    postgres_version: str
    shelves: dict[int, Shelf]

    @property
    def shop_url(self) -> str:
        """The address of the shop's database with the rights of the application alone."""
        return f"postgresql://{APP_ROLE}@/{self.database.database}?host={self.database.host}&port={self.database.port}"

    @property
    def bare_url(self) -> str:
        """The address of the floor's database."""
        return f"postgresql://{self.database.user}@/{_BARE}?host={self.database.host}&port={self.database.port}"


@dataclass(frozen=True)
class Running:
    """Server processes and where they listen."""

    pids: tuple[int, ...]
    ports: tuple[int, ...]


@contextmanager
def opened(size: Size) -> Iterator[House]:
    """A fresh cluster with migrated, filled stores; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sostech-bench-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)  # PostgreSQL runs as somebody else when we are root
        folder = Path(name)
        with EmbeddedPostgres(folder) as address:
            shelves, version = asyncio.run(_fill(address, size))
            for promotions, shelf in shelves.items():
                write_book(folder / "stores" / shelf.slug, promotions, skus(size.products)[: size.drawn])
            pid = int((folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
            yield House(folder, folder / "stores", address, pid, version, shelves)


@contextmanager
def serving(house: House, processes: int) -> Iterator[Running]:
    """So many processes of the real program, `sostech serve`, each on a port of its own."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SOSTECH_")},
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": house.shop_url,
        "SOSTECH_DATA_DIR": str(house.folder),
        "SOSTECH_RATE_LIMITS": "false",
        "SOSTECH_LOG_FORMAT": "json",
    }
    program = [sys.executable, "-m", "server.cli", "serve", "--port"]
    with _programs(program, processes, house.folder, environment) as running:
        yield running


@contextmanager
def saying_hello(house: House) -> Iterator[Running]:
    """The floor of all answers."""
    with _programs(module("hello"), 1, house.folder, {**os.environ, "PYTHONPATH": str(ROOT)}) as running:
        yield running


def module(name: str) -> list[str]:
    """The command line of a program of this folder."""
    return [sys.executable, "-m", f"tests.benchmarks.shop.{name}"]


@contextmanager
def _programs(program: list[str], count: int, folder: Path, environment: dict[str, str]) -> Iterator[Running]:
    """So many processes of a program that takes a port; in `folder`, where no .env of a checkout is."""
    with ExitStack() as stack:
        started = [_start(stack, [*program, str(port)], port, folder, environment) for port in _free_ports(count)]
        for process, port, log in started:
            _wait_until_open(process, port, log)
        try:
            yield Running(tuple(process.pid for process, _, _ in started), tuple(port for _, port, _ in started))
        except BenchmarkBroken as error:
            for _, port, log in started:
                error.add_note(f"the last words of the server on port {port}:\n{_tail(log)}")
            raise


def _start(
    stack: ExitStack, command: list[str], port: int, folder: Path, environment: dict[str, str]
) -> tuple[subprocess.Popen[bytes], int, Path]:
    log = folder / f"{port}.log"
    output = stack.enter_context(log.open("wb"))
    process = subprocess.Popen(command, stdout=output, stderr=output, env=environment, cwd=folder)
    stack.callback(_end, process)
    return process, port, log


def _wait_until_open(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    raise BenchmarkBroken(f"a server ended with {process.returncode}:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-3000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_ENDS_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


async def _fill(address: Address, size: Size) -> tuple[dict[int, Shelf], str]:
    """The newest schema, one store for each number of promotions, and the floor's database."""
    database = await Database.open(address.url, role=None)
    try:
        await migrate(database)
    finally:
        await database.close()
    connection = await asyncpg.connect(address.url)
    try:
        await connection.execute(f"ALTER ROLE {APP_ROLE} LOGIN")
        shelves = {
            count: await stock_store(connection, count, size.products, size.other_carts) for count in size.promotions
        }
        await _analyze(connection)
        await connection.execute(f"CREATE DATABASE {_BARE}")
        version = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    floor = await asyncpg.connect(address.url.replace(f"/{address.database}?", f"/{_BARE}?"))
    try:
        await bare.make_ready(floor)
    finally:
        await floor.close()
    return shelves, str(version)


async def _analyze(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Count what there is, as autovacuum does; and like it, leave alone what is empty.

    Told that a table is empty, PostgreSQL plans to read all of it, and keeps that plan while the table grows.
    """
    filled = await connection.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"
    )
    await connection.execute(f"ANALYZE {', '.join(row['name'] for row in filled)}")
