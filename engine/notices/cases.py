"""Is everybody told what the cases of a notifications ruleset say?

A case says what happened (`given: {event, at, facts}`) and, where it matters, what the recipient has and wants
(`recipient: {has: [channels], unwanted: [categories], verified, bounced, closed}`; all channels and all wanted when
absent). What has to come out (`expect`):

- `told: [rules]`: exactly these tell somebody, in this order; `[]`: nobody is told;
- `channels: {rule: [channels]}`, `at: {rule: instant}`: by which, and when;
- `withheld: {rule: why}`: somebody would be told, and is not, because of that;
- `subject: {rule: text}`: how the own text begins, in its first language.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args
from zoneinfo import ZoneInfo

from engine.documents.model import NotificationsDocument
from engine.documents.model.notifications import Channel
from engine.facts.case_reading import PlayedCase, shown_list
from engine.facts.instants import show_instant
from engine.facts.timezones import zone
from engine.facts.vocabulary import Vocabulary
from engine.notices.plan import NotTold, Told, considered
from engine.notices.reach import Way, reach
from engine.notices.read_case import Case, Expected, read_case
from engine.notices.words import written
from engine.runtime.shown import Shown
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Mapping

SHOP_OF_CASES = "Shop"
"""What `{shop.name}` is in a case."""


def run_notices_case(
    document: NotificationsDocument, vocabulary: Vocabulary, node: Mapping, number: int = 1
) -> PlayedCase:
    """Tell of one case. `number` (from 1) names a case without a name. Never raises."""
    case, faults = read_case(document, vocabulary, node, number)
    if faults:
        return PlayedCase(case.name, case.span, faults)
    run = _Run(document, vocabulary, case)
    differences = tuple(found for expected in case.expect for found in run.held_against(expected))
    return PlayedCase(case.name, case.span, differences, frozenset(("rule", rule) for rule in run.told))


class _Run:
    def __init__(self, document: NotificationsDocument, vocabulary: Vocabulary, case: Case) -> None:
        self._case = case
        self._zone = zone(document.head.timezone) or ZoneInfo("UTC")
        self._shown = Shown(vocabulary, document.head.currency, document.head.timezone)
        outcomes = list(considered(document, case.event, case.at, case.facts))
        self._planned = {each.rule.id: each for each in outcomes if isinstance(each, Told)}
        self._closed = [each for each in outcomes if isinstance(each, NotTold)]
        self._ways: dict[str, tuple[Way, ...]] = {
            rule: reach(told.rule, case.recipient, get_args(Channel)) for rule, told in self._planned.items()
        }
        self.told = [rule for rule, ways in self._ways.items() if any(way.why_not is None for way in ways)]

    def held_against(self, expected: Expected) -> Iterator[Diagnostic]:
        """RS389 where what is expected did not come out."""
        got, wanted = self._got(expected), self._wanted(expected)
        if got != wanted:
            of = "" if expected.rule is None else f" of '{expected.rule}'"
            message = (
                f"case '{self._case.name}': `{expected.key}`{of} is {shown_list(got)}, expected {shown_list(wanted)}"
            )
            yield error("RS389", message, expected.span, witness=self._why())

    def _wanted(self, expected: Expected) -> tuple[str, ...]:
        return expected.words if expected.instant is None else (self._instant(expected.instant),)

    def _got(self, expected: Expected) -> tuple[str, ...]:
        if expected.rule is None:
            return tuple(self.told)
        told = self._planned.get(expected.rule)
        if told is None:
            return ()
        ways = self._ways[expected.rule]
        match expected.key:
            case "at":
                return (self._instant(told.due),)
            case "subject":
                return self._subject(told)
            case "withheld":
                return tuple(dict.fromkeys(way.why_not for way in ways if way.why_not is not None))
            case _:
                return tuple(way.channel for way in ways if way.why_not is None)

    def _subject(self, told: Told) -> tuple[str, ...]:
        if told.rule.text is None:
            return ()
        first = next(iter(told.rule.text.words.values()))
        values = {name: self._shown.value(name, key) for name, key in self._case.facts.items()}
        return (written(first, values, SHOP_OF_CASES)["subject"],)

    def _why(self) -> str:
        """What kept other rules from telling."""
        said = []
        for each in self._closed:
            for failure in each.failures:
                name = failure.test.fact
                value = "missing" if failure.is_unknown else self._shown.text(name, str(failure.value))
                said.append(f"'{each.rule.id}' ({each.rule.span}) does not tell: {name} is {value}")
        return "\n".join(dict.fromkeys(said))

    def _instant(self, instant: int) -> str:
        return show_instant(instant, self._zone)
