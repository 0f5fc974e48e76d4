"""What is said where the solver is not installed?"""

from __future__ import annotations

import sys

import pytest

from engine.documents.model import Bound
from engine.symbolic.solve import Unknown, solve
from tests.engine.runtime.books import book
from tests.engine.symbolic.claims import claimed


def test_without_the_solver_nothing_is_known_and_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    answer = solve(book(), claimed(Bound(measure="total", side="at_least", amount=0)))
    assert isinstance(answer, Unknown)
    assert "[proof]" in answer.reason
