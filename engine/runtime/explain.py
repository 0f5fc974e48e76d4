"""Why a checkout costs what it costs, at three levels.

shopper: one line per thing the shopper can see, in their language. admin: every rule with its place, what it did, and
if nothing, every failing condition and its distance. full: all of it as plain data for machines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from engine.facts.cart import Cart
from engine.facts.vocabulary import Vocabulary
from engine.runtime.book import Book
from engine.runtime.decision import CouponResult, Decision, Reason, Refusal, ShippingOption
from engine.runtime.evaluate import evaluate
from engine.runtime.json import Plain, to_plain
from engine.runtime.phrases import phrase
from engine.runtime.shopper_reasons import coupon_reasons, refusal_reason
from engine.runtime.shown import Shown
from engine.runtime.why_not import RuleOutcome, outcomes

Level = Literal["shopper", "admin", "full"]
LEVELS: Final[tuple[Level, ...]] = ("shopper", "admin", "full")


class Explanation(msgspec.Struct, frozen=True):
    """`sentences` for people; `rules` from level admin on; `data`: the whole decision as plain values (level full)."""

    level: Level
    sentences: tuple[str, ...]
    rules: tuple[RuleOutcome, ...] = ()
    data: Plain | None = None


def explain(
    book: Book,
    cart: Cart,
    level: Level,
    *,
    locale: str = "en",
    vocabulary: Vocabulary | None = None,
    money: Callable[[int], str] | None = None,
) -> Explanation:
    """Decide again with a trace and say why. `locale` is a language tag; unknown ones fall back to English.

    Amounts are decimal strings, unless `money` writes minor units in another way, with the currency in it.
    """
    decision = evaluate(book, cart, trace=True)
    timezone = next((document.head.timezone for document in book.documents.values()), "UTC")
    shown = Shown(vocabulary or book.vocabulary, book.currency, timezone, money)
    if level == "shopper":
        currency = decision.currency if money is None else ""
        return Explanation(level, tuple(_for_shoppers(book, cart, decision, shown, locale, currency)))
    rules = outcomes(book, cart, decision)
    sentences = tuple(_for_admins(rules, decision, shown))
    return Explanation(level, sentences, rules, to_plain(decision) if level == "full" else None)


# for shoppers --------------------------------------------------------------------------------------------------


def _for_shoppers(book: Book, cart: Cart, decision: Decision, shown: Shown, locale: str, currency: str) -> list[str]:
    """`currency` is that of the total, empty where amounts have it already."""
    said: list[str] = []
    for outcome in outcomes(book, cart, decision):
        if outcome.state == "applied" and outcome.kind != "pricing" and outcome.amount:
            name = _message(outcome.message, locale) or outcome.rule
            said.append(phrase("discount", locale, name=name, amount=shown.money(-outcome.amount)))
    said += [_coupon_for_shoppers(result, shown, locale) for result in decision.coupons if result.state != "applied"]
    said += _shipping_for_shoppers(decision, shown, locale)
    if decision.totals.tax:
        key = "tax_added" if decision.totals.tax_added else "tax_included"
        said.append(phrase(key, locale, amount=shown.money(decision.totals.tax)))
    for gift in decision.gifts:
        said.append(phrase("gift", locale, sku=gift.sku, quantity=str(gift.quantity)))
    for refusal in decision.refusals:
        reason = refusal_reason(refusal, shown, locale)
        said.append(_message(refusal.message, locale) or phrase("refused", locale, reason=reason))
    said.append(phrase("total", locale, amount=shown.money(decision.totals.total), currency=currency).rstrip())
    return said


def _coupon_for_shoppers(result: CouponResult, shown: Shown, locale: str) -> str:
    key = "coupon_pending" if result.state == "pending" else "coupon_rejected"
    return phrase(key, locale, code=result.code.upper(), reasons=coupon_reasons(result, shown, locale))


def _shipping_for_shoppers(decision: Decision, shown: Shown, locale: str) -> list[str]:
    chosen = next((option for option in decision.options if option.method == decision.shipping_method), None)
    if chosen is None or chosen.total is None or chosen.price is None:
        return [] if not decision.options else [phrase("shipping_open", locale)]
    name = _message(chosen.name, locale) or chosen.method
    if chosen.total == 0 and chosen.price:
        return [phrase("shipping_free", locale, name=name, saved=shown.money(chosen.price))]
    return [phrase("shipping", locale, name=name, amount=shown.money(chosen.total))]


def _message(by_locale: dict[str, str], locale: str) -> str:
    """The text in the locale, in its language, in English, or in any language, in that order."""
    language = locale.split("-")[0]
    same_language = [key for key in by_locale if key.split("-")[0] == language]
    wanted = (locale, language, *same_language, "en", *by_locale)
    return next((by_locale[key] for key in wanted if key in by_locale), "")


# for admins ----------------------------------------------------------------------------------------------------


def _for_admins(rules: tuple[RuleOutcome, ...], decision: Decision, shown: Shown) -> list[str]:
    said = []
    for rule in rules:
        if rule.state == "applied":
            lines = f" on {', '.join(rule.lines)}" if rule.lines else ""
            said.append(f"{rule.kind} {rule.rule} ({rule.at}): applied, {shown.money(rule.amount)}{lines}")
        else:
            said.append(f"{rule.kind} {rule.rule} ({rule.at}): not applied: {_reasons(rule.reasons, shown)}")
    for option in decision.options:
        said.append(_option(option, shown))
    for refusal in decision.refusals:
        details = ", ".join(f"{name} {_detail(refusal, name, shown)}" for name in refusal.params)
        said.append(f"refused {refusal.code} ({refusal.origin.at}): {details}".rstrip(": "))
    return said


def _detail(refusal: Refusal, name: str, shown: Shown) -> str:
    """A parameter of a refusal as it is read: the amounts of a minimum order are money."""
    value = refusal.params[name]
    return shown.money(int(value)) if refusal.code == "minimum_order" and name != "fact" else value


def _option(option: ShippingOption, shown: Shown) -> str:
    if option.total is None:
        return f"shipping {option.method}: not offered: {_reasons(option.reasons, shown)}"
    was = (
        f" (before discounts {shown.money(option.price)})"
        if option.price is not None and option.price != option.total
        else ""
    )
    zone = f" in zone {option.zone}" if option.zone else ""
    return f"shipping {option.method}: {shown.money(option.total)}{zone}{was}"


def _reasons(reasons: tuple[Reason, ...], shown: Shown) -> str:
    return "; ".join(shown.reason(reason) for reason in reasons)
