"""What routes answer, at each microversion.

A route may declare it (`Route.answer`); of those that have always been there it is a
table, answers.json: for "METHOD path [action]" rows of [first version, last version,
schema].  `{"=": key}` inside a schema stands for an entry of `shared`.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from nova.core.call import Route
from nova.core.shape import Schema
from nova.microversions import BASE, Microversion


def answer_schema(route: Route, version: Microversion) -> Schema | None:
    """The schema of a successful answer's body; None when it is not declared."""
    reached = max(version, BASE)
    if route.answer is not None:
        return route.answer.schema(reached)
    for first, last, name in _table()["answers"].get(_key(route), ()):
        if Microversion.parse(first) <= reached <= Microversion.parse(last):
            return _schema(name)
    return None


def _key(route: Route) -> str:
    return " ".join(part for part in (route.method, route.path, route.action) if part)


@cache
def _table() -> dict[str, Any]:
    return json.loads(files("nova.api.openapi").joinpath("answers.json").read_text())


@cache
def _schema(name: str) -> Schema:
    return _whole(_table()["schemas"][name])


def _whole(value: Any) -> Any:
    """With what is shared put in."""
    if isinstance(value, dict):
        if "=" in value:
            return _whole(_table()["shared"][value["="]])
        return {key: _whole(inner) for key, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list) else value
