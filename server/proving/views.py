"""How are proofs and guards shown?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from server.decisions.guards import Guard
from server.decisions.guards_repo import Breach
from server.decisions.sides import ChosenSide
from server.decisions.views import ruleset_view
from server.proving.proofs import Asked
from server.proving.schemas import (
    BookView,
    BreachView,
    GuardView,
    OptionsView,
    ProofDetailView,
    ProofView,
    WatchedView,
)
from server.proving.snapshot import Proof


def proof_view(proof: Proof) -> ProofView:
    """A proof as lists show it."""
    return ProofView(**_fields(proof))


def detail_view(asked: Asked) -> ProofDetailView:
    """A proof with its report, when it has one."""
    report = None if asked.report is None else msgspec.json.decode(asked.report)
    return ProofDetailView(**_fields(asked.proof), report=report)


def guard_view(guard: Guard | None, breaches: Sequence[Breach], *, with_carts: bool) -> GuardView:
    """What is watched, and what happened; without carts for those who may not see those of customers."""
    watched = () if guard is None else guard.watched
    plan = None if guard is None else guard.plan
    return GuardView(
        watched=[WatchedView(invariant=each.invariant.id, at=each.at) for each in watched],
        takes_off=None if plan is None else str(plan),
        breaches=[_breach_view(each, with_carts) for each in breaches],
    )


def _breach_view(breach: Breach, with_cart: bool) -> BreachView:
    view = BreachView(**msgspec.structs.asdict(breach))
    return view if with_cart else msgspec.structs.replace(view, cart=None)


def _fields(proof: Proof) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.structs.asdict(proof)
    fields["rulesets"] = _book(fields.pop("after"))
    fields["before"] = None if proof.before is None else _book(proof.before)
    options = proof.options
    fields["options"] = OptionsView(seconds=options.seconds, carts=options.carts, never_more=options.never_more)
    return fields


def _book(side: ChosenSide) -> BookView:
    rulesets = [ruleset_view(ruleset) for ruleset in side.rulesets]
    return BookView(base=side.base, at=side.at, chosen=list(side.chosen), rulesets=rulesets)
