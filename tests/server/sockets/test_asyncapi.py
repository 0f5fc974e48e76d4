"""The document of sockets: valid, complete, and out of the namespaces' own types."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator
from jsonschema.validators import validator_for

from server.app import NAMESPACES
from server.sockets.asyncapi import document
from server.sockets.asyncapi_errors import codes_of_event, where_codes_are_met
from server.sockets.namespaces import Namespace
from server.sockets.page import sockets_page
from server.web.binding import Body
from server.web.endpoint import PUBLIC
from tests.node import HOME, node
from tests.server.sockets.test_edge import TOO_LOUD, anybody, test
from tests.shop import Client, expect

EVENTS = [(namespace, event) for namespace in NAMESPACES for event in namespace.events.values()]


def written(*namespaces: Namespace) -> Any:
    """The document as programs read it."""
    return json.loads(msgspec.json.encode(document(namespaces or NAMESPACES, "1.2.3")))


def references(value: Any) -> list[str]:
    """Every reference in it."""
    if isinstance(value, list):
        return [found for each in value for found in references(each)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [found for each in value.values() for found in references(each)]


def resolve(api: Any, reference: str) -> Any:
    """What a reference leads to."""
    found = api
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def test_the_official_schema_of_asyncapi_takes_it() -> None:
    node()
    schema = json.loads((HOME / "node_modules/@asyncapi/specs/schemas/3.0.0.json").read_text("utf-8"))
    judge = validator_for(schema)(schema)
    api = written()
    assert [f"{list(fault.absolute_path)}: {fault.message[:300]}" for fault in judge.iter_errors(api)] == []
    api["operations"]["chat.send"]["action"] = "shout"
    assert list(judge.iter_errors(api)), "the schema sees faults"


def test_every_reference_leads_somewhere() -> None:
    api = written()
    found = references(api)
    assert len(found) > len(EVENTS)
    for reference in found:
        assert isinstance(resolve(api, reference), dict), reference


def test_every_payload_is_a_schema() -> None:
    api = written()
    for channel in api["channels"].values():
        for message in channel["messages"].values():
            Draft7Validator.check_schema(message["payload"])
    for schema in api["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)


def test_every_event_and_emission_of_every_namespace_is_in_it() -> None:
    api = written()
    named = {(api_channel(api, each)["address"], each["action"], each["title"]) for each in api["operations"].values()}
    for namespace in NAMESPACES:
        asked = {"connect", "authenticate", *namespace.events}
        told = {"problem", *(each.name for each in namespace.emissions)}
        mine = {(action, title) for path, action, title in named if path == namespace.path}
        assert mine == {("receive", name) for name in asked} | {("send", name) for name in told}
    assert [each["address"] for each in api["channels"].values()] == [each.path for each in NAMESPACES]


def api_channel(api: Any, operation: Any) -> Any:
    """The channel of an operation."""
    return resolve(api, operation["channel"]["$ref"])


def test_an_operation_says_what_it_takes_answers_needs_and_refuses() -> None:
    api = written(test, anybody)
    say, moderate = api["operations"]["test.say"], api["operations"]["test.moderate"]
    taken = resolve(api, say["messages"][0]["$ref"])
    done, refused = (resolve(api, each["$ref"])["payload"] for each in say["reply"]["messages"])
    assert (taken["name"], taken["payload"]) == ("say", {"$ref": "#/components/schemas/SayBody"})
    assert done["properties"]["data"] == {"$ref": "#/components/schemas/SaidView"}
    assert refused["properties"]["problem"] == {"$ref": "#/components/schemas/Problem"}
    assert say["x-problems"][0] == {"code": TOO_LOUD.code, "status": 422, "title": "Not so loud"}
    assert (say["x-needs"], moderate["x-needs"]) == ("chat.own", "chat.moderate")
    assert "`chat.moderate`" in moderate["description"]
    nothing = resolve(api, moderate["reply"]["messages"][0]["$ref"])["payload"]["properties"]["data"]
    assert nothing == {"type": "null"}
    assert "security" in say
    assert "security" not in api["operations"]["anybody.connect"]


def test_what_a_client_says_of_itself_stands_beside_its_token() -> None:
    class GreetingBody(Body, frozen=True, kw_only=True):
        """A greeting."""

        greeting: str = "oi"

    for needs, required in (("chat.own", ["token"]), (PUBLIC, None)):
        api = written(Namespace("/greets", needs=needs, about="For tests.", says=GreetingBody))
        auth = resolve(api, api["operations"]["greets.connect"]["messages"][0]["$ref"])["payload"]
        assert list(auth["properties"]) == ["token", "greeting"]
        assert auth.get("required") == required


@pytest.mark.parametrize(("namespace", "event"), EVENTS, ids=[f"{each.path}#{event.name}" for each, event in EVENTS])
def test_every_event_says_in_words_what_it_does(namespace: Namespace, event: Any) -> None:
    assert re.match(r"[A-Z][^.]*", event.summary), event.summary
    assert event.summary != event.name
    for code in codes_of_event(event):
        assert f"{namespace.path}#{event.name}" in where_codes_are_met(NAMESPACES)[code]


def test_the_page_names_every_event_and_shape_and_its_links_stay_on_it() -> None:
    api = written()
    page = sockets_page(api, "Generated.")
    for namespace in NAMESPACES:
        assert f"## `{namespace.path}`" in page
        for event in namespace.events.values():
            assert f"#### `{event.name}`" in page
    headings = {found.lower() for found in re.findall(r"^### (\w+)$", page, re.MULTILINE)}
    assert headings >= {name.lower() for name in api["components"]["schemas"]}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= headings


async def test_it_is_served_for_programs_and_for_people(client: Client) -> None:
    served = expect(await client.get("//docs/asyncapi.json"))
    assert served["operations"] == written()["operations"]
    answer = await client.get("//docs/sockets")
    html = answer.raw.decode()
    assert answer.status == 200
    for namespace in NAMESPACES:
        for event in namespace.events:
            assert f'<section id="{namespace.path}#{event}">' in html
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(re.findall(r'id="([^"]+)"', html))


async def test_the_codes_that_only_sockets_know_are_among_the_problems(client: Client) -> None:
    page = (await client.get("//docs/problems")).raw.decode()
    assert '<section id="socket_event_unknown">' in page
    assert '<section id="too_many_connections">' in page
    assert "/chat#send" in page
