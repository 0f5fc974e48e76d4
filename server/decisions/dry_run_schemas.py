"""What does somebody write down who wants baskets decided, and by which rulesets?"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from server.decisions.choosing import Base
from server.decisions.schemas import DryRunBody, Instant
from server.web.binding import Body

MOST_SCENARIOS = 100

Selector = Annotated[
    str, Meta(min_length=1, max_length=130, description="A version (promotions/default@4) or a draft (draft:<id>).")
]
ScenarioName = Annotated[str, Meta(min_length=1, max_length=200)]


class RulesetsBody(Body, frozen=True, kw_only=True, rename={"chosen": "with"}):
    """Which rulesets decide: those that are live (`at` an instant, else now) or that ship, with others in their place.

    Of each kind there is one, so a version or draft takes the place of what the base has of its kind.
    """

    base: Base = "live"
    at: Instant | None = None
    chosen: Annotated[tuple[Selector, ...], Meta(max_length=8)] = ()


class AskedBody(DryRunBody, frozen=True, kw_only=True):
    """A basket nobody has filled, and the rulesets to decide it with: those that are live unless it says otherwise."""

    rulesets: RulesetsBody = RulesetsBody()


class ScenarioBody(Body, frozen=True, kw_only=True):
    """One of several baskets. Its own `rulesets` count before those of all."""

    name: ScenarioName
    basket: DryRunBody
    rulesets: RulesetsBody | None = None


class DryRunsBody(Body, frozen=True, kw_only=True):
    """Baskets to decide at once; with `compare` each is decided by what is live now as well."""

    scenarios: Annotated[tuple[ScenarioBody, ...], Meta(min_length=1, max_length=MOST_SCENARIOS)]
    rulesets: RulesetsBody = RulesetsBody()
    compare: bool = False
