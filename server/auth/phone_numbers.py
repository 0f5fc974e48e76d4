"""Which number do people mean who write how they dial it? As in E.164, by which networks and providers know it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, ValidationResult

from notifications.subjects import subject

# Whoever rents such a number earns by every message to it.
_COSTLY: Final = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN})


def reachable(written: str, country: str) -> str | None:
    """The number, such as +5511912345678; None for what is none, and for numbers whose owners earn by messages.

    `country` (ISO 3166-1 alpha-2) is where it is dialled without a country code. Numbers of a right length pass whether
    they are given out or not: plans of numbers change faster than any list of them.
    """
    try:
        found = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(found) != ValidationResult.IS_POSSIBLE or found.extension:
        return None
    if phonenumbers.number_type(found) in _COSTLY:
        return None
    return phonenumbers.format_number(found, PhoneNumberFormat.E164)


def phone_subject(store_id: UUID, written: str | None, country: str) -> str | None:
    """The stand-in of a number in events and marks, one however it is dialled; None where nothing is written.

    What is no number has one by its digits. `country` as for `reachable`.
    """
    return None if written is None else subject(store_id, "phone", reachable(written, country) or written)
