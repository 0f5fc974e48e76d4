"""How do our Structs look as JSON Schema? Bodies and views as components, paths and queries as parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any, Final

import msgspec

from server.web.endpoint import Endpoint, Raw, Stream
from server.web.problems import Problem

_REFERENCE: Final = "#/components/schemas/{name}"
_VARIABLE: Final = re.compile(r"\{(\w+):[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")


@dataclass(frozen=True)
class Shapes:
    """The schema of every type of the API, and the components they refer to."""

    by_type: Mapping[Any, dict[str, Any]]
    components: Mapping[str, Any]
    parameters: Mapping[Any, dict[str, Any]]

    def schema(self, shape: Any) -> dict[str, Any]:
        """A body or view, as a reference where it has a name."""
        return self.by_type[shape]

    def of_path(self, endpoint: Endpoint) -> list[dict[str, Any]]:
        """The variable parts of the address."""
        return self._parameters("path", endpoint.path_type)

    def of_query(self, endpoint: Endpoint) -> list[dict[str, Any]]:
        """The query parameters."""
        return self._parameters("query", endpoint.query_type)

    def _parameters(self, place: str, shape: Any) -> list[dict[str, Any]]:
        if shape is None:
            return []
        whole = self.parameters[shape]
        required = whole.get("required", ())
        return [
            _parameter(place, name, schema, is_required=place == "path" or name in required)
            for name, schema in whole["properties"].items()
        ]


def read_shapes(endpoints: Iterable[Endpoint]) -> Shapes:
    """The shapes of all endpoints, and of problems."""
    endpoints = list(endpoints)
    bodies = _unique(
        shape
        for endpoint in endpoints
        for shape in (endpoint.body_type, endpoint.answers)
        if shape not in (None, Raw, Stream)
    )
    givens = _unique(
        shape for endpoint in endpoints for shape in (endpoint.path_type, endpoint.query_type) if shape is not None
    )
    schemas, components = described([*bodies, *givens, Problem])
    by_type = dict(zip([*bodies, *givens], schemas, strict=False))
    # A path or a query is a list of parameters in OpenAPI, not a shape with a name.
    parameters = {shape: components.pop(by_type.pop(shape)["$ref"].rpartition("/")[2]) for shape in givens}
    return Shapes(by_type, components, parameters)


def described(shapes: Iterable[Any]) -> tuple[Sequence[dict[str, Any]], dict[str, Any]]:
    """The schema of each of these, and the components they refer to, which are described without our indentation."""
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)
    for component in components.values():
        if "description" in component:
            component["description"] = cleandoc(component["description"])
    return schemas, components


def openapi_path(path: str) -> str:
    """The address without the patterns aiohttp may have in it."""
    return _VARIABLE.sub(r"{\1}", path)


def _parameter(place: str, name: str, schema: dict[str, Any], *, is_required: bool) -> dict[str, Any]:
    schema = _without_null(schema)
    described = schema.pop("description", None)
    parameter: dict[str, Any] = {"name": name, "in": place, "required": is_required, "schema": schema}
    if described:
        parameter["description"] = described
    return parameter


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An address cannot say null: what may be None may be left out."""
    plain = {key: value for key, value in schema.items() if not (key == "default" and value is None)}
    branches = [branch for branch in plain.pop("anyOf", []) if branch != {"type": "null"}]
    if len(branches) == 1:
        plain = {**branches[0], **plain}
    elif branches:
        plain["anyOf"] = branches
    if None in plain.get("enum", ()):
        plain["enum"] = [value for value in plain["enum"] if value is not None]
    return plain


def _unique(shapes: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(shapes))
