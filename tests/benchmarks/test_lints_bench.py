"""Does the measurement of the lints run, and do the lints find something in each of its documents?"""

import pytest

from tests.benchmarks.lints import FAMILIES, Cost, cost, exponent


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_read_and_linted(family: str) -> None:
    found = cost(family, 60)
    assert (found.family, found.rules) == (family, 60)
    assert found.findings or family == "promotions (W1)"


def test_ten_times_the_time_for_ten_times_the_rules_is_linear() -> None:
    small, large = (Cost("f", rules, seconds, 1, 0) for rules, seconds in ((1_000, 0.5), (10_000, 5.0)))
    assert exponent(small, large) == pytest.approx(1)
