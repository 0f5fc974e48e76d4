"""The currency table: complete, and helpful about codes it does not have."""

import pytest

from engine.money import EXPONENTS, UnknownCurrency, exponent, is_currency


@pytest.mark.parametrize(
    ("code", "digits"),
    [("JPY", 0), ("KRW", 0), ("ISK", 0), ("EUR", 2), ("BRL", 2), ("GBP", 2), ("XCG", 2), ("ZWG", 2),
     ("KWD", 3), ("BHD", 3), ("JOD", 3), ("OMR", 3), ("TND", 3), ("CLF", 4), ("UYW", 4)],
)  # fmt: skip
def test_currency_has_the_digits_of_iso_4217(code: str, digits: int) -> None:
    assert exponent(code) == digits
    assert is_currency(code)


def test_table_holds_every_active_currency_with_a_minor_unit_once() -> None:
    # 178 codes in the edition of 2026-01-01, less 13 without a minor unit.
    assert len(EXPONENTS) == 165
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)


@pytest.mark.parametrize("code", ["XAU", "XDR", "XTS", "XXX"])
def test_metals_and_test_codes_are_no_currencies_of_a_cart(code: str) -> None:
    assert not is_currency(code)


@pytest.mark.parametrize(
    ("code", "way_out"),
    [
        ("eur", "write EUR"),
        (" EUR", "write EUR"),
        ("HRK", "it was withdrawn, use EUR"),
        ("BGN", "it was withdrawn, use EUR"),
        ("ANG", "it was withdrawn, use XCG"),
        ("euros", "use a three-letter code such as EUR, GBP or JPY"),
        ("", "use a three-letter code such as EUR, GBP or JPY"),
    ],
)
def test_unknown_code_is_refused_with_a_way_out(code: str, way_out: str) -> None:
    assert not is_currency(code)
    with pytest.raises(UnknownCurrency) as caught:
        exponent(code)
    assert caught.value.message == f"{code!r} is not an active ISO 4217 currency (list of 2026-01-01)"
    assert caught.value.hint == way_out
