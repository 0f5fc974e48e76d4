"""What does a notifications document say: who is told what when something happens, how, and when?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from engine.documents.common import common_parts
from engine.documents.conditions import tests_of
from engine.documents.event_names import EventNames, carried, known_each_time
from engine.documents.model import NotificationsDocument
from engine.documents.model.notifications import (
    OPTIONAL,
    Audience,
    Category,
    Channel,
    Digest,
    NoticeRule,
    Once,
    OncePer,
    OwnText,
    Quiet,
    QuietHours,
)
from engine.documents.own_texts import OwnTexts
from engine.documents.places import EVENT
from engine.documents.reading import Ids, Reader
from engine.documents.templates import TEMPLATES
from engine.facts.instants import read_time
from engine.facts.vocabulary import EventType
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar
from engine.text.source import Span

MOST_RULES: Final = 1_000
LONGEST_DELAY: Final = 365 * 86_400
"""Seconds."""

ADDRESSED_BY: Final[Mapping[Audience, tuple[str, ...]]] = {
    "customer": ("order.id", "customer.id", "cart.id"),
    "inviter": ("invite.id",),
    "friend": ("friend.id",),
    "sellers": ("order.id",),
    "staff": (),
}
"""The facts by one of which people of an audience are found; staff are found by their roles."""

_DAY: Final = 86_400
_AUDIENCES: Final[tuple[Audience, ...]] = get_args(Audience)
_CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
_CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
_QUIET: Final[tuple[Quiet, ...]] = get_args(Quiet)
_PER: Final[tuple[OncePer, ...]] = get_args(OncePer)


def read_notifications(reader: Reader, fields: MappingNode) -> NotificationsDocument:
    """The typed document; whatever has a fault is reported and left out.

    Events, templates and facts that do not exist are RS380, RS381 and RS382; a template that cannot tell of the event
    RS383; an audience that cannot be found RS384; a category, delay or digest that does not go with the rest RS385;
    a text that cannot be written RS386; a fact the event never carries RS387; quiet hours of no length RS388.
    """
    quiet = _quiet_hours(reader, reader.mapping(fields.get("quiet_hours")))
    known = _Known(EventNames(reader, fields), OwnTexts(reader, fields.get("texts")), Ids(reader, "rule"))
    rules: list[NoticeRule] = []
    for each in reader.mappings(reader.required(fields, "rules")):
        if len(rules) == MOST_RULES:
            reader.report("RS207", f"there may be {MOST_RULES} rules, and this is one more", each.span)
            break
        rule = _RuleReader(reader, each, known).read()
        if rule is not None:
            rules.append(rule)
    return NotificationsDocument(
        rules=tuple(rules), quiet_hours=quiet, texts=known.texts.texts, **common_parts(reader, fields)
    )


@dataclass(frozen=True, slots=True)
class _Known:
    events: EventNames
    texts: OwnTexts
    ids: Ids


class _RuleReader:
    """Reads one rule."""

    def __init__(self, reader: Reader, fields: MappingNode, known: _Known) -> None:
        self._reader = reader
        self._fields = fields
        self._known = known

    def read(self) -> NoticeRule | None:
        reader, fields = self._reader, self._fields
        id = self._known.ids.claim(fields)
        events = self._known.events.read(reader.required(fields, "on"))
        when = fields.get("when")
        condition = reader.condition(when, EVENT)
        to = reader.choice(reader.required(fields, "to"), _AUDIENCES, "customer")
        category = reader.choice(reader.required(fields, "category"), _CATEGORIES, "order")
        template = reader.identifier(reader.required(fields, "template"))
        first_only = fields.get("first_of") is not None
        rule = NoticeRule(
            id=id or "",
            events=tuple(event.name for event in events),
            when=condition,
            to=to,
            roles=reader.identifiers(fields.get("roles")),
            channels=self._channels(fields.get("first_of" if first_only else "channels")),
            first_only=first_only,
            template=template or "",
            text=self._text(template),
            category=category,
            delay_seconds=self._delay(),
            quiet=reader.choice(fields.get("quiet"), _QUIET, "respect" if category in OPTIONAL else "ignore"),
            digest=_digest(reader, reader.mapping(fields.get("digest"))),
            once=_once(reader, reader.mapping(fields.get("once"))),
            span=fields.span if id is None else _span(fields, "id"),
            when_span=None if when is None else when.span,
        )
        self._check(rule, events)
        return rule if id is not None and events and template is not None and rule.channels else None

    def _text(self, template: str | None) -> OwnText | None:
        own = self._known.texts.texts
        if template is None or template in own:
            return None if template is None else own[template]
        if template not in TEMPLATES:
            hint = self._reader.suggest(template, {*TEMPLATES, *own}, f"there are {', '.join((*own, *TEMPLATES))}")
            self._reader.report(
                "RS381", f"there is no template '{template}'", _span(self._fields, "template"), hint=hint
            )
        return None

    def _channels(self, node: Node | None) -> tuple[Channel, ...]:
        items = (node,) if isinstance(node, Scalar) else self._reader.items(node)
        found = [self._reader.choice(item, _CHANNELS, "email") for item in items]
        return tuple(dict.fromkeys(found))

    def _delay(self) -> int:
        node = self._fields.get("delay")
        seconds = self._reader.duration(node)
        if node is None or seconds is None:
            return 0
        if not 0 <= seconds <= LONGEST_DELAY:
            self._reader.report("RS207", "a delay is not longer than 365d", node.span)
            return 0
        return seconds

    # what goes together ----------------------------------------------------------------------------------------

    def _check(self, rule: NoticeRule, events: tuple[EventType, ...]) -> None:
        self._check_facts(rule, events)
        self._check_audience(rule, events)
        self._check_category(rule)
        self._check_once(rule, events)
        self._known.texts.check(rule, events)
        self._check_template(rule, events)

    def _check_facts(self, rule: NoticeRule, events: tuple[EventType, ...]) -> None:
        for test in tests_of(rule.when):
            without = next((event for event in events if test.fact not in carried(event)), None)
            if without is not None and self._reader.vocabulary is not None:
                message = f"{without.name} never carries '{test.fact}', so this is never true of it"
                hint = self._reader.suggest(test.fact, carried(without), "leave it out, or make it another rule")
                self._reader.report("RS387", message, test.span, hint=hint)

    def _check_template(self, rule: NoticeRule, events: tuple[EventType, ...]) -> None:
        shipped = None if rule.text is not None else TEMPLATES.get(rule.template)
        if shipped is None:
            return
        place = _span(self._fields, "template")
        if (shipped.reader == "seller") != (rule.to == "sellers"):
            theirs = [name for name, each in TEMPLATES.items() if each.reader == "seller"]
            message = f"'{rule.template}' is not for {_whose(rule.to)}: sellers are shown what is theirs of an order"
            hint = f"for sellers there is {', '.join(theirs)}, or write a text of your own under `texts:`"
            self._reader.report("RS383", message, place, hint=hint)
        for event in events:
            if shipped.events and event.name not in shipped.events:
                hint = f"it is for {' and '.join(shipped.events)}"
                self._reader.report("RS383", f"'{rule.template}' cannot tell of {event.name}", place, hint=hint)
            missing = [fact for fact in shipped.needs if fact not in known_each_time(event, rule.when)]
            if missing:
                message = f"'{rule.template}' needs '{missing[0]}', which {event.name} does not always carry"
                if missing[0] in carried(event):
                    hint = f"ask for it: `when: {{{missing[0]}: {{known: true}}}}`"
                else:
                    hint = "take another template, or write a text of your own under `texts:`"
                self._reader.report("RS383", message, place, hint=hint)

    def _check_audience(self, rule: NoticeRule, events: tuple[EventType, ...]) -> None:
        place = _span(self._fields, "to")
        if rule.to == "staff" and not rule.roles:
            self._reader.report("RS384", "no role says which staff is told", place, hint="add `roles: [support]`")
        if rule.to != "staff" and rule.roles:
            message = "only staff are told by their roles"
            self._reader.report("RS384", message, _span(self._fields, "roles"), hint="write `to: staff`, or no roles")
        by = ADDRESSED_BY[rule.to]
        for event in events if by else ():
            if carried(event).isdisjoint(by):
                message = f"{event.name} says nothing of {_whose(rule.to)}"
                self._reader.report("RS384", message, place, hint=f"an event with {' or '.join(by)} does")

    def _check_category(self, rule: NoticeRule) -> None:
        is_staff = rule.to in ("staff", "sellers")
        if is_staff != (rule.category == "staff"):
            hint = "write `category: staff`" if is_staff else "take one of the others"
            message = f"the category '{rule.category}' is not for {_whose(rule.to)}"
            self._reader.report("RS385", message, _span(self._fields, "category"), hint=hint)
        if rule.digest is None:
            return
        if not rule.is_optional:
            hint = f"only {', '.join(OPTIONAL)} may be collected"
            self._reader.report("RS385", f"'{rule.category}' must not wait for others", rule.digest.span, hint=hint)
        if rule.delay_seconds:
            message = "what is collected has no delay of its own"
            self._reader.report("RS385", message, _span(self._fields, "delay"), hint="leave `delay` out")

    def _check_once(self, rule: NoticeRule, events: tuple[EventType, ...]) -> None:
        for event in events if rule.once.per == "order" else ():
            if "order.id" not in known_each_time(event, rule.when):
                message = f"{event.name} is not always of an order"
                self._reader.report("RS385", message, _span(self._fields, "once"), hint="write `per: customer`")


def _whose(audience: Audience) -> str:
    words: Mapping[Audience, str] = {
        "customer": "a customer", "inviter": "whoever invited", "friend": "a friend who was invited",
        "staff": "staff", "sellers": "sellers",
    }  # fmt: skip
    return words[audience]


def _quiet_hours(reader: Reader, fields: MappingNode | None) -> QuietHours | None:
    if fields is None:
        return None
    start, end = _time(reader, fields, "from"), _time(reader, fields, "until")
    if start is None or end is None:
        return None
    if start % 1440 == end % 1440:
        hint = "leave `quiet_hours` out if there are none"
        reader.report("RS388", "these quiet hours are over when they begin", fields.span, hint=hint)
        return None
    return QuietHours(start=start % 1440, end=end % 1440, span=fields.span)


def _time(reader: Reader, fields: MappingNode, key: str) -> int | None:
    node = reader.required(fields, key)
    return None if node is None else reader.kept(read_time(node))


def _digest(reader: Reader, fields: MappingNode | None) -> Digest | None:
    if fields is None:
        return None
    node = reader.required(fields, "every")
    seconds = reader.duration(node)
    at = fields.get("at")
    minutes = None if at is None else reader.kept(read_time(at))
    if node is None or seconds is None:
        return None
    by_days = seconds % _DAY == 0
    if seconds <= 0 or seconds > 28 * _DAY or not (by_days or (_DAY % seconds == 0 and seconds % 60 == 0)):
        hint = "write a part of a day, as in 15m or 4h, or up to 28 days, as in 1d or 7d"
        reader.report("RS385", "messages cannot be collected over this time", node.span, hint=hint)
        return None
    if at is not None and not by_days:
        hint = "write `every: 1d`, or leave `at` out"
        reader.report("RS385", "`at` is for digests of whole days", at.span, hint=hint)
        return None
    if by_days:
        return Digest(days=seconds // _DAY, at=(minutes or 0) % 1440, span=fields.span)
    return Digest(minutes=seconds // 60, span=fields.span)


def _once(reader: Reader, fields: MappingNode | None) -> Once:
    if fields is None:
        return Once()
    per = reader.choice(reader.required(fields, "per"), _PER, "event")
    node = fields.get("within")
    seconds = reader.duration(node)
    if node is not None and per != "customer":
        hint = "write `per: customer`, or leave `within` out"
        reader.report("RS385", f"an {per} never comes again, so nothing happens within a time", node.span, hint=hint)
        return Once(per=per)
    if node is not None and seconds is not None and seconds <= 0:
        reader.report("RS385", "a time has to be longer than nothing", node.span)
        return Once(per=per)
    return Once(per=per, within_seconds=seconds)


def _span(fields: MappingNode, key: str) -> Span:
    entry = fields.entry(key)
    return fields.span if entry is None else entry.value.span
