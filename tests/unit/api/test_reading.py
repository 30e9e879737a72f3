"""From bytes to values."""

import json

import pytest

from nova.api.reading import BodyMalformed, QueryMalformed, parse_json, read_query


def test_query() -> None:
    assert read_query("a=1&b=&a=2&c=x%20y+z") == {"a": ["1", "2"], "b": [""], "c": ["x y z"]}
    assert read_query("") == {}
    assert read_query("%C3%A9=%C3%A9") == {"é": ["é"]}


@pytest.mark.parametrize("text", ["a=%FF", "\xff=1", "a=%00", "&".join(["a=1"] * 1001)])
def test_query_that_is_refused(text: str) -> None:
    with pytest.raises(QueryMalformed):
        read_query(text)


def test_json() -> None:
    assert parse_json(b'{"a": ["\\u00e9", 1.5, null]}') == {"a": ["é", 1.5, None]}
    assert parse_json(json.dumps("😀").encode()) == "😀"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"\xff",
        b"NaN",
        b"[Infinity]",
        b'"\\ud800"',
        b'{"\\u0000": 1}',
        b"[" * 100000,
        b"9" * 5000,
    ],
)
def test_json_that_is_refused(text: bytes) -> None:
    with pytest.raises(BodyMalformed):
        parse_json(text)
