"""Which rules decide for a store right now? One live book per store, compiled once and swapped as a whole.

A store decides with the shipped rulesets, or with those its setting `rules` names: a folder `<name>/rules` among the
stores' folders. A request takes the live book once and keeps it, so a swap never shows halfway.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

import structlog

from engine import AccessDocument, Book, Vocabulary, compile_access, compile_book
from engine.access.compile import Access
from engine.documents.kinds import ANY_CURRENCY, APART, KINDS
from engine.documents.model import (
    AnyDocument,
    InventoryDocument,
    Kind,
    NotificationsDocument,
    OrdersDocument,
    ReferralsDocument,
    SignalsDocument,
)
from engine.lifecycle.compile import Lifecycle, compile_lifecycle
from engine.runtime.shown import Shown
from engine.signals import Program, compile_signals
from server.decisions.errors import RULES_MISSING
from server.decisions.library import Library, RulesetsFaulty, RulesetText, Written, newest, read_kept, read_own, written
from server.decisions.limited import Limited, limited
from server.decisions.wording import Wording, wording_of
from server.web.resources import Resource

if TYPE_CHECKING:  # whoever only reads texts, in a process of its own, loads neither the web nor the database
    from server.decisions.own_repo import OwnRuleset
    from storage.tenancy import Store

SHIPPED: Final = "shipped"
"""The name of the rulesets that come with the shop; they are written for one currency."""

WATCHING: Final[tuple[Kind, ...]] = tuple(kind for kind in APART if kind not in ANY_CURRENCY)
"""Kinds apart that a store may be without."""

_OF_NO_ORDER: Final[frozenset[str]] = frozenset({"referrals", "signals", "notifications"})

AnyKind = TypeVar("AnyKind", bound=AnyDocument)

_LOG: Final = structlog.get_logger("sostech.decisions")
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?!\n)$")


@dataclass(frozen=True, slots=True)
class RulesetRef:
    """Which version of a ruleset decides; `hash` is of what it means, `text` of how it is written (RulesetText.id)."""

    kind: str
    name: str
    version: int
    hash: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBook:
    """All that decides for a store, immutable. Amounts of the book are in `currency`.

    `rulesets` are in the order the pipeline runs them, `texts` what they were read from. `wording` has the texts of
    the rules by language; `shown` writes facts for people; `limited` says what can be used up. Of the kinds that
    watch over time, those are None that are not written for the currency. `kept_in` is what this process remembers, not
    part of the book: the stores that keep the texts already.
    """

    book: Book
    vocabulary: Vocabulary
    rulesets: tuple[RulesetRef, ...]
    texts: tuple[RulesetText, ...]
    access: Access
    orders: Lifecycle
    inventory: InventoryDocument
    referrals: ReferralsDocument | None
    signals: Program | None
    notifications: NotificationsDocument | None
    currency: str
    timezone: str
    wording: Wording
    shown: Shown
    limited: Limited
    kept_in: set[UUID] = field(default_factory=set, compare=False, repr=False)

    @property
    def order_rulesets(self) -> tuple[RulesetRef, ...]:
        """Those that an order refers to for ever: all but who is told what, who invited whom, and what was noticed."""
        return tuple([ruleset for ruleset in self.rulesets if ruleset.kind not in _OF_NO_ORDER])

    @property
    def checkout_rulesets(self) -> tuple[RulesetRef, ...]:
        """Those that take part in a decision: all but access and orders."""
        return tuple([ruleset for ruleset in self.rulesets if ruleset.kind not in APART])


class RuleBooks:
    """The live books of all stores. One per process; only `replace` and first use change it."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` holds the folders of stores with rulesets of their own (`<name>/rules`); None: there are none."""
        self._folder = folder
        self._shipped = Library(Path(str(resources.files("rules"))), "rules")
        self._vocabularies = self._shipped.vocabularies()
        self._books: dict[tuple[str, str], LiveBook | RulesetsFaulty] = {}
        self._replaced: dict[UUID, LiveBook] = {}
        self._access: dict[str, Access] = {}

    def live(self, store: Store) -> LiveBook:
        """The book that decides for the store now. Raises RULES_MISSING.

        Compiled when a pair of rulesets and currency is first asked for; `warm` does that before anybody waits.
        """
        return self._replaced.get(store.id) or self._compiled(_source(store), store.currency)

    def access(self, store: Store) -> Access:
        """Who may do what in the store. There is always an answer, so that rulesets can be mended by those who may."""
        replaced = self._replaced.get(store.id)
        if replaced is not None:
            return replaced.access
        source = _source(store)
        if source not in self._access:
            self._access[source] = self._read_access(source)
        return self._access[source]

    def vocabulary(self, reference: str) -> Vocabulary:
        """A vocabulary that ships with the shop, such as `order/1`. KeyError for any other."""
        return self._vocabularies[reference]

    def replace(self, store_id: UUID, book: LiveBook) -> None:
        """From now on the store decides with this book; requests that have begun keep theirs."""
        self._replaced[store_id] = book

    def with_own(self, store: Store, own: Sequence[OwnRuleset]) -> LiveBook:
        """The book of a store with these rulesets of its own, over those it would decide with without them. Pure.

        Raises RulesetsFaulty when they do not work together.
        """
        library = self._library(_source(store))
        checkout = library.rulesets((kind for kind in KINDS if kind not in APART), store.currency, self._vocabularies)
        apart = self._apart(library, store.currency)
        for kind, ruleset in self._own_rulesets(store, own).items():
            (apart if kind in APART else checkout)[kind] = ruleset
        if not checkout:
            raise RulesetsFaulty(f"there are none in the folder {library.name}")
        return _compile(checkout, apart, store.currency, self._vocabularies)

    def of_texts(self, texts: Sequence[RulesetText], currency: str) -> LiveBook:
        """The book of rulesets as they were written once, with their hashes and places; who may do what is as shipped.

        Raises RulesetsFaulty when this version of the program cannot read them. Pure.
        """
        checkout = {text.kind: read_kept(text, self._vocabularies) for text in texts if text.kind not in APART}
        return _compile(checkout, self._apart(self._shipped, currency), currency, self._vocabularies)

    def text_of(self, store: Store, kind: Kind, name: str) -> tuple[str, dict[str, str]] | None:
        """The text of the ruleset that would decide without the store's own, and of the files it names; None: none.

        A store without one of that kind in its folder gets the one that ships, where it decides too.
        """
        for library in (self._library(_source(store)), self._shipped):
            found = library.rulesets((kind,), _currency_of(kind, store), self._vocabularies).get(kind)
            if found is not None:
                return (found.text.source, dict(found.text.attachments)) if found.text.name == name else None
            if kind not in APART:
                return None
        return None

    def without_own(self, store_id: UUID) -> None:
        """From now on the store decides as it would without rulesets of its own."""
        self._replaced.pop(store_id, None)

    @property
    def vocabularies(self) -> Mapping[str, Vocabulary]:
        """The vocabularies there are, by reference."""
        return self._vocabularies

    def _own_rulesets(self, store: Store, own: Sequence[OwnRuleset]) -> dict[str, Written]:
        """One ruleset of each kind: the one called `default`, or the only one."""
        found: dict[str, list[Written]] = {}
        for ruleset in own:
            currency = _currency_of(ruleset.kind, store)
            reading = read_own(
                ruleset.kind, ruleset.name, ruleset.source, ruleset.attachments, self._vocabularies, currency
            )
            found.setdefault(ruleset.kind, []).append(written(reading, ruleset.attachments, currency))
        return {kind: newest_one for kind, each in found.items() if (newest_one := newest(each)) is not None}

    async def warm(self, stores: Iterable[Store]) -> None:
        """Compile the books of these stores off the event loop. A store without rulesets is left for its requests."""
        for source, currency in sorted({(_source(store), store.currency) for store in stores}):
            if (source, currency) not in self._books:
                self._books[source, currency] = await asyncio.to_thread(self._read, source, currency)

    def _compiled(self, source: str, currency: str) -> LiveBook:
        found = self._books.get((source, currency))
        if found is None:
            found = self._books[source, currency] = self._read(source, currency)
        if isinstance(found, RulesetsFaulty):
            raise RULES_MISSING(
                f"the rulesets {source!r} do not decide in {currency}; the log says why. Write rulesets for {currency}"
                " and name them in the setting `rules` of the store"
            )
        return found

    def _read(self, source: str, currency: str) -> LiveBook | RulesetsFaulty:
        """The book, or why there is none: kept as well, so that a faulty folder is not read again and again."""
        try:
            library = self._library(source)
            rulesets = library.rulesets((kind for kind in KINDS if kind not in APART), currency, self._vocabularies)
            if not rulesets:
                raise RulesetsFaulty(f"there are none in the folder {library.name}")
            return _compile(rulesets, self._apart(library, currency), currency, self._vocabularies)
        except RulesetsFaulty as fault:
            _LOG.error("rulesets_faulty", rules=source, currency=currency, faults=str(fault))
            return fault

    def _library(self, source: str) -> Library:
        if source == SHIPPED:
            return self._shipped
        folder = None if self._folder is None or not _NAME.match(source) else self._folder / source / "rules"
        if folder is None or not folder.is_dir():
            raise RulesetsFaulty("no store's folder has this name")
        return Library(folder, f"{source}/rules")

    def _apart(self, library: Library, currency: str) -> dict[str, Written]:
        """What stands apart in the library, those that ship where it has none.

        No shop can do without access and orders. Of the others, those that ship are left out where they are not written
        for the currency.
        """
        found = self._always(library)
        for kind in WATCHING:
            own = {} if library is self._shipped else library.rulesets((kind,), currency, self._vocabularies)
            found |= own or self._shipped_for(kind, currency)
        return found

    def _always(self, library: Library) -> dict[str, Written]:
        """Access and orders."""
        shipped = self._shipped.rulesets(ANY_CURRENCY, None, self._vocabularies)
        return {**shipped, **library.rulesets(ANY_CURRENCY, None, self._vocabularies)}

    def _shipped_for(self, kind: Kind, currency: str) -> dict[str, Written]:
        found = self._shipped.rulesets((kind,), None, self._vocabularies)
        written_for = found[kind].document.head.currencies
        if written_for and currency not in written_for:
            return {}
        return self._shipped.rulesets((kind,), currency, self._vocabularies) if written_for else found

    def _read_access(self, source: str) -> Access:
        try:
            rulesets = self._always(self._library(source))
        except RulesetsFaulty:
            rulesets = self._always(self._shipped)
        return _compile_access(rulesets["access"].document)


