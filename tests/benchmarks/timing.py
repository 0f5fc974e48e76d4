"""How long does each contestant take on the same inputs, measured so that a noisy machine does them all the same harm?

Round robin: in every round each contestant has its turn, so that what disturbs one round disturbs all of them. A turn
is the best of a few passes over the inputs, the figure is the median over rounds, and a ratio is the median of the
ratios inside the rounds. The clock is the CPU time of the process (everybody here runs in one thread), so a process
beside us costs caches, not time. Garbage collection is off while it runs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import process_time

Run = Callable[[], object]

# Seconds. A pass shorter than this is repeated until it is as long; a longer one takes fewer inputs.
_SHORTEST, _LONGEST = 0.001, 0.1
_PASSES = 3


@dataclass(frozen=True, slots=True)
class Contestant:
    """`run` takes one input; `inputs` are conformed to it beforehand, outside of the measurement."""

    name: str
    run: Callable[..., object]
    inputs: Sequence[object]


@dataclass(frozen=True, slots=True)
class Timings:
    """Microseconds per decision of every contestant, one value a round."""

    rounds: Mapping[str, Sequence[float]]

    def of(self, name: str) -> float:
        """The median."""
        return median(self.rounds[name])

    def spread(self, name: str) -> float:
        """Half the distance between the quartiles, as a part of the median."""
        values = self.rounds[name]
        if len(values) < 2:
            return 0.0
        low, _, high = quantiles(values, n=4)
        return (high - low) / 2 / median(values)

    def ratio(self, name: str, to: str) -> float:
        """How many times as long as `to`."""
        return median(one / other for one, other in zip(self.rounds[name], self.rounds[to], strict=True))

    def as_plain(self) -> dict[str, dict[str, float]]:
        """For the JSON file."""
        return {
            name: {
                "us": round(self.of(name), 2),
                "best_us": round(min(values), 2),
                "spread": round(self.spread(name), 3),
            }
            for name, values in self.rounds.items()
        }


def race(contestants: Iterable[Contestant], rounds: int) -> Timings:
    """Time all contestants, `rounds` times each in turn."""
    samples = [(each.name, *_sample(each)) for each in contestants]
    times: dict[str, list[float]] = {name: [] for name, _, _ in samples}
    gc.collect()
    for _ in range(rounds):
        for name, run, decisions in samples:
            times[name].append(_turn(run) / decisions * 1e6)
    return Timings(times)


def clocked(run: Run, times: int = 3) -> float:
    """Seconds of CPU that one run takes, the best of a few."""
    return min(_clocked(run) for _ in range(times))


def _turn(run: Run) -> float:
    best = _clocked(run)
    return best if best > _LONGEST / 2 else min(best, *[_clocked(run) for _ in range(_PASSES - 1)])


def _sample(contestant: Contestant) -> tuple[Run, int]:
    """One pass of a contestant: so many decisions that it is neither too short nor too long."""
    run, inputs = contestant.run, contestant.inputs
    one = _clocked(lambda: run(inputs[0]))  # also warms up
    one = min(one, _clocked(lambda: run(inputs[0])))
    taken = inputs[: max(1, min(len(inputs), int(_LONGEST / one)))]
    repeats = max(1, int(_SHORTEST / (one * len(taken))))

    def sample() -> None:
        for _ in range(repeats):
            for given in taken:
                run(given)

    return sample, repeats * len(taken)


def _clocked(run: Run) -> float:
    enabled = gc.isenabled()
    gc.disable()
    try:
        started = process_time()
        run()
        return process_time() - started
    finally:
        if enabled:
            gc.enable()
