"""Which rules shut each other out: `exclusive_with` works both ways, and what was applied first wins."""

from __future__ import annotations

from collections.abc import Iterable

from engine.runtime.promotion_program import CompiledPromotion
from engine.runtime.working import Working


def is_excluded(rule: CompiledPromotion, work: Working) -> bool:
    """Whether something that was applied before excludes the rule, or the rule excludes it. Both ways: first wins."""
    if not work.applied:
        return False
    if names(work.blocked, (rule.id,), (rule.lane,)):
        work.skip(rule.id, "exclusive")
        return True
    if names(rule.exclusive_with, work.applied, work.applied_lanes):
        work.skip(rule.id, "exclusive", {"rule": ", ".join(work.applied)})
        return True
    return False


def names(excluded: frozenset[str] | set[str], rules: Iterable[str], lanes: Iterable[str]) -> bool:
    """Whether `exclusive_with` names one of the rules or lanes, or all there are."""
    if not excluded:
        return False
    return "all" in excluded or not excluded.isdisjoint(rules) or not excluded.isdisjoint(lanes)
