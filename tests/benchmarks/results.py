"""What was measured, and how is it kept as JSON?"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version

from tests.benchmarks.costs import Growth, SizeCosts
from tests.benchmarks.replaying import Rates
from tests.benchmarks.timing import Timings

Plain = dict[str, object]


@dataclass(slots=True)
class Results:
    """One run of the benchmark. `decisions`, `costs` by number of rules; `families` by name, contestants few, many."""

    command: str
    when: str
    rounds: int
    compared: dict[int, int] = field(default_factory=dict)
    decisions: dict[int, Timings] = field(default_factory=dict)
    growth: Timings | None = None
    families: dict[str, Timings] = field(default_factory=dict)
    costs: dict[int, SizeCosts] = field(default_factory=dict)
    tariffs: dict[str, Growth] = field(default_factory=dict)
    replay: Rates | None = None
    seconds: float = 0.0
    load: float = 1.0  # processes that wanted to run, ourselves among them, at the end of the races
    cores: int = 1

    def as_plain(self) -> Plain:
        """Everything, for the JSON file."""
        return {
            "command": self.command,
            "when": self.when,
            "seconds": round(self.seconds, 1),
            "rounds": self.rounds,
            "load": round(self.load, 2),
            "cores": self.cores,
            "versions": dict(versions()),
            "carts_compared": {str(size): count for size, count in self.compared.items()},
            "decision_us": {str(size): timings.as_plain() for size, timings in self.decisions.items()},
            "growth": {} if self.growth is None else self.growth.as_plain(),
            "families_us": {name: timings.as_plain() for name, timings in self.families.items()},
            "costs": {str(size): asdict(costs) for size, costs in self.costs.items()},
            "tariffs": {name: {**asdict(each), "exponent": each.exponent} for name, each in self.tariffs.items()},
            "replay": None if self.replay is None else asdict(self.replay),
        }


def versions() -> Mapping[str, str]:
    """What ran, on what."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "zen-engine": version("zen-engine"),
        "msgspec": version("msgspec"),
        "system": f"{platform.system()} {platform.machine()}",
    }
