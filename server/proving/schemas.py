"""What do requests and answers about proofs look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from server.decisions.dry_run_schemas import RulesetsBody, Selector
from server.decisions.shapes import RulesetView
from server.proving.snapshot import State
from server.web.binding import Body, Path, View
from server.web.pages import PageQuery

Task = Literal["lint", "prove", "equivalence", "mutation", "exploits"]


class ProofPath(Path, frozen=True, kw_only=True):
    """Names a proof."""

    proof_id: UUID


class ProofsQuery(PageQuery, frozen=True, kw_only=True):
    """Which page, and of which proofs. Of a `ruleset`: those about exactly its text as it is now."""

    task: Task | None = None
    state: State | None = None
    ruleset: Selector | None = None


class OptionsBody(Body, frozen=True, kw_only=True):
    """Limits: of the time, and of the carts that are tried for each thing that is looked for.

    `never_more` of an equivalence asks only whether some cart is charged more.
    """

    seconds: Annotated[int, Meta(ge=1, le=240)] = 120
    carts: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    never_more: bool = False


class OptionsView(View, frozen=True, kw_only=True):
    """The limits that were given. 0 `seconds`: there was no time, so only what needs no search was found."""

    seconds: int
    carts: int | None
    never_more: bool


class NewProofBody(Body, frozen=True, kw_only=True):
    """What is to be found out of which rule book: what is live unless it says otherwise.

    An equivalence holds it against the book `before`, which is what is live unless it says otherwise.
    """

    task: Task
    rulesets: RulesetsBody = RulesetsBody()
    before: RulesetsBody | None = None
    options: OptionsBody = OptionsBody()


class BookView(View, frozen=True, kw_only=True, rename={"chosen": "with"}):
    """A rule book as it was chosen, and the rulesets that were at that moment: what they said then is what counts."""

    base: Literal["live", "shipped"]
    at: datetime | None
    chosen: list[str]
    rulesets: list[RulesetView]


class ProofView(View, frozen=True, kw_only=True):
    """A question. `done` of `total` things are looked at (0: nobody knows yet how many); `error` says why it failed.

    Not `complete`: its time was over before everything was tried. `key` is the same for the same question.
    """

    id: UUID
    task: Task
    key: str
    state: State
    done: int
    total: int
    complete: bool
    error: str | None
    rulesets: BookView
    before: BookView | None
    ruleset_id: UUID | None
    options: OptionsView
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


class ProofDetailView(ProofView, frozen=True, kw_only=True):
    """The same with what came out, once it is done: the JSON of `sostech lint|prove|equiv|mutate|exploit`."""

    report: Any


class ProofsOfTextView(View, frozen=True, kw_only=True):
    """The newest answer to each kind of question about exactly this text."""

    items: list[ProofDetailView]


class WatchedView(View, frozen=True, kw_only=True):
    """A claim nobody has proved for all carts, which every decision is held against. `at` is `file:line:column`."""

    invariant: str
    at: str


class BreachView(View, frozen=True, kw_only=True):
    """A decision that broke a claim, and the plan that was taken off for it.

    `measured` are sums in minor units, `cart` is the cart as a scenario is written, without who the customer is.
    """

    id: UUID
    plan_id: UUID
    kind: str
    name: str
    number: int
    invariant: str
    at: str
    measured: dict[str, int]
    said: str
    cart: Any
    created_at: datetime


class GuardView(View, frozen=True, kw_only=True):
    """What is watched now, what would be taken off, and what was; the newest hundred breaches first."""

    watched: list[WatchedView]
    takes_off: str | None
    breaches: list[BreachView]
