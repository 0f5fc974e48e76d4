"""Does the shop do what its API document says? Schemathesis makes requests out of it, good and bad, and judges answers.

As nobody, as a customer and as an admin. The same requests every time, so that a change is judged by what it changed;
`make soak` makes many more, others each time. Its checks of sequences (use_after_free, ensure_resource_availability)
need a server that answers the same twice, which a shop does not: tests/server/test_lives.py is about them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest
import requests
import schemathesis
from schemathesis import Case
from schemathesis.checks import CheckContext, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.generation.hypothesis.builder import (
    InvalidHeadersExampleMark,
    InvalidRegexMark,
    MissingPathParameters,
    NonSerializableMark,
    UnsatisfiableExampleMark,
    UnserializablePayloadMark,
)
from schemathesis.generation.meta import TestPhase
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import negative_data_rejection

from server.web import idempotency
from server.web.openapi import document
from server.web.problems import CONTENT_TYPE
from storage.ids import new_id
from tests.contract.endpoints import ENDPOINTS
from tests.contract.served import STORE, Served
from tests.server.orders.buying import ADDRESS

IS_SOAK: Final = os.environ.get("HYPOTHESIS_PROFILE") == "soak"

CHECKS: Final = {
    # Schemas cannot say all: an address nobody can have, a code that does not exist, a version that has passed. That
    # these refusals are documented too is checked by `documented_codes`.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", 400, 401, 403, 404, 409, 410, 412, 422, 429]},
    # An If-Match that is no version matches none (412); a mailed link that is none does not hold (410).
    "negative_data_rejection": {
        "expected-statuses": [400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 428, 429]
    },
    # If-Match, where it has to be, is missed in its own way (RFC 6585).
    "missing_required_header": {"expected-statuses": [400, 401, 403, 428]},
}
# Each of these could be the name of a thing at another address, `/inventory/{sku}` for example, which then answers.
TWO_IN_ONE: Final = (
    "/api/v1/analysis/scenarios/run",
    "/api/v1/coupons/batches",
    "/api/v1/decisions/dry-run",
    "/api/v1/decisions/dry-runs",
    "/api/v1/inventory/adjustments",
    "/api/v1/products/facets",
    "/api/v1/products/{slug}/variants/generate",
    "/api/v1/rulesets/plans/{kind}/{name}/roll-back",
)
OF_ONE_MEANING: Final = {"allow_header_conformance": {"enabled": False}, "unsupported_method": {"enabled": False}}

# What everybody has to take, and nobody more (RFC 9110, 4.1): longer ones do not get as far as the application.
LONGEST_ADDRESS: Final = 8000

LEFT_OUT: Final = (
    InvalidHeadersExampleMark, InvalidRegexMark, MissingPathParameters, NonSerializableMark, UnsatisfiableExampleMark,
    UnserializablePayloadMark,
)  # fmt: skip
"""What Schemathesis puts on a test that cannot ask all it should."""


def _document() -> dict[str, Any]:
    """The API document, in which there is only the store of these tests."""
    whole = document(ENDPOINTS, "test")
    whole["components"]["parameters"]["Store"]["schema"] = {"type": "string", "enum": [STORE]}
    return whole


WHOLE: Final = _document()
OPERATIONS: Final = [f"{method.upper()} {path}" for path, methods in WHOLE["paths"].items() for method in methods]


def _schema(examples: int, *, with_coverage: bool) -> BaseSchema:
    config = {
        **({} if IS_SOAK else {"seed": 1}),
        "generation": {"database": "none", "deterministic": not IS_SOAK, "max-examples": 300 if IS_SOAK else examples},
        "checks": CHECKS,
        "phases": {"coverage": {"enabled": with_coverage}, "stateful": {"enabled": False}},
        "operations": [{"include-path": path, "checks": OF_ONE_MEANING} for path in TWO_IN_ONE],
    }
    return schemathesis.openapi.from_dict(WHOLE, config=SchemathesisConfig.from_dict(config))


FOR_ADMINS: Final = _schema(4, with_coverage=True)
FOR_OTHERS: Final = _schema(2, with_coverage=False)


every_operation = pytest.mark.parametrize("operation", OPERATIONS)


@every_operation
def test_an_admin_meets_what_is_documented(operation: str, served: Served) -> None:
    def ask(case: Case) -> None:
        if IS_SOAK or not _is_systematic(case) or next(served.dice):
            _ask(case, served, "admin")

    _try(FOR_ADMINS, operation, ask)


@every_operation
def test_customers_and_strangers_meet_what_is_documented(operation: str, served: Served) -> None:
    def ask(case: Case) -> None:
        _ask(case, served, "customer")
        _ask(case, served, "nobody")

    _try(FOR_OTHERS, operation, ask)


def test_a_quote_and_its_order_are_as_documented(served: Served) -> None:
    # No request made out of schemas alone has a quote that holds.
    sent = {"X-Tenant-ID": STORE, **served.headers("customer", anew=False)}
    token = served.run(served.quote())

    def post(path: str, body: dict[str, Any]) -> None:
        headers = {**sent, "Idempotency-Key": new_id().hex}
        answer = served.session.post(f"{served.base_url}{path}", json=body, headers=headers)
        assert answer.ok, answer.text
        FOR_ADMINS[path]["POST"].validate_response(answer)

    post("/api/v1/checkout/quote/verify", {"token": token})
    post("/api/v1/checkout/orders", {"quote": token, "shipping_address": ADDRESS})


def _try(schema: BaseSchema, operation: str, ask: Callable[[Case], None]) -> None:
    """Ask all that is made up for the operation.

    `schema.parametrize()` would do the same, but makes up the requests of all operations before the first test runs.
    """
    method, path = operation.split(" ")
    load_all_checks()
    made = build_operation_test(
        config=schema.config, operation=schema[path][method], test_func=ask, given_kwargs={}, feedback=NO_FEEDBACK
    )
    assert not [mark for mark in LEFT_OUT if mark.is_set(made)], "some requests could not be made up"
    made()


def _is_systematic(case: Case) -> bool:
    """Whether it is one of the thousands that go through all limits of all fields; a fifth of them must do here."""
    return case.meta is not None and case.meta.phase.name is TestPhase.COVERAGE


def _ask(case: Case, served: Served, caller: str) -> None:
    _mean_something_real(case, served)
    if len(_address(case, served)) > LONGEST_ADDRESS:
        return
    case.call_and_validate(
        base_url=served.base_url,
        session=served.session,
        headers=_headers(case, served, caller),
        additional_checks=[documented_codes],
        excluded_checks=[negative_data_rejection] if _was_made_good(case, caller) else None,
    )


def _was_made_good(case: Case, caller: str) -> bool:
    """Whether the fault was a missing Authorization, which we have put there."""
    is_random = case.meta is not None and case.meta.phase.name is TestPhase.FUZZING
    without_token = is_random and case.meta.is_negative_at(ParameterLocation.HEADER)
    return without_token and caller != "nobody" and "Authorization" not in (case.headers or {})


def _headers(case: Case, served: Served, caller: str) -> dict[str, str]:
    if not case.path.startswith("/api/"):
        return {}
    # Whoever signs out, changes passwords, or roles, may have ended the sessions of all before.
    return served.headers(caller, anew=any(part in case.path for part in ("/auth/", "/me", "/users/")))


def _address(case: Case, served: Served) -> str:
    sent = case.as_transport_kwargs(base_url=served.base_url)
    return str(requests.Request(sent["method"], sent["url"], params=sent["params"]).prepare().path_url)


def _mean_something_real(case: Case, served: Served) -> None:
    """Half of the requests that could mean something that exists do; and each is sent for the first time."""
    if case.headers and re.fullmatch(idempotency.PATTERN, case.headers.get(idempotency.HEADER, "")):
        case.headers[idempotency.HEADER] = new_id().hex
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    _name_things(case.path_parameters, served)
    _name_things(case.body, served)
    if case.headers and "If-Match" in case.headers and next(served.coin):
        case.headers["If-Match"] = "*"


def _name_things(part: Any, served: Served) -> None:
    """Put things that exist where the names say what there should be."""
    if isinstance(part, list):
        for each in part:
            _name_things(each, served)
    elif isinstance(part, dict):
        together = " ".join(part)
        for names in [together] if together in served.things else sorted(served.things.keys() & part.keys()):
            if next(served.coin):
                part.update(next(served.things[names]))
        for value in part.values():
            _name_things(value, served)


def documented_codes(_ctx: CheckContext, response: Response, case: Case) -> None:
    """Whether the code of a problem is among those the document gives for its status."""
    is_other_method = response.request.method != case.operation.method.upper()
    if is_other_method or not response.headers.get("content-type", [""])[0].startswith(CONTENT_TYPE):
        return
    documented = case.operation.definition.raw["responses"].get(str(response.status_code))
    # Another check is about the status itself.
    if documented is not None:
        code = msgspec.json.decode(response.content)["code"]
        examples = documented["content"][CONTENT_TYPE]["examples"]
        assert code in examples, f"{code} is not documented for {response.status_code}"
