"""Networks cut into segments."""

from types import SimpleNamespace

import pytest

from nova.clients.network.contract import Port, PortAddress, Subnet
from nova.objects.cloud import NetworkRequest
from nova.scheduler.errors import NoValidHost
from nova.scheduler.segments import RoutedNetworks
from tests.unit.scheduler.cloud import CONTEXT, Cloud
from tests.unit.scheduler.making import request, uid

SUBNETS = (
    Subnet("s1", "routed", "10.1.0.0/24", segment_id=uid("seg1")),
    Subnet("s2", "routed", "10.2.0.0/24", segment_id=uid("seg2")),
    Subnet("s3", "flat", "10.3.0.0/24"),
)
PORTS = {
    "bound": Port("bound", "routed", "p1", "m", addresses=(PortAddress("s2", "10.2.0.5"),)),
    "free": Port("free", "routed", "p1", "m"),
}


def network():
    """Only reads; the whole service is not needed to answer three of them."""
    return SimpleNamespace(
        networks=SimpleNamespace(
            subnets=lambda context, ids: [s for s in SUBNETS if s.network_id in ids],
            subnets_of=lambda context, ids: [s for s in SUBNETS if s.id in ids],
        ),
        ports=SimpleNamespace(show=lambda context, port: PORTS[port]),
    )


@pytest.fixture
def reached():
    cloud = Cloud()
    for name, aggregate in (("seg1", "agg1"), ("seg2", "agg2")):
        cloud.placement.providers.ensure(CONTEXT, uid(name), name)
        cloud.placement.facts.set_aggregates(CONTEXT, uid(name), frozenset({aggregate}))
    return lambda *wishes: RoutedNetworks(network(), cloud.placement)(
        CONTEXT, request(requested_networks=list(wishes)))


def wish(network_id=None, port_id=None):
    return NetworkRequest(network_id=network_id, port_id=port_id, address=None, tag=None)


def test_any_segment_of_a_network(reached):
    assert reached(wish("routed"), wish("flat")) == [frozenset({"agg1", "agg2"})]


def test_the_segment_of_a_port(reached):
    assert reached(wish(port_id="bound")) == [frozenset({"agg2"})]


def test_a_port_without_an_address(reached):
    assert reached(wish(port_id="free")) == [frozenset({"agg1", "agg2"})]


def test_a_segment_nobody_reaches():
    cloud = Cloud()
    with pytest.raises(NoValidHost):
        RoutedNetworks(network(), cloud.placement)(
            CONTEXT, request(requested_networks=[wish("routed")]))
