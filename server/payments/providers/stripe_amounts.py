"""How does Stripe count money? In smallest units of its own list, which is not ISO 4217's.

Source: https://docs.stripe.com/currencies, "Zero-decimal", "Three-decimal" and "Special cases". Three traps: MGA has
two digits in ISO 4217 and none at Stripe; ISK and UGX have none in ISO 4217 and two at Stripe, always 00; and the last
digit of three-decimal currencies has to be 0. HUF and TWD are only special in payouts. Taking one list for the other
charges a hundred times too much or too little (woocommerce-payments#7724).
"""

from __future__ import annotations

from typing import Final

from engine.money import UnknownCurrency, exponent, format_amount
from server.ports import ProviderRefused

_CODES_BY_DIGITS: Final = {
    0: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
    2: "ISK UGX",
    3: "BHD JOD KWD OMR TND",
}
"""Where Stripe's digits are not two, or not those of ISO 4217."""

_DIGITS: Final = {code: digits for digits, codes in _CODES_BY_DIGITS.items() for code in codes.split()}
_STEP: Final = {code: step for digits, step in ((2, 100), (3, 10)) for code in _CODES_BY_DIGITS[digits].split()}
"""What an amount has to be a multiple of, in Stripe's units; 1 elsewhere."""


def stripe_digits(currency: str) -> int:
    """Digits after the point in Stripe's amounts of an ISO 4217 currency. Raises ProviderRefused for one it has not."""
    try:
        iso = exponent(currency)
    except UnknownCurrency as error:
        raise ProviderRefused(str(error)) from error
    if currency in _DIGITS:
        return _DIGITS[currency]
    if iso != 2:
        raise ProviderRefused(f"Stripe takes no {currency}; offer another payment method in this currency")
    return 2


def to_stripe(amount: int, currency: str) -> int:
    """Stripe's units of an amount in ISO 4217 minor units.

    Raises ProviderRefused where Stripe cannot charge exactly this: nothing is ever rounded here.
    """
    theirs, ours = stripe_digits(currency), exponent(currency)
    scaled, rest = divmod(amount * 10**theirs, 10**ours)
    if rest or scaled % _STEP.get(currency, 1):
        raise ProviderRefused(
            f"Stripe cannot take {format_amount(amount, currency)} {currency}: amounts have to be multiples of "
            f"{_smallest(currency)} {currency}; round prices to that, or offer another payment method"
        )
    return int(scaled)


def from_stripe(amount: int, currency: str) -> int | None:
    """ISO 4217 minor units of Stripe's amount; None when there is no such number of them."""
    try:
        theirs, ours = stripe_digits(currency), exponent(currency)
    except ProviderRefused:
        return None
    scaled, rest = divmod(amount * 10**ours, 10**theirs)
    return None if rest else int(scaled)


def _smallest(currency: str) -> str:
    """The smallest amount that is a whole number of minor units here and of steps there, in major units."""
    theirs, ours = stripe_digits(currency), exponent(currency)
    smallest = next(minor for minor in (1, 10, 100) if minor * 10**theirs % (10**ours * _STEP.get(currency, 1)) == 0)
    return format_amount(smallest, currency)
