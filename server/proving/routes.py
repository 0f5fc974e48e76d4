"""The addresses of proofs, and of the guard over what nobody has proved."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

from server.decisions import guards_repo
from server.decisions.errors import MIX_FAULTY, MIX_INVALID, MIX_UNKNOWN, RULES_MISSING
from server.decisions.guards import GUARDS
from server.proving import proofs
from server.proving.errors import PROOF_INVALID, PROOF_OVER, PROOF_UNKNOWN, PROOFS_TOO_MANY
from server.proving.repo import Wanted
from server.proving.schemas import (
    GuardView,
    NewProofBody,
    ProofDetailView,
    ProofPath,
    ProofsOfTextView,
    ProofsQuery,
    ProofView,
)
from server.proving.snapshot import ENDED, Proof
from server.proving.views import detail_view, guard_view, proof_view
from server.rule_admin.errors import DRAFT_UNKNOWN, RULESET_UNKNOWN
from server.rule_admin.schemas import DraftPath, VersionPath
from server.web.call import Call
from server.web.endpoint import Reply, Routes, Stream
from server.web.events import EVENTS, events_of
from server.web.pages import Page, Position, page, position

NEEDS: Final = "decisions.dry_run"
READ: Final = "rules.read"
READ_CARTS: Final = "cart.read_any"
"""Who may see carts of customers."""
MOST_BREACHES: Final = 100

routes = Routes("Proofs")


@routes.post(
    "/rulesets/proofs",
    needs=NEEDS,
    errors=(PROOF_INVALID, RULES_MISSING, MIX_INVALID, MIX_UNKNOWN, MIX_FAULTY, PROOFS_TOO_MANY),
    status=202,
    known_status=200,
)
async def ask_for_proof(call: Call, body: NewProofBody) -> Reply[ProofDetailView]:
    """Ask something of a rule book: its lints, its claims, what another one changes, its cases, how it is cheated.

    It is worked out in the background, in a process that ends with its time. The same question has the same answer:
    once it is known it comes at once (200), and while it is worked out no second job is begun. Drafts and versions take
    the place of what is live, and mean for ever what they mean now. Besides `decisions.dry_run` all that has to do with
    proofs needs `rules.read`.
    """
    asked = await proofs.ask(call, body)
    headers = {"Location": f"/api/v1/rulesets/proofs/{asked.proof.id}"}
    status = HTTPStatus.ACCEPTED if asked.report is None else HTTPStatus.OK
    return Reply(detail_view(asked), status=status, headers=headers)


@routes.get("/rulesets/proofs", needs=NEEDS, errors=(MIX_INVALID, MIX_UNKNOWN))
async def list_proofs(call: Call, query: ProofsQuery) -> Reply[Page[ProofView]]:
    """Proofs, the newest first: of one task, in one state, or about exactly the text of one version or draft."""
    at = position(call, query)
    found = await proofs.find_page(call, _wanted(at, query), query.ruleset)
    return page(call, query, at, found, _keys, proof_view)


@routes.get("/rulesets/proofs/{proof_id}", needs=NEEDS, errors=(PROOF_UNKNOWN,))
async def read_proof(call: Call, path: ProofPath) -> ProofDetailView:
    """How far a proof is, and once it is done what came out."""
    return detail_view(await proofs.find(call, path.proof_id))


@routes.get("/rulesets/proofs/{proof_id}/events", needs=NEEDS, errors=(PROOF_UNKNOWN,), raw_types=(EVENTS,))
async def watch_proof(call: Call, path: ProofPath) -> Stream:
    """How far a proof is, as server-sent events, until it has ended.

    Events are called `progress`, the last one `done`, `failed` or `cancelled`; each has `state`, `done`, `total` and
    `error`, and the number of things that are done for its id. A connection lasts ten minutes at most.
    """
    await proofs.find(call, path.proof_id)
    return Stream(events_of(lambda: proofs.progress(call, path.proof_id), ENDED), EVENTS)


@routes.post("/rulesets/proofs/{proof_id}/cancel", needs=NEEDS, errors=(PROOF_UNKNOWN, PROOF_OVER))
async def cancel_proof(call: Call, path: ProofPath) -> ProofView:
    """End a proof for good. The process that is at it is killed within a second."""
    return proof_view(await proofs.cancel(call, path.proof_id))


@routes.get("/rulesets/versions/{kind}/{name}/{version}/proofs", needs=NEEDS, errors=(RULESET_UNKNOWN,))
async def list_proofs_of_version(call: Call, path: VersionPath) -> ProofsOfTextView:
    """What is known of a version: the newest answer to each kind of question about exactly its text."""
    found = await proofs.of_version(call, path.kind, path.name, path.version)
    return ProofsOfTextView(items=[detail_view(each) for each in found])


@routes.get("/rulesets/drafts/{draft_id}/proofs", needs=NEEDS, errors=(DRAFT_UNKNOWN,))
async def list_proofs_of_draft(call: Call, path: DraftPath) -> ProofsOfTextView:
    """What is known of a draft: the newest answer to each kind of question about exactly the text it has now."""
    return ProofsOfTextView(items=[detail_view(each) for each in await proofs.of_draft(call, path.draft_id)])


@routes.get("/rulesets/guard", needs=READ)
async def read_guard(call: Call) -> GuardView:
    """Which claims nobody has proved for all carts, so that every decision is held against them; and breaches.

    A decision that breaks one is never shown: the rule book before decides, and the newest version is taken off. The
    carts that did are for those who may see carts of customers (`cart.read_any`).
    """
    breaches = await call.database.transaction(call.store.id, lambda tx: guards_repo.breaches(tx, MOST_BREACHES))
    return guard_view(call.use(GUARDS).of(call.store.id), breaches, with_carts=call.actor.may(READ_CARTS))


def _wanted(at: Position, query: ProofsQuery) -> Wanted:
    beyond = None if at.keys is None else (datetime.fromisoformat(at.keys[0]), UUID(at.keys[1]))
    return Wanted(beyond, at.backwards, at.limit + 1, query.task, query.state)


def _keys(proof: Proof) -> tuple[str, str]:
    return proof.created_at.isoformat(), str(proof.id)
