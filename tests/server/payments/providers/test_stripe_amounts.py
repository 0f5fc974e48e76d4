"""Stripe counts money by its own list: no amount becomes a hundred times another on the way there or back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import EXPONENTS, exponent
from server.payments.providers.stripe_amounts import from_stripe, stripe_digits, to_stripe
from server.ports import ProviderRefused

NOT_AT_STRIPE = {"CLF", "IQD", "LYD", "UYI", "UYW"}
TAKEN = sorted(set(EXPONENTS) - NOT_AT_STRIPE)


def major(units: int, digits: int) -> Decimal:
    return Decimal(units).scaleb(-digits)


def test_yen_are_not_sent_as_hundredths_of_yen() -> None:
    """woocommerce-payments#7724: ¥500 became ¥50,000."""
    assert to_stripe(500, "JPY") == 500
    assert from_stripe(500, "JPY") == 500


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [
        ("EUR", 1234, 1234),
        ("BRL", 1, 1),
        ("KRW", 15000, 15000),
        ("KWD", 5120, 5120),  # three digits in both, the last one 0
        ("UGX", 5, 500),  # "to charge 5 UGX, provide an amount value of 500"
        ("ISK", 5, 500),
        ("MGA", 1200, 12),  # two digits in ISO 4217, none at Stripe
        ("HUF", 1045, 1045),  # only payouts are whole
        ("TWD", 80045, 80045),
    ],
)
def test_amounts_as_stripe_documents_them(currency: str, ours: int, theirs: int) -> None:
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency) == ours


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (5124, "KWD", "Stripe cannot take 5.124 KWD: amounts have to be multiples of 0.010 KWD"),
        (1250, "MGA", "Stripe cannot take 12.50 MGA: amounts have to be multiples of 1.00 MGA"),
    ],
)
def test_what_stripe_cannot_charge_exactly_is_refused_and_not_rounded(amount: int, currency: str, said: str) -> None:
    with pytest.raises(ProviderRefused) as refused:
        to_stripe(amount, currency)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("currency", sorted(NOT_AT_STRIPE))
def test_currencies_whose_digits_stripe_does_not_tell_are_refused(currency: str) -> None:
    with pytest.raises(ProviderRefused, match=f"Stripe takes no {currency}"):
        to_stripe(1000, currency)
    assert from_stripe(1000, currency) is None


@pytest.mark.parametrize("currency", ["XXX", "eur", "", "EURO"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    with pytest.raises(ProviderRefused):
        to_stripe(100, currency)
    assert from_stripe(100, currency) is None


@pytest.mark.parametrize(("amount", "currency"), [(150, "UGX"), (50, "ISK")])
def test_an_amount_from_stripe_that_we_cannot_write_is_none(amount: int, currency: str) -> None:
    assert from_stripe(amount, currency) is None


@given(amount=st.integers(1, 10**12), currency=st.sampled_from(TAKEN))
def test_what_is_sent_is_worth_the_same_and_comes_back_the_same(amount: int, currency: str) -> None:
    try:
        sent = to_stripe(amount, currency)
    except ProviderRefused:
        assert currency in {"MGA", "BHD", "JOD", "KWD", "OMR", "TND"}
        return
    assert major(sent, stripe_digits(currency)) == major(amount, exponent(currency))
    assert from_stripe(sent, currency) == amount


@given(units=st.integers(1, 10**12), currency=st.sampled_from(TAKEN))
def test_what_comes_is_worth_the_same(units: int, currency: str) -> None:
    ours = from_stripe(units, currency)
    if ours is None:
        assert currency in {"ISK", "UGX"}
        assert units % 100
    else:
        assert major(ours, exponent(currency)) == major(units, stripe_digits(currency))
