"""Do names stand for conditions without ever standing for more than can be held?"""

from collections.abc import Callable

import pytest

from engine.documents.conditions import facts_read
from engine.documents.definitions import DEEPEST
from engine.documents.model import AnyDocument, CheckoutDocument
from engine.text.diagnostics import Diagnostic

HEAD = "ruleset: checkout\nname: a\nversion: 1\nvocabulary: checkout/1\ncurrency: EUR\n"
Reading = tuple[AnyDocument | None, list[Diagnostic]]
Read = Callable[[str], Reading]


def document(define: str, *conditions: str) -> str:
    methods = "".join(f"  - {{id: m{number}, when: {when}}}\n" for number, when in enumerate(conditions))
    return f"{HEAD}define:\n{define}payment_methods:\n{methods}" if methods else f"{HEAD}define:\n{define}"


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading[1]]


def chain(length: int) -> str:
    links = (f"  c{number}: {{condition: c{number + 1}}}\n" for number in range(length - 1))
    return "".join(links) + f"  c{length - 1}: {{channel: web}}\n"


def test_a_definition_may_use_others(read: Read) -> None:
    found, findings = read(document(chain(DEEPEST), "{condition: c0}"))
    assert isinstance(found, CheckoutDocument), findings
    assert facts_read(found.payment_methods[0].when) == ("channel",)


def test_a_chain_of_names_that_is_too_long_is_refused(read: Read) -> None:
    assert codes(read(document(chain(DEEPEST + 1), "{condition: c0}"))) == ["RS309"]


def test_names_that_double_each_other_are_refused_without_being_written_out(read: Read) -> None:
    doubling = "  d0: {channel: {in: [a, b]}}\n" + "".join(
        f"  d{number}: {{any: [{{condition: d{number - 1}}}, {{condition: d{number - 1}}}]}}\n"
        for number in range(1, 40)
    )
    asked = [f"{{condition: d{number}}}" for number in range(40)]
    found, findings = read(document(doubling, *asked))
    assert found is None
    assert {finding.code for finding in findings} == {"RS309"}


def test_names_that_make_every_rule_large_are_refused(read: Read) -> None:
    long = f"  long: {{channel: {{in: [{', '.join(f'c{number}' for number in range(50_000))}]}}}}\n"
    found, findings = read(document(long, *["{condition: long}"] * 30))
    assert found is None
    assert {finding.code for finding in findings} == {"RS309"}


@pytest.mark.parametrize(
    ("define", "code"),
    [
        ("  a: {chanel: web}\n", "RS303"),
        ("  a: {condition: b}\n", "RS308"),
        ("  a: {condition: a}\n", "RS309"),
        ("  a: {aggregate: quantity, where: {line.skew: A}}\n", "RS303"),
        ("  a: {aggregate: sum}\n", "RS204"),
        ("  a: []\n", "RS203"),
    ],
)
def test_faults_of_a_definition_nobody_uses_are_found(read: Read, define: str, code: str) -> None:
    assert codes(read(document(define))) == [code]


def test_a_definition_is_read_where_it_is_used(read: Read) -> None:
    text = document("  cheap: {line.list_price: {less_than: 5}}\n", "{condition: cheap}")
    (finding,) = read(text)[1]
    assert finding.code == "RS304"
    in_lines = document(
        "  cheap: {line.list_price: {less_than: 5}}\n", "{lines: {where: {condition: cheap}, count: 0}}"
    )
    assert codes(read(in_lines)) == []


def test_sums_and_conditions_do_not_stand_in_for_each_other(read: Read) -> None:
    define = "  socks: {aggregate: quantity}\n  loyal: {customer.orders_paid: 5}\n"
    assert codes(read(document(define, "{condition: socks}", "{defined.loyal: 1}"))) == ["RS308", "RS308"]


def test_conditions_nested_too_deep_are_refused(read: Read) -> None:
    deep = "{not: " * 30 + "{channel: web}" + "}" * 30
    define = f"  a: {deep}\n  b: {deep.replace('channel: web', 'condition: a')}\n"
    three = deep.replace("channel: web", "condition: b")
    assert codes(read(document(define, three))) == ["RS309"]


def test_no_more_than_fifty_findings_are_made(read: Read) -> None:
    many = ", ".join(f"fact{number}: 1" for number in range(500))
    _, findings = read(document("  a: {channel: web}\n", f"{{{many}}}"))
    assert [finding.code for finding in findings] == ["RS303"] * 50 + ["RS145"]
