"""The addresses of what rules did: hits of a version, and rules that do nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from engine.facts.cart_plain import cart_as_plain
from server.decisions import hits, hits_dead
from server.decisions.books import LiveBook
from server.decisions.errors import HITS_UNKNOWN, RULES_MISSING
from server.decisions.hits_dead import DeadRule
from server.decisions.hits_witness import Witness
from server.decisions.schemas import Instant
from server.web.binding import Path, Query, View
from server.web.call import Call
from server.web.endpoint import Routes

routes = Routes("Decisions")

READ = "rules.read"


class HitsPath(Path, frozen=True, kw_only=True):
    """Names a ruleset."""

    kind: Annotated[str, Meta(pattern=r"^[a-z]{1,30}(?!\n)$")]
    name: Annotated[str, Meta(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?(?!\n)$")]


class HitsQuery(Query, frozen=True, kw_only=True):
    """Of which version (the live one, else the newest, when it is left out), and of which time: ever, else."""

    number: Annotated[int, Meta(ge=1, le=2_147_483_647)] | None = None
    decided_from: Instant | None = None
    decided_before: Instant | None = None


class RuleHitsView(View, frozen=True, kw_only=True):
    """How often a rule took part (`fired`), and how often that changed an amount (`paid`)."""

    rule: str
    what: Annotated[str, Meta(description="rule, coupon, method, refusal or rate.")]
    at: Annotated[str, Meta(description="Where it is written: file:line:column.")]
    fired: int
    paid: int
    last_at: datetime | None


class HitsView(View, frozen=True, kw_only=True):
    """The rules of a version in written order, also those that never took part."""

    kind: str
    name: str
    number: int
    hash: str
    live: bool
    read_to: Annotated[datetime | None, Meta(description="Decisions are counted up to here; null: none was yet.")]
    rules: tuple[RuleHitsView, ...]


class WitnessView(View, frozen=True, kw_only=True):
    """A cart in which the rule takes part now. `name`: the decision's id, or what the case is called."""

    source: Literal["decision", "case", "made"]
    name: str
    cart: Annotated[dict[str, Any], Meta(description="As a scenario of `sostech dry-run` writes it.")]


class DeadRuleView(View, frozen=True, kw_only=True):
    """A rule that does nothing.

    `unreachable`: it never took part and cannot, `because` says why. `reachable`: it never took part and could, as the
    `witness` shows. `unknown`: it never took part, and neither was found. `changes_nothing`: it took part and changed
    no amount.
    """

    kind: str
    name: str
    number: int
    rule: str
    what: str
    at: str
    verdict: Literal["unreachable", "reachable", "unknown", "changes_nothing"]
    because: str | None
    witness: WitnessView | None
    fired: int
    last_at: datetime | None


class DeadRulesView(View, frozen=True, kw_only=True):
    """Live rules that do nothing, counted since these versions are live."""

    read_to: Annotated[datetime | None, Meta(description="Decisions are counted up to here; null: none was yet.")]
    rules: tuple[DeadRuleView, ...]


@routes.get("/rulesets/hits/{kind}/{name}", needs=READ, errors=(HITS_UNKNOWN, RULES_MISSING))
async def read_rule_hits(call: Call, path: HitsPath, query: HitsQuery) -> HitsView:
    """How often each rule of a version took part in decisions that were logged, and changed an amount."""
    found = await hits.hits_of(call, path.kind, path.name, query.number, query.decided_from, query.decided_before)
    text = found.text
    return HitsView(
        kind=text.kind,
        name=text.name,
        number=text.version,
        hash=text.hash,
        live=found.is_live,
        read_to=found.read_to,
        rules=tuple(
            RuleHitsView(
                rule=rule.id, what=rule.what, at=str(rule.span), fired=count.fired, paid=count.paid,
                last_at=count.last_at,
            )
            for rule, count in found.rules
        ),
    )  # fmt: skip


@routes.get("/rulesets/dead-rules", needs=READ, errors=(RULES_MISSING,))
async def list_dead_rules(call: Call) -> DeadRulesView:
    """Rules that decide nothing: never reached, with the proof or a cart that would, or reached for nothing.

    Counted from decisions that were logged, since the versions of now are live.
    """
    found = await hits_dead.dead_rules(call)
    return DeadRulesView(read_to=found.read_to, rules=tuple(_dead_view(found.live, each) for each in found.rules))


def _dead_view(live: LiveBook, dead: DeadRule) -> DeadRuleView:
    head = dead.document.head
    return DeadRuleView(
        kind=head.kind,
        name=head.name,
        number=head.version,
        rule=dead.rule.id,
        what=dead.rule.what,
        at=str(dead.rule.span),
        verdict=dead.verdict,
        because=dead.because,
        witness=None if dead.witness is None else _witness_view(live, dead.witness),
        fired=dead.hits.fired,
        last_at=dead.hits.last_at,
    )


def _witness_view(live: LiveBook, witness: Witness) -> WitnessView:
    source: Any = witness.source
    plain: Any = cart_as_plain(witness.cart, live.vocabulary)
    return WitnessView(source=source, name=witness.name, cart=plain)
