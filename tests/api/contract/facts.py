"""The contract's tables, as lookups."""

import csv
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nova.microversions import Microversion

HERE = Path(__file__).parent
Key = tuple[str, str, str | None]


@dataclass(frozen=True)
class Row:
    """One row of routes.csv."""

    key: Key
    status: str
    since: Microversion
    until: Microversion
    rules: frozenset[str]
    may_rules: frozenset[str]
    success: frozenset[int]
    errors: frozenset[int]
    # Of may_rules those that refuse nothing: they say what an answer tells.
    telling: frozenset[str]

    def covers(self, version: Microversion) -> bool:
        return self.since <= version <= self.until


@functools.cache
def rows() -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    with open(HERE / "routes.csv", newline="") as file:
        for line in csv.DictReader(file):
            if line["min_microversion"]:
                row = _row(line)
                found.setdefault(row.key, []).append(row)
    return found


def _row(line: dict[str, str]) -> Row:
    always = frozenset(line["policy_rules"].split())
    sometimes = line["policy_rules_conditional"].split() + line["policy_rules_nonfatal"].split()
    return Row(
        (line["method"], line["path"], line["action"] or None),
        line["status"],
        Microversion.parse(line["min_microversion"]),
        Microversion.parse(line["max_microversion"]),
        always,
        frozenset(sometimes),
        frozenset(int(code) for code in line["success_codes"].split("|") if code),
        frozenset(int(code) for code in line["error_codes"].split()),
        frozenset(line["policy_rules_nonfatal"].split()),
    )


@functools.cache
def policies() -> dict[str, dict[str, str]]:
    with open(HERE / "policies.csv", newline="") as file:
        return {line["rule"]: line for line in csv.DictReader(file)}


@functools.cache
def states(section: str) -> list[dict[str, str]]:
    """Rows of server_states.csv: 'action' or 'status'."""
    with open(HERE / "server_states.csv", newline="") as file:
        return [line for line in csv.DictReader(file) if line["section"] == section]


@functools.cache
def _document() -> dict[str, Any]:
    return json.loads((HERE / "schemas.json").read_text())


@functools.cache
def _endpoints() -> dict[Key, dict[str, Any]]:
    return {(e["method"], e["path"], e["action"]): e for e in _document()["endpoints"]}


def schema_of(
    key: Key, part: str, version: Microversion, *, legacy: bool = False
) -> dict[str, Any] | None:
    """`part` is 'body', 'query' or 'response'; None when nothing is validated there."""
    for least, most, name, for_legacy in _endpoints()[key][part]:
        if (
            for_legacy
            if legacy
            else (Microversion.parse(least) <= version <= Microversion.parse(most))
        ):
            return schema(name)
    return None


@functools.cache
def schema(name: str) -> dict[str, Any]:
    return _expanded(_document()["schemas"][name])


def _expanded(value: Any) -> Any:
    if isinstance(value, dict):
        if "=" in value:
            return _expanded(_document()["shared"][value["="]])
        return {key: _expanded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_expanded(inner) for inner in value]
    return value


def normal(schema: Any) -> Any:
    """Schemas that mean the same become equal."""
    if isinstance(schema, dict):
        kept = {key: _normal_keyword(key, value) for key, value in schema.items()}
        if kept.get("additionalProperties") is True:
            del kept["additionalProperties"]
        return {
            key: value for key, value in kept.items() if value not in ({}, []) or key == "items"
        }
    if isinstance(schema, list):
        return [normal(each) for each in schema]
    return schema


def _normal_keyword(key: str, value: Any) -> Any:
    if key == "properties" or key == "patternProperties":
        return {name: normal(inner) for name, inner in value.items()}
    if key in ("required", "enum", "type", "allOf", "anyOf", "oneOf") and isinstance(
        value, (list, tuple)
    ):
        inner = sorted(
            (normal(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True)
        )
        return inner[0] if key == "type" and len(inner) == 1 else inner
    return normal(value)
