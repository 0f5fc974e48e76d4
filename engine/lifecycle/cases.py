"""Does an order live as the cases of its ruleset say?

A case says where an order is (`given`), what happens to it (`walk`), and what has to come out (`expect`):

- `open: {event: state}` and `closed: {event: code}`: what the role of `given` may do after the walk;
- `ends: state`, `finished: true`: where the walk leads, and whether the order may rest there;
- `does: [actions]`: everything the walk did, in order, but `notify` and `announce`.

Without a state the order is about to be created. Facts keep their values from step to step; a number that is
always known is 0 until it is given, a flag false.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.documents.conditions import Key
from engine.documents.model import Action, Transition
from engine.facts.vocabulary import Vocabulary
from engine.lifecycle.compile import Lifecycle
from engine.lifecycle.decide import Move, Refusal, decide, is_finished
from engine.lifecycle.read_case import Case, CaseReader
from engine.lifecycle.wording import action_text, reason
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Entry, Mapping, Node, Scalar, to_plain
from engine.text.nodes import Sequence as ListNode
from engine.text.source import Span

_SILENT = frozenset({"notify", "announce"})


@dataclass(frozen=True, slots=True)
class LifecycleCase:
    """One case: what differs (RS540, RS541), and the places of the transitions it exercised."""

    name: str
    span: Span
    differences: tuple[Diagnostic, ...]
    taken: frozenset[Span]

    @property
    def passed(self) -> bool:
        return not self.differences


def run_case(lifecycle: Lifecycle, vocabulary: Vocabulary, case: Mapping, number: int = 1) -> LifecycleCase:
    """Walk one case. `number` (from 1) names a case without a name. Never raises."""
    reader = CaseReader(lifecycle, vocabulary)
    read = reader.read(case, number)
    if not reader.faults:
        run = _Run(lifecycle, vocabulary, read, reader)
        run.walk()
        if not run.differences:
            run.compare()
        return LifecycleCase(read.name, read.span, (*reader.faults, *run.differences), frozenset(run.taken))
    return LifecycleCase(read.name, read.span, tuple(reader.faults), frozenset())


def not_taken(lifecycle: Lifecycle, cases: tuple[LifecycleCase, ...]) -> tuple[Transition, ...]:
    """The transitions that no case exercised, in document order; one written for several sources counts once."""
    taken = {span for case in cases for span in case.taken}
    rivals = (transition for some in lifecycle.at.values() for transition in some)
    missed = {transition.span: transition for transition in rivals if transition.span not in taken}
    return tuple(missed[span] for span in sorted(missed))


@dataclass(slots=True)
class _Run:
    """An order on its way through one case."""

    lifecycle: Lifecycle
    vocabulary: Vocabulary
    case: Case
    reader: CaseReader
    state: str = ""
    facts: dict[str, Key] = field(default_factory=dict)
    done: list[Action] = field(default_factory=list)
    taken: set[Span] = field(default_factory=set)
    differences: list[Diagnostic] = field(default_factory=list)

    def walk(self) -> None:
        self.state = self.case.state or self._beginning()
        self.facts = dict(self.case.facts)
        for number, step in enumerate(self.case.walk, start=1):
            self.facts |= step.facts
            move = decide(self.lifecycle, self.state, step.event, step.role, self.facts)
            if isinstance(move, Refusal):
                message = f"step {number}, '{step.event}' by {step.role} in '{self.state}', is refused"
                self._differs(message, step.span, f"{move.code}: {reason(move, self.vocabulary)}")
                return
            self._take(move)

    def compare(self) -> None:
        for entry in self.case.expect:
            match entry.key.text:
                case "open" | "closed":
                    self._compare_events(entry)
                case "ends":
                    self._compare_text(entry, self.state)
                case "finished":
                    finished = is_finished(self.lifecycle, self.state, self.facts)
                    self._compare_text(entry, {True: "true", False: "false", None: "unknown"}[finished])
                case "does":
                    self._compare_actions(entry)

    def _beginning(self) -> str:
        creates = any(state == self.lifecycle.creation for state, _ in self.lifecycle.at)
        return self.lifecycle.creation if creates else self.lifecycle.initial

    def _take(self, move: Move) -> None:
        self.state = move.target
        self.done.extend(move.actions)
        self.taken.add(move.span)

    def _compare_events(self, entry: Entry) -> None:
        if not isinstance(entry.value, Mapping):
            self.differences.append(error("RS541", f"`{entry.key.text}` is a map from events", entry.value.span))
            return
        for event in entry.value.entries:
            if self.reader.event(event.key):
                self._compare_event(event, entry.key.text == "open")

    def _compare_event(self, event: Entry, is_open: bool) -> None:
        outcome = decide(self.lifecycle, self.state, event.key.text, self.case.role, self.facts)
        expected, name = _text(event.value), event.key.text
        if isinstance(outcome, Move):
            self.taken.add(outcome.span)
            got, because = f"open to '{outcome.target}'", ""
            as_expected = is_open and outcome.target == expected
        else:
            got, because = f"closed ({outcome.code})", reason(outcome, self.vocabulary)
            as_expected = not is_open and outcome.code == expected
        if not as_expected:
            wanted = f"open to '{expected}'" if is_open else f"closed ({expected})"
            message = f"'{name}' by {self.case.role} in '{self.state}' is {got}, expected {wanted}"
            self._differs(message, event.key.span, because)

    def _compare_text(self, entry: Entry, got: str) -> None:
        expected = _text(entry.value)
        if got != expected:
            self._differs(f"{entry.key.text} is {got}, expected {expected}", entry.key.span, "")

    def _compare_actions(self, entry: Entry) -> None:
        got = [action_text(action) for action in self.done if action.name not in _SILENT]
        items = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
        expected = [_text(item) for item in items]
        if got != expected:
            witness = f"expected  {', '.join(expected) or 'nothing'}\ngot       {', '.join(got) or 'nothing'}"
            self._differs("the walk did something else", entry.key.span, witness)

    def _differs(self, message: str, span: Span, witness: str) -> None:
        self.differences.append(error("RS540", f"case '{self.case.name}': {message}", span, witness=witness))


def _text(node: Node) -> str:
    """A word, or `restock: part` for an action written as a map of one."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Mapping) and len(node.entries) == 1:
        return f"{node.entries[0].key.text}: {_text(node.entries[0].value)}"
    return str(to_plain(node))
