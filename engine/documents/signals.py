"""What does a signals document say: which patterns over time it looks for, and what is done when one is seen?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, get_args

from engine.documents.common import common_parts
from engine.documents.conditions import ALWAYS, Condition, Key, facts_read
from engine.documents.model.signals import (
    Derivation,
    EffectKind,
    Idle,
    Pattern,
    Signal,
    SignalEffect,
    SignalsDocument,
    Step,
    SubjectKind,
    TagRule,
)
from engine.documents.places import EVENT, SUBJECT
from engine.documents.reading import Ids, Reader
from engine.documents.shapes.signals import MOST_OF_A_STEP
from engine.documents.signal_checks import SignalChecks
from engine.facts.vocabulary import Fact, FactType
from engine.text.nodes import Entry, Node, Scalar
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Sequence as ListNode

SUBJECTS: Final[tuple[SubjectKind, ...]] = get_args(SubjectKind)
EFFECTS: Final[tuple[EffectKind, ...]] = get_args(EffectKind)

MOST_SIGNALS: Final = 200
MOST_DERIVED: Final = 200
MOST_STEPS: Final = 5
MOST_ALTERNATIVES: Final = 3
"""More than anybody can keep apart, and evaluation stays quick up to here."""
MOST_SECONDS: Final = 3_650 * 86_400
"""As long as a shop can be told to keep what happened; calendars end not much later."""


def read_signals(reader: Reader, fields: MappingNode) -> SignalsDocument:
    """The typed document; whatever has a fault is reported and left out.

    Unknown events are RS395, facts that an event or a subject does not have RS396, effects without somebody to do them
    to RS397, derived facts that clash or follow from themselves RS398, and names that must not be announced RS399.
    """
    nodes = list(reader.mappings(fields.get("derive")))[: MOST_DERIVED + 1]
    _at_most(reader, nodes, MOST_DERIVED, "derivations")
    facts = _derived_facts(reader, nodes)
    reader = _knowing(reader, facts, fields)
    checks = SignalChecks(reader, fields.get("order_events"))
    derivations = tuple(_derivations(reader, nodes, facts, checks))
    tags = tuple(_tags(reader, fields.get("tags"), checks))
    listed = list(reader.mappings(reader.required(fields, "signals")))
    _at_most(reader, listed, MOST_SIGNALS, "signals")
    checks.announces(listed)
    ids = Ids(reader, "signal")
    found = (_signal(reader, each, ids, checks) for each in listed[:MOST_SIGNALS])
    signals = tuple(signal for signal in found if signal is not None)
    checks.whole(signals, derivations, tags)
    return SignalsDocument(
        signals=signals,
        derivations=derivations,
        tags=tags,
        order_events=checks.declared,
        **common_parts(reader, fields),
    )


def _at_most(reader: Reader, nodes: list[MappingNode], most: int, what: str) -> None:
    if len(nodes) > most:
        reader.report("RS207", f"there are more than the {most} {what} a ruleset may have", nodes[most].span)


# facts that follow from others -----------------------------------------------------------------------------------


def _derived_facts(reader: Reader, nodes: Iterable[MappingNode]) -> dict[str, Fact]:
    """The new facts, each with the type of its first value."""
    facts: dict[str, Fact] = {}
    for fields in nodes:
        node, value = fields.get("fact"), fields.get("is")
        name = node.text if isinstance(node, Scalar) else ""
        if node is None or name.partition(".")[0] not in SUBJECTS or not name.partition(".")[2]:
            continue  # the shape says so
        if reader.vocabulary is not None and reader.vocabulary.find(name) is not None:
            message = f"{name} is a fact of {reader.vocabulary.ref} and cannot be derived"
            reader.report("RS398", message, node.span, hint="give the derived fact another name")
        elif isinstance(value, Scalar):
            about = "Derived by the ruleset."
            facts.setdefault(name, Fact(name, _type_of(value), "subject", "request", missing=True, about=about))
    return facts


def _knowing(reader: Reader, facts: dict[str, Fact], fields: MappingNode) -> Reader:
    """A reader whose conditions may read the derived facts, as attributes of the document."""
    if reader.vocabulary is None or not facts:
        return reader
    vocabulary = reader.vocabulary.with_attributes(facts)
    return Reader(reader, vocabulary, {**reader.attributes, **facts}, reader.attachments, fields.get("define"))


def _type_of(value: Scalar) -> FactType:
    if isinstance(value.value, bool):
        return "boolean"
    return "count" if isinstance(value.value, int) else "code"


def _derivations(
    reader: Reader, nodes: Iterable[MappingNode], facts: dict[str, Fact], checks: SignalChecks
) -> Iterator[Derivation]:
    for fields in nodes:
        name = reader.identifier(reader.required(fields, "fact"))
        node = reader.required(fields, "is")
        subject = next((kind for kind in SUBJECTS if name is not None and name.startswith(f"{kind}.")), None)
        when = _of_subject(reader, reader.required(fields, "when"), subject, checks)
        fact = None if name is None else facts.get(name)
        if fact is None or subject is None or node is None:
            continue
        value = _value(reader, node, fact)
        if value is not None:
            yield Derivation(
                fact=fact.name, type=fact.type, subject=subject, value=value, when=when, span=fields.span
            )  # fmt: skip


def _value(reader: Reader, node: Node, fact: Fact) -> Key | None:
    if not isinstance(node, Scalar):
        reader.text(node)
        return None
    if _type_of(node) != fact.type:
        message = f"{fact.name} is a {fact.type} further up, and a {_type_of(node)} here"
        reader.report("RS398", message, node.span, hint="give all its values the same type")
        return None
    if fact.type == "boolean":
        return int(reader.flag(node, False))
    return reader.integer(node, 0) if fact.type == "count" else reader.identifier(node)


def _tags(reader: Reader, node: Node | None, checks: SignalChecks) -> Iterator[TagRule]:
    ids, listed = Ids(reader, "tag"), list(reader.mappings(node))
    _at_most(reader, listed, MOST_DERIVED, "tags")
    for fields in listed[:MOST_DERIVED]:
        tag = ids.claim(fields, "tag")
        when = _of_subject(reader, reader.required(fields, "when"), "customer", checks)
        if tag is not None:
            yield TagRule(tag=tag, when=when, span=fields.span)


def _of_subject(reader: Reader, node: Node | None, subject: SubjectKind | None, checks: SignalChecks) -> Condition:
    when = reader.condition(node, SUBJECT)
    if subject is not None and node is not None:
        checks.known_of_subject(facts_read(when), subject, node.span)
    return when


# patterns over time ----------------------------------------------------------------------------------------------


def _signal(reader: Reader, fields: MappingNode, ids: Ids, checks: SignalChecks) -> Signal | None:
    name = ids.claim(fields)
    seen = _seen(reader, fields, checks)
    effects = tuple(_effects(reader, reader.required(fields, "then")))
    window = reader.window(fields)
    if seen is None or name is None:
        return None
    checks.concerned(effects, seen)
    return Signal(
        id=name,
        seen=seen,
        then=effects,
        window=window,
        summary=reader.text(fields.get("summary")) or "",
        span=fields.span,
    )


def _seen(reader: Reader, fields: MappingNode, checks: SignalChecks) -> Pattern | Idle | None:
    repeated, sequence = reader.mapping(fields.get("repeated")), reader.mapping(fields.get("sequence"))
    idle = reader.mapping(fields.get("idle"))
    if repeated is not None:
        return _pattern(reader, repeated, [repeated], checks)
    if sequence is not None:
        steps = list(reader.mappings(reader.required(sequence, "steps")))
        if len(steps) > MOST_STEPS:
            reader.report("RS207", f"a sequence may have {MOST_STEPS} steps, and this is one more", steps[-1].span)
        return _pattern(reader, sequence, steps[:MOST_STEPS], checks)
    return None if idle is None else _idle(reader, idle, checks)


def _pattern(
    reader: Reader, fields: MappingNode, nodes: list[MappingNode], checks: SignalChecks
) -> Pattern | None:  # fmt: skip
    steps = tuple(_step(reader, node, checks) for node in nodes)
    same = _same(reader, fields)
    within = _longer_than_nothing(reader, reader.required(fields, "within"))
    for names in same:
        for node in names:
            checks.carried_by_all(node, steps)
    if within is None or not steps:
        return None
    return Pattern(
        steps=steps,
        same=tuple(tuple(node.text for node in names) for names in same),
        within_seconds=within,
        span=fields.span,
    )


def _step(reader: Reader, fields: MappingNode, checks: SignalChecks) -> Step:
    node = fields.get("where")
    events = checks.events(reader.required(fields, "events"))
    where = reader.condition(node, EVENT)
    if node is not None:
        checks.carried_by_some(facts_read(where), events, node.span)
    at_least = reader.integer(fields.get("at_least"), 1, MOST_OF_A_STEP)
    return Step(events=events, where=where, at_least=at_least or 1, span=fields.span)


def _same(reader: Reader, fields: MappingNode) -> list[list[Scalar]]:
    """The alternatives, each a list of the names of facts; one without facts when nothing has to be the same."""
    alone, several = fields.entry("same"), fields.entry("same_any")
    if alone is not None and several is not None:
        reader.report("RS206", "`same` and `same_any` ask for the same thing", several.key.span, hint="keep one")
    if several is None:
        return [[] if alone is None else _facts(reader, alone.value)]
    found = [_facts(reader, node) for node in reader.items(several.value)]
    if len(found) > MOST_ALTERNATIVES:
        message = f"{len(found)} alternatives are more than the {MOST_ALTERNATIVES} a signal may have"
        reader.report("RS207", message, several.key.span)
    return found[:MOST_ALTERNATIVES] or [[]]


def _facts(reader: Reader, node: Node) -> list[Scalar]:
    found = list(reader.items(node)) if isinstance(node, ListNode) else [node]
    return [each for each in found if isinstance(each, Scalar) and reader.fact(each, EVENT) is not None]


def _idle(reader: Reader, fields: MappingNode, checks: SignalChecks) -> Idle | None:
    subject = reader.choice(reader.required(fields, "subject"), SUBJECTS, SUBJECTS[0])
    long = _longer_than_nothing(reader, reader.required(fields, "for"))
    node = fields.get("before")
    before = _longer_than_nothing(reader, node)
    when = ALWAYS if fields.get("when") is None else _of_subject(reader, fields.get("when"), subject, checks)
    if long is None:
        return None
    if before is not None and before <= long and node is not None:
        hint = "`before` is excluded and must be longer than `for`"
        reader.report("RS319", "it would have to change before it has been idle long enough", node.span, hint=hint)
        return None
    return Idle(subject=subject, for_seconds=long, before_seconds=before, when=when, span=fields.span)


def _longer_than_nothing(reader: Reader, node: Node | None) -> int | None:
    """A duration that is longer than nothing, and not longer than anybody remembers."""
    seconds = reader.duration(node)
    if node is None or seconds is None:
        return None
    if seconds <= 0:
        reader.report("RS207", "nothing happens within no time", node.span, hint="write it as in 10m")
        return None
    if seconds > MOST_SECONDS:
        hint = f"at most {MOST_SECONDS // 86_400}d"
        reader.report("RS207", "this is longer than any shop remembers", node.span, hint=hint)
        return None
    return seconds


def _effects(reader: Reader, node: Node | None) -> Iterator[SignalEffect]:
    for fields in reader.mappings(node):
        for entry in fields.entries[:1]:
            effect = _effect(reader, entry)
            if effect is not None:
                yield effect


def _effect(reader: Reader, entry: Entry) -> SignalEffect | None:
    kind = next((kind for kind in EFFECTS if kind == entry.key.text), None)
    name = reader.identifier(entry.value)
    allowed = {"flag": SUBJECTS, "hold": SUBJECTS[:1]}.get(kind or "")
    if kind is None or name is None or (allowed is not None and name not in allowed):
        return None  # the shape says so
    return SignalEffect(kind=kind, name=name, span=entry.key.span.until(entry.value.span))
