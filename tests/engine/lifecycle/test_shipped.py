"""Are the shipped lifecycles sound, exercised by their cases, and shown as they are in the documentation?"""

from pathlib import Path

import pytest

from engine.lifecycle.cases import not_taken, run_case
from engine.lifecycle.compile import compile_lifecycle
from engine.lifecycle.draw import mermaid, permissions
from engine.lifecycle.model_check import model_check
from tests.engine.lifecycle.rulesets import CHECKOUT, ORDERS, SHIPPED, order_vocabulary, shipped

PAGE = CHECKOUT / "docs" / "explanation" / "order-lifecycle.md"
SUPERSET = (
    *("pending", "payment_pending", "payment_failed", "paid", "processing", "partially_shipped", "shipped"),
    *("delivered", "cancelled", "return_requested", "returned", "partially_refunded", "refunded"),
)

every_ruleset = pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)


@every_ruleset
def test_a_shipped_lifecycle_has_no_findings(path: Path) -> None:
    assert model_check(shipped(path)) == []


@every_ruleset
def test_its_cases_hold_and_exercise_every_transition(path: Path) -> None:
    document = shipped(path)
    lifecycle = compile_lifecycle(document)
    vocabulary = order_vocabulary()
    results = tuple(run_case(lifecycle, vocabulary, case, number) for number, case in enumerate(document.cases, 1))
    assert [finding.message for result in results for finding in result.differences] == []
    assert not_taken(lifecycle, results) == ()


def test_the_default_lifecycle_has_the_thirteen_states_and_three_ends() -> None:
    document = shipped(ORDERS / "v1.yaml")
    assert [state.id for state in document.states] == list(SUPERSET)
    assert [state.id for state in document.states if state.final] == ["delivered", "cancelled", "refunded"]


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("eight-state", "pending payment_pending paid processing shipped delivered cancelled refunded"),
        ("storefront", "cart pending_payment failed processing shipped delivered cancelled returned refunded"),
        ("tenant", "pending paid processing shipped delivered cancelled"),
    ],
)
def test_a_preset_has_the_states_of_its_shop(name: str, states: str) -> None:
    document = shipped(ORDERS / "presets" / f"{name}.yaml")
    assert [state.id for state in document.states] == states.split()


def test_the_picture_in_the_documentation_is_that_of_the_default_lifecycle() -> None:
    picture = f"```mermaid\n{mermaid(shipped(ORDERS / 'v1.yaml'))}```\n"
    assert _between("picture") == picture


def test_the_table_in_the_documentation_is_that_of_the_default_lifecycle() -> None:
    assert _between("table").strip("\n") + "\n" == permissions(shipped(ORDERS / "v1.yaml"))


def _between(what: str) -> str:
    page = PAGE.read_text(encoding="utf-8")
    _, _, rest = page.partition(f"<!-- {what}: generated from rules/orders/v1.yaml")
    return rest.partition("-->\n")[2].partition(f"<!-- end of {what} -->")[0]
