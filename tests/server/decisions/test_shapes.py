"""Do the answers of this room look as the API document says they do?"""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from jsonschema import Draft202012Validator

from server.decisions import service
from server.decisions.books import RuleBooks
from server.decisions.explanations import explanation_view
from server.decisions.facts import Basket
from server.decisions.routes import routes
from server.decisions.shapes import DryRunView
from server.decisions.views import view
from tests.server.decisions.baskets import BASKETS
from tests.server.decisions.conftest import EXAMPLE_STORES, a_store

LIVE = RuleBooks(EXAMPLE_STORES).live(a_store())


def validator(shape: type[Any]) -> Draft202012Validator:
    """Of the schema that the API document gives for the shape."""
    schema, components = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    return Draft202012Validator({**schema[0], "$defs": components})


DRY_RUN = validator(DryRunView)


@given(basket=BASKETS)
def test_any_basket_is_answered_in_the_documented_shape(basket: Basket) -> None:
    decision = service.decide(LIVE, basket)
    explanation = explanation_view(LIVE, service.explain_at(LIVE, basket, "full", "en"), "en")
    answer = DryRunView(decision=view(LIVE, basket, decision, (), "en", True), explanation=explanation)
    DRY_RUN.validate(msgspec.json.decode(msgspec.json.encode(answer)))


def test_every_shape_of_the_room_can_be_documented() -> None:
    for endpoint in routes.endpoints:
        for shape in (endpoint.path_type, endpoint.query_type, endpoint.body_type, endpoint.answers):
            if shape is not None:
                Draft202012Validator.check_schema(validator(shape).schema)


def test_every_endpoint_says_what_it_is_for() -> None:
    assert [endpoint.operation_id for endpoint in routes.endpoints if not endpoint.summary] == []
