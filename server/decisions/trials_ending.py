"""How does a trial end by itself? Once, whichever process sees it first, with the reason in the audit log."""

from __future__ import annotations

from server.decisions import own_repo, trials_repo
from server.decisions.trials import Trial
from server.decisions.trials_repo import End
from storage import audit
from storage.transaction import Transaction


async def end_by_itself(tx: Transaction, trial: Trial, end: End, why: str) -> bool:
    """End the trial and let every process know with the commit; False when it has ended before."""
    if not await trials_repo.close(tx, trial.id, end, why, None):
        return False
    version = {"kind": trial.kind, "name": trial.name, "number": trial.number}
    await audit.record(
        tx, actor_kind="system", actor_id=None, action=f"rulesets.trial_{end}", resource_type="ruleset_trial",
        resource_id=str(trial.id), before={"state": "running", **version}, after={"state": end, "reason": why},
        request_id=None,
    )  # fmt: skip
    await own_repo.announce(tx)
    return True
