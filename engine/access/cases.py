"""Does an access ruleset permit what its cases say?

A case says who somebody is and what they want (`given: {roles, action, amount, used}`), or what is to be published
(`given: {publish: {kind, warnings, carts_worse, revenue_falls}}`), and what has to come out (`expect`):

- `allowed: true` or `false`, and `code`: the decision about the action of `given`;
- `may: [actions]` and `may_not: [actions]`: each of these, or every action of a pattern, is permitted or is not;
- `second_approver: [conditions]`: exactly these conditions of the publish policy ask for somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.access.compile import Access
from engine.access.decide import AccessDecision, decide_access
from engine.access.publishing import asks_for_second
from engine.access.read_case import Case, Wish, read_case
from engine.access.wording import access_reason
from engine.facts.case_reading import PlayedCase
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Mapping, Scalar


def run_access_case(access: Access, node: Mapping, number: int = 1) -> PlayedCase:
    """Decide one case. `number` (from 1) names a case without a name. Never raises."""
    case, faults = read_case(access, node, number)
    if faults:
        return PlayedCase(case.name, case.span, faults)
    run = _Run(access, case)
    differences = (
        *run.decided(), *run.listed(case.may, wanted=True), *run.listed(case.may_not, wanted=False), *run.published(),
    )  # fmt: skip
    return PlayedCase(
        case.name, case.span, differences, frozenset([*(("role", role) for role in case.roles), *run.exercised])
    )


@dataclass(slots=True)
class _Run:
    access: Access
    case: Case
    exercised: set[tuple[str, str]] = field(default_factory=set)

    def decided(self) -> Iterator[Diagnostic]:
        """What differs in the decision about the action that is given."""
        if self.case.action is None:
            return
        decision = decide_access(self.access, self.case.roles, self.case.action, self.case.amount, self.case.used)
        if decision.limit is not None and decision.role is not None:
            self.exercised.add(("limit", f"{decision.role} {decision.action}"))
        for wish, got in (
            (self.case.allowed, "true" if decision.allowed else "false"),
            (self.case.code, decision.code),
        ):
            if wish is not None and wish.text != got:
                yield self._differs(f"{wish.key.text} is {got}, expected {wish.text}", wish.key, decision)

    def listed(self, wishes: Iterable[Wish], *, wanted: bool) -> Iterator[Diagnostic]:
        """What differs in the lists of what may and may not be done."""
        for wish in wishes:
            wrong = [action for action in wish.actions if self.access.may(self.case.roles, action) is not wanted]
            for action in wrong[:1]:  # one of a pattern is enough to see why
                decision = decide_access(self.access, self.case.roles, action)
                verb = "may not" if wanted else "may"
                yield self._differs(f"{' and '.join(self.case.roles)} {verb} '{action}'", wish.key, decision)

    def published(self) -> Iterator[Diagnostic]:
        """What differs in the conditions that ask for a second person."""
        wish = self.case.second_approver
        if self.case.publication is None or wish is None:
            return
        asking = asks_for_second(self.access.policy, self.case.publication)
        self.exercised.update(("publish policy", each.condition) for each in asking)
        got = [each.condition for each in asking]
        if set(wish.actions) != set(got):
            message = f"{wish.key.text} is [{', '.join(got)}], expected [{', '.join(wish.actions)}]"
            places = ", ".join(f"{each.condition} ({each.span})" for each in asking)
            yield error(
                "RS615", f"case '{self.case.name}': {message}", wish.key.span, witness=places or "one person is enough"
            )

    def _differs(self, message: str, place: Scalar, decision: AccessDecision) -> Diagnostic:
        where = "" if decision.span is None else f" ({decision.span})"
        witness = f"{decision.code}: {access_reason(decision)}{where}"
        return error("RS615", f"case '{self.case.name}': {message}", place.span, witness=witness)
