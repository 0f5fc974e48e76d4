"""Does an allowance accept what it names, and nothing else?"""

from engine.documents.model import Allowance
from engine.lint import apply_allowances
from engine.text.diagnostics import Diagnostic, error
from tests.engine.lint.conditions import span

FALLS = error("RS415", "the price of method 'air' falls", span(5), hint="correct it")
ENDS = error("RS412", "method 'air' has no price from 2kg on", span(6), hint="end with a rest")
OVERLAP = error("RS430", "zones 'a' and 'b' overlap", span(7), hint="narrow one")


def allow(code: str, rule: str | None = None, because: str = "we know") -> Allowance:
    return Allowance(code, because, rule, span(2))


def test_warning_with_the_code_becomes_a_note_with_the_reason() -> None:
    assert apply_allowances([FALLS, ENDS], [allow("RS415")]) == [
        Diagnostic("RS415", "the price of method 'air' falls (allowed: we know)", span(5), severity="note"),
        ENDS,
    ]


def test_allowance_of_a_rule_accepts_only_findings_that_name_it() -> None:
    other = error("RS415", "the price of method 'airmail' falls", span(9), hint="correct it")
    found = apply_allowances([FALLS, other], [allow("rs415", rule="air")])
    assert [finding.severity for finding in found] == ["note", "warning"]


def test_allowance_that_accepts_nothing_is_a_warning() -> None:
    assert apply_allowances([ENDS], [allow("RS415", rule="air")]) == [
        ENDS,
        error(
            "RS491",
            "this allowance of RS415 of 'air' accepts nothing",
            span(2),
            hint="remove it, or correct its code or rule",
        ),
    ]


def test_errors_cannot_be_accepted() -> None:
    assert apply_allowances([OVERLAP], [allow("RS430")]) == [
        OVERLAP,
        error(
            "RS491",
            "this allowance of RS430 accepts nothing",
            span(2),
            hint="errors cannot be accepted: correct the rule",
        ),
    ]


def test_one_allowance_accepts_every_finding_of_its_code() -> None:
    found = apply_allowances([FALLS, FALLS], iter([allow("RS415")]))
    assert [finding.severity for finding in found] == ["note", "note"]
