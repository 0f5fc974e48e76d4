"""How does the reference page of a vocabulary read?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.facts.vocabulary import SCOPES, STAGES, EventType, Fact, FactType, PermissibleAction, Scope, Vocabulary

_SCOPES: Final[Mapping[Scope, tuple[str, str]]] = {
    "cart": ("The cart", "Read in `when`."),
    "line": ("A line", "Read in `where`, of the line that is looked at."),
    "shipment": ("A shipment", "Read in shipping rulesets, of the shipment that is priced."),
    "taxable": ("What is taxed", "Read in tax rates, of the line or the shipping that is taxed."),
    "order": ("The order", "Read in the guards of transitions."),
    "event": ("What happened", "Read in `when`, of the event."),
    "invite": ("An invite", "Read where an invite is judged."),
    "subject": ("A cart, an order, a customer", "Read in `when`, of what is looked at as it is now."),
    "stock": ("A variant", "Read in `when`, of the variant and of who orders it."),
}
_TYPES: Final[Mapping[FactType, tuple[str, str]]] = {
    "money": ("an amount", '`"150.00"`, `{BRL: "150.00", USD: "30.00"}`'),
    "count": ("a whole number, 0 or more", "`3`"),
    "weight": ("whole grams", "`500g`, `31.5kg`"),
    "volume": ("whole cubic centimetres", "`4500cm3`"),
    "boolean": ("true or false", "`true`"),
    "code": ("a text from a list the shop keeps", "`vip`"),
    "text": ("any text", '`"São Paulo"`'),
    "country": ("an ISO 3166-1 code of two capital letters", "`BR`"),
    "region": ("a state or province code without its country", "`SP`"),
    "postcode": ("a postcode, compared in upper case without spaces and hyphens", '`"01310-100"`'),
    "category": ("a path in the category tree", "`clothing/socks`"),
    "codes": ("a set of codes", "`[press, staff]`"),
    "instant": ("a date (start of that local day) or a date and time", "`2026-11-01`, `2026-11-01T10:00:00Z`"),
    "time": ("a local time of day", '`"18:30"`'),
    "weekday": ("a local weekday", "`fri`"),
}


def vocabulary_page(vocabulary: Vocabulary) -> str:
    """The page as Markdown: tables of the actions, of the facts of every scope that has some, and of
    the types they are of.
    """
    parts = [
        f"# Vocabulary {vocabulary.ref}",
        "<!-- Written from the vocabulary; do not edit. -->",
        vocabulary.summary,
        f"A ruleset that says `vocabulary: {vocabulary.ref}` {_use(vocabulary)}. A published version never changes.",
    ]
    if vocabulary.actions:
        parts += ["## Actions", _actions_table(list(vocabulary.actions.values()))]
    if vocabulary.events:
        parts += ["## Events", _events_table(list(vocabulary.events.values()))]
    if any(fact.stage != "request" for fact in vocabulary.facts.values()):
        parts.append(f"A rule reads only what exists before its own stage: {', '.join(STAGES)}.")
    for scope in SCOPES:
        facts = [fact for fact in vocabulary.facts.values() if fact.scope == scope]
        if facts:
            heading, where = _SCOPES[scope]
            parts += [f"## {heading}", where, _facts_table(facts)]
    used = {fact.type for fact in vocabulary.facts.values()}
    if used:
        parts += ["## Types", _types_table([fact_type for fact_type in _TYPES if fact_type in used])]
    return "\n\n".join(part for part in parts if part) + "\n"


def _use(vocabulary: Vocabulary) -> str:
    uses = ["may read these facts"] if vocabulary.facts else []
    return " and ".join(
        [
            *uses,
            *(["may permit these actions"] if vocabulary.actions else []),
            *(["may wait for these events"] if vocabulary.events else []),
        ]
    )


def _actions_table(actions: Sequence[PermissibleAction]) -> str:
    rows = [(f"`{action.name}`", "yes" if action.amount else "no", _cell(action.about)) for action in actions]
    return _table(("action", "may be limited to an amount", "what it is"), rows)


def _events_table(events: Sequence[EventType]) -> str:
    of_orders = "those of an order (`event.*`, `order.*`, `refund.*`, `customer.*`, `device.*`)"
    rows = [
        (f"`{event.name}`", of_orders if event.of_orders else ", ".join(f"`{fact}`" for fact in event.facts) or "none",
         _cell(event.about))
        for event in events
    ]  # fmt: skip
    return _table(("event", "facts", "what it is"), rows)


def _facts_table(facts: Sequence[Fact]) -> str:
    rows = [
        (f"`{fact.name}`", fact.type, fact.stage, "yes" if fact.missing else "no", _cell(fact.about)) for fact in facts
    ]
    return _table(("fact", "type", "known after", "may be missing", "what it is"), rows)


def _types_table(types: Sequence[FactType]) -> str:
    return _table(("type", "values", "written"), [(name, *_TYPES[name]) for name in types])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
