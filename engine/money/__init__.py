"""Money in integer minor units: currencies, rounding, allocation, amounts, percentages."""

from engine.money.allocation import allocate
from engine.money.amount import LARGEST_MINOR, format_amount, formatter, parse_amount
from engine.money.currency import EXPONENTS, TABLE_VERSION, exponent, is_currency
from engine.money.faults import BadAmount, BadPercent, MoneyFault, UnknownCurrency
from engine.money.percent import Percent, parse_percent
from engine.money.rounding import Rounding, round_ratio

__all__ = [
    "EXPONENTS",
    "LARGEST_MINOR",
    "TABLE_VERSION",
    "BadAmount",
    "BadPercent",
    "MoneyFault",
    "Percent",
    "Rounding",
    "UnknownCurrency",
    "allocate",
    "exponent",
    "format_amount",
    "formatter",
    "is_currency",
    "parse_amount",
    "parse_percent",
    "round_ratio",
]
