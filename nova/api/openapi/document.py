"""The OpenAPI 3.1 document of one microversion, computed from the declarations."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from nova.api.openapi.answers import answer_schema
from nova.api.openapi.refusals import refusals
from nova.core.call import Route
from nova.core.shape import Schema
from nova.microversions import Microversion
from nova.version import RELEASE

Json = dict[str, Any]
Retired = tuple[str, str, str | None]

OPENAPI = "3.1.0"
HEADER = "OpenStack-API-Version"
MEDIA = "application/json"
_PARAMETER = re.compile(r"{(\w+)}")
_FAULT: Json = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {
        "type": "object",
        "properties": {"code": {"type": "integer"}, "message": {"type": "string"},
                       "retryAfter": {"type": ["string", "integer"]}},
        "required": ["code", "message"],
    },
}  # fmt: skip


def document(
    routes: Iterable[Route], version: Microversion, retired: Iterable[Retired] = ()
) -> Json:
    """Everything that exists at `version`."""
    operations: dict[tuple[str, str], list[Route]] = {}
    for route in routes:
        if route.exists(version):
            operations.setdefault((route.path, route.method), []).append(route)
    paths: dict[str, Json] = {}
    for (path, method), found in sorted(operations.items()):
        paths.setdefault(path, {})[method.lower()] = _operation(path, method, found, version)
    for method, path, action in retired:
        if action is None and (path, method) not in operations:
            paths.setdefault(path, {})[method.lower()] = _gone(path, method)
    return {
        "openapi": OPENAPI,
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {"title": "OpenStack Compute", "version": str(version), "x-release": RELEASE},
        "servers": [{"url": "/v2.1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {"Fault": _FAULT},
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"}
            },
            "parameters": {"version": _version(version)},
        },
    }


def _version(version: Microversion) -> Json:
    return {
        "name": HEADER, "in": "header", "required": True,
        "schema": {"type": "string", "const": f"compute {version}"},
    }  # fmt: skip


def _operation(
    path: str, method: str, routes: Sequence[Route], version: Microversion
) -> Json:
    """One route, or all actions of a path."""
    query = next((route.query for route in routes if route.query is not None), None)
    made: Json = {
        "operationId": _name(path, method),
        "parameters": [
            {"$ref": "#/components/parameters/version"},
            *_path_parameters(path),
            *(_query_parameters(query.schema(version)) if query else ()),
        ],
        "responses": _responses(routes, version),
    }
    if purpose := next((p.purpose for r in routes for p in _policies(r)), None):
        made["summary"] = purpose
    body = _body(routes, version)
    if body is not None:
        made["requestBody"] = {"required": True, "content": {MEDIA: {"schema": body}}}
    return made


def _policies(route: Route) -> Iterable[Any]:
    return (*((route.policy,) if route.policy else ()), *route.policies)


def _name(path: str, method: str) -> str:
    words = re.findall(r"\w+", path)
    return "-".join([method.lower(), *words])


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True,
         "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(path)
    ]  # fmt: skip


def _query_parameters(schema: Schema) -> Iterable[Json]:
    """Each may be given several times unless its list may have one item only."""
    required = set(schema.get("required", ()))
    for name, values in schema.get("properties", {}).items():
        single = values.get("maxItems") == 1
        yield {
            "name": name, "in": "query", "required": name in required,
            "schema": values.get("items", {}) if single else values,
            **({} if single else {"style": "form", "explode": True}),
        }  # fmt: skip


def _body(routes: Sequence[Route], version: Microversion) -> Schema | None:
    shapes = [
        _of_action(route, route.body.schema(version) if route.body else {})
        for route in routes if route.body is not None or route.action is not None
    ]
    if not shapes:
        return None
    return shapes[0] if len(shapes) == 1 else {"oneOf": shapes}


def _of_action(route: Route, schema: Schema) -> Schema:
    """The key that tells an action from the others of its path is always there."""
    if route.action is None:
        return schema
    properties = {route.action: {}, **schema.get("properties", {})}
    return {"type": "object", "additionalProperties": False, **schema,
            "properties": properties, "required": [route.action], "maxProperties": 1,
            "title": route.action}  # fmt: skip


def _responses(routes: Sequence[Route], version: Microversion) -> Json:
    """By code; several actions may answer with the same one."""
    answers: dict[int, list[Schema]] = {}
    for route in routes:
        schema = answer_schema(route, version)
        for code in (route.success, *route.more_success):
            answers.setdefault(code, []).append({} if schema is None else schema)
    made: Json = {str(code): _success(schemas) for code, schemas in sorted(answers.items())}
    fault = {MEDIA: {"schema": {"$ref": "#/components/schemas/Fault"}}}
    for code, words in sorted(refusals(routes).items()):
        made[str(code)] = {"description": words, "content": fault}
    return made


def _success(schemas: Sequence[Schema]) -> Json:
    different: list[Schema] = []
    for schema in schemas:
        if schema not in different:
            different.append(schema)
    bodies = [schema for schema in different if schema.get("type") != "null"]
    made: Json = {"description": "Done, or accepted"}
    if bodies:
        schema = bodies[0] if len(bodies) == 1 else {"anyOf": bodies}
        made["content"] = {MEDIA: {"schema": schema}}
    return made


def _gone(path: str, method: str) -> Json:
    fault = {MEDIA: {"schema": {"$ref": "#/components/schemas/Fault"}}}
    told = {**refusals(()), 410: "Gone"}
    return {
        "operationId": _name(path, method),
        "deprecated": True,
        "parameters": [{"$ref": "#/components/parameters/version"}, *_path_parameters(path)],
        "responses": {
            str(code): {"description": words, "content": fault}
            for code, words in sorted(told.items())
        },
    }  # fmt: skip
