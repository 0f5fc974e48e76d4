"""Do invites count, are milestones reached and rewards given as the cases of a referrals ruleset say?

A case is about one of three things, by what it gives (`given`), and says what has to come out (`expect`):

- an invite: `{state, for, allowed, facts}`, it has been in that state for so long → `state`, `guard`, `asked_again`;
- a customer: `{counted: 5}` → `milestones` (all that are reached), `next` (or none) and how many friends are `missing`;
- an event: `{event: OrderPaid, facts}` → `rewards`.

Facts that are not given are 0, false or missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine.documents.model import ReferralsDocument
from engine.facts.case_reading import PlayedCase, shown_list, words_of
from engine.facts.literals import read_duration_seconds, show_duration
from engine.facts.vocabulary import Vocabulary
from engine.referrals.judge import DAY, SECOND, SINCE_JOINED, Judgement, Standing, judge
from engine.referrals.milestones import progress
from engine.referrals.read_case import Case, read_case
from engine.referrals.rewards import rewards_for
from engine.runtime.reasons import reason_of
from engine.runtime.shown import Shown
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Entry, Mapping, Scalar

_NOW: Final = 1_767_225_600 * SECOND
"""When a case is judged: 2026-01-01T00:00:00Z. Never the clock."""
_NONE: Final = "none"


def run_referrals_case(
    document: ReferralsDocument, vocabulary: Vocabulary, node: Mapping, number: int = 1
) -> PlayedCase:
    """Judge one case. `number` (from 1) names a case without a name. Never raises."""
    case, faults = read_case(document, vocabulary, node, number)
    if faults:
        return PlayedCase(case.name, case.span, faults)
    run = _Run(document, vocabulary, case)
    got = run.outcome()
    differences = [found for entry in case.expect for found in run.held_against(entry, got)]
    return PlayedCase(case.name, case.span, tuple(differences), frozenset(run.exercised))


@dataclass(slots=True)
class _Run:
    document: ReferralsDocument
    vocabulary: Vocabulary
    case: Case
    exercised: set[tuple[str, str]] = field(default_factory=set)
    why: str = ""

    def outcome(self) -> dict[str, tuple[str, ...]]:
        """What comes out, by the keys of `expect`."""
        match self.case.about:
            case "invite":
                return self._of_invite()
            case "customer":
                return self._of_customer()
            case "event":
                given = rewards_for(self.document, self.case.facts)
                self.exercised.update(("reward", reward.id) for reward in given)
                return {"rewards": tuple(reward.id for reward in given)}

    def held_against(self, entry: Entry, got: dict[str, tuple[str, ...]]) -> Iterator[Diagnostic]:
        """RS379 where what is expected did not come out."""
        expected = words_of(entry.value)
        if entry.key.text == "asked_again" and isinstance(entry.value, Scalar) and entry.value.text != _NONE:
            seconds, fault = read_duration_seconds(entry.value)
            if fault is not None:
                yield fault
                return
            expected = (show_duration(seconds or 0),)
        found = got[entry.key.text]
        if expected != found:
            message = (
                f"case '{self.case.name}': {entry.key.text} is {shown_list(found)}, expected {shown_list(expected)}"
            )
            yield error("RS379", message, entry.key.span, witness=self.why)

    def _of_invite(self) -> dict[str, tuple[str, ...]]:
        case = self.case
        days = case.facts.get(SINCE_JOINED, 0)
        joined = _NOW - max(case.seconds * SECOND, int(days) * DAY)
        since = _NOW - case.seconds * SECOND if case.state in ("waiting", "counted") else None
        standing = Standing(state=case.state, joined=joined, since=since, allowed=case.allowed)
        judged = judge(self.document, standing, case.facts, _NOW)
        self._reached(judged)
        again = _NONE if judged.ask_again is None else show_duration((judged.ask_again - _NOW) // SECOND)
        guard = _NONE if judged.guard is None else judged.guard.id
        return {"state": (judged.state,), "guard": (guard,), "asked_again": (again,)}

    def _reached(self, judged: Judgement) -> None:
        if judged.guard is not None:
            self.exercised.add(("guard", judged.guard.id))
            self.why = f"refused by '{judged.guard.id}' ({judged.guard.span})"
        elif judged.state in ("waiting", "counted") and self.case.state != "counted":
            self.exercised.add(("condition", "qualifies"))
        elif judged.state == "reversed":
            self.exercised.add(("condition", "reversed"))
        shown = Shown(self.vocabulary, self.document.head.currency, self.document.head.timezone)
        self.why = self.why or "\n".join(shown.reason(reason_of(each)) for each in judged.missing)

    def _of_customer(self) -> dict[str, tuple[str, ...]]:
        stands = progress(self.document, self.case.counted)
        self.exercised.update(("milestone", milestone.id) for milestone in stands.reached)
        return {
            "milestones": tuple(milestone.id for milestone in stands.reached),
            "next": (_NONE if stands.upcoming is None else stands.upcoming.id,),
            "missing": (str(stands.missing),),
        }
