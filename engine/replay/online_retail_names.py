"""Which country does a name in Online Retail mean, and which stock codes are no products?"""

from __future__ import annotations

import re
from collections.abc import Mapping

COUNTRIES: Mapping[str, str] = {
    "Australia": "AU",
    "Austria": "AT",
    "Bahrain": "BH",
    "Belgium": "BE",
    "Brazil": "BR",
    "Canada": "CA",
    "Cyprus": "CY",
    "Czech Republic": "CZ",
    "Denmark": "DK",
    "EIRE": "IE",
    "Finland": "FI",
    "France": "FR",
    "Germany": "DE",
    "Greece": "GR",
    "Hong Kong": "HK",
    "Iceland": "IS",
    "Israel": "IL",
    "Italy": "IT",
    "Japan": "JP",
    "Lebanon": "LB",
    "Lithuania": "LT",
    "Malta": "MT",
    "Netherlands": "NL",
    "Norway": "NO",
    "Poland": "PL",
    "Portugal": "PT",
    "RSA": "ZA",
    "Saudi Arabia": "SA",
    "Singapore": "SG",
    "Spain": "ES",
    "Sweden": "SE",
    "Switzerland": "CH",
    "USA": "US",
    "United Arab Emirates": "AE",
    "United Kingdom": "GB",
}
"""Every name of the data set that is one country, to its ISO 3166-1 alpha-2 code."""

WITHOUT_COUNTRY = frozenset({"", "Unspecified", "European Community", "Channel Islands"})
"""Names that are no country or two (Jersey and Guernsey): the destination of such an order is a missing
fact."""

_SERVICES: Mapping[str, str] = {
    "POST": "postage",
    "DOT": "postage",
    "C2": "carriage",
    "M": "manual entry",
    "D": "discount",
    "S": "samples",
    "B": "bad debt",
    "BANK CHARGES": "bank charges",
    "AMAZONFEE": "marketplace fee",
    "CRUK": "donation",
    "PADS": "packing material",
}
_PRODUCT = re.compile(r"[0-9]{5}[A-Z]*|DCGS[0-9A-Z]+", re.ASCII)
_VOUCHER = re.compile(r"GIFT_[0-9]{4}_[0-9]+", re.ASCII)


def service_of(stock_code: str) -> str:
    """What a stock code that is no product stands for; "" for a product.

    Products have five digits and perhaps letters; the dotcom goods start with DCGS.
    """
    code = stock_code.upper()
    if _PRODUCT.fullmatch(code):
        return ""
    if _VOUCHER.fullmatch(code):
        return "gift voucher"
    return _SERVICES.get(code, "unknown code")
