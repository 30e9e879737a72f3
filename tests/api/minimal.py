"""The smallest value that a JSON schema takes."""

import re
from typing import Any

# Texts for patterns and formats that no rule makes up.
FORMATS = {
    "uuid": "10000000-0000-4000-8000-000000000001", "ipv4": "10.0.0.1", "ipv6": "fd00::1",
    "base64": "YQ==", "cidr": "10.0.0.0/24", "uri": "http://example.org",
    "date-time": "2026-08-21T12:00:00Z",
}  # fmt: skip
WORDS = ("a", "1", "aa", "/dev/vdb", "", "none", "aa1")


def minimal(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    for choice in ("oneOf", "anyOf"):
        if choice in schema and "properties" not in schema:
            return minimal({**schema, **schema[choice][0], choice: []} if schema[choice] else
                           {key: value for key, value in schema.items() if key != choice})
    if "allOf" in schema and "type" not in schema:
        return minimal({**schema["allOf"][0], **schema})
    kind = schema.get("type", "object" if "properties" in schema else "null")
    kinds = kind if isinstance(kind, list) else [kind]
    return _MAKERS[kinds[0]](schema)


def _object(schema: dict[str, Any]) -> dict[str, Any]:
    names = list(schema.get("required", ()))
    for each in (*schema.get("anyOf", ())[:1], *schema.get("oneOf", ())[-1:]):
        names += each.get("required", ())
    properties = schema.get("properties", {})
    made = {name: minimal(properties.get(name, {})) for name in names}
    for _, inner in zip(range(schema.get("minProperties", 0) - len(made)),
                        schema.get("patternProperties", {}).values(), strict=False):
        made["1"] = minimal(inner)
    return made


def _array(schema: dict[str, Any]) -> list[Any]:
    items = schema.get("prefixItems") or [schema.get("items", {})]
    return [minimal(items[0]) for _ in range(schema.get("minItems", 0))]


def _string(schema: dict[str, Any]) -> str:
    for part in (schema, *schema.get("allOf", ())):
        if part.get("format") in FORMATS:
            return FORMATS[part["format"]]
    pattern = schema.get("pattern", "")
    for word in WORDS:
        if re.search(pattern, word) and len(word) >= schema.get("minLength", 0):
            return word
    return "a" * schema.get("minLength", 1)


def _number(schema: dict[str, Any]) -> int:
    return int(schema.get("minimum", 1))


_MAKERS: dict[str, Any] = {
    "object": _object, "array": _array, "string": _string, "integer": _number,
    "number": _number, "boolean": lambda schema: True, "null": lambda schema: None,
}  # fmt: skip
