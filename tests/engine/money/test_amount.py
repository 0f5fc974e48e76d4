"""Reading and writing amounts: exact, strict, and the same both ways."""

import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import (
    EXPONENTS,
    LARGEST_MINOR,
    BadAmount,
    UnknownCurrency,
    exponent,
    format_amount,
    parse_amount,
)

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(-LARGEST_MINOR, LARGEST_MINOR)


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [
        ("3.20", "EUR", 320),
        ("3.2", "EUR", 320),
        ("3", "EUR", 300),
        ("-0.05", "EUR", -5),
        ("-0.00", "EUR", 0),
        ("320", "JPY", 320),
        ("1.005", "KWD", 1005),
        ("0.0001", "CLF", 1),
        (3, "EUR", 300),
        (Decimal("3.20"), "EUR", 320),
        (Decimal("-0.00"), "EUR", 0),
        (10**13, "EUR", LARGEST_MINOR),
    ],
)
def test_plain_number_is_read_exactly(written: str | int | Decimal, currency: str, minor: int) -> None:
    assert parse_amount(written, currency) == minor


@pytest.mark.parametrize(
    "written",
    ["", " 3", "3 ", "3\n", "+3", "--3", ".5", "5.", "1e3", "1,000.00", "1.000,00", "1_000", "0x10", "٣",
     "€3", "NaN", "Infinity", "3.2.0", Decimal("1E+3"), Decimal("NaN"), Decimal("-Infinity"),
     Decimal("1E-999999")],
)  # fmt: skip
def test_anything_but_plain_digits_is_refused(written: str | int | Decimal) -> None:
    with pytest.raises(BadAmount, match="is not an amount of EUR; write plain digits"):
        parse_amount(written, "EUR")


@pytest.mark.parametrize("power", [64, 5_000])
def test_absurdly_long_number_is_refused_with_a_short_message(power: int) -> None:
    for written in ("9" * power + "9", 10**power):
        with pytest.raises(BadAmount) as caught:
            parse_amount(written, "EUR")
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize("value", [3.2, True, None, [3]])
def test_value_of_another_type_is_refused_even_if_it_looks_like_a_number(value: object) -> None:
    with pytest.raises(BadAmount, match="is not an amount of EUR"):
        parse_amount(value, "EUR")  # type: ignore[arg-type]  # what untyped callers may send


@pytest.mark.parametrize(
    ("written", "currency", "expected"),
    [
        ("3.201", "EUR", "'3.201' has too many decimal digits (3), EUR allows at most 2"),
        ("3.200", "EUR", "'3.200' has too many decimal digits (3), EUR allows at most 2"),
        ("320.0", "JPY", "'320.0' has too many decimal digits (1), JPY allows none"),
        (Decimal("1.0005"), "KWD", "1.0005 has too many decimal digits (4), KWD allows at most 3"),
    ],
)
def test_too_many_digits_are_an_error_and_never_rounded(written: str | Decimal, currency: str, expected: str) -> None:
    with pytest.raises(BadAmount) as caught:
        parse_amount(written, currency)
    assert caught.value.message == expected
    assert caught.value.hint.endswith("amounts are never rounded for you")


@pytest.mark.parametrize("sign", ["", "-"])
def test_first_amount_beyond_the_largest_is_refused(sign: str) -> None:
    assert abs(parse_amount(f"{sign}10000000000000.00", "EUR")) == LARGEST_MINOR
    with pytest.raises(BadAmount, match="too large; amounts lie within"):
        parse_amount(f"{sign}10000000000000.01", "EUR")


def test_unknown_currency_is_refused_when_reading_and_writing() -> None:
    with pytest.raises(UnknownCurrency):
        parse_amount("3", "XXX")
    with pytest.raises(UnknownCurrency):
        format_amount(3, "XXX")


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (-320, "EUR", "-3.20"),
        (-5, "EUR", "-0.05"),
        (0, "EUR", "0.00"),
        (320, "JPY", "320"),
        (-320, "JPY", "-320"),
        (5, "KWD", "0.005"),
        (12_345, "CLF", "1.2345"),
    ],
)
def test_amount_is_written_with_all_digits_of_its_currency(minor: int, currency: str, written: str) -> None:
    assert format_amount(minor, currency) == written


@given(minors, currencies)
def test_written_amount_reads_back_the_same(minor: int, currency: str) -> None:
    written = format_amount(minor, currency)
    assert parse_amount(written, currency) == minor
    assert parse_amount(Decimal(written), currency) == minor


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4), currencies)
def test_read_amount_is_the_written_number_or_refused(value: Decimal, currency: str) -> None:
    try:
        minor = parse_amount(value, currency)
    except BadAmount:
        return
    assert Decimal(minor).scaleb(-exponent(currency)) == value


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_but_never_crashes(text: str) -> None:
    try:
        minor = parse_amount(text, "EUR")
    except BadAmount:
        return
    assert Decimal(minor) / 100 == Decimal(text)


def test_fault_survives_the_way_back_from_a_worker_process() -> None:
    fault = BadAmount("'x' is not an amount of EUR", "write plain digits")
    returned = pickle.loads(pickle.dumps(fault))
    assert (type(returned), str(returned)) == (BadAmount, str(fault))
