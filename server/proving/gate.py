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

from msgspec.structs import replace

from engine.documents.model import Invariant
from engine.proof.holds import claims_of
from engine.text.diagnostics import Diagnostic, error, warning
from server.decisions.choosing import Chosen, Mix
from server.decisions.sides import side_of
from server.proving import repo, reports
from server.proving.answering import NotAnswered, answered
from server.proving.snapshot import Answer, Options, Question, Subject
from server.rule_admin.gates import Candidate
from server.web.call import Call
from server.web.killable import ProcessGone
from storage.transaction import Transaction

REFUTED: Final = "RS650"
NOT_DECIDED: Final = "RS651"

STARTS_WITHIN_SECONDS: Final = 10.0
"""Whoever publishes is not kept waiting where the machine has no time for another process."""
NOT_AGAIN_WITHIN: Final = timedelta(hours=1)
"""For so long nobody tries again what was not found out in the same time."""

_NO_TIME: Final = Options(seconds=0)
_NO_VERDICT: Final = {"status": "not_decided", "reason": "the answer that is stored says nothing of it"}


async def claims_hold(call: Call, candidate: Candidate) -> Sequence[Diagnostic]:
    """An error for every claim that is refuted, with the cart; a warning for every one that is not decided."""
    claims = claims_of(candidate.book.book)
    if not claims:
        return ()
    report = (await _answer(call, candidate)).report
    verdicts = {verdict["at"]: verdict for verdict in report["verdicts"]}
    found = [_finding(invariant, verdicts.get(str(invariant.span), _NO_VERDICT)) for _, invariant in claims]
    return [each for each in found if each is not None]


async def _answer(call: Call, candidate: Candidate) -> Answer:
    """The answer that is stored, else one that is worked out now, and stored.

    Where the time was not enough a while ago, it would not be now: whoever publishes again is not kept waiting again.
    """
    version = candidate.version
    subject = Subject(ruleset_id=version.id, content_hash=version.content_hash)
    left = candidate.until - asyncio.get_running_loop().time()
    seconds = max(0.0, min(call.shop.settings.proof_seconds, left))
    question = _question(candidate, math.ceil(seconds))

    async def look(tx: Transaction) -> Answer | None:
        await repo.name_subject(tx, question.key, subject)
        return await repo.stored_answer(tx, question.key, question.options.seconds, NOT_AGAIN_WITHIN)

    known = await call.database.transaction(call.store.id, look)
    if known is not None:
        return known
    asked, answer = await _worked_out(candidate, question, seconds)

    async def store(tx: Transaction) -> None:
        await repo.add_answered(tx, asked, subject, answer, call.actor.id)

    await call.database.transaction(call.store.id, store)
    return answer


async def _worked_out(candidate: Candidate, question: Question, seconds: float) -> tuple[Question, Answer]:
    """What the bounds prove at once if that is all, else what a process finds out within so many seconds.

    Where that gives no answer, what the bounds prove still holds: as of a question for which there was no time.
    """
    parts = await asyncio.to_thread(reports.proved_at_once, candidate.book)
    proved = [part for part in parts if part is not None]
    if len(proved) == len(parts):
        return question, Answer(report=reports.proof(proved), looked_at=len(parts))
    try:
        found = await answered(question, seconds, starts_within=STARTS_WITHIN_SECONDS, until=candidate.until)
    except (NotAnswered, ProcessGone) as why:
        report = reports.partial(reports.claims(candidate.book), parts, str(why))
        return replace(question, options=_NO_TIME), Answer(report=report, complete=False, looked_at=len(proved))
    return question, found


def _question(candidate: Candidate, seconds: int) -> Question:
    version = candidate.version
    if version.number is None:
        chosen = Chosen(draft_id=version.id)
    else:
        chosen = Chosen(kind=version.kind, name=version.name, number=version.number)
    after = side_of(Mix(chosen=(chosen,)), candidate.book)
    return Question(task="prove", after=after, options=Options(seconds=seconds))


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
