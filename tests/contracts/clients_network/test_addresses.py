"""Addresses that servers get or lose while they have their ports."""

import pytest

from nova.clients.network.contract import (
    FixedIpNotOfServer,
    FloatingIpNotFoundByAddress,
    Interface,
    NetworkNotOfServer,
    NoFixedIp,
)
from tests.contracts.clients_network.worlds import OTHER_SERVER, SERVER, wiring


@pytest.fixture
def vif(world, context, net):
    return world.servers.allocate(context, wiring(context), [Interface(network_id=net.id)])[0]


def test_a_fixed_address_more_and_less(world, context, net, vif):
    addresses = world.servers.addresses
    addresses.add_fixed(context, SERVER, net.id)
    (now,) = world.servers.info(context, SERVER, [vif])
    (kept,) = vif.fixed_ips
    assert len(now.fixed_ips) == 2 and kept in now.fixed_ips
    (added,) = set(now.fixed_ips) - {kept}
    addresses.remove_fixed(context, SERVER, added)
    assert world.servers.info(context, SERVER, [vif])[0].fixed_ips == (kept,)
    with pytest.raises(FixedIpNotOfServer):
        addresses.remove_fixed(context, SERVER, added)


def test_a_network_the_server_is_not_in(world, context, net, vif):
    with pytest.raises(NetworkNotOfServer):
        world.servers.addresses.add_fixed(context, OTHER_SERVER, net.id)


def test_floating_addresses_that_are_not_there(world, context, vif):
    with pytest.raises(FloatingIpNotFoundByAddress):
        world.servers.addresses.add_floating(context, SERVER, "203.0.113.9", None)
    with pytest.raises(FloatingIpNotFoundByAddress):
        world.servers.addresses.remove_floating(context, SERVER, "203.0.113.9")
    with pytest.raises(NoFixedIp):
        world.servers.addresses.add_floating(context, OTHER_SERVER, "203.0.113.9", None)
