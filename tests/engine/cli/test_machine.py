"""`sostech machine`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Sostech = Callable[..., Any]


@pytest.mark.parametrize(
    ("form", "start"), [("mermaid", "stateDiagram-v2\n"), ("table", "| event | from |"), ("dot", "digraph ")]
)
def test_the_shipped_lifecycle_is_drawn(sostech: Sostech, form: str, start: str) -> None:
    run = sostech("machine", "--as", form)
    assert run.code == 0
    assert run.out.startswith(start)
    assert "payment_pending" in run.out


def test_another_kind_of_ruleset_is_a_usage_fault(sostech: Sostech, shop: Path) -> None:
    run = sostech("machine", "rules/promotions/v1.yaml")
    assert (run.code, run.err) == (2, "error: 'rules/promotions/v1.yaml' is no orders ruleset\n")
