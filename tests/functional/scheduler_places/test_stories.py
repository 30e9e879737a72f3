"""Users boot servers; each goes where it should, or says why it cannot."""

import threading

import pytest

from tests.cloud import PROJECT, Cloud

HOST = "OS-EXT-SRV-ATTR:host"


@pytest.fixture
def cloud():
    made = Cloud(hosts=("host1", "host2", "host3")).start()
    yield made
    made.stop()


def booted(cloud, name, status="ACTIVE", **fields):
    """The server once it is there."""
    reply = cloud.boot(name, **fields)
    assert reply.status == 202, reply.body
    return cloud.wait(reply.body["server"]["id"], status)


def test_servers_are_spread(cloud):
    hosts = {booted(cloud, f"server{number}")[HOST] for number in range(3)}
    assert hosts == {"host1", "host2", "host3"}


def test_several_servers_of_one_request_are_spread_too(cloud):
    first = cloud.boot("many", min_count=3, max_count=3, return_reservation_id=True)
    assert first.status == 202, first.body
    listed = cloud.request("GET", "/servers", token=f"admin:{PROJECT}").body["servers"]
    servers = [cloud.wait(one["id"], "ACTIVE") for one in listed]
    assert {server[HOST] for server in servers} == {"host1", "host2", "host3"}


def test_what_a_server_holds_is_where_it_is(cloud):
    server = booted(cloud, "server")
    held = cloud.placement_state.consumers[server["id"]]
    [provider] = held.resources
    assert cloud.placement_state.providers[provider].name == server[HOST]
    assert held.resources[provider] == {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}


def test_a_server_without_a_place_says_why(cloud):
    server = booted(cloud, "server", "ERROR", flavorRef=big_flavor(cloud))
    assert server["fault"]["message"] == (
        "No valid host was found. There are not enough hosts available.")
    for host in ("host1", "host2", "host3"):
        assert host in server["fault"]["details"]
    assert "not enough VCPU" in server["fault"]["details"]
    assert cloud.placement_state.consumers == {}


def big_flavor(cloud):
    from nova.objects.flavor import Flavor

    cloud.stores.api.flavors.create(Flavor(
        flavorid="big", name="big", memory_mb=512, vcpus=17, root_gb=1, ephemeral_gb=0, swap=0,
        rxtx_factor=1.0, vcpu_weight=0, disabled=False, is_public=True, description=None,
        extra_specs={}))
    return "big"


ADMIN = f"admin:{PROJECT}"


def soon(happened):
    """Whether it happens long before anybody reads all hosts again."""
    return any(happened() or threading.Event().wait(0.02) for _ in range(300))


def state_of(cloud, host):
    return cloud.scheduler.endpoint.snapshot.nodes_of(host)[0]


def test_schedulers_hear_of_services_and_aggregates_at_once(cloud):
    booted(cloud, "warm-up")
    services = cloud.request("GET", "/os-services?binary=nova-compute", token=ADMIN)
    [service] = [one for one in services.body["services"] if one["host"] == "host2"]
    down = {"forced_down": True}
    assert cloud.request("PUT", f"/os-services/{service['id']}", down, token=ADMIN).status == 200
    assert soon(lambda: state_of(cloud, "host2").service.forced_down)
    made = cloud.request("POST", "/os-aggregates", {"aggregate": {"name": "fast"}}, token=ADMIN)
    path = f"/os-aggregates/{made.body['aggregate']['id']}/action"
    for action in ({"add_host": {"host": "host3"}},
                   {"set_metadata": {"metadata": {"disk": "fast"}}}):
        assert cloud.request("POST", path, action, token=ADMIN).status == 200
    assert soon(lambda: state_of(cloud, "host3").metadata == {"disk": frozenset({"fast"})})
