"""Which permissions and limits of an access document say what is said already, or what has no effect?"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.access.compile import Access, Grant, Limit, compile_access, is_as_generous
from engine.access.wording import limit_text
from engine.documents.model import AccessDocument, AmountLimit, Permission, Role
from engine.lint.study import Study
from engine.lint.wording import quoted
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.source import Span


def permissions(study: Study) -> Iterator[Diagnostic]:
    """RS480 to RS483, role by role."""
    if not isinstance(study.document, AccessDocument):
        return
    access = compile_access(study.document)
    for role in study.document.roles:
        yield from _repeated(role)
        yield from _inherited(role, access)
        for limit in role.limits:
            yield from _idle(role, limit, access)
    yield from _over_different_periods(study.document)


def _repeated(role: Role) -> Iterator[Diagnostic]:
    """RS480 for an entry that another one of the same list takes in; of two that say the same, the later."""
    patterns = _first_of_each_pattern(role)
    for entry in role.may:
        other = next((each for each in patterns if _takes_in(each, entry)), None)
        if other is not None:
            yield _twice(f"'{role.id}' may '{entry.pattern}' already by '{other.pattern}'", entry, other.span)


def _takes_in(other: Permission, entry: Permission) -> bool:
    wide, narrow = set(other.actions), set(entry.actions)
    return narrow < wide or (narrow == wide and other.span < entry.span)


def _first_of_each_pattern(role: Role) -> Collection[Permission]:
    """There are few patterns, however often a list repeats them."""
    return {entry.pattern: entry for entry in reversed(role.may)}.values()


def _inherited(role: Role, access: Access) -> Iterator[Diagnostic]:
    """RS480 for an entry all of whose actions the role has from others; one with a limit here is left to RS481."""
    limited = {limit.action for limit in role.limits}
    for entry in _first_of_each_pattern(role):
        grants = [access.grant(role.inherits, action) for action in entry.actions]
        if limited.isdisjoint(entry.actions) and all(grant is not None and grant.limit is None for grant in grants):
            given = [grant for grant in grants if grant is not None]
            sources = quoted(grant.role for grant in given)
            yield _twice(f"'{role.id}' inherits '{entry.pattern}' from {sources} already", entry, given[0].span)


def _twice(message: str, entry: Permission, other: Span) -> Diagnostic:
    return error("RS480", message, entry.span, hint="remove it here", related=[Related(other, "given here")])


def _idle(role: Role, limit: AmountLimit, access: Access) -> Iterator[Diagnostic]:
    """RS482 for a limit on what the role may not do, RS481 for one that an inherited permission outdoes."""
    own = Grant(role=role.id, action=limit.action, limit=_limit(limit, access), span=limit.span)
    inherited = access.grant(role.inherits, limit.action)
    if not access.may([role.id], limit.action):
        hint = f"add {limit.action} to `may`, or remove the limit"
        yield error(
            "RS482", f"'{role.id}' may not '{limit.action}', so there is nothing to limit", limit.span, hint=hint
        )
    elif inherited is not None and is_as_generous(inherited, own):
        allowed = "without limit" if inherited.limit is None else limit_text(inherited.limit)
        yield error(
            "RS481",
            f"this limit has no effect: '{role.id}' inherits '{limit.action}' from '{inherited.role}' {allowed}",
            limit.span,
            hint=f"take {limit.action} away from '{inherited.role}', or do not inherit it",
            related=[Related(inherited.span, "inherited from here")],
        )


def _limit(limit: AmountLimit, access: Access) -> Limit:
    return Limit(limit.amount, access.currency, limit.per)


def _over_different_periods(document: AccessDocument) -> Iterator[Diagnostic]:
    """RS483 for a limit over another period than the first one of its action."""
    first: dict[str, tuple[Role, AmountLimit]] = {}
    for role in document.roles:
        for limit in role.limits:
            leader, before = first.setdefault(limit.action, (role, limit))
            if before.per != limit.per:
                yield _other_period(limit, leader, before)


def _other_period(limit: AmountLimit, leader: Role, before: AmountLimit) -> Diagnostic:
    return error(
        "RS483",
        f"'{limit.action}' is limited `per: {limit.per}` here, and `per: {before.per}` in '{leader.id}'",
        limit.span,
        hint=f"limit it `per: {before.per}` in all roles; only then is one limit more generous than another",
        related=[Related(before.span, "the first limit of this action")],
    )
