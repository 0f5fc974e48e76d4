"""May this rule book decide, by what it claims itself? A claim that is refuted forbids it; what is open is a warning.

All claims of the whole book are asked, not only those of the ruleset that is new: it may break what another one claims.
An answer that is known is not worked out again. Otherwise it is looked for here and now, for SOSTECH_PROOF_SECONDS at
most, and stored with the text that was asked about.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from engine.documents.model import Invariant
from engine.proof.holds import claims_of
from engine.text.diagnostics import Diagnostic, error, warning
from server.decisions.mixing import Chosen, Mix
from server.decisions.sides import side_of
from server.proving import repo, reports
from server.proving.answering import NotAnswered, answered
from server.proving.snapshot import Answer, Options, Question, Subject
from server.rule_admin.gates import Candidate
from server.rule_admin.snapshot import Version
from server.web.call import Call
from server.web.killable import ProcessGone
from storage.transaction import Transaction

REFUTED: Final = "RS650"
NOT_DECIDED: Final = "RS651"

STARTS_WITHIN_SECONDS: Final = 10.0
"""Whoever publishes is not kept waiting where the machine has no time for another process."""
NOT_AGAIN_WITHIN: Final = timedelta(hours=1)
"""For so long nobody tries again what was not found out in the same time."""


async def claims_hold(call: Call, candidate: Candidate) -> Sequence[Diagnostic]:
    """An error for every claim that is refuted, with the cart; a warning for every one that is not decided."""
    claims = {str(invariant.span): invariant for _, invariant in claims_of(candidate.book.book)}
    if not claims:
        return ()
    mix = Mix(chosen=(_chosen(candidate.version),))
    options = Options(seconds=math.ceil(call.shop.settings.proof_seconds))
    question = Question(task="prove", after=side_of(mix, candidate.book), options=options)
    try:
        report = (await _answer(call, candidate, question)).report
    except (NotAnswered, ProcessGone) as why:
        report = reports.proof([reports.open_verdict(each, str(why)) for each in reports.claims(candidate.book)])
    found = [_finding(claims[each["at"]], each) for each in report["verdicts"] if each["at"] in claims]
    return [each for each in found if each is not None]


async def _answer(call: Call, candidate: Candidate, question: Question) -> Answer:
    """The answer that is stored, else one that is worked out now, and stored. Raises NotAnswered and ProcessGone.

    Where the time was not enough a while ago, it would not be now: whoever publishes again is not kept waiting again.
    """

    async def look(tx: Transaction) -> Answer | None:
        return await repo.stored_answer(tx, question.key, question.options.seconds, NOT_AGAIN_WITHIN)

    known = await call.database.transaction(call.store.id, look)
    if known is not None:
        return known
    at_once = await asyncio.to_thread(reports.proved_at_once, candidate.book)
    if at_once is None:
        answer = await answered(question, call.shop.settings.proof_seconds, starts_within=STARTS_WITHIN_SECONDS)
    else:
        answer = Answer(report=at_once, looked_at=at_once["claims"])
    version = candidate.version
    subject = Subject(ruleset_id=version.id, content_hash=version.content_hash)

    async def store(tx: Transaction) -> None:
        await repo.add_answered(tx, question, subject, answer, call.actor.id)

    await call.database.transaction(call.store.id, store)
    return answer


def _chosen(version: Version) -> Chosen:
    if version.number is None:
        return Chosen(draft_id=version.id)
    return Chosen(kind=version.kind, name=version.name, number=version.number)


def _finding(invariant: Invariant, verdict: Mapping[str, Any]) -> Diagnostic | None:
    """What is to be said of a claim; None when it is proved."""
    match verdict["status"]:
        case "refuted":
            message = f"'{invariant.id}' is refuted: {verdict['said']}"
            return error(REFUTED, message, invariant.span, witness=reports.witness(verdict))
        case "not_decided":
            return warning(
                NOT_DECIDED, f"'{invariant.id}' is not decided: {verdict['reason']}", invariant.span,
                hint="prove it with more time, or allow it: every decision is then held against it",
            )  # fmt: skip
        case _:
            return None
