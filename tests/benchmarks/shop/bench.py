"""In which order is everything measured? Round robin: workloads and floors in turn, so that noise harms all alike."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from tests.benchmarks.shop import cpu
from tests.benchmarks.shop.bare import Floor, Kind
from tests.benchmarks.shop.bare_order import ROUND_TRIPS
from tests.benchmarks.shop.calls import request
from tests.benchmarks.shop.contest import hold_contest
from tests.benchmarks.shop.house import ROOT, BenchmarkBroken, House, Running, module, saying_hello, serving
from tests.benchmarks.shop.load import Caller, Job
from tests.benchmarks.shop.results import BARE, HELLO, ORDER, Results, Round
from tests.benchmarks.shop.sizes import Size
from tests.benchmarks.shop.tally import Outcome
from tests.benchmarks.shop.workloads import WORKLOADS

Say = Callable[[str], None]
_SEED: Final = 7
_ROUND_TRIPS: Final = 4  # of the bare add, when no add was counted
_FLOORS: Final = (HELLO, ORDER, BARE)


def turns(size: Size) -> int:
    """How many measurements there are."""
    return len(size.processes) * (size.rounds * (len(WORKLOADS) + len(_FLOORS)) + 1)


def measure(size: Size, house: House, results: Results, say: Say) -> None:
    """All rounds; `say` is told what comes next, once for each turn."""
    for processes in size.processes:
        with serving(house, processes) as running:
            for number in range(size.rounds):
                _one_round(size, house, running, Random(_SEED + number), results, say)
            say(f"F: the last units, {processes} processes")
            results.contests[processes] = [hold_contest(house, running, size, at) for at in range(size.contests)]


def _one_round(size: Size, house: House, running: Running, chance: Random, results: Results, say: Say) -> None:
    processes = len(running.pids)
    for workload in WORKLOADS:
        say(f"{workload.name}: {workload.title}, {processes} processes")
        job = workload.job(house, running, size, chance)
        with workload.around(house, running):
            results.add(processes, workload.name, _measure("load", msgspec.msgpack.encode(job), house, running.pids))
    say("floor: hello")
    with saying_hello(house) as hello:
        greeting = request("hello", "GET", "/hello", "any")
        callers = [Caller(hello.ports[0], [greeting], True) for _ in range(size.clients)]
        job = Job(size.warm_up, size.seconds, callers)
        results.add(processes, HELLO, _measure("load", msgspec.msgpack.encode(job), house, hello.pids))
    say("floor: the bare order transaction")
    results.add(processes, ORDER, measure_order_floor(house, size))
    say("floor: the round trips of an add")
    trips = results.of(processes, "B").statements("add") or _ROUND_TRIPS
    results.add(processes, BARE, _measure_floor(house, size, "add", max(3, trips)))


def measure_order_floor(house: House, size: Size) -> Round:
    """The bare order transaction by as many clients: what everything that writes is compared with."""
    return _measure_floor(house, size, "order", ROUND_TRIPS)


def _measure_floor(house: House, size: Size, kind: Kind, round_trips: int) -> Round:
    floor = Floor(kind, house.bare_url, size.clients, size.warm_up, size.seconds, round_trips)
    return _measure("bare", msgspec.msgpack.encode(floor), house, ())


def _measure(program: str, job: bytes, house: House, servers: Sequence[int]) -> Round:
    """Run a measuring program; CPU times are read when it says that it begins and ends."""
    path = house.folder / "job"
    path.write_bytes(job)
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen([*module(program), str(path)], stdout=subprocess.PIPE, cwd=ROOT, text=True)
        )
        stack.callback(process.kill)
        assert process.stdout is not None
        _expect(process.stdout.readline(), "begin", program)
        began = cpu.read(servers, house.postmaster)
        _expect(process.stdout.readline(), "end", program)
        taken = cpu.read(servers, house.postmaster).since(began)
        told = process.stdout.readline()
        if process.wait() != 0:
            raise BenchmarkBroken(f"the program {program!r} ended with {process.returncode}")
        outcome = msgspec.json.decode(told, type=Outcome)
    ours = taken.server + taken.postgres + outcome.cpu_seconds
    return Round(outcome, taken.server, taken.postgres, max(0.0, taken.machine - ours))


def _expect(line: str, wanted: str, program: str) -> None:
    if line.strip() != wanted:
        raise BenchmarkBroken(f"the program {program!r} said {line!r} instead of {wanted!r}")


def file_system(folder: Path) -> str:
    """The kind of file system the database lies on: fsync costs nothing in memory."""
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mounted, found, *_ = line.split()
        if folder.is_relative_to(mounted) and len(mounted) >= len(best):
            best, kind = mounted, found
    return kind
