"""The addresses of trials: a version beside the live one, on everything without effect, or for a share of customers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec

from engine.money import formatter
from server.decisions.errors import RULES_MISSING
from server.decisions.trials import Guards
from server.decisions.trials_guard import Tally, one_decimal
from server.rule_admin import trials
from server.rule_admin.errors import (
    PLAN_INVALID,
    RULESET_FAULTY,
    RULESET_UNKNOWN,
    TRIAL_INVALID,
    TRIAL_OVER,
    TRIAL_RUNNING,
    TRIAL_UNKNOWN,
    VERSION_LIVE,
)
from server.rule_admin.routes import PUBLISH, READ
from server.rule_admin.trial_schemas import (
    ArmView,
    EndTrialBody,
    GuardsBody,
    GuardsView,
    ShareBody,
    StartTrialBody,
    TrialPath,
    TrialsView,
    TrialView,
    WatchedTrialView,
)
from server.rule_admin.trials import Wanted, Watched
from server.rule_admin.trials_repo import KnownTrial
from server.web.call import Call
from server.web.endpoint import Routes

routes = Routes("Rulesets")


@routes.get("/rulesets/trials", needs=READ)
async def list_ruleset_trials(call: Call) -> TrialsView:
    """Trials of the store, the newest first; at most 100."""
    return TrialsView(items=[TrialView(**_shown(each)) for each in await trials.list_trials(call)])


@routes.post(
    "/rulesets/trials",
    needs=PUBLISH,
    errors=(RULESET_UNKNOWN, TRIAL_INVALID, RULESET_FAULTY, VERSION_LIVE, TRIAL_RUNNING, RULES_MISSING),
    status=201,
)
async def start_ruleset_trial(call: Call, body: StartTrialBody) -> WatchedTrialView:
    """Try a published version beside the live one; one at a time.

    A `shadow` decides every cart and quote again, and nobody notices. A `canary` serves a share of customers, the same
    ones throughout. It ends by itself, in every process within a second or two, when one of its guards is broken.
    """
    wanted = Wanted(
        kind=body.kind, name=body.name, number=body.number, mode=body.mode, share=body.share,
        guards=_guards(body.guards or GuardsBody()), reason=body.reason,
    )  # fmt: skip
    return _watched(call, await trials.start(call, wanted))


@routes.get("/rulesets/trials/{trial_id}", needs=READ, errors=(TRIAL_UNKNOWN,))
async def read_ruleset_trial(call: Call, path: TrialPath) -> WatchedTrialView:
    """A trial with what came of both arms so far; every process adds what it counted about every second."""
    return _watched(call, await trials.read(call, path.trial_id))


@routes.post("/rulesets/trials/{trial_id}/share", needs=PUBLISH, errors=(TRIAL_UNKNOWN, TRIAL_OVER))
async def set_ruleset_trial_share(call: Call, path: TrialPath, body: ShareBody) -> WatchedTrialView:
    """Let more customers take part, or fewer. Whoever took part still does when the share grows.

    Both arms are counted anew from here on, so that they are compared over the same time.
    """
    return _watched(call, await trials.set_share(call, path.trial_id, body.share))


@routes.post("/rulesets/trials/{trial_id}/end", needs=PUBLISH, errors=(TRIAL_UNKNOWN, TRIAL_OVER))
async def end_ruleset_trial(call: Call, path: TrialPath, body: EndTrialBody) -> WatchedTrialView:
    """End a trial: everybody is served by what is live. Quotes that were given hold until they expire."""
    return _watched(call, await trials.end(call, path.trial_id, body.reason))


@routes.post(
    "/rulesets/trials/{trial_id}/promote",
    needs=PUBLISH,
    errors=(TRIAL_UNKNOWN, TRIAL_OVER, RULESET_FAULTY, PLAN_INVALID, RULES_MISSING),
)
async def promote_ruleset_trial(call: Call, path: TrialPath, body: EndTrialBody) -> WatchedTrialView:
    """Make the version on trial live for everybody, by a plan that begins now, and end the trial."""
    return _watched(call, await trials.promote(call, path.trial_id, body.reason))


def _guards(body: GuardsBody) -> Guards:
    return msgspec.convert(msgspec.to_builtins(body), Guards)


def _shown(trial: KnownTrial) -> dict[str, Any]:
    fields = msgspec.structs.asdict(trial)
    del fields["version_id"]
    return {**fields, "guards": msgspec.convert(msgspec.to_builtins(trial.guards), GuardsView)}


def _watched(call: Call, found: Watched) -> WatchedTrialView:
    currency = call.store.currency
    return WatchedTrialView(
        **_shown(found.trial), live=_arm(found.tallies["live"], currency), trial=_arm(found.tallies["trial"], currency)
    )


def _arm(tally: Tally, currency: str) -> ArmView:
    average = tally.average_total
    return ArmView(
        decided=tally.decided, failed=tally.failed, dropped=tally.dropped, refused=tally.refused, differs=tally.differs,
        average_total=None if average is None else formatter(currency)(int(average + Fraction(1, 2))),
        discount_share=_decimal(tally.discount_share), refused_share=_decimal(tally.refused_share),
        error_rate=_decimal(tally.error_rate),
    )  # fmt: skip


def _decimal(value: Fraction | None) -> str | None:
    return None if value is None else one_decimal(value)
