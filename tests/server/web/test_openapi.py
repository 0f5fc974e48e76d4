"""The API document: valid, complete, and out of the endpoints' own types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import schemathesis
from jsonschema import Draft202012Validator

from server.app import ROOMS
from server.web.endpoint import Endpoint
from server.web.openapi import document
from server.web.openapi_errors import WITHOUT_ENDPOINT, all_codes, codes_of
from server.web.problems import status_of
from tests.server.web.probe import Order, routes
from tests.shop import Client, expect

ENDPOINTS = [endpoint for room in ROOMS for endpoint in room.endpoints]
SYSTEM = {
    "/ping", "/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs", "/docs/problems", "/docs/sockets",
    "/docs/asyncapi.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    written: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document(ENDPOINTS, "1.2.3")))
    return written


@pytest.fixture(scope="module")
def probe() -> dict[str, Any]:
    return document(routes.endpoints, "1")


def operation(api: dict[str, Any], endpoint: Endpoint) -> dict[str, Any]:
    found: dict[str, Any] = api["paths"][endpoint.path][endpoint.method.lower()]
    return found


def test_a_tool_that_reads_openapi_can_read_it(api: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(api)
    assert schema.specification.version == "3.1.0"
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) == len(ENDPOINTS) + len(SYSTEM)
    schema.validate()


def test_every_route_is_in_it(api: dict[str, Any]) -> None:
    written = {(method.upper(), path) for path, item in api["paths"].items() for method in item}
    assert written == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS} | {("GET", path) for path in SYSTEM}


def test_every_operation_has_a_name_of_its_own_a_tag_and_a_summary(api: dict[str, Any]) -> None:
    operations = [found for item in api["paths"].values() for found in item.values()]
    names = [found["operationId"] for found in operations]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in api["tags"]}
    for found in operations:
        assert set(found["tags"]) <= tags
        assert 0 < len(found["summary"]) <= 120, found["operationId"]


def test_the_parts_of_an_address_are_its_path_parameters(api: dict[str, Any]) -> None:
    for path, item in api["paths"].items():
        for method, found in item.items():
            inside = {each["name"] for each in found.get("parameters", []) if each.get("in") == "path"}
            assert inside == set(re.findall(r"\{(\w+)\}", path)), (method, path)


def test_every_reference_leads_somewhere_and_every_component_is_used(api: dict[str, Any]) -> None:
    used = set(references(api["paths"]))
    todo = list(used)
    while todo:
        target = found_at(api, todo.pop())
        new = set(references(target)) - used
        used |= new
        todo += new
    kept = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "parameters", "headers", "examples")
        for name in api["components"][kind]
    }
    of_no_operation = {f"#/components/examples/{error.code}" for error in WITHOUT_ENDPOINT}
    assert kept - used - of_no_operation == set()


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def found_at(api: dict[str, Any], reference: str) -> Any:
    found: Any = api
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def test_every_schema_is_one(api: dict[str, Any]) -> None:
    for schema in api["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_code_an_endpoint_can_answer_with_is_an_example_of_its_status(api: dict[str, Any]) -> None:
    for endpoint in ENDPOINTS:
        responses = operation(api, endpoint)["responses"]
        for code in codes_of(endpoint):
            content = responses[str(status_of(code))]["content"]["application/problem+json"]
            assert code.code in content["examples"], (endpoint.operation_id, code.code)


def test_a_code_means_one_thing_everywhere() -> None:
    codes = all_codes(ENDPOINTS)
    assert len({code.code for code in codes}) == len(codes)
    for code in codes:
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", code.code)
        assert code.title[0].isupper()
        assert not code.title.endswith(".")


def test_every_example_of_a_problem_is_one(api: dict[str, Any]) -> None:
    schemas = api["components"]["schemas"]
    problem = Draft202012Validator({"$ref": "#/components/schemas/Problem", "components": {"schemas": schemas}})
    for example in api["components"]["examples"].values():
        problem.validate(example["value"])


def test_texts_lists_and_numbers_that_are_sent_have_bounds(api: dict[str, Any]) -> None:
    """What has no bound is a way to fill the memory or the database."""
    schemas = api["components"]["schemas"]
    sent: set[str] = set()
    todo = [
        reference for endpoint in ENDPOINTS for reference in references(operation(api, endpoint).get("requestBody", {}))
    ]
    while todo:
        name = todo.pop().rpartition("/")[2]
        if name in schemas and name not in sent:
            sent.add(name)
            todo += references(schemas[name])
    unbounded = [f"{name}{place}" for name in sorted(sent) for place in without_bounds(schemas[name])]
    assert unbounded == []


def without_bounds(schema: Any, place: str = "") -> Iterator[str]:
    if isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from without_bounds(inner, f"{place}/{number}")
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if kind == "string" and not {"maxLength", "enum", "const", "format", "pattern"} & set(schema):
        yield place
    if kind == "array" and "maxItems" not in schema:
        yield place
    if kind in ("integer", "number") and not (
        {"minimum", "exclusiveMinimum"} & set(schema) and {"maximum", "exclusiveMaximum"} & set(schema)
    ):
        yield place
    for name, inner in schema.items():
        if name not in ("examples", "default", "enum"):
            yield from without_bounds(inner, f"{place}/{name}")


def test_a_body_is_described_by_its_type(probe: dict[str, Any]) -> None:
    found = probe["paths"]["/api/v1/orders"]["post"]
    assert found["requestBody"]["required"] is True
    assert found["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Order"}
    order = probe["components"]["schemas"]["Order"]
    assert order["additionalProperties"] is False
    assert order["required"] == ["name"]
    assert set(order["properties"]) == set(Order.__struct_fields__)


def test_a_query_is_described_by_its_type(probe: dict[str, Any]) -> None:
    found = probe["paths"]["/api/v1/search"]["get"]["parameters"]
    by_name = {each["name"]: each for each in found if "name" in each}
    assert by_name["size"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 50, "default": 10}
    assert by_name["text"]["schema"] == {"type": "string", "minLength": 1, "maxLength": 40}
    assert by_name["state"]["schema"] == {"enum": ["closed", "open"]}
    assert by_name["tag"]["schema"]["type"] == "array"
    assert all(each["in"] == "query" and not each["required"] for each in by_name.values())
    assert "Search" not in probe["components"]["schemas"]


def test_a_path_is_described_by_its_type(probe: dict[str, Any]) -> None:
    found = probe["paths"]["/api/v1/things/{thing_id}"]["get"]["parameters"][0]
    assert found == {
        "name": "thing_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    }


def test_who_may_call_is_said(probe: dict[str, Any]) -> None:
    def said(path: str, method: str = "get") -> tuple[Any, Any]:
        found = probe["paths"][f"/api/v1{path}"][method]
        return found["security"], found["x-needs"]

    assert said("/store") == ([{}, {"bearer": []}], "public")
    assert said("/for-guests") == ([{"bearer": []}], "guest")
    assert said("/for-users") == ([{"bearer": []}], "signed-in")
    assert said("/for-staff", "post") == ([{"bearer": []}], "catalog.write")
    assert "`catalog.write`" in probe["paths"]["/api/v1/for-staff"]["post"]["description"]


def test_headers_are_said_where_they_count(probe: dict[str, Any]) -> None:
    def taken(path: str, method: str) -> dict[str, bool]:
        found = probe["paths"][f"/api/v1{path}"][method]["parameters"]
        return {each["name"]: each["required"] for each in found if each.get("in") == "header"}

    assert taken("/notes", "post") == {"Idempotency-Key": False}
    assert taken("/notes/required", "post") == {"Idempotency-Key": True}
    assert taken("/notes", "get") == {}
    notes = probe["paths"]["/api/v1/notes"]
    assert "Link" in notes["get"]["responses"]["200"]["headers"]
    assert {"Location", "Idempotency-Replayed"} <= set(notes["post"]["responses"]["201"]["headers"])
    assert "Retry-After" in notes["post"]["responses"]["503"]["headers"]
    assert "WWW-Authenticate" in notes["post"]["responses"]["401"]["headers"]


def test_files_have_their_own_media_types(probe: dict[str, Any]) -> None:
    file = probe["paths"]["/api/v1/file"]
    assert set(file["put"]["requestBody"]["content"]) == {"text/csv"}
    assert set(file["get"]["responses"]["200"]["content"]) == {"text/csv"}


async def test_a_running_shop_answers_with_its_document(client: Client) -> None:
    answer = await client.get("//openapi.json")
    assert expect(answer)["paths"]["/api/v1/orders"]
    assert answer.headers["Content-Type"].startswith("application/json")
    again = await client.get("//openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.raw) == (304, b"")
