"""How is a decision told in a conversation? As values that never change again, and as plain text. Pure.

The customer's part is in their language, by the names that rules have for customers; `full` is for staff alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from engine import Decision, digest
from notifications.locales import money_text, nearest
from server.chat.schemas import MOST_CHARACTERS_OF_STAFF
from server.chat.views import FOR_STAFF
from server.decisions.books import LiveBook
from server.decisions.differences import DifferencesView, Side, differences
from server.decisions.explanations import explanation_view
from server.decisions.facts import Basket
from server.decisions.service import explain_at
from server.decisions.shapes import Part, PostingView
from server.decisions.views import ruleset_view, view
from server.decisions.wording import in_language

_WHY: Final = {
    "en": "Why order #{number} costs what it costs:",
    "pt": "Por que o pedido #{number} custa o que custa:",
}
_WHAT_IF: Final = {"en": "What it would cost: {title}", "pt": "Quanto custaria: {title}"}
_LESS: Final = {
    "en": "That is {amount} less than order #{number}.",
    "pt": "São {amount} a menos que o pedido #{number}.",
}
_MORE: Final = {
    "en": "That is {amount} more than order #{number}.",
    "pt": "São {amount} a mais que o pedido #{number}.",
}
_SAME: Final = {
    "en": "That is as much as order #{number}.",
    "pt": "É o mesmo valor do pedido #{number}.",
}
_OTHERS: Final = {"en": "Other goods ({count}): {amount}", "pt": "Outros produtos ({count}): {amount}"}
_MOST_GOODS: Final = 20
"""Lines that the text tells one by one, so that there is room for what they come to."""
_ENDLESS: Final = "…"
_SHOWN_PARTS: Final[tuple[Part, ...]] = ("postings",)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A basket and what a book decided of it, for an order or for nobody yet.

    `names` are those of products by SKU, as far as they are known; `order` what an order was decided, to compare with.
    """

    kind: Literal["order", "what_if"]
    book: LiveBook
    basket: Basket
    decision: Decision
    order_number: int | None
    title: str | None = None
    names: Mapping[str, str] = {}
    order: Side | None = None


def details_of(told: Told, locale: str, asked: str) -> dict[str, Any]:
    """What is kept of it. Amounts are decimal strings in `currency`; `asked` tells by what it was asked for.

    Of a line `subtotal` is before discounts, `amount` after them. `why` is for people, with amounts as they write them.
    """
    shown = view(told.book, told.basket, told.decision, (), locale, full=False, include=_SHOWN_PARTS)
    changes = None if told.order is None else differences(told.order, Side(told.book, told.decision), locale)
    names = {line.id: told.names.get(line.sku, line.sku) for line in shown.lines}
    money = _money(told.decision.currency, locale)
    return {
        "kind": told.kind,
        "title": told.title,
        "order": told.order_number,
        "currency": shown.currency,
        "decided_for": shown.now.isoformat(),
        "lines": [
            {"label": names[line.id], "quantity": line.quantity, "subtotal": line.subtotal, "amount": line.total}
            for line in shown.lines
        ],
        "postings": [
            {"kind": posting.kind, "label": _label(posting, names), "amount": posting.amount}
            for posting in shown.postings or ()
        ],
        "total": shown.totals.total,
        # Two rules may say the same.
        "why": list(dict.fromkeys(explain_at(told.book, told.basket, "shopper", locale, money).sentences)),
        "rulesets": [
            {"kind": each.kind, "version": each.version, "hash": each.hash}
            for each in map(ruleset_view, told.book.checkout_rulesets)
        ],
        "digest": digest(told.decision),
        "differences": None if changes is None else _for_customers(changes),
        FOR_STAFF: _full(told, changes, locale, asked),
    }


def text_of(told: Told, details: Mapping[str, Any], locale: str) -> str:
    """The same for mails and terminals: the goods, and what is added and taken off until what is paid."""
    heading = in_language(_WHY if told.kind == "order" else _WHAT_IF, locale)
    said = [heading.format(number=told.order_number, title=told.title or "")]
    money = _money(told.decision.currency, locale)
    said += [_item(sentence) for sentence in (*_goods(told, details, money, locale), *details["why"])]
    if told.order is not None:
        difference = told.decision.totals.total - told.order.decision.totals.total
        compared = _SAME if difference == 0 else _MORE if difference > 0 else _LESS
        found = in_language(compared, locale)
        said.append(found.format(amount=money(abs(difference)), number=told.order_number))
    text = "\n".join(said)
    return text if len(text) <= MOST_CHARACTERS_OF_STAFF else text[: MOST_CHARACTERS_OF_STAFF - 1] + _ENDLESS


def _goods(told: Told, details: Mapping[str, Any], money: Callable[[int], str], locale: str) -> Iterator[str]:
    """What the goods come to before discounts, which are told after them."""
    decided = told.decision.lines
    for line, shown in zip(decided[:_MOST_GOODS], details["lines"], strict=False):
        yield f"{line.quantity} × {shown['label']}: {money(line.subtotal)}"
    if others := decided[_MOST_GOODS:]:
        amount = money(sum(line.subtotal for line in others))
        yield in_language(_OTHERS, locale).format(count=len(others), amount=amount)


def _money(currency: str, locale: str) -> Callable[[int], str]:
    """Writes minor units as mails do."""
    language = nearest(locale)
    return lambda minor: money_text(minor, currency, language)


def _label(posting: PostingView, names: Mapping[str, str]) -> str:
    """The price of the catalogue has no rule that customers could know; it is that of a line."""
    return names.get(posting.line, posting.label) if posting.kind == "item" else posting.label


def _item(sentence: str) -> str:
    return f"• {sentence}"


def _for_customers(changes: DifferencesView) -> dict[str, Any]:
    """By the names that rules have for customers."""
    shown: dict[str, Any] = msgspec.to_builtins(changes)
    rules = [{name: rule[name] for name in ("label", "before", "after", "difference")} for rule in shown["rules"]]
    return {name: shown[name] for name in ("total", "discount", "shipping", "tax")} | {"rules": rules}


def _full(told: Told, changes: DifferencesView | None, locale: str, asked: str) -> dict[str, Any]:
    explained = explanation_view(told.book, explain_at(told.book, told.basket, "admin", locale), locale)
    return {
        "asked": asked,
        "sentences": list(explained.sentences),
        "rules": msgspec.to_builtins(explained.rules),
        "differences": msgspec.to_builtins(changes),
    }
