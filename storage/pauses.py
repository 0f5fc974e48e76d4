"""How long does something rest that has just failed? Longer each time, and a little less by chance."""

from __future__ import annotations

import random
from collections.abc import Callable

Chance = Callable[[], float]
"""A number from 0 up to 1."""


def pause_after(
    failures: int,
    *,
    first: float,
    longest: float,
    times: float = 2.0,
    chance: Chance = random.random,
    off: float = 0.5,
) -> float:
    """Seconds to rest after so many failures in a row, 1 at least: `first`, then so many `times` as long each time.

    Never more than `longest`; and up to the share `off` of it less, so that those who failed together do not come back
    together.
    """
    # Nobody counts further, and a power of more than that is no float any more.
    most = min(longest, first * times ** min(failures - 1, 30))
    return most * (1 - off * chance())
