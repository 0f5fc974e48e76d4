"""How is a cart written down as a scenario again, so that it can be shown, stored and asked a second time?"""

from __future__ import annotations

from typing import Final, TypeAlias

from engine.facts.cart import Cart, CouponEntry, Key, Line, Usage
from engine.facts.given import ATTRIBUTE, line_keys
from engine.facts.literals import show, show_instant_utc
from engine.facts.timezones import zone
from engine.facts.vocabulary import Fact, Vocabulary
from engine.money import format_amount

Written: TypeAlias = "str | int | bool | list[Written] | dict[str, Written] | None"

_OWN_KEYS: Final = frozenset({"currency", "channel", "locale", "shipping.method"})


def cart_as_plain(cart: Cart, vocabulary: Vocabulary) -> dict[str, Written]:
    """The scenario that `read_scenario` reads as this cart again (given a cart that came from there).

    `vocabulary` has the type of every fact of the cart, attributes included; facts it does not have are left out.
    Money is written as decimal strings, instants in UTC.
    """
    writer = _Writer(cart.currency, vocabulary)
    plain: dict[str, Written] = {"store": writer.store(cart), "at": show_instant_utc(cart.now)}
    plain.update(writer.sections(cart))
    plain["lines"] = [writer.line(line) for line in cart.lines]
    if cart.coupons:
        plain["coupon"] = [writer.coupon(coupon) for coupon in cart.coupons]
    if cart.shipping_method is not None:
        plain["shipping_method"] = cart.shipping_method
    if cart.usage:
        plain["usage"] = {rule: writer.usage(usage) for rule, usage in cart.usage.items()}
    if cart.catalogue:
        plain["catalogue"] = [writer.item(item.line) for item in cart.catalogue]
    return plain


class _Writer:
    def __init__(self, currency: str, vocabulary: Vocabulary) -> None:
        self._currency = currency
        self._vocabulary = vocabulary
        self._line_keys = {fact.name: key for key, fact in line_keys(vocabulary).items()}

    def store(self, cart: Cart) -> Written:
        store: dict[str, Written] = {"currency": cart.currency}
        for key in ("channel", "locale"):
            if key in cart.facts:
                store[key] = cart.facts[key]
        attributes = self._attributes(cart)
        if attributes:
            store["attributes"] = attributes
        return store

    def sections(self, cart: Cart) -> dict[str, Written]:
        """`customer`, `destination` and so on, as far as something is known."""
        written: dict[str, dict[str, Written]] = {}
        for name in (*cart.facts, *cart.sets):
            fact = self._vocabulary.find(name)
            if fact is None or name in _OWN_KEYS:
                continue
            section, _, key = name.partition(".")
            self._put(written.setdefault(section, {}), name, key, self._value(fact, cart.facts, cart.sets))
        return dict(written)

    def line(self, line: Line) -> Written:
        return {"id": line.id, **self._line_facts(line)}

    def item(self, line: Line) -> Written:
        """An item of the catalogue: a line without id and quantity."""
        written = self._line_facts(line)
        written.pop("quantity", None)
        return written

    def coupon(self, coupon: CouponEntry) -> Written:
        written: dict[str, Written] = {"code": coupon.code}
        if coupon.campaign is not None:
            written["campaign"] = coupon.campaign
        if coupon.owner is not None:
            written["owner"] = coupon.owner
        if not coupon.known:
            written["known"] = False
        written["used"] = {
            "code": coupon.used_code,
            "customer": coupon.used_customer,
            "total": coupon.used_total,
        }
        if coupon.spent:
            written["spent"] = format_amount(coupon.spent, self._currency)
        return written

    def usage(self, usage: Usage) -> Written:
        spent = format_amount(usage.spent, self._currency)
        return {"customer": usage.customer, "total": usage.total, "spent": spent}

    def _line_facts(self, line: Line) -> dict[str, Written]:
        written: dict[str, Written] = {"name": line.name} if line.name else {}
        for name in (*line.facts, *line.sets):
            fact = self._vocabulary.find(name)
            if fact is not None:
                key = self._line_keys.get(name, name.partition(".")[2])
                self._put(written, name, key, self._value(fact, line.facts, line.sets))
        return written

    def _put(self, written: dict[str, Written], name: str, key: str, value: Written) -> None:
        if ATTRIBUTE not in name:
            written[key] = value
            return
        attributes = written.setdefault("attr", {})
        if isinstance(attributes, dict):
            attributes[name.partition(ATTRIBUTE)[2]] = value

    def _value(self, fact: Fact, facts: dict[str, Key], sets: dict[str, frozenset[str]]) -> Written:
        if fact.name in sets:
            return [*sorted(sets[fact.name])]
        key = facts[fact.name]
        if fact.type == "boolean":
            return bool(key)
        if fact.type == "instant" and isinstance(key, int):
            return show_instant_utc(key)
        utc = zone("UTC")
        assert utc is not None, "the time zone data has no UTC"
        return key if fact.type == "count" else show(key, fact.type, self._currency, utc)

    def _attributes(self, cart: Cart) -> dict[str, Written]:
        """The types of the attributes the cart has."""
        things: list[Cart | Line] = [cart, *cart.lines, *(item.line for item in cart.catalogue)]
        names = {name for thing in things for name in (*thing.facts, *thing.sets) if ATTRIBUTE in name}
        facts = {name: self._vocabulary.find(name) for name in sorted(names)}
        return {name: fact.type for name, fact in facts.items() if fact is not None}
