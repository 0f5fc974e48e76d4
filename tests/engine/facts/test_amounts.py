"""Are amounts and percentages read exactly, or refused with a way out?"""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts.literals import LiteralContext, read_literal, read_money, read_percent, show
from engine.facts.timezones import zone
from engine.text.load import load
from engine.text.nodes import Node
from engine.text.source import Source


def node(text: str) -> Node:
    found = load(Source("v", f"v: {text}")).node
    assert found is not None
    value = found.get("v")  # type: ignore[union-attr]
    assert value is not None
    return value


def utc() -> ZoneInfo:
    found = zone("UTC")
    assert found is not None
    return found


def in_currency(currency: str | None) -> LiteralContext:
    return LiteralContext(currency, utc())


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ('"150.00"', "BRL", 15000),
        ("150", "BRL", 15000),
        ("150.5", "BRL", 15050),
        ("-3", "BRL", -300),
        ("1250", "JPY", 1250),
        ('"1.234"', "KWD", 1234),
        ('{BRL: "150.00", USD: "30.00"}', "USD", 3000),
    ],
)
def test_amount_becomes_minor_units(text: str, currency: str, minor: int) -> None:
    assert read_money(node(text), in_currency(currency)) == (minor, None)


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ('"1.234"', "RS310", "'1.234' has too many decimal digits (3), BRL allows at most 2"),
        ('"R$ 5,00"', "RS310", "'R$ 5,00' is not an amount of BRL"),
        ('"1e3"', "RS310", "'1e3' is not an amount of BRL"),
        ("true", "RS315", "expected an amount of money, got true"),
        ("[1]", "RS315", "expected an amount of money, got a list"),
        ("", "RS315", "expected an amount of money, got nothing"),
        ('{USD: "1"}', "RS316", "there is no amount in BRL (given: USD)"),
        ('{BRL: "1", USE: "1"}', "RS316", "'USE' is not an active ISO 4217 currency"),
        ("{BRL: {BRL: 1}}", "RS315", "expected an amount of money, got a map"),
    ],
)
def test_amount_that_is_none_says_why(text: str, code: str, message: str) -> None:
    value, fault = read_money(node(text), in_currency("BRL"))
    assert value is None
    assert fault is not None
    assert (fault.code, fault.message) == (code, message)
    assert fault.span is not None
    assert fault.hint


def test_amount_without_currency_asks_for_one() -> None:
    value, fault = read_money(node("5"), in_currency(None))
    assert value is None
    assert fault is not None
    assert fault.code == "RS316"


@pytest.mark.parametrize(("text", "ratio"), [("10", (1, 10)), ("12.5", (1, 8)), ('"12.5%"', (1, 8)), ("0", (0, 1))])
def test_percentage_becomes_an_exact_ratio(text: str, ratio: tuple[int, int]) -> None:
    assert read_percent(node(text)) == (ratio, None)


@pytest.mark.parametrize("text", ["ten", "-5", "1.1234567", "true", "[5]", "{a: 5}", '""'])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    value, fault = read_percent(node(text))
    assert value is None
    assert fault is not None
    assert fault.code == "RS311"


@given(st.integers(-(10**15), 10**15), st.sampled_from(["JPY", "BRL", "KWD", "CLF"]))
def test_shown_amount_reads_as_itself(minor: int, currency: str) -> None:
    text = show(minor, "money", currency, utc())
    assert read_literal(node(f'"{text}"'), "money", in_currency(currency)) == (minor, None)
