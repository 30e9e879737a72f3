"""Shapes: schemas by version, the dialect, and the sentences of violations."""

from typing import Any

import pytest

from nova.core.shape import (
    BOOLEAN,
    LIMIT,
    MARKER,
    NAME,
    NO_QUERY,
    Field,
    Legacy,
    Object,
    Raw,
    Shape,
    Versioned,
    array,
    integer,
    obj,
    once,
    query,
    string,
    truth,
)
from nova.core.validating import Checked, violation
from nova.microversions import (
    BASE,
    LEGACY,
    NEWEST,
    STRICT_PARAMETERS,
    STRICT_QUERIES,
    Microversion,
)

OLD, NEW = Microversion(2, 10), Microversion(2, 20)


def errors(shape: Shape, value: Any, version: Microversion = NEWEST) -> str | None:
    error = Checked(shape).first_error(version, value)
    return None if error is None else violation(error)


def test_fields_come_and_go() -> None:
    shape = obj(Field("early", string(), until=OLD), Field("late", string(), since=NEW))
    assert set(shape.schema(OLD)["properties"]) == {"early"}
    assert set(shape.schema(NEW)["properties"]) == {"late"}
    assert shape.schema(Microversion(2, 15))["properties"] == {}


def test_required_from_a_version_on() -> None:
    shape = obj(Field("a", string(), required=NEW))
    assert "required" not in shape.schema(OLD)
    assert shape.schema(NEW)["required"] == ["a"]


def test_closed_from_a_version_on() -> None:
    shape = query(LIMIT, closed=STRICT_PARAMETERS)
    assert shape.schema(BASE)["additionalProperties"] is True
    assert shape.schema(STRICT_PARAMETERS)["additionalProperties"] is False


def test_cases_by_version() -> None:
    shape = Versioned(((BASE, string(max=1)), (NEW, string(max=2))))
    assert shape.schema(OLD)["maxLength"] == 1
    assert shape.schema(NEW)["maxLength"] == 2
    assert shape.schema(LEGACY)["maxLength"] == 1


def test_legacy_requests_may_differ() -> None:
    shape = obj(Field("name", NAME), Field("late", string(), since=NEW))
    assert shape.schema(LEGACY)["properties"] == {
        "name": string(min=1, max=255, format="name_with_leading_trailing_spaces").document
    }
    assert Legacy(string(max=1), string(max=2)).schema(BASE)["maxLength"] == 2


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (5, None),
        ("5", None),
        (0, "0 is less than the minimum of 1"),
        ("0", "0 is less than the minimum of 1"),
        (10, "10 is greater than the maximum of 9"),
        ("9" * 5000, "inf is greater than the maximum of 9"),
        (float("inf"), "inf is greater than the maximum of 9"),
        (0.5, "0.5 is less than the minimum of 1"),
        ("one", None),
        (None, None),
        (True, None),
    ],
)
def test_bounds_also_hold_for_numbers_in_strings(value: Any, said: str | None) -> None:
    assert errors(Raw({"minimum": 1, "maximum": 9}), value) == said


def test_sentences() -> None:
    shape = obj(Field("thing", obj(Field("name", NAME), Field("size", integer(1)))))
    assert errors(shape, []) == "[] is not of type 'object'"
    assert errors(shape, {"x": 1}) == "Additional properties are not allowed ('x' was unexpected)"
    assert errors(shape, {"thing": {"size": "x"}}) == (
        "Invalid input for field/attribute size. Value: x. 'x' does not match '^[0-9]*$'"
    )
    assert errors(shape, {"thing": {"name": "a "}}) == (
        "An invalid 'name' value was provided. The name must be: printable characters. "
        "Can not start or end with whitespace."
    )


def test_a_query_names_the_parameter() -> None:
    error = Checked(query(LIMIT)).first_error(BASE, {"limit": ["5", "x"]})
    assert violation(error, query=True) == (
        "Invalid input for query parameters limit. Value: x. 'x' does not match '^[0-9]*$'"
    )


def test_the_first_violation_is_told_in_the_order_of_the_schema() -> None:
    shape = obj(Field("a", string(), required=True))
    assert errors(shape, {"b": 1}) == "'a' is a required property"


def test_parameters_given_once() -> None:
    shape = query(Field("a", once(string())), Field("b", string()))
    assert errors(shape, {"b": ["1", "2"]}) is None
    assert "is too long" in str(errors(shape, {"a": ["1", "2"]}))


def test_known_parameters() -> None:
    shape = Object((Field("a", array(string())),), closed=False, patterns={"^x_": array(string())})
    given = {"a": ["1"], "x_1": ["2"], "other": ["3"]}
    assert Checked(shape).known(BASE, given) == {"a": ["1"], "x_1": ["2"]}


def test_unknown_keys_of_legacy_bodies_are_dropped() -> None:
    body = {"thing": {"name": "a", "more": 1}, "most": 2}
    Checked(obj(Field("thing", obj(Field("name", NAME))))).drop_unknown(body)
    assert body == {"thing": {"name": "a"}}


def test_one_validator_for_versions_that_do_not_differ() -> None:
    checked = Checked(query(LIMIT, MARKER, closed=STRICT_PARAMETERS))
    assert checked.validator(BASE) is checked.validator(OLD)
    assert checked.validator(BASE) is not checked.validator(NEWEST)


def test_no_query() -> None:
    assert errors(NO_QUERY, {"x": ["1"]}, BASE) is None
    assert errors(NO_QUERY, {"x": ["1"]}, STRICT_QUERIES)


@pytest.mark.parametrize("value", [True, "True", "1", "on", "YES"])
def test_true(value: Any) -> None:
    assert truth(value)
    assert errors(BOOLEAN, value) is None


@pytest.mark.parametrize("value", [False, "false", "0", "off", "no"])
def test_false(value: Any) -> None:
    assert not truth(value)
    assert errors(BOOLEAN, value) is None


def test_what_is_no_boolean() -> None:
    assert errors(BOOLEAN, "maybe") and errors(BOOLEAN, 1) and errors(BOOLEAN, "y")
    assert not truth("maybe") and not truth(None)
