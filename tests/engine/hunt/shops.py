"""The shipped rulesets and those of the example stores, compiled, and which of their rules took part in a decision."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from engine.facts.vocabulary import Vocabulary
from engine.pipeline import compile_book, read_ruleset
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.text.source import Source
from tests.conftest import CHECKOUT
from tests.engine.runtime.books import vocabulary

SHOPS: Final = ("rules", "examples/stores/uk/rules", "examples/stores/japan/rules")
KINDS: Final = ("pricing", "promotions", "coupons", "shipping", "tax", "checkout")


@cache
def shop(folder: str) -> Book:
    """The book of a folder of rulesets."""
    return changed_shop(folder, "", "")


def changed_shop(folder: str, old: str, new: str) -> Book:
    """The same where a text that stands there once is another."""
    documents = {}
    known: Vocabulary | None = None
    found = 0
    for kind in KINDS:
        path = CHECKOUT / folder / kind / "v1.yaml"
        if not path.is_file():
            continue
        text = path.read_text("utf-8")
        found += text.count(old) if old else 0
        reading = read_ruleset(
            Source(path.name, text.replace(old, new) if old else text),
            vocabularies={vocabulary().ref: vocabulary()},
            attachments=lambda name, beside=path.parent: _attachment(beside / name),  # type: ignore[misc]
        )
        assert reading.document is not None, reading.diagnostics
        documents[kind], known = reading.document, reading.vocabulary
    assert found == (1 if old else 0), f"{found} places say {old}"
    return compile_book(documents, documents["promotions"].head.currency, known)


def _attachment(path: Path) -> Source | None:
    return Source(path.name, path.read_text("utf-8")) if path.is_file() else None


def acting(decision: Decision) -> set[tuple[str, str]]:
    """Kind and id of every rule that can be seen to have taken part."""
    origins = [each.origin for each in (*decision.postings, *decision.refusals, *decision.gifts, *decision.taxes)]
    found = {(origin.kind, origin.rule) for origin in origins}
    found |= {("shipping", option.method) for option in decision.options if option.price is not None}
    reasons = [reason for option in decision.options for reason in option.reasons]
    found |= {("shipping", reason.params["rule"]) for reason in reasons if "rule" in reason.params}
    found |= {("coupons", coupon.rule) for coupon in decision.coupons if coupon.state == "applied"}
    found |= {("checkout", method.method) for method in decision.payments if method.available}
    found |= {("checkout", refusal.code) for refusal in decision.refusals}
    zone = decision.facts.get("shipping.zone")
    return found | ({("shipping", str(zone))} if zone is not None else set())
