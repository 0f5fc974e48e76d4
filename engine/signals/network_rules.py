"""Which rules does the network of a program have?

Names and values inside are short and made here; nothing an author wrote goes in but whole numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.documents.conditions import Condition, Operator
from engine.documents.model.signals import Idle, Pattern, SubjectKind
from engine.signals.clauses import Clause, Literal, TooManyClauses, clauses_of
from engine.signals.compile import Program
from engine.signals.matching import MICROSECONDS, SUBJECTS
from engine.signals.rows import SubjectProperties

MOST_RULES: Final = 400
MOST_TESTS: Final = 400
"""Of one property. From about 512 on a network fails, or hangs for ever."""

BEGIN: Final = "_begin"
Expression = dict[str, Any]

_COMPARED: Final[Mapping[Operator, str]] = {
    "at_least": "$gte", "more_than": "$gt", "at_most": "$lte", "less_than": "$lt", "not": "$neq",
}  # fmt: skip


class CannotBuild(Exception):
    """The program does not fit into a network, or networks do not work here; the message says why."""


@dataclass(frozen=True, slots=True)
class PatternRule:
    """A rule that sees the pattern of a signal by one alternative; its parts are numbered from `first_part`."""

    signal: int
    alternative: int
    pattern: Pattern
    first_part: int


@dataclass(frozen=True, slots=True)
class SubjectRule:
    """A rule that sees a subject for which one clause of a condition holds.

    `number` is the place among the derivations of the stratum, among the idle signals, or among the tags.
    """

    stratum: int
    number: int
    subject: SubjectKind


@dataclass(frozen=True, slots=True)
class NetworkRules:
    """`text` is what the network is made of; the maps say what a rule of a name means."""

    text: Mapping[str, Expression]
    patterns: Mapping[str, PatternRule]
    subjects: Mapping[str, SubjectRule]
    properties: SubjectProperties


def network_rules(program: Program) -> NetworkRules:
    """The rules of a program. Raises CannotBuild when there are more than a network takes.

    Strata are numbered from 1; after the last come idle signals, and after those tags.
    """
    patterns = {f"p{number}": rule for number, rule in enumerate(_pattern_rules(program))}
    properties = SubjectProperties()
    try:
        subjects = list(_subject_rules(program, properties))
    except TooManyClauses:
        raise CannotBuild("a condition has more alternatives than a network takes") from None
    text = {
        BEGIN: {"all": [{"m": {"$and": [{BEGIN: 1}]}}]},
        **{name: {"all": _joins(rule)} for name, rule in patterns.items()},
        **{f"s{number}": {"all": [{"m": {"$and": tests}}]} for number, (_, tests) in enumerate(subjects)},
    }
    _check_size(text)
    return NetworkRules(text, patterns, {f"s{number}": rule for number, (rule, _) in enumerate(subjects)}, properties)


def parts_of(pattern: Pattern) -> int:
    """How many numbers its parts take."""
    return len(pattern.steps) * len(pattern.same)


def _pattern_rules(program: Program) -> Iterator[PatternRule]:
    first_part = 1
    for number, (_, pattern) in enumerate(program.patterns):
        for alternative in range(len(pattern.same)):
            yield PatternRule(number, alternative, pattern, first_part + alternative * len(pattern.steps))
        first_part += parts_of(pattern)


def _joins(rule: PatternRule) -> list[Expression]:
    """From the last row backwards: the first row of its run, the last row before that, and so on."""
    steps = rule.pattern.steps
    newest = f"e{len(steps) - 1}"
    joins: list[Expression] = []
    earliest = ""
    for place in reversed(range(len(steps))):
        row, part, is_first = f"e{place}", {"p": rule.first_part + place}, place == 0
        is_run = steps[place].at_least > 1
        linked = _linked(earliest, "b", newest, begins=is_first and not is_run) if earliest else []
        joins.append({row: {"$and": [part, {"$gte": {"f": 1}}, *linked]}})
        earliest = row
        if is_run:
            earliest = f"f{place}"
            joins.append({earliest: {"$and": [part, *_linked(row, "f", newest, begins=is_first)]}})
    return joins


def _linked(later: str, named: str, newest: str, *, begins: bool) -> list[Expression]:
    """How an older row goes with a later one: it is the one that is named, and in time if the pattern begins here.

    What comes last has to be true: where the last test of a join is false, durable-rules reads on behind its end until
    it finds something, or the process is killed.
    """
    in_time = [{"$gt": {"u": {newest: "at"}}}] if begins else []
    return [*in_time, {"r": {later: named}}, {"c": {later: "c"}}]


def _subject_rules(program: Program, properties: SubjectProperties) -> Iterator[tuple[SubjectRule, list[Expression]]]:
    for stratum, derivations in enumerate(program.strata, 1):
        for number, each in enumerate(derivations):
            yield from _of_condition(SubjectRule(stratum, number, each.subject), each.when, properties)
    idle, tags = len(program.strata) + 1, len(program.strata) + 2
    for number, (_, seen) in enumerate(program.idle):
        for rule, tests in _of_condition(SubjectRule(idle, number, seen.subject), seen.when, properties):
            yield rule, [*tests, *_quiet(seen)]
    for number, tag in enumerate(program.tags):
        yield from _of_condition(SubjectRule(tags, number, "customer"), tag.when, properties)


def _of_condition(
    rule: SubjectRule, when: Condition, properties: SubjectProperties
) -> Iterator[tuple[SubjectRule, list[Expression]]]:
    for clause in clauses_of(when):
        yield rule, [{"s": rule.stratum}, {"k": kind_number(rule.subject)}, *_tests(clause, properties)]


def kind_number(kind: SubjectKind) -> int:
    """A kind of subject as a number."""
    return SUBJECTS.index(kind) + 1


def _quiet(idle: Idle) -> Iterator[Expression]:
    yield {"$gte": {"q": idle.for_seconds * MICROSECONDS}}
    if idle.before_seconds is not None:
        yield {"$lt": {"q": idle.before_seconds * MICROSECONDS}}


def _tests(clause: Clause, properties: SubjectProperties) -> Iterator[Expression]:
    for literal in clause:
        yield _test(literal, properties)


def _test(literal: Literal, properties: SubjectProperties) -> Expression:
    test = literal.test
    if all(isinstance(operand, int) for operand in test.operands) and test.operator in ("is", *_COMPARED):
        name, operand = properties.of_fact(test.fact), test.operands[0]
        return {name: operand} if test.operator == "is" else {_COMPARED[test.operator]: {name: operand}}
    return {properties.of_test(test): int(literal.wanted)}


def _check_size(text: Mapping[str, Expression]) -> None:
    if len(text) > MOST_RULES:
        raise CannotBuild(f"{len(text)} rules are more than the {MOST_RULES} a network takes")
    tests = {(name, str(test)) for rule in text.values() for name, test in _tests_of(rule["all"])}
    for name, count in Counter(name for name, _ in tests).items():
        if count > MOST_TESTS:
            raise CannotBuild(f"{count} tests of one property ({name}) are more than the {MOST_TESTS} a network takes")


def _tests_of(joins: Sequence[Expression]) -> Iterator[tuple[str, Expression]]:
    """Every test with the property it looks at."""
    for join in joins:
        for part in join.values():
            for test in part["$and"]:
                ((name, operand),) = test.items()
                yield next(iter(operand)) if name.startswith("$") else name, test
