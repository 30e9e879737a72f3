"""Networking: what is remembered, what an older service lacks, what a plan costs."""

from dataclasses import replace

import pytest

from nova.clients.network.contract import (
    Interface,
    NetworkAsk,
    NetworkNotFound,
    PortChange,
    PortInUse,
    PortQuota,
)
from nova.clients.network.facts import KEPT_SECONDS, KnownNetworks
from nova.clients.network.memory import NetworkMemory, NetworkState
from nova.clients.network.neutron import connect
from nova.clients.network.servers import ServerNetworking, networking
from nova.context import RequestContext
from nova.core.clock import RealClock
from nova.errors import Unavailable
from tests.contracts.clients_endpoints import Cloud, Observed
from tests.contracts.clients_network.worlds import (
    OTHER_SERVER,
    SERVER,
    EmbeddedWorld,
    MemoryWorld,
    draft,
    own_port,
    wiring,
)
from tests.unit.clients.manual import ManualClock, answer, once, weathered

CONTEXT = RequestContext(project_id="demo")


def test_facts_are_read_again_after_a_while():
    clock = ManualClock()
    world = MemoryWorld(clock)
    net = world.add_network("before", "10.1.0.0/28")
    known = KnownNetworks(world.service, clock)

    def name():
        return known.of(CONTEXT, [net.id])[net.id].network.name

    assert name() == "before"
    world.state.networks[net.id] = replace(net, name="after")
    assert name() == "before"
    clock.sleep(KEPT_SECONDS)
    assert name() == "after"
    with pytest.raises(NetworkNotFound):
        known.of(CONTEXT, [net.id, "absent"])


def test_dhcp_servers_are_found():
    world = MemoryWorld(ManualClock())
    net = world.add_network("n", "10.1.0.0/28")
    agent = replace(draft(world.context, net), device_owner="network:dhcp", device_id="dhcp")
    (port,) = world.service.ports.create(world.context, [agent])
    (vif,) = world.servers.allocate(
        world.context, wiring(world.context), [Interface(network_id=net.id)]
    )
    assert vif.network.subnets[0].dhcp_server == port.addresses[0].ip


def test_floating_addresses_are_shown():
    world = MemoryWorld(ManualClock())
    net = world.add_network("n", "10.1.0.0/28")
    outside = world.add_network("out", "192.0.2.0/28", external=True)
    (vif,) = world.servers.allocate(
        world.context, wiring(world.context), [Interface(network_id=net.id)]
    )
    floating = world.service.floating_ips.create(world.context, outside.id)
    world.service.floating_ips.associate(world.context, floating.id, vif.port_id)
    (seen,) = world.servers.info(world.context, SERVER, [vif])
    assert seen.network.subnets[0].ips[0].floating == (floating.address,)
    world.service.ports.delete(world.context, vif.port_id)
    assert world.service.floating_ips.show(world.context, floating.id).port_id is None


def test_automatic_networks():
    world = MemoryWorld(ManualClock())
    world.state.auto_template = "10.9.0.0/24"
    plan = world.servers.check(world.context, NetworkAsk("auto"))
    assert (plan.auto, plan.interfaces) == (True, ())
    where = wiring(world.context)
    for _ in range(2):
        (vif,) = world.servers.allocate(world.context, where, (), auto=plan.auto, again=True)
    assert vif.label == "auto_allocated_network"
    assert len(world.state.ports) == 1


def test_the_physical_side_is_asked_for_when_it_matters():
    clock = ManualClock()
    state = NetworkState(clock.lock)
    service = NetworkMemory(state)
    facts = {"physical_network": "fast", "network_type": "vlan"}
    state.add_network("demo", "n", "10.1.0.0/28", **facts)
    plan = ServerNetworking(service, clock).check(CONTEXT, NetworkAsk(located=True))
    assert (plan.physical_networks, plan.tunneled) == ({"fast"}, False)
    assert not ServerNetworking(service, clock).check(CONTEXT, NetworkAsk()).physical_networks


def test_a_gate_stops_what_it_likes():
    def closed(operation):
        if operation == "network.create_ports":
            raise Unavailable(service="network", reason="closed")

    clock = ManualClock()
    state = NetworkState(clock.lock, closed)
    net = state.add_network("demo", "n", "10.1.0.0/28")
    servers = ServerNetworking(NetworkMemory(state), clock)
    with pytest.raises(Unavailable):
        servers.allocate(CONTEXT, wiring(CONTEXT), [Interface(network_id=net.id)])
    assert state.ports == {}


@pytest.fixture
def cloud(tmp_path):
    return Cloud(tmp_path, RealClock())


