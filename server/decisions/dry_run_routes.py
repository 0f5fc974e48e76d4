"""The addresses of dry runs: what would this cost, by these rulesets or those?"""

from __future__ import annotations

from server.decisions import dry_runs
from server.decisions.dry_run_schemas import AskedBody, DryRunsBody
from server.decisions.dry_run_views import DryRunsView, decided_view, scenario_view
from server.decisions.errors import (
    AMOUNT_INVALID,
    BASKET_INVALID,
    EXPLANATION_NOT_ALLOWED,
    MIX_FAULTY,
    MIX_INVALID,
    MIX_UNKNOWN,
    RULES_MISSING,
)
from server.decisions.shapes import DryRunView
from server.web.call import Call
from server.web.endpoint import Routes

routes = Routes("Decisions")


@routes.post(
    "/decisions/dry-run",
    needs="decisions.dry_run",
    errors=(
        AMOUNT_INVALID, BASKET_INVALID, EXPLANATION_NOT_ALLOWED, RULES_MISSING, MIX_INVALID, MIX_UNKNOWN, MIX_FAULTY,
    ),
    idempotency="none",
)  # fmt: skip
async def dry_run(call: Call, body: AskedBody) -> DryRunView:
    """Decide a basket nobody has filled.

    The same rules and the same code as a cart and a quote, on facts you write down yourself; nothing is kept. Amounts
    are in the currency of the store. `rulesets` puts past versions and drafts in the place of what is live (needs
    `rules.read`); `decision.rulesets` says by hash what decided.
    """
    tried = await dry_runs.dry_run(call, body)
    return decided_view(call, tried.live, tried.decided, tried.locale)


@routes.post("/decisions/dry-runs", needs="decisions.dry_run", errors=(RULES_MISSING, MIX_INVALID), idempotency="none")
async def dry_run_scenarios(call: Call, body: DryRunsBody) -> DryRunsView:
    """Decide up to 100 baskets at once, each by its own rulesets or by those of all.

    A scenario that cannot be decided has a `problem` and does not spoil the others; only a body of the wrong shape is
    refused as a whole. With `compare` each says what differs from what is live now: amounts, and the rules behind them.
    """
    tried = await dry_runs.dry_runs(call, body)
    found = zip(body.scenarios, tried, strict=True)
    return DryRunsView(scenarios=tuple(scenario_view(call, scenario.name, each) for scenario, each in found))
