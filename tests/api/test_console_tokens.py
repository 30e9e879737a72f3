"""What becomes of a token: shown to administrators, ended by time, deletion and moves."""

from urllib.parse import parse_qs, urlparse

import pytest

from nova.core.states import OperationState, Transition
from nova.servers.console.expiry import drop_expired
from tests import records
from tests.api.consoles import INTERNAL, ScreenHost, consoles
from tests.api.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def one(world: World) -> str:
    return consoles(world)["one"]


def ask(world: World, uuid: str, protocol: str = "vnc", kind: str = "novnc") -> str:
    body = {"remote_console": {"protocol": protocol, "type": kind}}
    answer = world.ask("POST", f"/servers/{uuid}/remote-consoles", version="2.99", json=body)
    assert answer.status_int == 200, answer.text
    query = parse_qs(urlparse(answer.json["remote_console"]["url"]).query)
    inner = query.get("path", [f"?token={query.get('token', [''])[0]}"])[0]
    return parse_qs(inner.removeprefix("?"))["token"][0]


def show(world: World, token: str, version: str = "2.99", more: str = ""):
    path = f"/os-console-auth-tokens/{token}{more}"
    return world.ask("GET", path, who="admin", version=version)


def test_where_a_token_leads(world: World, one: str) -> None:
    answer = show(world, ask(world, one, "spice", "spice-direct"))
    assert answer.json == {"console": {
        "instance_uuid": one, "host": "10.0.0.1", "port": 5901, "tls_port": 5902,
        "internal_access_path": None}}
    answer = show(world, ask(world, one), "2.31")
    assert answer.json == {"console": {
        "instance_uuid": one, "host": "10.0.0.1", "port": 5900, "internal_access_path": INTERNAL}}


def test_before_2_31_only_rdp_was_shown(world: World, one: str) -> None:
    answer = show(world, ask(world, one), "2.30")
    assert answer.status_int == 401
    assert "The requested console type details are not accessible" in answer.text
    assert show(world, "nonsense", "2.30").status_int == 404


def test_unknown_parameters_are_refused_since_2_99(world: World, one: str) -> None:
    token = ask(world, one)
    assert show(world, token, "2.98", "?x=1").status_int == 200
    assert show(world, token, "2.99", "?x=1").status_int == 400


def test_time_ends_a_token(world: World, one: str) -> None:
    token = ask(world, one)
    world.clock.sleep(599)
    assert show(world, token).status_int == 200
    world.clock.sleep(1)
    assert show(world, token).status_int == 404
    other = ask(world, one)
    assert drop_expired(world.stores) == 1
    assert show(world, other).status_int == 200


def test_the_secret_itself_is_not_kept(world: World, one: str) -> None:
    token = ask(world, one)
    database = world.cell.database
    rows = database.read(lambda c: c.exec_driver_sql("select * from console_auth_tokens").all())
    assert len(rows) == 1
    assert token not in str(rows)


def test_a_port_that_became_anothers(world: World, one: str) -> None:
    host = ScreenHost()
    world.add_host("host9", host)
    world.cell.instances.update(one, {"host": "host9"})
    token = ask(world, one)
    assert show(world, token).status_int == 200
    host.driver.vnc.shown = None
    assert show(world, token).status_int == 404


@pytest.mark.parametrize("outcome", [
    {"deleted": True}, {"instance": {"host": "host2", "task_state": None}},
])  # fmt: skip
def test_an_end_or_a_move_ends_tokens(world: World, one: str, outcome: dict) -> None:
    ask(world, one)
    begun = world.cell.operations.begin(
        records.operation(one, state=OperationState.ACCEPTED.value), Transition(tasks=None)
    )
    now = world.clock.now()
    world.cell.operations.claim(begun.id, "test", now, now)
    world.cell.operations.settle(begun.id, "test", records.outcome(**outcome))
    database = world.cell.database
    rows = database.read(lambda c: c.exec_driver_sql("select * from console_auth_tokens").all())
    assert rows == []
