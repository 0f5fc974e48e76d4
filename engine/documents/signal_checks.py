"""Do the names in a signals document fit together: events, the facts they carry, and whom effects concern?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engine.documents.conditions import facts_read
from engine.documents.inheritance import circles
from engine.documents.model.signals import (
    Derivation,
    Idle,
    Pattern,
    Signal,
    SignalEffect,
    Step,
    SubjectKind,
    TagRule,
)
from engine.documents.reading import Reader
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar
from engine.text.source import Span

_ALWAYS_CARRIED = frozenset({"event.name", "event.at"})
_FIRED = "SignalFired"


class SignalChecks:
    """What is known while one document is read, and what is wrong with it (RS395 to RS399)."""

    def __init__(self, reader: Reader, node: Node | None) -> None:
        """`node` declares names that the lifecycle announces."""
        self._reader = reader
        self._types = {} if reader.vocabulary is None else reader.vocabulary.events
        self.declared = reader.identifiers(node)
        self._announced: frozenset[str] = frozenset()
        for name in self.declared:
            if name in self._types and node is not None:
                message = f"the vocabulary knows '{name}' already"
                reader.report("RS399", message, node.span, hint="leave it out of `order_events`")

    # events ------------------------------------------------------------------------------------------------------

    def announces(self, signals: Iterable[MappingNode]) -> None:
        """Take in what the signals announce, before the first is read; reports names that must not be used."""
        nodes = [node for fields in signals for node in _announced_by(fields)]
        for node in nodes:
            if node.text in self._types or node.text in self.declared:
                message = f"'{node.text}' tells something else already: a signal cannot announce it"
                self._reader.report("RS399", message, node.span, hint="choose a name of its own, as in CartAbandoned")
        self._announced = frozenset(node.text for node in nodes)

    def events(self, node: Node | None) -> tuple[str, ...]:
        """The names of events; those nobody announces are reported and left out."""
        found = []
        for item in (node,) if isinstance(node, Scalar) else self._reader.items(node):
            name = self._reader.identifier(item)
            if name is None or self._reader.vocabulary is None:
                continue
            if self._carried(name) is None:
                known = [*self._types, *self.declared, *self._announced]
                hint = self._reader.suggest(
                    name, known, "declare it under `order_events:` if the lifecycle announces it"
                )
                self._reader.report("RS395", f"there is no event '{name}'", item.span, hint=hint)
            else:
                found.append(name)
        return tuple(dict.fromkeys(found))

    def carried_by_all(self, fact: Scalar, steps: Iterable[Step]) -> None:
        """Report a fact that has to be the same in all events though one of them never tells it."""
        for name in (name for step in steps for name in step.events):
            if fact.text not in (self._carried(name) or ()):
                self._report_missing(
                    fact.text, f"'{name}' does not tell {fact.text}, so it is never the same", fact.span
                )
                return

    def carried_by_some(self, facts: Iterable[str], events: Sequence[str], span: Span) -> None:
        """Report facts in a condition that none of the events tells."""
        for fact in facts:
            if events and all(fact not in (self._carried(name) or ()) for name in events):
                self._report_missing(fact, f"{' and '.join(events)} does not tell {fact}, so this never holds", span)

    def known_of_subject(self, facts: Iterable[str], subject: SubjectKind, span: Span) -> None:
        """Report facts in a condition that are not of the subject."""
        for fact in facts:
            if not self._is_known_of(fact, subject):
                self._report_missing(fact, f"{fact} is not known of {_A[subject]}", span)

    def _is_known_of(self, fact: str, subject: SubjectKind) -> bool:
        found = None if self._reader.vocabulary is None else self._reader.vocabulary.find(fact)
        if found is None or not fact.startswith(f"{subject}."):
            return False
        return found.scope == "subject" or subject == "order" or fact == f"{subject}.id"

    def _report_missing(self, fact: str, message: str, span: Span) -> None:
        self._reader.report("RS396", message, span, hint="the reference of the vocabulary lists what each event tells")

    def _carried(self, event: str) -> frozenset[str] | None:
        """The facts that the event tells; None when there is no such event."""
        found = self._types.get(event)
        if found is not None:
            return _ALWAYS_CARRIED.union(found.facts)
        if event in self._announced and _FIRED in self._types:
            return _ALWAYS_CARRIED.union(self._types[_FIRED].facts)
        if event in self.declared and self._reader.vocabulary is not None:
            return _ALWAYS_CARRIED.union(self._reader.vocabulary.order_facts)
        return None

    # effects -----------------------------------------------------------------------------------------------------

    def concerned(self, effects: Iterable[SignalEffect], seen: Pattern | Idle) -> None:
        """Report effects on something that is not known once the pattern is seen."""
        for effect in effects:
            needed = _needed(effect)
            if needed is not None and not self._tells(seen, needed):
                message = f"nobody can tell which {needed} to {effect.kind}"
                hint = (
                    f"the last event has to tell {needed}.id" if isinstance(seen, Pattern) else "choose another effect"
                )
                self._reader.report("RS397", message, effect.span, hint=hint)

    def _tells(self, seen: Pattern | Idle, needed: SubjectKind) -> bool:
        if isinstance(seen, Idle):
            return needed in (seen.subject, "customer")  # orders and carts are mostly of a customer
        events = seen.steps[-1].events
        return not events or any(f"{needed}.id" in (self._carried(name) or ()) for name in events)

    # the whole ---------------------------------------------------------------------------------------------------

    def whole(self, signals: Sequence[Signal], derivations: Sequence[Derivation], tags: Sequence[TagRule]) -> None:
        """Report what goes round in a circle, and tags that two parts of the document would fight over."""
        managed = {each.tag for each in tags}
        for effect in (effect for signal in signals for effect in signal.then):
            if effect.kind in ("tag", "untag") and effect.name in managed:
                message = f"the tag '{effect.name}' follows from `tags:`, so a signal cannot {effect.kind} it"
                self._reader.report("RS397", message, effect.span, hint="use another tag, or remove it from `tags:`")
        self._check_derivations(derivations)
        self._check_announcing(signals)

    def _check_derivations(self, derivations: Sequence[Derivation]) -> None:
        reads: dict[str, list[str]] = {each.fact: [] for each in derivations}
        for each in derivations:
            reads[each.fact] += facts_read(each.when)
        for circle in circles(reads):
            place = next(each for each in derivations if each.fact == circle[0])
            message = f"{circle[0]} follows from itself: {' → '.join(circle)}"
            self._reader.report("RS398", message, place.span, hint="remove one of these steps")

    def _check_announcing(self, signals: Sequence[Signal]) -> None:
        said = {signal.id: {each.name for each in signal.then if each.kind == "announce"} for signal in signals}
        waits = {
            signal.id: [other for other, names in said.items() if names & _waited_for(signal)] for signal in signals
        }
        for circle in circles(waits):
            place = next(each for each in signals if each.id == circle[0])
            message = f"'{circle[0]}' waits for what follows from itself: {' → '.join(circle)}"
            self._reader.report("RS399", message, place.span, hint="it would never end: remove one of these steps")


_A = {"order": "an order", "cart": "a cart", "customer": "a customer"}


def _announced_by(fields: MappingNode) -> Iterator[Scalar]:
    then = fields.get("then")
    for effect in getattr(then, "items", ()):
        node = effect.get("announce") if isinstance(effect, MappingNode) else None
        if isinstance(node, Scalar):
            yield node


def _needed(effect: SignalEffect) -> SubjectKind | None:
    if effect.kind in ("tag", "untag"):
        return "customer"
    return next((kind for kind in _SUBJECTS if effect.kind in ("flag", "hold") and kind == effect.name), None)


_SUBJECTS: tuple[SubjectKind, ...] = ("order", "cart", "customer")


def _waited_for(signal: Signal) -> frozenset[str]:
    seen = signal.seen
    return frozenset(name for step in seen.steps for name in step.events) if isinstance(seen, Pattern) else frozenset()
