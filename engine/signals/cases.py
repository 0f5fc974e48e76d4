"""Does a signals ruleset see what its cases say?

A case says what happened and what is there (`given: {events, subjects, now}`) and what has to come of it (`expect`):

- `fires: {signal: [3]}`: exactly these signals, at the events with these numbers, or about these subjects;
- `does: [hold order A3]`: everything that is done, in order;
- `derived: {C1: {customer.tier: gold}}`: of these subjects, exactly these facts;
- `tags: {C1: [tier-gold]}`: of these customers, exactly these tags.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.documents.model.signals import SignalsDocument
from engine.facts.case_reading import PlayedCase, words_of
from engine.facts.vocabulary import Vocabulary
from engine.signals.chainer import Chainer
from engine.signals.compile import compile_signals
from engine.signals.explain import nearest
from engine.signals.model import Firing, Outcome
from engine.signals.read_case import Case, derived_name, read_case
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Entry, Mapping, Node, Scalar

Wanted = dict[str, tuple[str, ...]]


def run_signals_case(document: SignalsDocument, vocabulary: Vocabulary, node: Mapping, number: int = 1) -> PlayedCase:
    """Play one case through. `number` (from 1) names a case without a name. Never raises."""
    case, faults = read_case(document, vocabulary, node, number)
    if faults:
        return PlayedCase(case.name, case.span, faults)
    program = compile_signals(document)
    outcome = Chainer(program).evaluate(case.given)
    near = "\n".join(str(each) for each in nearest(program, case.given) if sum(each.got))
    differences = tuple(_differences(case, outcome, near))
    return PlayedCase(case.name, case.span, differences, frozenset(_exercised(document, outcome)))


def _differences(case: Case, outcome: Outcome, near: str) -> Iterator[Diagnostic]:
    done = [str(effect) for firing in outcome.firings for effect in firing.effects]
    for entry in case.expect:
        if entry.key.text == "does":
            wanted = words_of(entry.value)
            if list(wanted) != done:
                yield _differs(case, entry, ", ".join(wanted), ", ".join(done), near)
            continue
        expected, got = _expected(entry), _got(entry, outcome)
        if expected != got:
            yield _differs(case, entry, _text(expected), _text(got), near if entry.key.text == "fires" else "")


def _expected(entry: Entry) -> Wanted:
    if not isinstance(entry.value, Mapping):
        return {}
    if entry.key.text == "derived":
        return {each.key.text: tuple(sorted(_facts(each.value))) for each in entry.value.entries}
    return {each.key.text: tuple(sorted(words_of(each.value))) for each in entry.value.entries}


def _got(entry: Entry, outcome: Outcome) -> Wanted:
    """What came out, of what the expectation names: all that fired, but only the subjects it is about."""
    if entry.key.text == "fires":
        fired: dict[str, list[str]] = {}
        for firing in outcome.firings:
            fired.setdefault(firing.signal, []).append(_place(firing))
        return {signal: tuple(sorted(places)) for signal, places in fired.items()}
    asked = [each.key.text for each in entry.value.entries] if isinstance(entry.value, Mapping) else []
    if entry.key.text == "tags":
        return {name: tuple(sorted(tag for tag, has in outcome.tags.get(name, {}).items() if has)) for name in asked}
    derived = {name: facts for (_, name), facts in outcome.derived.items()}
    return {name: tuple(sorted(f"{fact}: {value}" for fact, value in derived.get(name, {}).items())) for name in asked}


def _place(firing: Firing) -> str:
    """The number of the event, or the id of the subject."""
    if firing.events:
        return firing.last.lstrip("0")
    return firing.last.partition(":")[2].rpartition("@")[0]


def _facts(node: Node) -> Iterator[str]:
    for entry in node.entries if isinstance(node, Mapping) else ():
        value = entry.value.text if isinstance(entry.value, Scalar) else ""
        yield f"{entry.key.text}: {({'true': '1', 'false': '0'}).get(value, value)}"


def _text(wanted: Wanted) -> str:
    return "; ".join(f"{name}: {', '.join(items) or 'none'}" for name, items in sorted(wanted.items()))


def _differs(case: Case, entry: Entry, expected: str, got: str, near: str) -> Diagnostic:
    witness = f"expected  {expected or 'nothing'}\ngot       {got or 'nothing'}"
    message = f"case '{case.name}': `{entry.key.text}` is not as expected"
    return error("RS670", message, entry.key.span, witness=f"{witness}\n{near}" if near else witness)


def _exercised(document: SignalsDocument, outcome: Outcome) -> Iterator[tuple[str, str]]:
    yield from (("signal", firing.signal) for firing in outcome.firings)
    yield from (("tag", tag) for tags in outcome.tags.values() for tag, has in tags.items() if has)
    for each in document.derivations:
        if any(facts.get(each.fact) == each.value for facts in outcome.derived.values()):
            yield "derivation", derived_name(each)
