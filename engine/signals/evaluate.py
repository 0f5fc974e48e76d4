"""Who evaluates a program: a network of durable-rules, or the chainer where there can be none?"""

from __future__ import annotations

from typing import Protocol

from engine.signals.chainer import Chainer
from engine.signals.compile import Program
from engine.signals.model import Given, Outcome
from engine.signals.network import Network
from engine.signals.network_rules import CannotBuild


class Evaluator(Protocol):
    """Evaluates one program as often as wanted; remembers nothing."""

    @property
    def name(self) -> str:
        """Which of the two it is, for people."""

    def evaluate(self, given: Given) -> Outcome:
        """Everything that follows from what is given."""


def evaluator_of(program: Program) -> Evaluator:
    """The network of the program; the chainer, which says the same, where there is none."""
    try:
        return Network(program)
    except CannotBuild:
        return Chainer(program)


def why_no_network(program: Program) -> str:
    """What keeps the program from having a network; "" when it has one, which is built and asked once, for nothing.

    Does not end, or ends the process, where that is too much for the library in C: call it in a process of its own.
    """
    try:
        network = Network(program)
    except CannotBuild as why:
        return str(why)
    network.evaluate(Given(now=0))
    return ""
