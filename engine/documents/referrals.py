"""What does a referrals document say?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_args

from engine.documents.common import common_parts
from engine.documents.model import Give, InviteGuard, Milestone, Qualifying, ReferralsDocument, Reversing, Reward
from engine.documents.model.referrals import Once, Rewarded, RewardTo
from engine.documents.places import EVENT, INVITE
from engine.documents.reading import Ids, Reader
from engine.facts.vocabulary import EventType
from engine.text.diagnostics import Related
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node

REWARDED: Final[tuple[Rewarded, ...]] = get_args(Rewarded)
ONCE: Final[tuple[Once, ...]] = get_args(Once)
TO: Final[tuple[RewardTo, ...]] = get_args(RewardTo)
MOST_FRIENDS: Final = 100_000
MOST_OF_EACH: Final = 200
"""Guards, milestones, rewards: more than anybody can follow; checks and judging stay quick up to here."""


def read_referrals(reader: Reader, fields: MappingNode) -> ReferralsDocument:
    """The typed document; whatever has a fault is reported and left out.

    Events that do not exist are RS370, such that concern no customer RS371; milestones that do not rise are RS372, and
    such that nothing leads to RS373. Customers have one of each id, so a milestone and a reward of one id are RS320.
    """
    events, ids = _Events(reader, fields), Ids(reader, "milestone or reward")
    qualifies = _qualifying(reader, reader.mapping(fields.get("qualifies")))
    milestones = tuple(_milestones(reader, fields.get("milestones"), ids))
    if fields.get("qualifies") is None and milestones:
        hint = "add `qualifies: {when: {…}}`, which says when an invite counts"
        reader.report("RS373", "no invite ever counts, so no milestone is reached", milestones[0].span, hint=hint)
    return ReferralsDocument(
        qualifies=qualifies,
        reverses=_reversing(reader, reader.mapping(fields.get("reversed"))),
        guards=tuple(_guards(reader, fields.get("refuse"))),
        milestones=milestones,
        rewards=tuple(_rewards(reader, fields.get("rewards"), events, ids)),
        **common_parts(reader, fields),
    )


class _Events:
    """What rewards may wait for: the events of the vocabulary, and those that other rulesets of the store announce."""

    def __init__(self, reader: Reader, fields: MappingNode) -> None:
        self._reader = reader
        self._known = {} if reader.vocabulary is None else dict(reader.vocabulary.events)
        carried = () if reader.vocabulary is None else reader.vocabulary.order_facts
        of_signals = self._known.get("SignalFired")
        for key, facts in (("order_events", carried), ("signal_events", of_signals.facts if of_signals else ())):
            for name in reader.identifiers(fields.get(key)):
                self._known.setdefault(name, EventType(name, facts, key == "order_events", ""))

    def name(self, node: Node | None, to: RewardTo) -> str | None:
        """The event a reward waits for; reports RS370, and RS371 where it does not say whom to give it to."""
        name = self._reader.identifier(node)
        if node is None or name is None or self._reader.vocabulary is None:
            return None
        event = self._known.get(name)
        if event is None:
            otherwise = (
                "declare what your lifecycle announces under `order_events:`, your signals under `signal_events:`"
            )
            hint = self._reader.suggest(name, self._known, otherwise)
            self._reader.report("RS370", f"there is no event '{name}'", node.span, hint=hint)
            return None
        if f"{to}.id" not in event.facts:
            hint = f"wait for an event that carries {to}.id"
            self._reader.report("RS371", f"'{name}' concerns no {to} whom to give a code", node.span, hint=hint)
            return None
        return name


def _qualifying(reader: Reader, fields: MappingNode | None) -> Qualifying | None:
    if fields is None:
        return None
    return Qualifying(
        when=reader.condition(reader.required(fields, "when"), INVITE),
        after_seconds=reader.duration(fields.get("after")) or 0,
        span=fields.span,
    )


def _reversing(reader: Reader, fields: MappingNode | None) -> Reversing | None:
    if fields is None:
        return None
    return Reversing(
        when=reader.condition(reader.required(fields, "when"), INVITE),
        within_seconds=reader.duration(fields.get("within")),
        rewards=reader.choice(fields.get("rewards"), REWARDED, "keep"),
        span=fields.span,
    )


def _guards(reader: Reader, node: Node | None) -> Iterator[InviteGuard]:
    ids = Ids(reader, "guard")
    for fields in _so_many(reader, node, "guards"):
        name = ids.claim(fields)
        when = reader.condition(reader.required(fields, "when"), INVITE)
        message = reader.message(fields.get("message"))
        if name is not None:
            yield InviteGuard(id=name, when=when, message=message, span=fields.span)


def _milestones(reader: Reader, node: Node | None, ids: Ids) -> Iterator[Milestone]:
    before: Milestone | None = None
    for fields in _so_many(reader, node, "milestones"):
        name = ids.claim(fields)
        place = reader.required(fields, "at")
        at = reader.integer(place, 1, MOST_FRIENDS)
        give = _give(reader, reader.mapping(reader.required(fields, "give")))
        message = reader.message(fields.get("message"))
        if name is None or at is None or place is None or give is None:
            continue
        if before is not None and at <= before.at:
            hint = "write the milestones from the smallest number of friends to the greatest"
            related = [Related(before.span, f"milestone '{before.id}'")]
            reader.report("RS372", f"{at} does not come after {before.at}", place.span, hint=hint, related=related)
        before = Milestone(id=name, at=at, give=give, message=message, span=fields.span)
        yield before


def _rewards(reader: Reader, node: Node | None, events: _Events, ids: Ids) -> Iterator[Reward]:
    for fields in _so_many(reader, node, "rewards"):
        name = ids.claim(fields)
        to = reader.choice(fields.get("to"), TO, "customer")
        on = events.name(reader.required(fields, "on"), to)
        when = reader.condition(fields.get("when"), EVENT)
        give = _give(reader, reader.mapping(reader.required(fields, "give")))
        once = reader.choice(reader.required(fields, "once"), ONCE, "customer")
        message = reader.message(fields.get("message"))
        if name is not None and on is not None and give is not None:
            yield Reward(id=name, on=on, to=to, when=when, give=give, once=once, message=message, span=fields.span)


def _give(reader: Reader, fields: MappingNode | None) -> Give | None:
    if fields is None:
        return None
    campaign = reader.identifier(reader.required(fields, "campaign"))
    node = fields.get("expires")
    expires = reader.duration(node)
    if node is not None and expires is not None and expires < 1:
        reader.report("RS207", "a code that expires at once is of no use", node.span, hint="write it as in 90d")
    return None if campaign is None else Give(campaign=campaign, expires_seconds=expires, span=fields.span)


def _so_many(reader: Reader, node: Node | None, what: str) -> Iterator[MappingNode]:
    for number, fields in enumerate(reader.mappings(node)):
        if number == MOST_OF_EACH:
            reader.report("RS207", f"a document may have {MOST_OF_EACH} {what}, and this is one more", fields.span)
            return
        yield fields
