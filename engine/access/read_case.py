"""How is a case of an access document read: who wants what, or what is to be published, and what has to come out?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from engine.access.compile import Access
from engine.access.decide import AccessCode
from engine.access.publishing import Condition, Publication
from engine.documents.access import expanded
from engine.documents.effects import Ratio
from engine.documents.model import Kind
from engine.facts.case_reading import CASE_KEYS, CaseReading, items_of, name_of
from engine.facts.literals import read_money, read_percent
from engine.text.codes import all_codes, find
from engine.text.diagnostics import Diagnostic
from engine.text.nodes import Mapping, Node, Scalar
from engine.text.source import Span
from engine.text.suggest import did_you_mean

_GIVEN: Final = ("roles", "action", "amount", "used", "publish")
_PUBLISH: Final = ("kind", "warnings", "carts_worse", "revenue_falls")
_EXPECT: Final = ("allowed", "code", "may", "may_not", "second_approver")


@dataclass(frozen=True, slots=True)
class Wish:
    """Something expected: `key` is where it is written, `actions` are those of a pattern, or the conditions listed."""

    key: Scalar
    text: str
    actions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """Amounts in minor units of the currency of the ruleset. `allowed` and `code` are about `action`,
    `second_approver` about `publication`.
    """

    name: str
    span: Span
    roles: tuple[str, ...]
    action: str | None
    amount: int | None
    used: int
    allowed: Wish | None
    code: Wish | None
    may: tuple[Wish, ...]
    may_not: tuple[Wish, ...]
    publication: Publication | None
    second_approver: Wish | None


def read_case(access: Access, node: Mapping, number: int) -> tuple[Case, tuple[Diagnostic, ...]]:
    """The case, and what is wrong with it (RS601, RS610, RS611, and the codes of amounts)."""
    reader = _CaseReader(access)
    case = reader.read(node, number)
    return case, tuple(reader.faults)


class _CaseReader(CaseReading):
    def __init__(self, access: Access) -> None:
        super().__init__(access.currency, access.timezone)
        self._access = access

    def read(self, node: Mapping, number: int) -> Case:
        self.only(node, CASE_KEYS)
        given, expect = self._map(node, "given", _GIVEN, "RS611"), self._map(node, "expect", _EXPECT, "RS601")
        (name, span), action = name_of(node, number), given.get("action")
        case = Case(
            name=name,
            span=span,
            roles=self._roles(given),
            action=None if action is None else self._word(action, self._access.actions, "action"),
            amount=self._amount(given.get("amount")),
            used=self._amount(given.get("used")) or 0,
            allowed=self._choice(expect, "allowed", ("true", "false")),
            code=self._choice(expect, "code", get_args(AccessCode)),
            may=self._wishes(expect.get("may")),
            may_not=self._wishes(expect.get("may_not")),
            publication=self._publication(given),
            second_approver=self._conditions(expect),
        )
        about_action = case.allowed or case.code
        if about_action is not None and action is None:
            hint = "add `action:` to `given`"
            self.fault("RS611", f"`{about_action.key.text}` is about an action, and none is given", given.span, hint)
        if case.second_approver is not None and case.publication is None:
            hint = "add `publish: {kind: …}` to `given`"
            self.fault("RS611", "`second_approver` is about publishing, and nothing is given", given.span, hint)
        return case

    def _roles(self, given: Mapping) -> tuple[str, ...]:
        node = given.get("roles")
        if node is None and given.get("publish") is None:
            self.fault("RS611", "the case does not say who asks", given.span, "given: {roles: [customer], …}")
        found = [self._word(item, self._access.roles, "role") for item in items_of(node)]
        return tuple(role for role in found if role is not None)

    def _wishes(self, node: Node | None) -> tuple[Wish, ...]:
        wishes = []
        for item in items_of(node):
            pattern = item.text if isinstance(item, Scalar) else ""
            actions = expanded(pattern, self._access.actions)
            if isinstance(item, Scalar) and actions:
                wishes.append(Wish(item, pattern, actions))
            else:
                hint = did_you_mean(pattern, self._access.actions)
                self.fault("RS610", f"there is no action '{pattern}'", item.span, hint)
        return tuple(wishes)

    def _publication(self, given: Mapping) -> Publication | None:
        if given.get("publish") is None:
            return None
        said = self._map(given, "publish", _PUBLISH, "RS611")
        kind = said.get("kind")
        if kind is None:
            self.fault("RS611", "the case does not say what kind is published", said.span, "publish: {kind: tax, …}")
        return Publication(
            kind="" if kind is None else self._word(kind, get_args(Kind), "kind of ruleset") or "",
            warnings=tuple(self._warnings(said.get("warnings"))),
            carts_worse=self._percent(said.get("carts_worse")),
            revenue_falls=self._percent(said.get("revenue_falls")),
        )

    def _warnings(self, node: Node | None) -> Iterator[str]:
        for item in items_of(node):
            known = find(item.text) if isinstance(item, Scalar) else None
            word = self._word(item, [code.code for code in all_codes()], "finding") if known is None else known.code
            if word is not None:
                yield word

    def _conditions(self, expect: Mapping) -> Wish | None:
        entry = expect.entry("second_approver")
        if entry is None:
            return None
        known = get_args(Condition)
        found = [self._word(item, known, "condition of a publish policy") for item in items_of(entry.value)]
        return Wish(entry.key, "", tuple(name for name in found if name is not None))

    def _choice(self, expect: Mapping, key: str, choices: Sequence[str]) -> Wish | None:
        entry = expect.entry(key)
        if entry is None:
            return None
        text = entry.value.text if isinstance(entry.value, Scalar) else ""
        if text in choices:
            return Wish(entry.key, text)
        hint = did_you_mean(text, choices)
        self.fault("RS610", f"`{key}` is one of {', '.join(choices)}", entry.value.span, hint)
        return None

    def _amount(self, node: Node | None) -> int | None:
        if node is None:
            return None
        amount = self.noted(read_money(node, self.literals))
        if amount is not None and amount < 0:
            self.fault("RS611", "an amount here must not be negative", node.span, "leave the sign out")
            return None
        return amount

    def _percent(self, node: Node | None) -> Ratio | None:
        return None if node is None else self.noted(read_percent(node))

    def _word(self, node: Node, known: Iterable[str], what: str) -> str | None:
        text = node.text if isinstance(node, Scalar) else ""
        if text in known:
            return text
        self.fault("RS611", f"there is no {what} '{text}'", node.span, did_you_mean(text, known))
        return None

    def _map(self, case: Mapping, key: str, keys: Sequence[str], code: str) -> Mapping:
        found = self.filled(case, key, f"a map with {', '.join(keys)}")
        self.only(found, keys, code)
        return found
