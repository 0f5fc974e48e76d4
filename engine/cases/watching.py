"""Who plays the cases of rulesets that watch over time: of stock, invites, patterns and notices?"""

from __future__ import annotations

from typing import Protocol

from engine.documents.model import InventoryDocument, NotificationsDocument, ReferralsDocument, SignalsDocument
from engine.facts.vocabulary import Vocabulary
from engine.notices.cases import run_notices_case
from engine.referrals.cases import run_referrals_case
from engine.signals.cases import run_signals_case
from engine.stock.cases import run_inventory_case
from engine.text.diagnostics import Diagnostic
from engine.text.nodes import Mapping
from engine.text.source import Span

Watching = InventoryDocument | ReferralsDocument | SignalsDocument | NotificationsDocument


class Played(Protocol):
    """A case: what differs or cannot be read, and what of the document had an effect in it."""

    @property
    def name(self) -> str:
        """As it is written, or by its number."""

    @property
    def span(self) -> Span:
        """Where it is written."""

    @property
    def differences(self) -> tuple[Diagnostic, ...]:
        """What is not as expected."""

    @property
    def exercised(self) -> frozenset[tuple[str, str]]:
        """What kind of thing in the document, and its id."""

    @property
    def passed(self) -> bool:
        """Whether everything expected holds."""


def play(document: Watching, vocabulary: Vocabulary, node: Mapping, number: int = 1) -> Played:
    """One case of the document. `number` (from 1) names a case without a name. Never raises."""
    match document:
        case InventoryDocument():
            return run_inventory_case(document, vocabulary, node, number)
        case ReferralsDocument():
            return run_referrals_case(document, vocabulary, node, number)
        case NotificationsDocument():
            return run_notices_case(document, vocabulary, node, number)
        case SignalsDocument():
            return run_signals_case(document, vocabulary, node, number)
