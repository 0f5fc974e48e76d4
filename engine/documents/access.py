"""What does an access document say: which roles are there, what may each do, and what needs a second person?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, get_args

from engine.documents.common import common_parts
from engine.documents.inheritance import circles
from engine.documents.model import AccessDocument, AmountLimit, Period, Permission, Role
from engine.documents.publish_policy import read_publish_policy
from engine.documents.reading import Reader
from engine.facts.vocabulary import PermissibleAction
from engine.text.nodes import Entry, Node, Scalar
from engine.text.nodes import Mapping as MappingNode
from engine.text.source import Span

EVERYTHING: Final = "*"
NEEDED: Final = ("guest", "customer")
"""The roles of people the shop does not know, and of those who have an account."""

MOST_ROLES: Final = 200
"""More than anybody can keep apart; inheritance is followed no deeper than this."""

PERIODS: Final[tuple[Period, ...]] = get_args(Period)


def read_access(reader: Reader, fields: MappingNode) -> AccessDocument:
    """The typed document; whatever has a fault is reported and left out.

    Actions, patterns and roles that do not exist are RS340, RS341 and RS342; circles of inheritance RS343; a
    missing role RS344; a limit of an action that has no amount RS345. Of the publish policy: RS346, RS347.
    """
    node = reader.required(fields, "roles")
    entries = _entries(reader, reader.mapping(node))
    actions = {} if reader.vocabulary is None else reader.vocabulary.actions
    names = _Names(reader, actions, tuple(entry.key.text for entry in entries))
    roles = tuple(_role(reader, entry, names) for entry in entries if not reader.is_full)
    _check_circles(reader, entries, roles)
    if isinstance(node, MappingNode):
        _check_needed(reader, names.roles, fields.entries)
    policy = read_publish_policy(reader, fields.get("publish_policy"))
    return AccessDocument(roles=roles, actions=tuple(actions), policy=policy, **common_parts(reader, fields))


def expanded(pattern: str, actions: Iterable[str]) -> tuple[str, ...]:
    """The actions a pattern stands for: `*` all, `catalog.*` all that begin with `catalog.`, a name itself."""
    if pattern == EVERYTHING:
        return tuple(actions)
    if pattern.endswith(f".{EVERYTHING}"):
        return tuple(name for name in actions if name.startswith(pattern.removesuffix(EVERYTHING)))
    return tuple(name for name in actions if name == pattern)


class _Names:
    """The names a role may use."""

    def __init__(self, reader: Reader, actions: Mapping[str, PermissibleAction], roles: tuple[str, ...]) -> None:
        self._reader = reader
        self._actions = actions
        self.roles = roles

    def role(self, node: Node) -> str | None:
        name = self._reader.identifier(node)
        if name is None or name in self.roles:
            return name
        hint = self._reader.suggest(name, self.roles, "declare it under `roles:`")
        self._reader.report("RS342", f"there is no role '{name}' to inherit", node.span, hint=hint)
        return None

    def permission(self, node: Node) -> Permission | None:
        pattern = self._reader.identifier(node)
        if pattern is None:
            return None
        actions = expanded(pattern, self._actions)
        if not actions:
            self._report_unknown(pattern, node.span)
        return Permission(pattern=pattern, actions=actions, span=node.span) if actions else None

    def limited(self, key: Scalar) -> bool:
        """Whether there can be a limit to the action; reports why not."""
        action = self._actions.get(key.text)
        if action is None:
            self._report_unknown(key.text, key.span, limit=True)
        elif not action.amount:
            some = ", ".join(name for name, each in self._actions.items() if each.amount) or "none"
            message = f"'{key.text}' moves no amount, so there is nothing to limit"
            self._reader.report("RS345", message, key.span, hint=f"actions with an amount: {some}")
        return action is not None and action.amount

    def _report_unknown(self, pattern: str, span: Span, *, limit: bool = False) -> None:
        vocabulary = self._reader.vocabulary
        if vocabulary is None:  # which is reported where it is named
            return
        areas = list(dict.fromkeys(f"{name.partition('.')[0]}.{EVERYTHING}" for name in self._actions))
        if EVERYTHING not in pattern:
            hint = self._reader.suggest(pattern, self._actions, f"there are {', '.join(areas)}")
            self._reader.report("RS340", f"there is no action '{pattern}' in {vocabulary.ref}", span, hint=hint)
        elif limit:
            message = f"a limit is of one action, not of '{pattern}'"
            self._reader.report("RS340", message, span, hint="name the action")
        else:
            hint = self._reader.suggest(pattern, areas, f'write "{EVERYTHING}", or one of {", ".join(areas)}')
            self._reader.report("RS341", f"'{pattern}' matches no action of {vocabulary.ref}", span, hint=hint)


def _entries(reader: Reader, fields: MappingNode | None) -> tuple[Entry, ...]:
    entries = () if fields is None else fields.entries
    if len(entries) > MOST_ROLES:
        message = f"{len(entries)} roles are more than the {MOST_ROLES} a shop may have"
        reader.report("RS207", message, entries[MOST_ROLES].key.span)
    return entries[:MOST_ROLES]


def _role(reader: Reader, entry: Entry, names: _Names) -> Role:
    fields = reader.mapping(entry.value) or MappingNode(entry.value.span, ())
    inherited = [names.role(item) for item in _one_or_more(reader, fields.get("inherits"))]
    permissions = [names.permission(item) for item in reader.items(fields.get("may"))]
    return Role(
        id=entry.key.text,
        inherits=tuple(dict.fromkeys(name for name in inherited if name is not None)),
        may=tuple(each for each in permissions if each is not None),
        limits=tuple(_limits(reader, reader.mapping(fields.get("limits")), names)),
        span=entry.key.span,
    )


def _one_or_more(reader: Reader, node: Node | None) -> Iterable[Node]:
    return (node,) if isinstance(node, Scalar) else reader.items(node)


def _limits(reader: Reader, fields: MappingNode | None, names: _Names) -> Iterator[AmountLimit]:
    for entry in () if fields is None else fields.entries:
        limit = reader.mapping(entry.value)
        has_amount = names.limited(entry.key)
        if limit is None:
            continue
        amount = reader.price(reader.required(limit, "amount"))
        per = reader.choice(reader.required(limit, "per"), PERIODS, PERIODS[0])
        if has_amount and amount is not None:
            yield AmountLimit(action=entry.key.text, amount=amount, per=per, span=entry.key.span)


def _check_circles(reader: Reader, entries: Iterable[Entry], roles: Iterable[Role]) -> None:
    keys = {entry.key.text: entry.key for entry in entries}
    for circle in circles({role.id: role.inherits for role in roles}):
        path = " → ".join(circle)
        if reader.is_full:
            return
        hint = "a role inherits what is smaller than itself: remove one of these steps"
        reader.report("RS343", f"'{circle[0]}' inherits itself: {path}", keys[circle[0]].span, hint=hint)


def _check_needed(reader: Reader, roles: Iterable[str], fields: Iterable[Entry]) -> None:
    place = next(entry.key.span for entry in fields if entry.key.text == "roles")
    for name in NEEDED:
        if name not in roles:
            who = "people who are not signed in" if name == "guest" else "everybody who has an account"
            hint = f"add `{name}: {{may: […]}}`; it is the role of {who}"
            reader.report("RS344", f"the role '{name}' is missing", place, hint=hint)
