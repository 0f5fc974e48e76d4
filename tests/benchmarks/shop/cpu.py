"""How much CPU time did the server, PostgreSQL and everybody else take? From /proc, with the standard library."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds up to a moment; `machine` is what all processes of the machine took together."""

    server: float
    postgres: float
    machine: float

    def since(self, earlier: Reading) -> Reading:
        """What was taken in between."""
        return Reading(self.server - earlier.server, self.postgres - earlier.postgres, self.machine - earlier.machine)


def read(servers: Iterable[int], postmaster: int) -> Reading:
    """The CPU times of these processes now. Backends count while they live and, through their parent, afterwards."""
    backends = sum(_seconds(pid) for pid in _children(postmaster))
    return Reading(sum(map(_seconds, servers)), backends + _seconds(postmaster, reaped=True), _machine())


def model() -> str:
    """What the processor calls itself."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"


def _machine() -> float:
    """User, nice, system, irq, softirq and steal time of all cores: not the idle ones."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:8])) / _TICKS


def _seconds(pid: int, *, reaped: bool = False) -> float:
    fields = _stat(pid)
    # After the name: state is field 0, utime 11, stime 12, and those of children waited for 13 and 14.
    return sum(int(field) for field in fields[11 : 15 if reaped else 13]) / _TICKS


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))) and int(fields[1]) == parent:
            found.append(int(entry.name))
    return found


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold spaces itself; none when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
