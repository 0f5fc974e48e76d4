"""How are a store's own texts read, and can every place in them be filled in?

Places are facts in braces: `Order {order.number}`. They are held against the events of each rule that uses the text, so
that a message which could not be written is refused when the ruleset is published, and not when it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.documents.event_names import carried, known_each_time
from engine.documents.model.notifications import NoticeRule, OwnText, Words
from engine.documents.reading import Reader
from engine.facts.vocabulary import EventType
from engine.text.diagnostics import Related
from engine.text.nodes import Entry, Node
from engine.text.nodes import Mapping as MappingNode
from engine.text.source import Span

SHOP: Final = "shop.name"
"""What every text may say besides facts."""

MOST_LETTERS: Final = 10_000

_PLACE: Final = re.compile(r"\{([^{}\n]*)\}")
_PARTS: Final = ("subject", "heading", "body", "button", "link")
_LINK: Final = re.compile(r"(?:https://|/)[^\s]*(?!\n)$")


@dataclass(frozen=True, slots=True)
class Named:
    """A fact that a text names, and where."""

    fact: str
    span: Span


class OwnTexts:
    """The texts of one document, with the places of the facts they name."""

    def __init__(self, reader: Reader, node: Node | None) -> None:
        self._reader = reader
        self._named: dict[str, list[Named]] = {}
        fields = reader.mapping(node)
        texts = (self._text(entry) for entry in (() if fields is None else fields.entries))
        self.texts: Mapping[str, OwnText] = {text.id: text for text in texts if text is not None}

    def check(self, rule: NoticeRule, events: tuple[EventType, ...]) -> None:
        """Report what the text of the rule names and one of its events does not, or not each time, carry (RS382)."""
        for named in self._named.get(rule.template, ()) if rule.text is not None else ():
            stranger = next((event for event in events if named.fact not in carried(event)), None)
            unsure = next((event for event in events if named.fact not in known_each_time(event, rule.when)), None)
            if named.fact == SHOP or unsure is None:
                continue
            if stranger is None:
                message = f"'{named.fact}' is not known each time {unsure.name} happens"
                hint = f"ask for it: `when: {{{named.fact}: {{known: true}}}}`, or say it without"
            else:
                message = f"{stranger.name} does not carry '{named.fact}'"
                hint = self._reader.suggest(named.fact, carried(stranger), "say it without")
            related = (Related(rule.span, f"the rule '{rule.id}' writes it"),)
            self._reader.report("RS382", message, named.span, hint=hint, related=related)

    def _text(self, entry: Entry) -> OwnText | None:
        id, fields = entry.key.text, self._reader.mapping(entry.value)
        if fields is None:
            return None
        if not fields.entries:
            hint = "write it in one language at least: en: {subject: …, heading: …, body: …}"
            self._reader.report("RS386", f"the text '{id}' says nothing", entry.key.span, hint=hint)
        named: list[Named] = []
        words = {each.key.text: self._words(each, named) for each in fields.entries}
        self._named[id] = named
        facts = tuple(dict.fromkeys(each.fact for each in named if each.fact != SHOP))
        return OwnText(
            id=id,
            words={locale: each for locale, each in words.items() if each is not None},
            facts=facts,
            span=entry.key.span,
        )

    def _words(self, entry: Entry, named: list[Named]) -> Words | None:
        fields = self._reader.mapping(entry.value)
        if fields is None:
            return None
        said = {part: self._said(fields, part, named) for part in _PARTS}
        if said["link"] is not None and not _LINK.match(said["link"]):
            node = fields.get("link")
            hint = "begin it with https://, or with / for an address of the shop"
            self._reader.report("RS386", "this is no address to go to", (node or fields).span, hint=hint)
        return Words(
            subject=said["subject"] or "",
            heading=said["heading"] or "",
            body=said["body"] or "",
            button=said["button"],
            link=said["link"],
            span=entry.key.span,
        )

    def _said(self, fields: MappingNode, part: str, named: list[Named]) -> str | None:
        node = self._reader.required(fields, part) if part in _PARTS[:3] else fields.get(part)
        text = self._reader.text(node)
        if node is None or text is None:
            return None
        if not text.strip() or len(text) > MOST_LETTERS:
            message = f"a text has 1 to {MOST_LETTERS} letters, this one {len(text.strip())}"
            self._reader.report("RS386", message, node.span)
        if part in ("subject", "link") and "\n" in text:
            self._reader.report("RS386", f"a {part} is one line", node.span, hint="write it without line breaks")
        for fact in self._places(text, node.span):
            named.append(Named(fact, node.span))
        return text

    def _places(self, text: str, span: Span) -> Iterator[str]:
        if set("{}") & set(_PLACE.sub("", text)):
            hint = "facts stand in braces, as in {order.number}; nothing else does"
            self._reader.report("RS386", "a brace without its other half", span, hint=hint)
        vocabulary = self._reader.vocabulary
        for fact in dict.fromkeys(_PLACE.findall(text)):
            if vocabulary is None or fact == SHOP or vocabulary.find(fact) is not None:
                yield fact
                continue
            hint = self._reader.suggest(fact, vocabulary.facts, f"name a fact of {vocabulary.ref}, or {SHOP}")
            self._reader.report("RS382", f"there is no fact '{fact}' to fill in", span, hint=hint)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its places filled in. Raises KeyError for a value that is missing."""
    return _PLACE.sub(lambda place: values[place[1]], text)
