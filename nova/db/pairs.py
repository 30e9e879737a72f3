"""Keys and values of many rows as one JSON object: a driver reads one row instead of ten."""

import json
from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class pairs_as_json(GenericFunction[str]):
    """Aggregate of (key, value): the text of a JSON object."""

    type = Text()
    inherit_cache = True


@compiles(pairs_as_json)
def _sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"json_group_object({compiler.process(element.clauses, **kw)})"


@compiles(pairs_as_json, "mysql", "mariadb")
def _mysql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"JSON_OBJECTAGG({compiler.process(element.clauses, **kw)})"


@compiles(pairs_as_json, "postgresql")
def _postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return f"CAST(json_object_agg({compiler.process(element.clauses, **kw)}) AS TEXT)"


def read_pairs(text: str | None) -> dict[str, str]:
    return json.loads(text, strict=False) if text else {}
