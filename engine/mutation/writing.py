"""How is a case written so that it could have been written by the author of the ruleset?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from engine.cases.insertion import Written as Case
from engine.facts.cart import Cart
from engine.facts.cart_plain import Written, cart_as_plain
from engine.facts.scenario import ScenarioContext, read_scenario
from engine.text.flow import Plain, key_of
from engine.text.flow import flow as written
from engine.text.load import load
from engine.text.source import Source

WIDEST: Final = 118
"""Columns of a line before it is broken into several."""

_PLAIN: Final = ("weight", "volume")
_LAST: Final = ("lines", "destination", "coupon")


class Unwritable(Exception):
    """The cart cannot be said in a scenario."""


def given_of(cart: Cart, context: ScenarioContext) -> dict[str, Any]:
    """The cart as `given:` of a case, with nothing that a case may leave out. Raises Unwritable."""
    plain: dict[str, Any] = {**cart_as_plain(cart, context.vocabulary)}
    if _read(plain, context) != cart:
        raise Unwritable("a scenario cannot say this cart")
    for key in ("store", "at"):
        plain = _kept(plain, _without_key(plain, key), cart, context)
    for kept in (("customer",), ()):
        plain = _kept(plain, _with_short_coupons(plain, kept), cart, context)
    if len(plain.get("coupon", ())) == 1:
        plain = _kept(plain, {**plain, "coupon": plain["coupon"][0]}, cart, context)
    for number, line in enumerate(plain["lines"]):
        for key in [key for key in line if key in ("name", "tax_class")]:
            plain = _kept(plain, _with_line(plain, number, _without_key(plain["lines"][number], key)), cart, context)
    return {key: plain[key] for key in sorted(plain, key=lambda key: key in _LAST)}


def case(
    name: str, given: Mapping[str, Any], expect: Mapping[str, Any], rulesets: Mapping[str, str] | None = None,
    walk: Sequence[Any] = (),
) -> Case:  # fmt: skip
    """A case, as lines not wider than others where that is possible. Raises Unwritable."""
    whole = {"name": name, **({"with": rulesets} if rulesets else {}), "given": given} if given else {"name": name}
    whole = {**whole, **({"walk": walk} if walk else {}), "expect": expect}
    lines = [line for key, value in whole.items() for line in _entry(key, value, 2)]
    lines[0] = "-" + lines[0][1:]
    return Case(name, tuple(lines), flow(whole))


def flow(value: object, key: str = "") -> str:
    """A value on one line: `{id: L1, price: "19.90"}`."""
    return written(_plainly(value, key))


def _plainly(value: object, key: str = "") -> object:
    """What the ruleset language writes without quotes under these keys, marked so."""
    if isinstance(value, str):
        return Plain(value) if key in (*_PLAIN, "at", "registered") else value
    if isinstance(value, Mapping):
        return {name: _plainly(each, name) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [_plainly(each) for each in value]
    return value


def _entry(key: str, value: object, indent: int) -> Iterator[str]:
    line = f"{' ' * indent}{key_of(key)}: {flow(value, key)}"
    if len(line) <= WIDEST or not isinstance(value, Mapping | list | tuple) or not value:
        yield line
    elif isinstance(value, Mapping):
        yield f"{' ' * indent}{key_of(key)}:"
        for name, each in value.items():
            yield from _entry(name, each, indent + 2)
    else:
        yield f"{' ' * indent}{key_of(key)}:"
        yield from (f"{' ' * indent}  - {flow(each)}" for each in value)


def _kept(plain: dict[str, Any], smaller: dict[str, Any], cart: Cart, context: ScenarioContext) -> dict[str, Any]:
    """The smaller one, if it says the same cart."""
    return smaller if _read(smaller, context) == cart else plain


def _read(plain: Mapping[str, Written], context: ScenarioContext) -> Cart | None:
    node = load(Source("case", flow(plain))).node
    scenario = None if node is None else read_scenario(node, context)[0]
    return None if scenario is None else scenario.cart


def _without_key(fields: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != key}


def _with_line(plain: Mapping[str, Any], number: int, line: Mapping[str, Any]) -> dict[str, Any]:
    lines = plain["lines"]
    return {**plain, "lines": [*lines[:number], line, *lines[number + 1 :]]}


def _with_short_coupons(plain: Mapping[str, Any], kept: Sequence[str]) -> dict[str, Any]:
    """Codes as shops print them, and of uses only those that were counted, and what is to be `kept`."""
    if "coupon" not in plain:
        return {**plain}
    return {**plain, "coupon": [_short_coupon(coupon, kept) for coupon in plain["coupon"]]}


def _short_coupon(coupon: Any, kept: Sequence[str]) -> Any:
    if isinstance(coupon, str):
        return coupon
    used = {key: uses for key, uses in coupon.get("used", {}).items() if uses or (key in kept and uses is not None)}
    short = {**_without_key(coupon, "used"), "code": coupon["code"].upper(), **({"used": used} if used else {})}
    return short["code"] if {*short} == {"code"} else short
