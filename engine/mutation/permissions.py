"""In which ways can a ruleset about who may do what be a little wrong?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import gcd
from typing import Any

from engine.documents.access import expanded
from engine.documents.effects import Ratio
from engine.documents.model import AccessDocument, AmountLimit, Guard, Permission, PublishPolicy, Role
from engine.mutation.amounts import moved, setting, without
from engine.mutation.model import Change
from engine.mutation.said import Said, percent


def permission_changes(part: Any, said: Said) -> Iterator[Change]:
    """The ways to spoil a role, a limit or the publish policy; nothing for anything else."""
    match part:
        case AccessDocument():
            yield from _widened(part)
        case Role():
            yield from without(part, "inherits", f"{part.id} inherits", [part.span] * len(part.inherits))
            yield from _fewer(part)
            yield from without(part, "limits", f"{part.id}: limit of", [limit.span for limit in part.limits])
        case AmountLimit():
            yield from moved(part, "amount", f"{part.action} up to", said)
        case PublishPolicy():
            spans = dict(part.spans)
            yield from without(part, "kinds", "second approver for", [spans.get("kinds")] * len(part.kinds))
            yield from without(part, "warnings", "second approver for", [spans.get("warnings")] * len(part.warnings))
            yield from (
                setting(part, "any_warning", (not part.any_warning,), "any warning") if "warnings" in spans else ()
            )
            yield from _shares(part)


def _fewer(role: Role) -> Iterator[Change]:
    for number, permission in enumerate(role.may):
        yield Change(
            sort="removed", what=f"may {number}", part=replace(role, may=role.may[:number] + role.may[number + 1 :]),
            said=f"{role.id} may no longer {permission.pattern}", shows=f"may {permission.pattern}",
            span=permission.span,
        )  # fmt: skip


def _widened(document: AccessDocument) -> Iterator[Change]:
    """One action becomes all that begin like it: the star somebody writes in a hurry."""
    for place, role in enumerate(document.roles):
        areas: set[str] = set()
        for number, permission in enumerate(role.may):
            area = permission.pattern.partition(".")[0]
            if "*" in permission.pattern or area in areas:
                continue
            areas.add(area)
            wider = Permission(
                pattern=f"{area}.*", actions=expanded(f"{area}.*", document.actions), span=permission.span
            )
            changed = replace(role, may=(*role.may[:number], wider, *role.may[number + 1 :]))
            yield Change(
                sort="setting", what=f"{role.id} {area}.*",
                part=replace(document, roles=(*document.roles[:place], changed, *document.roles[place + 1 :])),
                said=f"{role.id} may {permission.pattern} → {area}.*", shows=f"may not do all of {area}",
                span=permission.span,
            )  # fmt: skip


def _shares(policy: PublishPolicy) -> Iterator[Change]:
    """A hundredth of a point more and less, and no limit at all."""
    if policy.guard is None:
        return
    spans = dict(policy.spans)
    for field in ("carts_worse", "revenue_falls"):
        share = getattr(policy.guard, field)
        if share is None:
            continue
        for what, other in (("raised", _moved(share, 1)), ("lowered", _moved(share, -1)), ("gone", None)):
            if other is not None and other[0] < 0:
                continue
            guard = _with_share(policy.guard, field, other)
            new = "any" if other is None else percent(other)
            yield Change(
                sort="threshold" if other else "removed", what=f"{field} {what}", part=replace(policy, guard=guard),
                said=f"{field} {percent(share)} → {new}", shows=f"at {field} {percent(share)}", span=spans.get(field),
            )  # fmt: skip


def _with_share(guard: Guard, field: str, share: Ratio | None) -> Guard:
    return replace(guard, carts_worse=share) if field == "carts_worse" else replace(guard, revenue_falls=share)


def _moved(share: Ratio, by: int) -> Ratio:
    top, bottom = share[0] * 10_000 + by * share[1], share[1] * 10_000
    common = gcd(top, bottom)
    return top // common, bottom // common