def test_quota_of_a_service_that_tells_no_details(cloud):
    world = EmbeddedWorld(cloud, RealClock())
    net = world.add_network("n", "10.1.0.0/28")
    world.limit_ports(7)
    own_port(world, net)
    whole = cloud.network.app

    def plain(environ, start_response):
        if environ["PATH_INFO"].endswith("/details.json"):
            return answer(404, b"{}")(environ, start_response)
        return whole(environ, start_response)

    transport = cloud.transport()
    transport.adapters["http://network.test"]._app = plain
    service = connect(cloud.conf, ManualClock(), transport=lambda: transport)
    assert service.ports.quota(world.context, world.context.project_id) == PortQuota(7, 1)


class Revisions:
    """What the revision-if-match extension does, before a service that has it not."""

    def __init__(self, cloud, service, context):
        self._app, self._service, self._context = cloud.network.app, service, context

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/v2.0/extensions":
            body = b'{"extensions": [{"alias": "revision-if-match"}]}'
            return answer(200, body)(environ, start_response)
        wanted = environ.get("HTTP_IF_MATCH", "")
        port_id = environ["PATH_INFO"].rpartition("/")[2]
        if wanted and wanted != f"revision_number={self._revision(port_id)}":
            return answer(412, b"{}")(environ, start_response)
        return self._app(environ, start_response)

    def _revision(self, port_id):
        return self._service.ports.show(self._context, port_id).revision


@pytest.fixture
def race(cloud):
    """(world, network, networking over a transport, its one weather)"""
    world = EmbeddedWorld(cloud, RealClock())
    transport = cloud.transport()
    transport.adapters["http://network.test"]._app = Revisions(cloud, world.service, world.context)
    transport, weathers = weathered(transport)
    service = connect(cloud.conf, ManualClock(), transport=lambda: transport)
    net = world.add_network("n", "10.1.0.0/28")
    return world, net, ServerNetworking(service, ManualClock()), weathers


def test_two_servers_race_for_a_port(race):
    world, net, servers, weathers = race
    port = own_port(world, net)
    wanted = [Interface(port_id=port.id, network_id=net.id)]
    rival = wiring(world.context, server=OTHER_SERVER)

    def meanwhile(request):
        world.servers.allocate(world.context, rival, wanted)

    for weather in weathers:
        weather.storm = once("PUT", meanwhile)
    with pytest.raises(PortInUse):
        servers.allocate(world.context, wiring(world.context), wanted)
    assert world.service.ports.show(world.context, port.id).device_id == OTHER_SERVER


def test_a_harmless_change_in_between(race):
    world, net, servers, weathers = race
    port = own_port(world, net)

    def meanwhile(request):
        world.service.ports.update(world.context, port.id, PortChange(profile={"a": "b"}))

    for weather in weathers:
        weather.storm = once("PUT", meanwhile)
    wanted = [Interface(port_id=port.id, network_id=net.id)]
    (vif,) = servers.allocate(world.context, wiring(world.context), wanted)
    assert vif.profile == {"a": "b"}
    assert world.service.ports.show(world.context, port.id).device_id == SERVER


def test_what_the_service_can_do_is_asked_now_and_then(cloud):
    clock, observed = ManualClock(), Observed()
    service = connect(cloud.conf, clock, observer=observed, transport=cloud.transport)
    for _ in range(2):
        assert service.floating_ips.list(cloud.context()) == ()
    clock.sleep(600)
    assert service.floating_ips.list(cloud.context()) == ()
    assert observed.calls == [("GET", "/extensions")] * 2


def test_calls_of_a_first_server_and_of_the_next(cloud):
    """The budget: one call makes and binds; what is known of the network is asked once."""
    world = EmbeddedWorld(cloud, RealClock())
    net = world.add_network("n", "10.1.0.0/24")
    start = len(world.observed.calls)
    wanted = [Interface(network_id=net.id)]
    world.servers.allocate(world.context, wiring(world.context), wanted)
    assert world.observed.since(start) == [
        ("GET", "/networks"),
        ("GET", "/subnets"),
        ("GET", "/ports"),
        ("GET", "/extensions"),
        ("POST", "/ports"),
    ]
    start = len(world.observed.calls)
    other = wiring(world.context, server="f" * 8 + SERVER[8:])
    world.servers.allocate(world.context, other, wanted)
    assert world.observed.since(start) == [("POST", "/ports")]
    start = len(world.observed.calls)
    world.servers.deallocate(world.context, other.server_id)
    assert world.observed.since(start) == [("GET", "/ports"), ("DELETE", "/ports/{port}")]


def test_as_configured(cloud):
    cloud.conf.set_override("ovs_bridge", "br-own", group="neutron")
    state = NetworkState(RealClock().lock)
    net = state.add_network("demo", "n", "10.1.0.0/28")
    servers = networking(cloud.conf, RealClock(), NetworkMemory(state))
    (vif,) = servers.allocate(CONTEXT, wiring(CONTEXT), [Interface(network_id=net.id)])
    assert vif.network.bridge == "br-own"
