"""How does an access document become a table in which one look-up finds what a role may do?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.documents.model import AccessDocument, Period, PublishPolicy, Role
from engine.text.source import Span


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` (minor units of the currency) per period: each single time, one order, or one day.

    A day begins at midnight in the time zone of the ruleset, and counts what one person did.
    """

    amount: int
    currency: str
    per: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`role` lets its people do `action`, up to `limit` (None: without limit). `span` is the line that says so."""

    role: str
    action: str
    limit: Limit | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A compiled access ruleset: immutable, picklable, and free to be shared between threads.

    `grants` holds for every role the most generous grant of each action, inherited ones included. Roles and actions
    are in the order of the document and the vocabulary. Amounts are in `currency` ("" when there are none). `policy`
    says what is not published by one person alone.
    """

    name: str
    version: int
    hash: str
    currency: str
    timezone: str
    roles: tuple[str, ...]
    actions: tuple[str, ...]
    grants: Mapping[str, Mapping[str, Grant]]
    policy: PublishPolicy

    def permissions(self, roles: Iterable[str]) -> frozenset[str]:
        """All actions these roles may do, some of them perhaps up to a limit; unknown roles add nothing."""
        return frozenset(action for role in roles for action in self.grants.get(role, ()))

    def may(self, roles: Iterable[str], action: str) -> bool:
        """Whether one of the roles may do the action, be it up to a limit."""
        return any(action in self.grants.get(role, ()) for role in roles)

    def grant(self, roles: Iterable[str], action: str) -> Grant | None:
        """The most generous grant of the action over these roles, in whatever order they come; None: they may not."""
        held = set(roles)
        found = (self.grants[role].get(action) for role in self.roles if role in held)
        return most_generous(grant for grant in found if grant is not None)

    def limit(self, roles: Iterable[str], action: str) -> Limit | None:
        """Up to which amount; None when one of the roles may without limit, and also when none may at all."""
        grant = self.grant(roles, action)
        return None if grant is None else grant.limit

    def holders(self, action: str) -> tuple[str, ...]:
        """The roles that may do the action, in document order."""
        return tuple(role for role in self.roles if action in self.grants[role])

    def covers(self, granter_roles: Iterable[str], role: str) -> bool:
        """Whether these roles may do all that `role` may, up to the same amounts: only then may it be handed out.

        False for a role that does not exist.
        """
        held = tuple(granter_roles)
        if role not in self.grants:
            return False
        return all(is_as_generous(self.grant(held, action), given) for action, given in self.grants[role].items())


def compile_access(document: AccessDocument) -> Access:
    """The table of a document that was read without errors."""
    roles = {role.id: role for role in document.roles}
    grants: dict[str, dict[str, Grant]] = {}
    for role in document.roles:
        _collect(role, roles, document.head.currency, grants)
    return Access(
        name=document.head.name,
        version=document.head.version,
        hash=document.head.hash,
        currency=document.head.currency,
        timezone=document.head.timezone,
        roles=tuple(roles),
        actions=document.actions,
        grants={role: grants[role] for role in roles},
        policy=document.policy,
    )


def most_generous(grants: Iterable[Grant]) -> Grant | None:
    """The grant without limit or with the highest one; the first of several such."""
    best: Grant | None = None
    for grant in grants:
        if not is_as_generous(best, grant):
            best = grant
    return best


def is_as_generous(held: Grant | None, other: Grant) -> bool:
    """Whether the grant that is held, if any, allows all that the other does."""
    if held is None or held.limit is None:
        return held is not None
    return other.limit is not None and held.limit.amount >= other.limit.amount


def _collect(role: Role, roles: Mapping[str, Role], currency: str, grants: dict[str, dict[str, Grant]]) -> None:
    """Fill in the grants of a role after those of the roles it inherits, which never lead back to it."""
    if role.id in grants:
        return
    for name in role.inherits:
        _collect(roles[name], roles, currency, grants)
    inherited = [grant for name in role.inherits for grant in grants[name].values()]
    reach = {*(grant.action for grant in inherited), *(action for each in role.may for action in each.actions)}
    own = _own(role, currency)
    every: dict[str, list[Grant]] = {}
    for grant in (*(each for each in own if each.action in reach), *inherited):
        every.setdefault(grant.action, []).append(grant)
    best = {action: most_generous(some) for action, some in every.items()}
    grants[role.id] = {action: grant for action, grant in best.items() if grant is not None}


def _own(role: Role, currency: str) -> Iterator[Grant]:
    """What the role itself says. A limit of an action it only inherits is a grant too: it may raise the amount."""
    limits = {each.action: each for each in role.limits}
    for permission in role.may:
        for action in permission.actions:
            if action not in limits:
                yield Grant(role=role.id, action=action, limit=None, span=permission.span)
    for action, each in limits.items():
        yield Grant(role=role.id, action=action, limit=Limit(each.amount, currency, each.per), span=each.span)