BOOKS: Final = Resource["RuleBooks"]("decisions.books")


def _source(store: Store) -> str:
    named = store.settings.get("rules")
    return named if isinstance(named, str) and named else SHIPPED


def _compile(
    rulesets: dict[str, Written],
    apart: dict[str, Written],
    currency: str,
    vocabularies: dict[str, Vocabulary],
) -> LiveBook:
    checkout = {kind: ruleset.document for kind, ruleset in rulesets.items()}
    attributes = {name: fact for document in checkout.values() for name, fact in document.attributes.items()}
    reference = max(document.head.vocabulary for document in checkout.values())
    vocabulary = vocabularies[reference].with_attributes(attributes)
    timezone = next(iter(checkout.values())).head.timezone
    orders = apart["orders"].document
    assert isinstance(orders, OrdersDocument)
    inventory = apart["inventory"].document
    assert isinstance(inventory, InventoryDocument)
    watching = {kind: apart[kind].document for kind in WATCHING if kind in apart}
    return LiveBook(
        book=compile_book(checkout, currency, vocabulary),
        vocabulary=vocabulary,
        rulesets=tuple(_reference(each.text) for each in (*rulesets.values(), *apart.values())),
        texts=tuple(each.text for each in (*rulesets.values(), *apart.values())),
        access=_compile_access(apart["access"].document),
        orders=compile_lifecycle(orders),
        inventory=inventory,
        referrals=_of(watching, ReferralsDocument),
        signals=None if (signals := _of(watching, SignalsDocument)) is None else compile_signals(signals),
        notifications=_of(watching, NotificationsDocument),
        currency=currency,
        timezone=timezone,
        wording=wording_of(checkout),
        shown=Shown(vocabulary, currency, timezone),
        limited=limited(checkout),
    )


def _currency_of(kind: str, store: Store) -> str | None:
    return None if kind in ANY_CURRENCY else store.currency


def _of(documents: Mapping[Kind, AnyDocument], kind: type[AnyKind]) -> AnyKind | None:
    return next((document for document in documents.values() if isinstance(document, kind)), None)


def _compile_access(access: AnyDocument) -> Access:
    assert isinstance(access, AccessDocument)
    return compile_access(access)


def _reference(text: RulesetText) -> RulesetRef:
    return RulesetRef(text.kind, text.name, text.version, text.hash, text.id)
