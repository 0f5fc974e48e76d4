"""Does the network of durable-rules say of everything what the chainer says?"""

import sys
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.signals import Chainer, Given, Program
from engine.signals.network import Network
from engine.signals.network_rules import CannotBuild

sys.path.insert(0, str(Path(__file__).parent))
from generated import GIVEN, programs

Thing = TypeVar("Thing")

pytest.importorskip("durable_rules_engine", reason="durable-rules cannot be loaded by this version of Python")


@given(programs(), GIVEN, st.randoms(use_true_random=False))
def test_the_network_says_what_the_chainer_says_in_whatever_order_it_is_told(
    program: Program, told: Given, chance: Random
) -> None:
    try:
        network = Network(program)
    except CannotBuild as why:
        assert "alternatives" in str(why)  # noqa: PT017 - the only reason that can come of so small a program
        return
    outcome = Chainer(program).evaluate(told)
    assert network.evaluate(told) == outcome
    shuffled = Given(now=told.now, events=_shuffled(told.events, chance), subjects=_shuffled(told.subjects, chance))
    assert network.evaluate(shuffled) == outcome
    assert Chainer(program).evaluate(shuffled) == outcome


def _shuffled(things: tuple[Thing, ...], chance: Random) -> tuple[Thing, ...]:
    return tuple(chance.sample([*things, *things[:1]], len(things) + len(things[:1])))
