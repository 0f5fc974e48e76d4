"""A decision as stable JSON and back: decimal strings for money, every posting with its rule, place and facts read.

Keys come in the order of the fields of `Decision` and never change order, so the same decision gives the same bytes.
Rules are written once, in `origins`; postings refer to them by number. docs/reference/decision-json.md describes every
field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final, TypeVar

import msgspec

from engine.money import exponent, formatter
from engine.runtime.decision import (
    CouponResult,
    Decision,
    Gift,
    Hint,
    Key,
    LineResult,
    Origin,
    PaymentOption,
    Posting,
    PostingKind,
    Refusal,
    ShippingOption,
    Skipped,
    TaxAmount,
    Totals,
)

Plain = dict[str, object]
S = TypeVar("S", bound=msgspec.Struct)

_TOTALS: Final = Totals.__struct_fields__
_LINE_MONEY: Final = ("list_price", "unit_price", "subtotal", "discount", "total", "net", "tax", "gross")
_MONEY: Final[Mapping[type, frozenset[str]]] = {
    ShippingOption: frozenset({"price", "total"}),
    CouponResult: frozenset({"amount"}),
    TaxAmount: frozenset({"base", "amount"}),
    Hint: frozenset({"add", "saves", "net"}),
}


class BadDecision(ValueError):
    """The JSON is not a decision this version of the engine has written."""


def to_json(decision: Decision) -> bytes:
    """The decision as UTF-8 JSON on one line."""
    return msgspec.json.encode(_body(decision))


def digest(decision: Decision) -> str:
    """sha256 (64 hex digits) of the decision as JSON: what a quote pins and a later decision is compared with.

    The order in which a cart was filled does not change it; a cent, a rule or a ruleset version does.
    """
    return sha256(to_json(decision)).hexdigest()


def to_plain(decision: Decision) -> Plain:
    """The decision as plain dictionaries, lists, strings, integers and booleans, money as decimal strings."""
    plain: Plain = msgspec.to_builtins(_body(decision))
    return plain


def _body(decision: Decision) -> Plain:
    money = formatter(decision.currency)
    origins = _Origins()
    number = origins.number
    postings = [
        _PlainPosting(each.kind, money(each.amount), each.line, number(each.origin)) for each in decision.postings
    ]
    reads = origins.line_reads(decision.postings)
    writer = _Writer(money, origins)
    totals = decision.totals
    body: Plain = {
        "currency": decision.currency,
        "now": decision.now,
        "totals": {name: money(getattr(totals, name)) for name in _TOTALS},
        "lines": [_line(each, money, reads.get(each.id)) for each in decision.lines],
        "postings": postings,
    }
    for name in ("taxes", "refusals", "options"):
        body[name] = [writer.struct(each) for each in getattr(decision, name)]
    body["shipping_method"] = decision.shipping_method
    for name in ("payments", "coupons", "gifts"):
        body[name] = [writer.struct(each) for each in getattr(decision, name)]
    body["applied"] = decision.applied
    body["rulesets"] = dict(sorted(decision.rulesets.items()))
    body["facts"] = dict(sorted(decision.facts.items()))  # whatever order the caller wrote them in
    if decision.sets:
        body["sets"] = {name: sorted(members) for name, members in sorted(decision.sets.items())}
    if decision.hints:
        body["hints"] = [writer.struct(each) for each in decision.hints]
    if decision.skipped:
        body["skipped"] = [writer.struct(each) for each in decision.skipped]
    body["origins"] = origins.found
    return body


def from_json(data: bytes) -> Decision:
    """Read what `to_json` wrote; writing it again gives the same bytes. Raises BadDecision."""
    try:
        body = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        currency = msgspec.json.decode(body["currency"], type=str)
        reader = _Reader(currency, msgspec.json.decode(body["origins"], type=list[Origin]))
        return reader.decision(body)
    except (msgspec.DecodeError, KeyError, IndexError, ValueError) as cause:
        raise BadDecision(f"not a decision: {cause}") from cause


# writing -------------------------------------------------------------------------------------------------------


class _Origins:
    """Numbers origins in order of first use; `found` lists them."""

    __slots__ = ("_by_identity", "_by_value", "found")

    def __init__(self) -> None:
        self._by_identity: dict[int, int] = {}
        self._by_value: dict[Origin, int] = {}
        self.found: list[Origin] = []

    def number(self, origin: Origin) -> int:
        """The number of an origin; equal ones share it."""
        # Compiled programs share one origin object per rule, so identity nearly always answers, and it is cheaper.
        number = self._by_identity.get(id(origin))
        if number is None:
            number = self._by_value.setdefault(origin, len(self.found))
            if number == len(self.found):
                self.found.append(origin)
            self._by_identity[id(origin)] = number
        return number

    def line_reads(self, postings: tuple[Posting, ...]) -> dict[str, set[str]]:
        """Line id to the line facts read by the rules that posted something on it."""
        reads: dict[str, set[str]] = {}
        if any(origin.line_reads for origin in self.found):
            for posting in postings:
                if posting.line and posting.origin.line_reads:
                    reads.setdefault(posting.line, set()).update(posting.origin.line_reads)
        return reads


class _Writer:
    """Writes the rarer structs field by field."""

    __slots__ = ("_money", "_origins")

    def __init__(self, money: Callable[[int], str], origins: _Origins) -> None:
        self._money = money
        self._origins = origins

    def struct(self, value: msgspec.Struct) -> Plain:
        money = _MONEY.get(type(value), frozenset())
        plain: Plain = {}
        for name in value.__struct_fields__:
            field = getattr(value, name)
            if isinstance(field, Origin):
                plain[name] = self._origins.number(field)
            elif name in money:
                plain[name] = None if field is None else self._money(field)
            elif isinstance(field, tuple) and field and isinstance(field[0], msgspec.Struct):
                plain[name] = [self.struct(each) for each in field]
            else:
                plain[name] = field
        return plain


def _line(line: LineResult, money: Callable[[int], str], read: set[str] | None) -> _PlainLine:
    net, tax, gross = line.net, line.tax, line.gross
    return _PlainLine(
        line.id,
        line.sku,
        line.quantity,
        money(line.list_price),
        money(line.unit_price),
        money(line.subtotal),
        money(line.discount),
        money(line.total),
        line.on_sale,
        None if net is None else money(net),
        None if tax is None else money(tax),
        None if gross is None else money(gross),
        {fact: line.facts[fact] for fact in sorted(read) if fact in line.facts} if read else msgspec.UNSET,
    )


# reading -------------------------------------------------------------------------------------------------------


class _Reader:
    def __init__(self, currency: str, origins: list[Origin]) -> None:
        self._digits = exponent(currency)
        self._origins = origins
        self._currency = currency

    def decision(self, body: dict[str, msgspec.Raw]) -> Decision:
        totals = msgspec.json.decode(body["totals"], type=dict[str, str])
        postings = msgspec.json.decode(body["postings"], type=list[_PlainPosting])
        return Decision(
            currency=self._currency,
            now=msgspec.json.decode(body["now"], type=int),
            totals=Totals(**{name: self._minor(totals[name]) for name in _TOTALS}),
            lines=tuple(self._line(each) for each in msgspec.json.decode(body["lines"], type=list[Plain])),
            postings=tuple(
                Posting(each.kind, self._minor(each.amount), each.line, self._origins[each.origin]) for each in postings
            ),
            taxes=self._structs(body, "taxes", TaxAmount),
            refusals=self._structs(body, "refusals", Refusal),
            options=self._structs(body, "options", ShippingOption),
            shipping_method=msgspec.json.decode(body["shipping_method"], type=str | None),
            payments=self._structs(body, "payments", PaymentOption),
            coupons=self._structs(body, "coupons", CouponResult),
            gifts=self._structs(body, "gifts", Gift),
            applied=msgspec.json.decode(body["applied"], type=tuple[str, ...]),
            rulesets=msgspec.json.decode(body["rulesets"], type=dict[str, str]),
            facts=msgspec.json.decode(body["facts"], type=dict[str, Key]),
            sets=msgspec.json.decode(body.get("sets", msgspec.Raw(b"{}")), type=dict[str, frozenset[str]]),
            hints=self._structs(body, "hints", Hint),
            skipped=self._structs(body, "skipped", Skipped),
        )

    def _structs(self, body: dict[str, msgspec.Raw], name: str, kind: type[S]) -> tuple[S, ...]:
        plain = msgspec.json.decode(body.get(name, msgspec.Raw(b"[]")), type=list[Plain])
        return tuple(self._struct(each, kind) for each in plain)

    def _struct(self, plain: Plain, kind: type[S]) -> S:
        fields = dict(plain)
        for name in _MONEY.get(kind, frozenset()):
            fields[name] = None if fields[name] is None else self._minor(str(fields[name]))
        if "origin" in fields:
            number = fields["origin"]
            assert isinstance(number, int)
            fields["origin"] = self._origins[number]
        return msgspec.convert(fields, kind, strict=True)

    def _line(self, plain: Plain) -> LineResult:
        fields = dict(plain)
        for name in _LINE_MONEY:
            fields[name] = None if fields[name] is None else self._minor(str(fields[name]))
        return msgspec.convert(fields, LineResult)

    def _minor(self, text: str) -> int:
        """Exactly the writing of `formatter`: the currency's digits, no more and no fewer."""
        whole, _, digits = text.partition(".")
        if len(digits) != self._digits:
            raise ValueError(f"{text!r} has not {self._digits} decimal digits")
        return int(whole + digits)


class _PlainPosting(msgspec.Struct):
    kind: PostingKind
    amount: str
    line: str
    origin: int


class _PlainLine(msgspec.Struct):
    id: str
    sku: str
    quantity: int
    list_price: str
    unit_price: str
    subtotal: str
    discount: str
    total: str
    on_sale: bool
    net: str | None
    tax: str | None
    gross: str | None
    facts: dict[str, Key] | msgspec.UnsetType = msgspec.UNSET
