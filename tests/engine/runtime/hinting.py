"""What hints a cart is told under a book, and what they cost."""

from __future__ import annotations

from cProfile import Profile

import msgspec

from engine.pipeline import evaluate, hints
from engine.runtime.book import Book
from engine.runtime.decision import Hint
from tests.engine.runtime.books import cart

LANES = "lanes: [{id: l, stage: lines, pick: all}, {id: o, pick: all, stage: order}]\nrules:\n"


def told(rules: Book, scenario: dict[str, object]) -> list[Hint]:
    """The hints of a cart, without the place each rule is written at."""
    asked = cart(scenario)
    return [msgspec.structs.replace(hint, at="") for hint in hints(rules, asked, evaluate(rules, asked))]


def decided(rules: Book, scenario: dict[str, object]) -> int:
    """How many changed carts are decided for the hints of this one."""
    asked = cart(scenario)
    decision = evaluate(rules, asked)
    profile = Profile()
    profile.runcall(hints, rules, asked, decision)
    return sum(entry.callcount for entry in profile.getstats() if entry.code is evaluate.__code__)
