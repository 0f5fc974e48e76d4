"""Do the examples on the pages of the facts' codes show what they are about?"""

from pathlib import Path

import pytest

from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import read_vocabulary
from engine.text.codes import Code, facts, literals
from engine.text.diagnostics import Diagnostic
from engine.text.load import load
from engine.text.source import Source

CHECKOUT = Path(__file__).resolve().parents[3]
VOCABULARY, _ = read_vocabulary(
    Source("checkout-1.yaml", (CHECKOUT / "rules/vocabularies/checkout-1.yaml").read_text("utf-8"))
)
EXAMPLES = [code for code in facts.CODES if code.code >= "RS710"]
LINES = 'lines: [{sku: A, price: "9.90", quantity: 1}]\n'


def findings(example: str, now: int | None) -> tuple[Diagnostic, ...]:
    node = load(Source("example", example if "lines:" in example else LINES + example)).node
    assert node is not None
    assert VOCABULARY is not None
    return read_scenario(node, ScenarioContext(vocabulary=VOCABULARY, currency="BRL", now=now))[1]


@pytest.mark.parametrize("code", EXAMPLES, ids=lambda code: code.code)
def test_examples_of_a_code_show_its_fault_and_the_way_out(code: Code) -> None:
    now = None if code.code == "RS717" else 0
    assert code.code in [fault.code for fault in findings(code.bad, now)]
    assert findings(code.good, now) == ()


def test_examples_of_vocabulary_faults_show_them() -> None:
    head = "vocabulary: cart\nversion: 1\n"
    for code in facts.CODES[:2]:
        assert code.code in [fault.code for fault in read_vocabulary(Source("bad", head + code.bad))[1]]
        assert read_vocabulary(Source("good", head + code.good))[1] == ()


def test_every_literal_fault_has_a_page() -> None:
    assert [code.code for code in literals.CODES] == [f"RS{number}" for number in range(310, 317)]
