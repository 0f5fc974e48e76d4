"""The measure of hints runs, and finds near and far what it says is near and far."""

import subprocess
import sys

from tests.benchmarks import hints


def test_far_rules_cost_no_decision_and_shipped_ones_a_few():
    assert hints.decided_for_hints(hints.far_book(60), hints.far_cart()) == 0
    assert 0 < hints.decided_for_hints(hints.shipped_book(), hints.shipped_cart()) <= 25


def test_it_prints_a_row_for_each_group_of_carts():
    told = subprocess.run(
        [sys.executable, hints.__file__, "--quick"], capture_output=True, text=True, check=True
    ).stdout

    assert told.count("W1, nothing near") == told.count("W1, something near") == 2
    assert told.count("rules of every sort") == 2
