"""Why and what if, as users and operators ask it of real processes over RabbitMQ and MariaDB."""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tools.stack import ground
from tools.stack.customer import Answered, Customer, at_rest
from tools.stack.ground import Ground

pytestmark = [
    pytest.mark.skipif(
        not (os.environ.get("NOVA_TEST_RABBIT_URL") and os.environ.get("NOVA_TEST_MYSQL_URL")),
        reason="needs RabbitMQ and MariaDB",
    ),
    pytest.mark.timeout(300),
]
HOSTS = ("host1", "host2")
PATIENCE = 60.0
OLD = "UPDATE scheduling_decisions SET created_at = DATE_SUB(created_at, INTERVAL 8 DAY)"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    state = tmp_path_factory.mktemp("face")
    for folder in state.parents[:2]:
        folder.chmod(0o755)
    with ground.running(state, HOSTS) as running:
        yield running


@pytest.fixture(scope="module")
def customer(cloud: Ground) -> Customer:
    return Customer.of(cloud.stack.places.state)


def until(ask: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := ask()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


def body(customer: Customer, **fields: Any) -> dict[str, Any]:
    return {"server": {"name": "asked", "flavorRef": "1", "imageRef": customer.image,
                       "networks": "none", **fields}}


def booted(customer: Customer, **fields: Any) -> dict[str, Any]:
    made = customer.own["compute"].ask("POST", "/servers", body(customer, **fields))["server"]

    def shown() -> dict[str, Any] | None:
        found: dict[str, Any] = customer.admin["compute"].get(f"/servers/{made['id']}")["server"]
        return found if at_rest(found) else None

    found: dict[str, Any] = until(shown)
    return found


def decisions(customer: Customer, uuid: str, who: str = "admin") -> list[dict[str, Any]]:
    path = f"/servers/{uuid}/scheduling-decisions"
    doors = {"admin": customer.admin, "own": customer.own}[who]
    found: list[dict[str, Any]] = until(
        lambda: doors["compute"].get(path)["scheduling_decisions"])
    return found


def query(customer: Customer, **asked: Any) -> dict[str, Any]:
    answer = customer.admin["compute"].ask(
        "POST", "/scheduling-queries", {"scheduling_query": asked})
    told: dict[str, Any] = answer["scheduling_query"]
    return told


def huge(customer: Customer) -> str:
    made = {"flavor": {"name": "huge", "id": "huge", "ram": 1 << 24, "vcpus": 1, "disk": 1}}
    try:
        customer.admin["compute"].ask("POST", "/flavors", made)
    except Answered as answered:
        assert answered.status == 409
    return "huge"


def test_the_answer_is_where_it_goes_and_why_is_told(cloud: Ground, customer: Customer) -> None:
    [place] = query(customer, create=body(customer))["placed"]
    server = booted(customer)
    assert server["OS-EXT-SRV-ATTR:host"] == place["host"]
    [whole] = decisions(customer, server["id"])
    assert (whole["result"], whole["host"]) == ("placed", place["host"])
    assert {one["host"] for one in whole["hosts"]} == set(HOSTS)
    [brief] = decisions(customer, server["id"], "own")
    assert set(brief) == {"at", "kind", "request_id", "result", "reason"}
    told = cloud.stack.manage("scheduler", "explain", server["id"])
    assert f"host {place['host']}, node {place['host']}" in told
    assert "RAMWeigher" in told


def test_a_refusal_is_told_to_each_as_much_as_is_his(cloud: Ground, customer: Customer) -> None:
    flavor = huge(customer)
    asked = query(customer, create=body(customer, flavorRef=flavor))
    assert (asked["placed"], asked["reason"]) == ([], "There are not enough hosts available.")
    server = booted(customer, flavorRef=flavor)
    assert server["status"] == "ERROR"
    assert server["fault"]["message"].endswith(asked["reason"])
    [whole] = decisions(customer, server["id"])
    assert [one["cause"] for one in whole["causes"] if one["emptied"]] == [
        "resource class MEMORY_MB"]
    assert {one["host"] for one in whole["hosts"]} == set(HOSTS)
    [brief] = decisions(customer, server["id"], "own")
    assert not any(host in str(brief) for host in HOSTS)
    told = cloud.stack.manage("scheduler", "explain", server["id"])
    assert "No host has: resource class MEMORY_MB" in told


def test_how_many_fit_and_who_would_not(customer: Customer) -> None:
    fit = query(customer, how_many=body(customer), most=7)
    assert (fit["count"], sum(fit["by_host"].values())) == (7, 7)
    none = query(customer, how_many=body(customer, flavorRef=huge(customer)))
    assert (none["count"], none["by_host"]) == (0, {})
    server = booted(customer)
    left = query(customer, without_hosts=[server["OS-EXT-SRV-ATTR:host"]])
    assert server["id"] in {one["server"] for one in left["placed"]}
    everywhere = query(customer, without_hosts=list(HOSTS))
    assert server["id"] in {one["server"] for one in everywhere["left_over"]}
    with pytest.raises(Answered) as refused:
        customer.own["compute"].ask("POST", "/scheduling-queries", {
            "scheduling_query": {"create": body(customer)}})
    assert refused.value.status == 403


def test_the_additions_have_versions_of_their_own(customer: Customer) -> None:
    [addition] = customer.own["compute"].get("/nova-additions")["additions"]
    assert (addition["name"], addition["version"]) == ("scheduling", "1.0")
    version = customer.own["compute"].get("/")["version"]
    assert "additions" not in str(version)


def test_what_is_older_than_a_week_is_let_go(cloud: Ground, customer: Customer) -> None:
    """A scheduler looks for it when it starts, and then every hour."""
    import sqlalchemy as sa

    server = booted(customer)
    decisions(customer, server["id"])
    engine = sa.create_engine(cloud.mariadb.url("nova_api"))
    with engine.begin() as connection:
        connection.execute(sa.text(OLD))
    engine.dispose()
    assert decisions(customer, server["id"])
    cloud.stack.daemon("nova-scheduler").stop(10)
    cloud.stack.start("nova-scheduler")
    path = f"/servers/{server['id']}/scheduling-decisions"
    until(lambda: not customer.admin["compute"].get(path)["scheduling_decisions"])
