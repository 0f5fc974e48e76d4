"""May this be published by one person alone; and if not, which conditions of the publish policy ask for a second?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.documents.effects import Ratio
from engine.documents.model import PublishPolicy
from engine.text.source import Span

Condition = Literal["kinds", "warnings", "carts_worse", "revenue_falls"]
"""The conditions by the keys they have in the ruleset, in the order they are asked."""

APPROVE = "rules.approve"
"""Who may do this can be the second person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What somebody is about to publish: a ruleset of a kind, with the codes of the warnings they allow.

    `carts_worse` of the past carts become dearer or are refused, out of all; what they pay together falls by
    `revenue_falls` of what it was. Both are ratios, not always in lowest terms, and None when nothing was compared.
    """

    kind: str
    warnings: tuple[str, ...] = ()
    carts_worse: Ratio | None = None
    revenue_falls: Ratio | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A condition that asks for a second person; `span` is the line that says so. `at_most` is the share it allows."""

    condition: Condition
    span: Span
    warnings: tuple[str, ...] = ()
    at_most: Ratio | None = None


def asks_for_second(policy: PublishPolicy, publication: Publication) -> tuple[Asking, ...]:
    """Every condition that asks for a second person; none: one is enough. A share that is just reached does not ask."""
    return tuple(_asking(policy, publication))


def _asking(policy: PublishPolicy, publication: Publication) -> Iterator[Asking]:
    spans = dict(policy.spans)
    if publication.kind in policy.kinds:
        yield Asking("kinds", spans["kinds"])
    warnings = [code for code in publication.warnings if policy.any_warning or code in policy.warnings]
    if warnings:
        yield Asking("warnings", spans["warnings"], tuple(dict.fromkeys(warnings)))
    guard = policy.guard
    if guard is None:
        return
    if _exceeds(publication.carts_worse, guard.carts_worse):
        yield Asking("carts_worse", spans["carts_worse"], at_most=guard.carts_worse)
    if _exceeds(publication.revenue_falls, guard.revenue_falls):
        yield Asking("revenue_falls", spans["revenue_falls"], at_most=guard.revenue_falls)


def _exceeds(share: Ratio | None, most: Ratio | None) -> bool:
    if share is None or most is None or share[1] == 0:
        return False
    return share[0] * most[1] > most[0] * share[1]
