"""Who plays the cases of rulesets that watch over time: of stock, invites, patterns and notices?"""

from __future__ import annotations

from engine.documents.model import InventoryDocument, NotificationsDocument, ReferralsDocument, SignalsDocument
from engine.facts.case_reading import PlayedCase
from engine.facts.vocabulary import Vocabulary
from engine.notices.cases import run_notices_case
from engine.referrals.cases import run_referrals_case
from engine.signals.cases import run_signals_case
from engine.stock.cases import run_inventory_case
from engine.text.nodes import Mapping

Watching = InventoryDocument | ReferralsDocument | SignalsDocument | NotificationsDocument


def play(document: Watching, vocabulary: Vocabulary, node: Mapping, number: int = 1) -> PlayedCase:
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
