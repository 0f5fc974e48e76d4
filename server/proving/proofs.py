"""What can be done with proofs? Ask a question, see how far the answer is, stop it, read what came out.

The same question has the same answer: whoever asks it again gets that, and no second job.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from engine.documents.kinds import APART
from server.decisions.choosing import Mix, read_chosen
from server.decisions.dry_run_schemas import RulesetsBody
from server.decisions.dry_runs import READ_RULES, book_of, mix_of
from server.decisions.library import RulesetText
from server.decisions.mixing import find_chosen
from server.decisions.own_repo import OwnRuleset
from server.decisions.sides import Side, side_of
from server.errors import AppError, Fault
from server.proving import repo
from server.proving.errors import PROOF_INVALID, PROOF_OVER, PROOF_UNKNOWN, PROOFS_TOO_MANY
from server.proving.repo import Wanted
from server.proving.schemas import NewProofBody
from server.proving.snapshot import Options, Progress, Proof, Question, Subject
from server.rule_admin import service
from server.rule_admin.snapshot import Content
from server.web.call import Call
from server.web.noting import note
from server.web.problems import NOT_ALLOWED
from server.web.waking import WAKE
from storage.transaction import Transaction

MOST_OPEN: Final = 20
"""Proofs of a store that have not ended: they take turns."""

OF_ORDERS: Final = ("exploits",)
"""Tasks in which the life of an order counts: what can be sent back, and what is given back for it."""

RESOURCE: Final = "proof"
"""As the audit log calls it."""


class Asked(NamedTuple):
    """A proof, and whether it is answered already."""

    proof: Proof
    report: bytes | None


def require_rules(call: Call) -> None:
    """Raise NOT_ALLOWED for those who may not see rulesets: a proof says what every rule does."""
    if not call.actor.may(READ_RULES):
        raise NOT_ALLOWED(f"proofs tell of rulesets: this needs the permission {READ_RULES}", permission=READ_RULES)


async def ask(call: Call, asked: NewProofBody) -> Asked:
    """The answer if it is known, else a proof that a worker takes up, the one there is if it was asked before.

    It means for ever what it means now: the texts of all rulesets are kept. Raises NOT_ALLOWED, PROOF_INVALID,
    RULES_MISSING, MIX_INVALID, MIX_UNKNOWN, MIX_FAULTY and PROOFS_TOO_MANY.
    """
    require_rules(call)
    _refuse_senseless(asked)
    mix, after = await _side(call, asked.rulesets, "/rulesets", with_orders=asked.task in OF_ORDERS)
    before = None
    if asked.task == "equivalence":
        _, before = await _side(call, asked.before or RulesetsBody(), "/before")

    async def work(tx: Transaction) -> Asked:
        chosen = [await find_chosen(tx, each) for each in mix.chosen]
        _refuse_apart(asked, chosen)
        question = Question(task=asked.task, after=after, before=before, options=_options(asked, chosen))
        subject = _subject(chosen, question)
        known = await _known(tx, question.key, subject)
        if known is not None:
            return known
        if await repo.count_open(tx) >= MOST_OPEN:
            raise PROOFS_TOO_MANY(f"{MOST_OPEN} proofs have not ended; wait for one, or cancel one")
        made = await repo.add(tx, question, subject, call.actor.id)
        if made is None:  # somebody asked the same this moment, and we waited for them
            known = await _known(tx, question.key, subject)
            assert known is not None
            return known
        after_it = {"task": made.task, "rulesets": [str(each) for each in mix.chosen], "key": made.key}
        await note(tx, call, "proofs.start", RESOURCE, made.id, None, after_it)
        call.use(WAKE).after(tx)
        return Asked(made, None)

    return await call.database.transaction(call.store.id, work)


async def find(call: Call, proof_id: UUID) -> Asked:
    """One proof, and what came out as JSON once it is done. Raises NOT_ALLOWED and PROOF_UNKNOWN."""
    require_rules(call)

    async def work(tx: Transaction) -> Asked:
        return Asked(await _found(tx, proof_id), await repo.report(tx, proof_id))

    return await call.database.transaction(call.store.id, work)


async def find_page(call: Call, wanted: Wanted, ruleset: str | None) -> list[Proof]:
    """Proofs of the store in the order that is wanted; of one ruleset: those about exactly its text.

    Raises NOT_ALLOWED, MIX_INVALID and MIX_UNKNOWN.
    """
    require_rules(call)
    chosen = None if ruleset is None else read_chosen([ruleset], "query/ruleset")[0]

    async def work(tx: Transaction) -> list[Proof]:
        hash = None if chosen is None else _hash(await find_chosen(tx, chosen))
        return await repo.find_page(tx, wanted._replace(content_hash=hash))

    return await call.database.transaction(call.store.id, work)


async def of_version(call: Call, kind: str, name: str, number: int) -> list[Asked]:
    """The newest answer to each kind of question about a version. Raises NOT_ALLOWED and RULESET_UNKNOWN."""
    require_rules(call)

    async def work(tx: Transaction) -> list[Asked]:
        version, _ = await service.published(tx, kind, name, number)
        return [Asked(*each) for each in await repo.of_text(tx, version.content_hash)]

    return await call.database.transaction(call.store.id, work)


async def of_draft(call: Call, draft_id: UUID) -> list[Asked]:
    """The same of a draft as its text is now. Raises NOT_ALLOWED and DRAFT_UNKNOWN."""
    require_rules(call)

    async def work(tx: Transaction) -> list[Asked]:
        draft, _ = await service.draft(tx, draft_id)
        return [Asked(*each) for each in await repo.of_text(tx, draft.content_hash)]

    return await call.database.transaction(call.store.id, work)


async def progress(call: Call, proof_id: UUID) -> Progress | None:
    """How far it is; None when there is no such proof."""

    async def work(tx: Transaction) -> Progress | None:
        return await repo.progress(tx, proof_id)

    return await call.database.transaction(call.store.id, work)


async def cancel(call: Call, proof_id: UUID) -> Proof:
    """End it for good, and the process that is at it within a second. Raises NOT_ALLOWED, PROOF_UNKNOWN, PROOF_OVER."""
    require_rules(call)

    async def work(tx: Transaction) -> Proof:
        before = await _found(tx, proof_id)
        if before.state == "cancelled":
            return before
        if not await repo.cancel(tx, proof_id):
            raise PROOF_OVER(f"the proof is {before.state}", state=before.state)
        await note(tx, call, "proofs.cancel", RESOURCE, proof_id, _noted(before), {"state": "cancelled"})
        return await _found(tx, proof_id)

    return await call.database.transaction(call.store.id, work)


async def _known(tx: Transaction, key: str, subject: Subject | None) -> Asked | None:
    """What was asked before; from now on it is found with this subject, unless it is with another one already."""
    if subject is not None:
        await repo.name_subject(tx, key, subject)
    found = await repo.find_by_key(tx, key)
    return None if found is None else Asked(found, await repo.report(tx, found.id))


async def _found(tx: Transaction, proof_id: UUID) -> Proof:
    found = await repo.find(tx, proof_id)
    if found is None:
        raise PROOF_UNKNOWN(f"there is no proof {proof_id}; GET /rulesets/proofs lists those there are")
    return found


async def _side(
    call: Call, asked: RulesetsBody, pointer: str, *, with_orders: bool = False
) -> tuple[Mix, Side]:  # fmt: skip
    mix = mix_of(asked, pointer)
    return mix, side_of(mix, await book_of(call, asked, pointer), with_orders=with_orders)


def _refuse_senseless(asked: NewProofBody) -> None:
    if asked.before is not None and asked.task != "equivalence":
        raise _invalid("/before", f"only an equivalence has a rule book before; leave it out of {asked.task}")
    if asked.options.never_more and asked.task != "equivalence":
        raise _invalid("/options/never_more", f"only an equivalence asks for that; leave it out of {asked.task}")


def _refuse_apart(asked: NewProofBody, chosen: list[OwnRuleset]) -> None:
    counts = {"orders"} if asked.task in OF_ORDERS else set()
    apart = [each.kind for each in chosen if each.kind in APART and each.kind not in counts]
    if apart:
        raise _invalid("/rulesets/with", f"{apart[0]} decides no carts; POST …/check says what is wrong with it")


def _options(asked: NewProofBody, chosen: list[OwnRuleset]) -> Options:
    kinds = tuple(sorted(each.kind for each in chosen)) if asked.task in ("lint", "mutation") else ()
    return Options(**msgspec.structs.asdict(asked.options), kinds=kinds)


def _subject(chosen: list[OwnRuleset], question: Question) -> Subject | None:
    """The one ruleset it is about, by the text that is asked about: a draft may be another one by now."""
    if len(chosen) != 1:
        return None
    kind = chosen[0].kind
    text = _text(question.after, kind)
    if text is None:
        return None
    return Subject(ruleset_id=chosen[0].id, content_hash=_hash(text), before_hash=_hash_before(question, kind))


def _hash_before(question: Question, kind: str) -> str | None:
    """Of an equivalence the text that it takes the place of, where that is all that is different between the books.

    Elsewhere it says what more than these two texts do; asked for `never_more` it does not say where they differ.
    """
    before = question.before
    old = None if before is None else _text(before, kind)
    if before is None or old is None or question.options.never_more:
        return None
    after_it, before_it = ({text.id for text in side.texts if text.kind != kind} for side in (question.after, before))
    return _hash(old) if after_it == before_it else None


def _text(side: Side, kind: str) -> RulesetText | None:
    return next((text for text in side.texts if text.kind == kind), None)


def _hash(ruleset: OwnRuleset | RulesetText) -> str:
    return Content(source=ruleset.source, attachments=ruleset.attachments).hash


def _invalid(pointer: str, message: str) -> AppError:
    return PROOF_INVALID(message, faults=[Fault(pointer, PROOF_INVALID.code, message)])


def _noted(proof: Proof) -> Mapping[str, object]:
    return {"task": proof.task, "state": proof.state}
