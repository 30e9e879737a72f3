"""Answers get lost, others are faster: what happens is still what was asked, once."""

from dataclasses import replace

import pytest

from nova.clients.network.contract import Interface, NetworkUnavailable, PortQuery
from nova.clients.network.neutron import connect as connect_network
from nova.clients.network.servers import ServerNetworking
from nova.clients.placement.contract import GenerationConflict, Inventory
from nova.clients.placement.rest import connect as connect_placement
from nova.context import RequestContext
from nova.core.clock import RealClock
from tests.contracts.clients_endpoints import Cloud, Observed
from tests.contracts.clients_network.worlds import SERVER, EmbeddedWorld, own_port, wiring
from tests.contracts.clients_placement.hosts import A, add_host, consumer_id, held
from tests.unit.clients.manual import ManualClock, once, weathered

CONTEXT = RequestContext(is_admin=True)
ME = consumer_id("me")


class Sky:
    """A placement whose answers get lost on request."""

    def __init__(self, cloud):
        transport, self.weathers = weathered(cloud.transport())
        self.observed = Observed()
        self.placement = connect_placement(
            cloud.conf, ManualClock(), observer=self.observed, transport=lambda: transport
        )

    def lose(self, match):
        for weather in self.weathers:
            weather.loss = once(match)

    def before(self, match, action):
        for weather in self.weathers:
            weather.storm = once(match, lambda request: action())


@pytest.fixture
def cloud(tmp_path):
    return Cloud(tmp_path, RealClock())


@pytest.fixture
def sky(cloud):
    sky = Sky(cloud)
    add_host(sky.placement, CONTEXT, A)
    return sky


@pytest.fixture
def rival(sky, cloud):
    """Another process that uses the same placement."""
    return connect_placement(cloud.conf, ManualClock(), transport=cloud.transport)


def test_a_claim_whose_answer_is_lost(sky):
    sky.lose("PUT http://placement.test/allocations")
    sky.placement.allocations.claim(CONTEXT, held("me", {A: {"VCPU": 2}}))
    assert sky.placement.allocations.of_provider(CONTEXT, A) == {ME: {"VCPU": 2}}


def test_inventories_whose_answer_is_lost(sky):
    sky.lose("/inventories")
    wanted = {"VCPU": Inventory(3)}
    assert sky.placement.facts.set_inventories(CONTEXT, A, wanted).inventories == wanted


def test_a_faster_writer_of_facts(sky, rival):
    sky.before("PUT", lambda: rival.facts.set_traits(CONTEXT, A, frozenset({"CUSTOM_X"})))
    wanted = {"VCPU": Inventory(3)}
    assert sky.placement.facts.set_inventories(CONTEXT, A, wanted).inventories == wanted
    assert rival.facts.traits(CONTEXT, A).traits == {"CUSTOM_X"}


def test_a_faster_writer_when_the_generation_was_given(sky, rival):
    known = sky.placement.facts.inventories(CONTEXT, A)
    sky.before("PUT", lambda: rival.facts.set_traits(CONTEXT, A, frozenset({"CUSTOM_X"})))
    with pytest.raises(GenerationConflict):
        sky.placement.facts.set_inventories(CONTEXT, A, {}, known.generation)


def test_amend_after_a_faster_writer(sky, rival):
    sky.placement.allocations.claim(CONTEXT, held("me", {A: {"VCPU": 2}}))

    def meanwhile():
        theirs = rival.allocations.get(CONTEXT, ME)
        rival.allocations.claim(CONTEXT, replace(theirs, resources={A: {"VCPU": 3}}))

    def more(found):
        return replace(found, resources={A: {**found.resources[A], "MEMORY_MB": 512}})

    sky.before("POST", meanwhile)
    sky.placement.allocations.amend(CONTEXT, ME, more)
    found = sky.placement.allocations.get(CONTEXT, ME)
    assert found.resources == {A: {"VCPU": 3, "MEMORY_MB": 512}}


def test_making_a_provider_that_somebody_makes_meanwhile(sky, rival):
    other = A.replace("1", "9", 1)
    sky.before("POST", lambda: rival.providers.ensure(CONTEXT, other, "new"))
    assert sky.placement.providers.ensure(CONTEXT, other, "new").id == other


def test_a_claim_and_its_release_are_one_call_each(sky):
    start = len(sky.observed.calls)
    sky.placement.allocations.claim(CONTEXT, held("me", {A: {"VCPU": 2}}))
    sky.placement.allocations.delete(CONTEXT, ME)
    assert sky.observed.since(start) == [
        ("PUT", "/allocations/{consumer}"), ("DELETE", "/allocations/{consumer}"),
    ]  # fmt: skip


@pytest.fixture
def world(cloud):
    return EmbeddedWorld(cloud, RealClock())


@pytest.fixture
def stormy(cloud):
    """(servers, weathers): networking whose answers get lost on request."""
    transport, weathers = weathered(cloud.transport())
    service = connect_network(cloud.conf, ManualClock(), transport=lambda: transport)
    return ServerNetworking(service, ManualClock()), weathers


def test_ports_whose_making_got_lost_are_found_again(world, stormy):
    net = world.add_network("private", "10.1.0.0/28")
    servers, weathers = stormy
    for weather in weathers:
        weather.loss = once("POST http://network.test/v2.0/ports")
    where = wiring(world.context)
    wanted = [Interface(network_id=net.id)]
    with pytest.raises(NetworkUnavailable):
        servers.allocate(world.context, where, wanted)
    (made,) = world.service.ports.list(world.context, PortQuery(device_ids=(SERVER,)))
    (vif,) = servers.allocate(world.context, where, wanted, again=True)
    assert vif.port_id == made.id


def test_release_tries_every_port(world, stormy):
    net = world.add_network("private", "10.1.0.0/28")
    servers, weathers = stormy
    port = own_port(world, net)
    wanted = [Interface(port_id=port.id), *[Interface(network_id=net.id)] * 3]
    servers.allocate(world.context, wiring(world.context), wanted)
    for weather in weathers:
        weather.storm = _refuse_put
    with pytest.raises(NetworkUnavailable):
        servers.deallocate(world.context, SERVER, preexisting={port.id})
    left = world.service.ports.list(world.context, PortQuery(device_ids=(SERVER,)))
    assert [one.id for one in left] == [port.id]


def _refuse_put(request):
    if request.method == "PUT":
        once("PUT")(request)
