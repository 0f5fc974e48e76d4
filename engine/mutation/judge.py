"""Who judges the mutants of a ruleset?"""

from __future__ import annotations

from engine.cases.run import BookFor
from engine.cases.watching import Watching
from engine.documents.model import AccessDocument, AnyDocument, OrdersDocument
from engine.facts.scenario import ScenarioContext
from engine.facts.vocabulary import Vocabulary
from engine.mutation.judge_access import AccessJudge
from engine.mutation.judge_checkout import CheckoutJudge
from engine.mutation.judge_orders import OrdersJudge
from engine.mutation.judge_watching import WatchingJudge
from engine.mutation.judging import MOST_CARTS, Judge


def judge_of(
    document: AnyDocument,
    vocabulary: Vocabulary,
    book_for: BookFor,
    context: ScenarioContext,
    *,
    most_carts: int = MOST_CARTS,
) -> Judge:
    """The judge for the kind of the document. `vocabulary` is its own, with its attributes; `book_for` and `context`
    are as for its cases. `most_carts` bounds what is tried for one mutant.
    """
    if isinstance(document, OrdersDocument):
        return OrdersJudge(document, vocabulary)
    if isinstance(document, AccessDocument):
        return AccessJudge(document, vocabulary)
    if isinstance(document, Watching):
        return WatchingJudge(document, vocabulary)
    return CheckoutJudge(document, vocabulary, book_for, context, most_carts=most_carts)
