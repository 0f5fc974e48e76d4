"""How does durable-rules evaluate signals, in the only way that is safe? The one file that touches it.

durable-rules is a network of joins in C that nobody maintains any more. What is known to go wrong is kept out here:

- The module in C is used directly; its own host starts threads that never end. A network cannot be unloaded, so there
  is one for a published version, kept as long as the process.
- One lock: one evaluation at a time. Each has a session of its own, which is deleted whatever happens, so nothing is
  remembered and nothing depends on what was evaluated before.
- A rule for a first fact fires before all others; without it, deleting a session frees memory that was never taken.
- Facts go in one by one with a number of their own (equal ones would count as one), and every answer is looked at. They
  are whole numbers of 64 bits and nothing else: a text would be more than any number.
- The last test of a join is always true; a false one makes it read what is not its own (see `network_rules.py`).
- Rules do nothing. What fired is collected, counted against what is possible, and sorted by the caller.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Any, Final

import msgspec

from engine.documents.conditions import Key
from engine.documents.model.signals import SubjectKind
from engine.signals.chainer import ordered
from engine.signals.compile import Program
from engine.signals.matching import (
    Event,
    Known,
    idle_firing,
    in_order,
    is_open,
    pattern_firing,
    subject_known,
    subjects_once,
)
from engine.signals.model import Firing, Given, Outcome, Subject
from engine.signals.network_rules import BEGIN, CannotBuild, NetworkRules, kind_number, network_rules
from engine.signals.rows import Row, StepRow, step_rows

try:
    import durable_rules_engine as _durable
except ImportError:  # Python 3.13 and later cannot load it
    _durable = None

_LOCK: Final = Lock()
_NAMES: Final = count(1)
_SESSIONS: Final = 1_000
"""Ids of sessions go round: there is never more than one alive."""

Match = tuple[str, Mapping[str, Row]]
"""The name of a rule that fired, and the rows it did so for."""


def can_be_loaded() -> bool:
    """Whether durable-rules is there at all."""
    return _durable is not None


class NetworkFault(Exception):
    """The network did what it never should; what it said is not used."""


@dataclass(slots=True)
class _Watched:
    """A subject during one evaluation: what is known of it grows by what is derived."""

    subject: Subject
    known: Known
    derived: dict[str, Key] = field(default_factory=dict)


class Network:
    """Evaluates a program by a network of its own. Says what the chainer says."""

    name = "durable-rules"

    def __init__(self, program: Program) -> None:
        """Raises CannotBuild."""
        if not can_be_loaded():
            raise CannotBuild("durable-rules cannot be loaded by this version of Python")
        self._program = program
        self._rules: NetworkRules = network_rules(program)
        try:
            with _LOCK:
                self._handle = _durable.create_ruleset(f"signals{next(_NAMES)}", _json(self._rules.text))
        except _durable.error as error:
            raise CannotBuild(f"durable-rules refuses it: {error}") from error

    def evaluate(self, given: Given) -> Outcome:
        """Everything that follows from what is given. Raises NetworkFault."""
        events = in_order(given.events)
        watched = [_Watched(each, subject_known(each, self._program.derived)) for each in subjects_once(given.subjects)]
        firings = list(self._patterns(events))
        self._derive(watched)
        firings += self._idle(watched, given.now)
        return Outcome(
            firings=ordered(self._program, firings),
            derived={each.subject.key: dict(sorted(each.derived.items())) for each in watched if each.derived},
            tags=self._tags(watched),
        )

    # patterns ----------------------------------------------------------------------------------------------------

    def _patterns(self, events: Sequence[Event]) -> Iterator[Firing]:
        rows = step_rows(self._program, events)
        seen: dict[tuple[int, int], tuple[int, list[StepRow]]] = {}
        for name, matched in self._fired([row.properties() for row in rows]):
            rule = self._rules.patterns[name]
            run = _run(matched, len(rule.pattern.steps), rows)
            key = rule.signal, run[-1].event
            if key not in seen or rule.alternative < seen[key][0]:
                seen[key] = rule.alternative, run
        for (number, event), (alternative, run) in seen.items():
            signal, pattern = self._program.patterns[number]
            if is_open(signal.window, events[event].at):
                yield pattern_firing(signal, pattern.same[alternative], [events[row.event] for row in run])

    # subjects ----------------------------------------------------------------------------------------------------

    def _derive(self, watched: Sequence[_Watched]) -> None:
        """One stratum after the other: what was derived goes in anew, as a fact like those that were given."""
        for stratum, derivations in enumerate(self._program.strata, 1):
            found: defaultdict[int, set[int]] = defaultdict(set)
            for subject, number in self._seen_in(stratum, watched):
                found[subject].add(number)
            for subject, numbers in found.items():
                derived: dict[str, Key] = {}
                for number in sorted(numbers):
                    derived.setdefault(derivations[number].fact, derivations[number].value)
                watched[subject].derived |= derived
                watched[subject].known.keys.update(derived)

    def _idle(self, watched: Sequence[_Watched], now: int) -> Iterator[Firing]:
        for subject, number in sorted(set(self._seen_in(len(self._program.strata) + 1, watched, now))):
            signal, idle = self._program.idle[number]
            firing = idle_firing(signal, idle, watched[subject].subject, watched[subject].known)
            if is_open(signal.window, firing.at):
                yield firing

    def _tags(self, watched: Sequence[_Watched]) -> dict[str, Mapping[str, bool]]:
        has = set(self._seen_in(len(self._program.strata) + 2, watched))
        return {
            each.subject.id: {tag.tag: (number, place) in has for place, tag in enumerate(self._program.tags)}
            for number, each in enumerate(watched)
            if each.subject.kind == "customer"
        }

    def _seen_in(self, stratum: int, watched: Sequence[_Watched], now: int = 0) -> Iterator[tuple[int, int]]:
        """The numbers of the subjects, and of what holds for them."""
        kinds = {rule.subject for rule in self._rules.subjects.values() if rule.stratum == stratum}
        rows = [
            {
                **self._rules.properties.row(each.known),
                **_who(number, each.subject.kind, stratum),
                "q": now - each.subject.since,
            }
            for number, each in enumerate(watched)
            if each.subject.kind in kinds
        ]
        for name, matched in self._fired(rows):
            yield matched["m"]["x"], self._rules.subjects[name].number

    # the session -------------------------------------------------------------------------------------------------

    def _fired(self, rows: Sequence[Row]) -> list[Match]:
        """What fires for the rows, in no order. Each rule fires once at most for a row that it begins with."""
        if not rows:
            return []
        most = len(rows) * len(self._rules.text)
        with _LOCK:
            session = str(1 + next(_NAMES) % _SESSIONS)
            try:
                list(self._drained(self._assert({BEGIN: 1}, 0, session), 1))
                state = 0
                for number, row in enumerate(rows, 1):
                    state = self._assert(row, number, session)
                return [match for match in self._drained(state, most) if match[0] != BEGIN]
            finally:
                _durable.delete_state(self._handle, session)

    def _assert(self, row: Row, number: int, session: str) -> int:
        """Put one row in; the state it is in, for `_drained`."""
        code, state = _durable.assert_fact(self._handle, _json({**row, "id": str(number), "sid": session}))
        if code not in (0, 1):  # 1: no rule has a use for the row
            raise NetworkFault(f"a row was answered with {code}")
        return int(state)

    def _drained(self, state: int, most: int) -> Iterator[Match]:
        started = _durable.start_action_for_state(self._handle, state)
        message = started[1] if started else None
        fired = 0
        while message:
            fired += 1
            if fired > most:
                raise NetworkFault(f"more than the {most} firings that are possible")
            ((name, matched),) = msgspec.json.decode(message).items()
            yield name, matched
            message = _durable.complete_and_start_action(self._handle, state)


def _json(plain: Mapping[str, Any]) -> str:
    return msgspec.json.encode(plain).decode()


def _who(number: int, kind: SubjectKind, stratum: int) -> Row:
    return {"x": number, "k": kind_number(kind), "s": stratum}


def _run(matched: Mapping[str, Row], steps: int, rows: Sequence[StepRow]) -> list[StepRow]:
    """All rows that make the pattern, in order: those between the first and the last of each step."""
    last = [matched[f"e{place}"] for place in range(steps)]
    return [row for each in last for row in rows[each["f"] - 1 : each["r"]]]
