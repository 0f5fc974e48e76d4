"""Which currencies there are, and how many decimal digits each one has.

Source: ISO 4217 "list one" (currency and funds codes) as published by SIX, the maintenance agency,
in the edition named by `TABLE_VERSION`. Left out are the codes that the list gives no minor unit
(metals, XDR, XSU, XUA, the bond market units, XTS, XXX): no cart can be priced in them.
A payment provider may count digits differently; that is its adapter's matter, never this table's.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.money.faults import UnknownCurrency
from engine.money.literals import shown

TABLE_VERSION: Final = "2026-01-01"

_CODES_BY_DIGITS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
        CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP
        GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT
        LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN
        NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD
        SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS
        VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

# Codes withdrawn since 2022 that still stand in old price lists, and what took their place.
_REPLACED_BY: Final = {
    "ANG": "XCG", "BGN": "EUR", "CUC": "CUP", "HRK": "EUR", "SLL": "SLE", "ZWL": "ZWG",
}  # fmt: skip

EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {code: digits for digits, codes in _CODES_BY_DIGITS.items() for code in codes.split()}
)


def exponent(code: str) -> int:
    """Digits after the decimal point in amounts of this currency (0 to 4).

    Raises UnknownCurrency, naming the code and a way out, if the code is not in `EXPONENTS`.
    """
    digits = EXPONENTS.get(code)
    if digits is None:
        raise UnknownCurrency(
            f"{shown(code)} is not an active ISO 4217 currency (list of {TABLE_VERSION})", _way_out(code)
        )
    return digits


def is_currency(code: str) -> bool:
    """Is this exactly (upper case, no spaces) an active ISO 4217 currency code?"""
    return code in EXPONENTS


def _way_out(code: str) -> str:
    upper = code.strip().upper()
    if upper in EXPONENTS:
        return f"write {upper}"
    if upper in _REPLACED_BY:
        return f"it was withdrawn, use {_REPLACED_BY[upper]}"
    return "use a three-letter code such as EUR, GBP or JPY"
