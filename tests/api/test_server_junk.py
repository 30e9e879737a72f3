"""Whatever is asked of servers, and in whatever state they are: no answer is a 500."""

import copy
import functools
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova import servers
from nova.core.call import Route
from nova.core.states import TaskState, VmState
from nova.errors import Unsupported
from nova.microversions import ALL
from tests.api.servers import IMAGE, SERVERS_GIVEN, add_pending, add_server
from tests.api.test_junk import BROKEN, almost, junk, names, values
from tests.api.world import Host, World

# The other name of servers is the same handlers.
ROUTES = [route for route in servers.routes if not route.path.startswith("/os-volumes_boot")]
QUIET = settings(
    max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
VALID: dict[str, Any] = {
    "server": {
        "name": "junk", "flavorRef": "1", "imageRef": IMAGE, "adminPass": "x",
        "metadata": {"a": "b"},
        "networks": [{"uuid": "NETWORK", "fixed_ip": "192.168.1.200", "port": None, "tag": "t"}],
        "OS-DCF:diskConfig": "AUTO", "accessIPv4": "1.2.3.4", "accessIPv6": "fe80::1",
        "availability_zone": "nova:host1:host1.example", "config_drive": "yes", "key_name": "mine",
        "block_device_mapping_v2": [
            {"source_type": "image", "destination_type": "local", "boot_index": "0", "uuid": IMAGE,
             "delete_on_termination": True, "volume_size": "1", "device_name": "/dev/vda",
             "guest_format": "ext4", "disk_bus": "virtio", "device_type": "disk", "tag": "d"},
            {"source_type": "blank", "destination_type": "local", "boot_index": -1,
             "volume_size": 1, "guest_format": "swap"}],
        "min_count": 1, "max_count": "2", "return_reservation_id": False,
        "security_groups": [{"name": "default"}], "user_data": "ZWNobw==", "description": "d",
        "tags": ["a"], "trusted_image_certificates": ["c"], "host": "host1",
        "hypervisor_hostname": "host1.example", "hostname": "a.b",
        "personality": [{"path": "/a", "contents": "YQ=="}],
    },
    "os:scheduler_hints": {"group": "99999999-9999-4999-8999-999999999999", "query": {"a": []},
                           "same_host": ["99999999-9999-4999-8999-999999999999"], "own": {"x": 1}},
}  # fmt: skip
odd = st.sampled_from([
    "", " ", "0", "-1", -1, 0, 2**31, 2**63, 10**40, "9" * 5000, 1e300, "a" * 300, "é", "漢字",
    "\u0000", "\ud800", "a\nb", "(", "[", "%", "::", ":", "a:b", "1.2.3.4", "fe80::1", "=", "YQ",
    None, True, [], {}, [[]], [None], {"a": None}, "99999999-9999-4999-8999-999999999999",
    "{99999999999949998999999999999999}", "1" * 32,
])  # fmt: skip
times = st.sampled_from([
    "2026-08-21T12:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "12:00",
    "2026-08-21", "20260821T120000", "2026-02-30T00:00:00Z", "-1",
])  # fmt: skip


class Quiet(Host):
    """Has no console to show, no agent, and no slot for one more device."""

    def ask(self, context: Any, question: str, instance: Any, arguments: Any) -> Any:
        raise Unsupported

    def perform_now(self, context: Any, operation_id: int, instance_uuid: str) -> Any:
        raise Unsupported


@functools.cache
def world() -> World:
    made = World(quota__instances=-1, quota__cores=-1, quota__ram=-1)
    made.add_host("host1", Quiet())
    SERVERS_GIVEN["wherewithal"](made)
    SERVERS_GIVEN["a server in cell0"](made)
    return made


@functools.cache
def uuids() -> tuple[str, ...]:
    made = world()
    return (
        add_server(made, "one", tags=["a"], metadata={"a": "b"}),
        add_server(made, "old", deleted=True),
        add_pending(made, "coming"),
        "99999999-9999-4999-8999-999999999999",
    )


def _path(data: st.DataObject, route: Route) -> str:
    uuid = data.draw(st.sampled_from(uuids()) | names)
    path = route.path.replace("{server_id}", "{S}")
    if "{S}" in path:
        inner = data.draw(st.sampled_from(["a", "x,y", "private", "9" * 300]) | names)
        return path.replace("{S}", quote(uuid or "x", safe="")).replace(
            "{id}", quote(inner or "x", safe="")
        )
    return path.replace("{id}", quote(uuid or "x", safe=""))


def _query(data: st.DataObject, route: Route, version: Any) -> str:
    known = list(route.query.schema(version).get("properties", {})) if route.query else []
    pairs = data.draw(st.lists(
        st.tuples(st.sampled_from([*known, "x"]), values | times | odd.filter(_is_text)),
        max_size=4,
    ))
    text = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    return f"?{text}" if text else ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\ud800" not in value


def _send(route: Route, path: str, version: Any, who: str, body: Any) -> None:
    answer = world().ask(
        route.method, path, who=who, version=str(version),
        body=None if body is None else json.dumps(body).encode(),
        headers={} if body is None else {"Content-Type": "application/json"},
    )
    assert answer.status_int < BROKEN or answer.status_int == 501, answer.text


def _restore(data: st.DataObject) -> None:
    state = {
        "vm_state": data.draw(st.sampled_from(VmState)).value,
        "task_state": data.draw(st.none() | st.sampled_from([t.value for t in TaskState])),
        "locked_by": data.draw(st.sampled_from([None, "owner", "admin"])),
        "host": data.draw(st.sampled_from(["host1", None])),
    }
    world().cell.instances.update(uuids()[0], state)


@pytest.mark.parametrize(
    "route", ROUTES, ids=lambda r: f"{r.method} {r.path} {r.action or ''} {r.since}"
)
@QUIET
@given(data=st.data())
def test_no_answer_is_a_breakdown(route: Route, data: st.DataObject) -> None:
    _restore(data)
    version = data.draw(st.sampled_from([v for v in ALL if route.exists(v)]))
    path = _path(data, route) + _query(data, route, version)
    body = data.draw(almost(route.body.schema(version))) if route.body else None
    if route.action and data.draw(st.booleans()):
        body = {route.action: data.draw(junk)}
    _send(route, path, version, data.draw(st.sampled_from(["admin", "user"])), body)


@settings(QUIET, max_examples=150)
@given(data=st.data())
def test_lists_asked_for_strangely(data: st.DataObject) -> None:
    route = next(r for r in ROUTES if r.path == "/servers/detail")
    version = data.draw(st.sampled_from(ALL))
    path = route.path + _query(data, route, version)
    _send(route, path, version, data.draw(st.sampled_from(["admin", "user"])), None)


CREATE = next(r for r in ROUTES if (r.method, r.path) == ("POST", "/servers"))


@settings(QUIET, max_examples=250)
@given(data=st.data())
def test_creates_with_something_odd(data: st.DataObject) -> None:
    """A good request, of which parts are left out and one or two are something else."""
    version = data.draw(st.sampled_from(ALL))
    body = copy.deepcopy(VALID)
    body["server"]["networks"][0]["uuid"] = next(iter(world().network.networks))
    fitting = CREATE.body.schema(version)["properties"]["server"]["properties"]
    for name in list(body["server"]):
        kept = name in ("name", "flavorRef", "imageRef", "networks")
        if name not in fitting or not (kept or data.draw(st.booleans())):
            del body["server"][name]
    if data.draw(st.booleans()):
        del body["os:scheduler_hints"]
    for _ in range(data.draw(st.integers(0, 2))):
        _mutate(data, body)
    # No more than a few servers a time.
    if body.get("server") and isinstance(body["server"], dict):
        body["server"].pop("max_count", None)
        body["server"].pop("min_count", None)
    _send(CREATE, "/servers", version, data.draw(st.sampled_from(["admin", "user"])), body)


def _mutate(data: st.DataObject, body: Any) -> None:
    """Somewhere inside, put something odd."""
    place = body
    while True:
        inner = [key for key in _keys(place) if isinstance(place[key], dict | list)]
        if not inner or (place is not body and data.draw(st.booleans())):
            break
        place = place[data.draw(st.sampled_from(inner))]
    keys = _keys(place)
    if keys:
        place[data.draw(st.sampled_from(keys))] = data.draw(odd | junk)


def _keys(place: Any) -> list[Any]:
    return list(place) if isinstance(place, dict) else list(range(len(place)))


@QUIET
@given(count=odd, name=st.sampled_from(["min_count", "max_count"]))
def test_counts(count: Any, name: str) -> None:
    limited = World(quota__instances=3)
    SERVERS_GIVEN["wherewithal"](limited)
    server = {"name": "a", "flavorRef": "1", "imageRef": IMAGE, name: count}
    answer = limited.ask("POST", "/servers", body=json.dumps({"server": server}).encode(),
                         headers={"Content-Type": "application/json"})
    assert answer.status_int in (202, 400, 403)


@QUIET
@given(name=st.sampled_from(["X-OpenStack-Nova-API-Version", "OpenStack-API-Version",
                             "Content-Type", "Accept", "X-Auth-Token"]),
       value=st.sampled_from(["", "compute", "compute 2", "compute 2.999", "latest", "*/*", "x:y",
                              ":", "2.1, 2.2", "application/xml"]))  # fmt: skip
def test_headers(name: str, value: str) -> None:
    answer = world().ask("GET", "/servers/detail", headers={name: value})
    assert answer.status_int < BROKEN
