"""What goes over the wire comes back as it was."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oslo_versionedobjects import base, fields

import nova.objects.cloud
import nova.objects.host
import nova.objects.server
import nova.objects.store.errors  # noqa: F401
from nova.errors import NovaError, Refused, RemoteFailure, from_wire, to_wire
from nova.objects.registry import IncompatibleObject, JsonField, NovaObject
from nova.rpc import serializer

OURS: dict[str, Any] = {
    name: kinds[0]
    for name, kinds in base.VersionedObjectRegistry.obj_classes().items()
    if issubclass(kinds[0], NovaObject)
}

times = st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2200, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
zoned = st.builds(
    lambda moment, hours: moment.astimezone(timezone(timedelta(hours=hours))),
    times, st.integers(-11, 11),
)
texts = st.text(max_size=20)
scalars = st.none() | st.booleans() | st.integers() | texts | st.floats(allow_nan=False)
loose = st.recursive(
    scalars | times,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def of_field(field: Any, depth: int) -> st.SearchStrategy[Any]:
    """Values of one field, None among them where it may be."""
    kinds: dict[type, st.SearchStrategy[Any]] = {
        fields.StringField: texts,
        fields.IntegerField: st.integers(-(2**40), 2**40),
        fields.FloatField: st.floats(allow_nan=False, allow_infinity=False),
        fields.BooleanField: st.booleans(),
        fields.DateTimeField: times,
        fields.ListOfStringsField: st.lists(texts, max_size=3),
        fields.DictOfStringsField: st.dictionaries(texts, texts, max_size=3),
        JsonField: loose,
    }
    if isinstance(field, fields.ObjectField):
        found = entities(field._type._obj_name, depth + 1)
    elif isinstance(field, fields.ListOfObjectsField):
        inner = field._type._element_type._type._obj_name
        found = st.lists(entities(inner, depth + 1), max_size=2 if depth < 2 else 0)
    else:
        found = kinds[type(field)]
    return found | st.none() if field.nullable else found


@st.composite
def entities(draw: st.DrawFn, name: str, depth: int = 0) -> NovaObject:
    """An object with some of its fields set."""
    kind = OURS[name]
    chosen = draw(st.sets(st.sampled_from(sorted(kind.fields)), max_size=6 if depth else 12))
    values = {one: draw(of_field(kind.fields[one], depth)) for one in sorted(chosen)}
    made: NovaObject = kind.hydrate(values)
    return made


def over_the_wire(value: Any) -> Any:
    return serializer.decode(json.loads(json.dumps(serializer.encode(value))))


def plain(value: Any) -> Any:
    """Objects as what they hold, for comparing."""
    if isinstance(value, NovaObject):
        return {"class": type(value), **{k: plain(v) for k, v in value.as_dict().items()}}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_there_are_objects() -> None:
    assert {"Instance", "Operation", "Outcome", "RequestSpec", "Selection", "Service"} <= set(OURS)


@pytest.mark.parametrize("name", sorted(OURS))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_object_comes_back(name: str, data: st.DataObject) -> None:
    sent = data.draw(entities(name))
    got = over_the_wire({"in": [sent, {"a": sent}]})
    assert plain(got) == plain({"in": [sent, {"a": sent}]})
    assert got["in"][0].obj_what_changed() == set()


@settings(max_examples=100, deadline=None)
@given(loose | zoned)
def test_loose_values_come_back(value: Any) -> None:
    assert over_the_wire({"value": value}) == {"value": value}


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True).filter(
    lambda name: name not in ("self", "code", "message")), scalars, max_size=4))
def test_errors_come_back(gaps: dict[str, Any]) -> None:
    error = NovaError(**gaps)
    again = from_wire(json.loads(json.dumps(to_wire(error))))
    assert (type(again), again.gaps, again.message) == (NovaError, gaps, error.message)


def test_the_form_is_the_library_s_own() -> None:
    """A process of another release, that uses the library as it is, reads ours."""
    from nova.objects.server import Fault

    fault = Fault(instance_uuid="u", code=500, message="m", details=None, host=None,
                  created_at=datetime(2030, 1, 2, tzinfo=UTC))
    theirs = base.VersionedObject.obj_to_primitive(fault)
    ours = fault.obj_to_primitive()
    assert {k: v for k, v in theirs.items() if k != "nova_object.changes"}.keys() == ours.keys()
    assert theirs["nova_object.data"].keys() == ours["nova_object.data"].keys()
    assert plain(NovaObject.obj_from_primitive(theirs)) == plain(fault)


@pytest.mark.parametrize(
    ("version", "known"), [("1.0", True), ("1.1", False), ("2.0", False), ("0.9", False)]
)
def test_versions_that_are_read(version: str, known: bool) -> None:
    wire = {"nova_object.name": "Fault", "nova_object.namespace": "nova",
            "nova_object.version": version, "nova_object.data": {"message": "m"}}
    if known:
        assert serializer.decode(wire).message == "m"
        return
    with pytest.raises(IncompatibleObject) as caught:
        serializer.decode(wire)
    assert version in str(caught.value) and "Fault" in str(caught.value)


def test_an_error_of_another_release_is_told_all_the_same() -> None:
    """Its class is unknown here, or its sentence has other gaps."""
    unknown = from_wire({"kind": "nova.tomorrow:Flood", "gaps": {"level": 3}})
    assert isinstance(unknown, RemoteFailure) and "Flood" in str(unknown) and "3" in str(unknown)
    other = from_wire({"kind": "nova.objects.store.errors:OperationLost", "gaps": {"what": 7}})
    assert isinstance(other, RemoteFailure)
    assert "OperationLost" in str(other) and "7" in str(other)
    refused = from_wire({"kind": "nova.errors:Refused", "gaps": {"message": "no"}})
    assert isinstance(refused, RemoteFailure) and not isinstance(refused, Refused)
