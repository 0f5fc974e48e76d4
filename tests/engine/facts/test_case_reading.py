"""Is whatever is wrong with a case said, all of it and in its place, and what can be read read all the same?"""

from __future__ import annotations

from engine.facts.case_reading import CASE_KEYS, CaseReading, PlayedCase, items_of, name_of, shown_list, words_of
from engine.text.load import load
from engine.text.nodes import Mapping
from engine.text.source import Source


def case(text: str) -> Mapping:
    node = load(Source("case.yaml", text)).node
    assert isinstance(node, Mapping)
    return node


def reading() -> CaseReading:
    return CaseReading("BRL", "America/Sao_Paulo")


def test_a_case_without_a_name_is_called_by_its_number() -> None:
    assert name_of(case("name: a gift\n"), 3)[0] == "a gift"
    assert name_of(case("given: {a: 1}\n"), 3)[0] == "case 3"


def test_a_key_nobody_knows_is_reported_with_what_is_meant() -> None:
    reader = reading()
    reader.only(case("name: a\ngivn: {}\n"), CASE_KEYS)
    (fault,) = reader.faults
    assert (fault.code, fault.message, fault.hint) == ("RS611", "there is no key 'givn' here", "did you mean 'given'?")
    reader.only(None, CASE_KEYS)
    assert len(reader.faults) == 1


def test_what_must_not_be_empty_is_reported_where_it_is_missing_or_empty() -> None:
    reader = reading()
    assert reader.filled(case("given: {a: 1}\n"), "given").entries
    assert reader.filled(case("given: {}\n"), "given").entries == ()
    assert reader.filled(case("name: a\n"), "expect").entries == ()
    assert reader.filled(case("given: text\n"), "given").entries == ()
    assert [fault.message for fault in reader.faults] == [
        "the case has nothing in `given`", "the case has nothing in `expect`", "the case has nothing in `given`",
    ]  # fmt: skip


def test_literals_are_read_by_their_type_and_faults_are_noted() -> None:
    reader = reading()
    (right, wrong) = (entry.value for entry in case('right: "20.00"\nwrong: "20.001"\n').entries)
    assert (reader.literal(right, "money"), reader.faults) == (2_000, [])
    assert reader.literal(wrong, "money") is None
    assert len(reader.faults) == 1


def test_one_word_may_stand_without_brackets() -> None:
    fields = case("one: a\nmore: [a, b, {c: 1}]\n")
    assert words_of(fields.get("one")) == ("a",)
    assert words_of(fields.get("more")) == ("a", "b")
    assert len(items_of(fields.get("more"))) == 3
    assert items_of(fields.get("none")) == ()
    assert (shown_list(("a",)), shown_list(("a", "b")), shown_list(())) == ("a", "[a, b]", "[]")


def test_a_case_passes_when_nothing_differs() -> None:
    reader = reading()
    node = case("name: a\n")
    assert PlayedCase("a", node.span, ()).passed
    reader.fault("RS611", "wrong", node.span)
    assert not PlayedCase("a", node.span, tuple(reader.faults)).passed
