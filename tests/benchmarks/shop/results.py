"""What was measured, and how is it kept as JSON?"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from statistics import median

import msgspec

from tests.benchmarks.shop import cpu
from tests.benchmarks.shop.tally import Outcome

HELLO, ORDER, BARE = "hello", "order", "bare"
"""The floors, by the names their rounds have: hello in JSON, the bare order, the round trips of an add."""


class Round(msgspec.Struct):
    """One workload, measured once. `others_cpu_seconds` is what everybody but us took meanwhile."""

    outcome: Outcome
    server_cpu_seconds: float
    postgres_cpu_seconds: float
    others_cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Operations a second."""
        return self.outcome.operations / self.outcome.seconds

    @property
    def server_ms(self) -> float:
        """Milliseconds of the server's CPU for one operation, and for the uncounted requests around it."""
        return 1e3 * self.server_cpu_seconds / max(1, self.outcome.operations)

    @property
    def postgres_ms(self) -> float:
        """The same of PostgreSQL."""
        return 1e3 * self.postgres_cpu_seconds / max(1, self.outcome.operations)

    @property
    def total_ms(self) -> float:
        """Server and PostgreSQL together; of a floor by asyncpg alone, which has no server, the client instead."""
        return self.postgres_ms + (self.server_ms or self.client_ms)

    @property
    def requests_per_operation(self) -> float:
        """Requests for one operation that consists of several, those of operations that were not completed included."""
        return sum(self.times_per_operation(label) for label, what in self.outcome.by_label.items() if not what.counted)

    def times_per_operation(self, label: str) -> float:
        """How often a request is sent for one operation."""
        return self.outcome.by_label[label].count / max(1, self.outcome.operations)

    @property
    def client_ms(self) -> float:
        """The same of the load client; it is part of no other figure."""
        return 1e3 * self.outcome.cpu_seconds / max(1, self.outcome.operations)


class Series(msgspec.Struct):
    """All rounds of a workload."""

    rounds: list[Round] = msgspec.field(default_factory=list)

    def median(self, of: Callable[[Round], float]) -> float:
        """Over the rounds."""
        return median(map(of, self.rounds))

    @property
    def labels(self) -> list[str]:
        """The labels that count: by the number they begin with, else by name; never in the order they were met in."""
        met = {label for each in self.rounds for label, what in each.outcome.by_label.items() if what.counted}
        return sorted(met, key=_by_number)

    def has(self, label: str) -> bool:
        """Whether there was such a request in every round."""
        return all(label in each.outcome.by_label for each in self.rounds)

    def p50_ms(self, label: str) -> float:
        """Half of the requests with this label were answered within so many milliseconds."""
        return self.median(lambda each: each.outcome.by_label[label].p50_ms)

    def p99_ms(self, label: str) -> float:
        """Of a hundred, 99 were."""
        return self.median(lambda each: each.outcome.by_label[label].p99_ms)

    def statements(self, label: str) -> int | None:
        """The statements such a request sends, BEGIN and COMMIT included; the most of all rounds."""
        told = [each.outcome.by_label[label].statements for each in self.rounds]
        return max((count for count in told if count is not None), default=None)

    @property
    def errors(self) -> int:
        """Answers that were no success, in all rounds."""
        return sum(each.outcome.errors for each in self.rounds)

    @property
    def first_error(self) -> str:
        """One of them."""
        return next((each.outcome.first_error for each in self.rounds if each.outcome.first_error), "")

    def ratio(self, other: Series, of: Callable[[Round], float]) -> float:
        """How many times the other's figure, the median of the ratios inside the rounds."""
        return median(of(one) / of(two) for one, two in zip(self.rounds, other.rounds, strict=True))


def _by_number(label: str) -> tuple[int, str]:
    number = label.partition(" ")[0]
    return (int(number) if number.isdigit() else -1, label)


class Contest(msgspec.Struct):
    """One round of F: how many got an order, how many were told that it is sold out, and every other answer."""

    orders: int
    refusals: int
    others: list[str]


class Results(msgspec.Struct):
    """One run of the benchmark: series by number of server processes and name of the workload."""

    command: str
    when: str
    clients: int
    measured_seconds: float
    warm_up_seconds: float
    rounds: int
    postgres: str
    file_system: str
    series: dict[int, dict[str, Series]] = msgspec.field(default_factory=dict)
    contests: dict[int, list[Contest]] = msgspec.field(default_factory=dict)
    seconds: float = 0.0

    def add(self, processes: int, name: str, measured: Round) -> None:
        """One more round of a workload."""
        self.series.setdefault(processes, {}).setdefault(name, Series()).rounds.append(measured)

    def of(self, processes: int, name: str) -> Series:
        """The rounds of a workload. KeyError when it was not measured."""
        return self.series[processes][name]

    @property
    def errors(self) -> int:
        """Wrong answers of all workloads; anything but 0 makes the figures worthless."""
        others = sum(len(each.others) for contests in self.contests.values() for each in contests)
        return others + sum(each.errors for by_name in self.series.values() for each in by_name.values())

    def busy_others(self) -> float:
        """How many cores were busy with something else, on average."""
        rounds = [each for by_name in self.series.values() for series in by_name.values() for each in series.rounds]
        return sum(each.others_cpu_seconds for each in rounds) / sum(each.outcome.seconds for each in rounds)

    def as_json(self) -> bytes:
        """Everything, with what it ran on."""
        plain = {**machine(), "postgres": self.postgres, **msgspec.to_builtins(self, str_keys=True)}
        plain["busy_others_cores"] = round(self.busy_others(), 2)
        return msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n"


def machine() -> dict[str, object]:
    """What ran, on what."""
    return {
        "cpu": cpu.model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": {name: version(name) for name in ("aiohttp", "asyncpg", "msgspec", "uvloop", "tortoise-orm")},
    }
