"""How is the comparison of two rule books shown?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from engine.cli import exits, findings, screen
from engine.cli.equiv_books import Pair
from engine.cli.files import Files
from engine.equivalence import Equivalence, Example, Outcome, Region
from engine.facts.cart_plain import cart_as_plain
from engine.money import format_amount
from engine.proof.witness import given_lines
from engine.text.diagnostics import Diagnostic
from engine.text.render import excerpt
from engine.text.source import Source

Compared = Sequence[tuple[Pair, Equivalence]]

_STATUS = {"same": "the same", "different": "different", "not_decided": "not decided"}
_NEVER_MORE = {"proved": "proved", "refuted": "refuted", "not_decided": "not decided"}
_WARNING = "warning: "

MOST_REGIONS: Final = 20
"""Regions that are shown; JSON has all."""


def exit_code(compared: Compared, *, strict: bool) -> int:
    """1 where NEW was asked to cost no more and does, or else where they differ; with `strict` what is not decided."""
    for _, answer in compared:
        if answer.never_more is None and answer.status == "different":
            return exits.FINDINGS
        if answer.never_more == "refuted" or (strict and not is_decided(answer)):
            return exits.FINDINGS
    return exits.FINE


def is_decided(answer: Equivalence) -> bool:
    """Whether what was asked has an answer."""
    return (answer.status if answer.never_more is None else answer.never_more) != "not_decided"


def show(compared: Compared, files: Files) -> None:
    """A block for each region, then one line for each currency."""
    for pair, answer in compared:
        for number, region in enumerate(_shown(answer), 1):
            for line in _region(number, region, pair, files.sources):
                screen.say(line)
            screen.say()
        left_out = len(answer.regions) - MOST_REGIONS
        if left_out > 0:
            screen.say(f"… and {screen.count(left_out, 'more region')}; --json has all")
            screen.say()
        if answer.costs_more is not None:
            screen.say(f"{_size(answer.costs_more)} for which NEW charges more:")
            for line in _example(answer.costs_more, pair):
                screen.say(line)
            screen.say()
    for pair, answer in compared:
        screen.say(_answer(pair, answer))
        if not is_decided(answer):
            screen.complain(f"{_WARNING}not decided: {answer.never_more_reason or answer.reason}")


def say_json(compared: Compared, found: Sequence[Diagnostic], *, code: int) -> None:
    """Everything for programs."""
    screen.say_json(
        {
            "command": "equiv",
            "ok": code == exits.FINE,
            "answers": [answer.as_plain() for _, answer in compared],
            "diagnostics": findings.as_plain(found),
        }
    )


def _shown(answer: Equivalence) -> Sequence[Region]:
    """As many as somebody reads; of more those first that are known to differ."""
    if len(answer.regions) <= MOST_REGIONS:
        return answer.regions
    return sorted(answer.regions, key=lambda region: region.status != "different")[:MOST_REGIONS]


def _region(number: int, region: Region, pair: Pair, sources: Mapping[str, Source]) -> Iterator[str]:
    name = f"{region.kind} {region.rule}".rstrip()
    yield f"{number}. {_STATUS[region.status]}: {name}: {region.about}"
    for place, facts in enumerate(region.facts):
        yield f"   {'where' if not place else '   or'} {facts}"
    if region.example is not None:
        yield f"   {_size(region.example)}:"
        yield from _example(region.example, pair)
    else:
        yield f"   {region.reason}"
    for node in region.nodes:
        yield from (f"  {line}".rstrip() for line in excerpt(node.span, node.side.upper(), sources))


def _size(example: Example) -> str:
    return "the smallest cart" if example.smallest else "a cart"


def _example(example: Example, pair: Pair) -> Iterator[str]:
    differs = ", ".join(example.differs)
    yield f"   OLD {_outcome(example.old, pair.currency)}"
    yield f"   NEW {_outcome(example.new, pair.currency)} ({differs})"
    vocabulary = pair.new.vocabulary or pair.old.vocabulary
    if vocabulary is not None:
        documents = (*pair.old.documents.values(), *pair.new.documents.values())
        for document in documents:
            vocabulary = vocabulary.with_attributes(document.attributes)
        yield from given_lines(cart_as_plain(example.cart, vocabulary), indent=5)


def _outcome(outcome: Outcome, currency: str) -> str:
    def money(amount: int) -> str:
        return format_amount(amount, currency)

    parts = [f"discount {money(outcome.discount)}"] if outcome.discount else []
    parts += [f"shipping {money(outcome.shipping)}"] if outcome.shipping else []
    parts += [f"by {outcome.method}"] if outcome.method else []
    parts += [f"tax {money(outcome.tax)}"] if outcome.tax else []
    parts += [f"refused: {', '.join(outcome.refusals)}"] if outcome.refusals else []
    aside = f", {', '.join(parts)}" if parts else ""
    return f"total {money(outcome.total)} {currency}{aside}"


def _answer(pair: Pair, answer: Equivalence) -> str:
    counted = {status: sum(region.status == status for region in answer.regions) for status in _STATUS}
    if not answer.regions and answer.status == "not_decided":
        said = f"{pair.currency}: {_STATUS[answer.status]}"
    elif not answer.regions:
        said = f"{pair.currency}: the same for every cart"
    else:
        parts = ", ".join(f"{number:,} {_STATUS[status]}" for status, number in counted.items() if number)
        said = f"{pair.currency}: {_STATUS[answer.status]}, {screen.count(len(answer.regions), 'region')}: {parts}"
    if answer.never_more is not None:
        scope = f" ({answer.never_more_scope})" if answer.never_more_scope else ""
        said += f"; NEW never charges more: {_NEVER_MORE[answer.never_more]}{scope}"
    return said
