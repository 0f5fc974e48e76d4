"""Which texts are e-mail addresses, and which two are the same?"""

from __future__ import annotations

import sys
import unicodedata

import pytest

from server.auth.emails import fold, parse_email
from server.errors import AppError
from server.web.call import Shop
from storage.transaction import Transaction


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Ana@Example.COM", "ana@example.com"),
        ("  ana@example.com ", "ana@example.com"),
        ("ａｎａ@example.com", "ana@example.com"),
        ("JOSÉ@example.com", "josé@example.com"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("o'hara+shop@sub.example.co", "o'hara+shop@sub.example.co"),
        (f"{'x' * 64}@example.com", f"{'x' * 64}@example.com"),
    ],
)
def test_spellings_of_one_address_are_the_same(written: str, folded: str) -> None:
    assert parse_email(written).folded == folded


@pytest.mark.parametrize(
    "text",
    [
        "ana",
        "@example.com",
        "ana@",
        "ana@example",
        "ana@@example.com",
        "ana@exa mple.com",
        "ana@example.com, eva@example.com",
        "Ana <ana@example.com>",
        "ana@example.com\n",
        "ana\r\nBcc: eva@example.com@example.com",
        "ana\x7f@example.com",
        "ana\u200b@example.com",
        "ana\u202e@example.com",
        f"{'x' * 65}@example.com",
        f"ana@{'x' * 250}.com",
        "\ufdfa" * 20 + "@example.com",
    ],
)
def test_what_cannot_be_an_address_is_refused_at_its_place(text: str) -> None:
    with pytest.raises(AppError) as caught:
        parse_email(text, "/contact/email")
    assert [fault.pointer for fault in caught.value.faults] == ["/contact/email"]


async def test_postgres_agrees_that_a_folded_address_is_in_lower_case(shop: Shop) -> None:
    """Otherwise the constraint on the column would refuse, as a fault of ours, what we let pass."""
    every = [chr(code) for code in range(1, sys.maxunicode + 1) if unicodedata.category(chr(code)) != "Cs"]
    folded = [text for text in map(fold, every) if text.isprintable() and text == text.lower()]

    async def work(tx: Transaction) -> list[str]:
        return [row[0] for row in await tx.fetch("SELECT x FROM unnest($1::text[]) x WHERE lower(x) <> x", folded)]

    assert await shop.database.transaction(None, work) == []
