"""Ports of servers: made, bound, found again, taken away."""

from dataclasses import replace

import pytest

from nova.clients.network.contract import (
    FixedIpInUse,
    Interface,
    PortBindingFailed,
    PortInUse,
    PortNotFound,
    PortNotUsableDns,
    PortQuery,
    vifs_from_json,
    vifs_to_json,
)
from tests.contracts.clients_network.worlds import (
    MISSING_KIND,
    OTHER_SERVER,
    SERVER,
    own_port,
    wiring,
)


@pytest.fixture
def servers(world):
    return world.servers


@pytest.fixture
def where(context):
    return wiring(context)


def ports_of(service, context, server=SERVER):
    return service.ports.list(context, PortQuery(device_ids=(server,)))


def test_a_new_port(servers, service, context, net, where):
    wanted = Interface(network_id=net.id, tag="front")
    (vif,) = servers.allocate(context, where, [wanted])
    (port,) = ports_of(service, context)
    assert (port.id, port.host, port.device_owner) == (vif.port_id, "host-1", "compute:nova")
    assert (vif.mac, vif.label, vif.network_id, vif.mtu) == (
        port.mac, "private", net.id, net.mtu,
    )  # fmt: skip
    assert (vif.vif_type, vif.details, vif.tag) == (port.vif_type, port.details, "front")
    assert vif.fixed_ips == ("10.1.0.2",)
    (subnet,) = vif.network.subnets
    assert (subnet.cidr, subnet.gateway, subnet.version) == ("10.1.0.0/28", "10.1.0.1", 4)
    assert vif.devname == f"tap{port.id[:11]}"
    assert vif.network.bridge
    assert not vif.preexisting


def test_what_is_kept_can_be_read_back(servers, context, net, where):
    vifs = servers.allocate(context, where, [Interface(network_id=net.id, tag="front")])
    assert vifs_from_json(vifs_to_json(vifs)) == vifs


def test_no_interfaces_no_calls(servers, world, context, where):
    assert servers.allocate(context, where, []) == ()
    assert world.observed.calls == []


def test_a_second_server_costs_one_call(servers, world, context, net, where):
    servers.allocate(context, where, [Interface(network_id=net.id)])
    start = len(world.observed.calls)
    other = replace(where, server_id=OTHER_SERVER)
    two = [Interface(network_id=net.id), Interface(network_id=net.id)]
    assert len(servers.allocate(context, other, two)) == 2
    assert len(world.observed.since(start)) == 1


def test_an_own_port(servers, world, service, context, net, where):
    port = own_port(world, net)
    wanted = [Interface(network_id=net.id), Interface(port_id=port.id, network_id=net.id)]
    first, second = servers.allocate(context, where, wanted)
    assert (second.port_id, second.preexisting, first.preexisting) == (port.id, True, False)
    bound = service.ports.show(context, port.id)
    assert (bound.device_id, bound.host) == (SERVER, "host-1")


def test_doing_it_again_finds_what_is_there(servers, world, service, context, net, where):
    port = own_port(world, net)
    second = world.add_network("second", "10.2.0.0/28")
    wanted = [
        Interface(network_id=net.id),
        Interface(port_id=port.id, network_id=net.id),
        Interface(network_id=net.id),
        Interface(network_id=second.id),
    ]
    once = servers.allocate(context, where, wanted)
    again = servers.allocate(context, where, wanted, again=True)
    assert {vif.port_id for vif in again} == {vif.port_id for vif in once}
    assert [vif.network_id for vif in again] == [one.network_id for one in wanted]
    assert len(ports_of(service, context)) == 4


def test_again_on_another_host_rebinds(servers, world, service, context, net, where):
    port = own_port(world, net)
    wanted = [Interface(network_id=net.id), Interface(port_id=port.id, network_id=net.id)]
    servers.allocate(context, where, wanted)
    servers.allocate(context, replace(where, host="host-2"), wanted, again=True)
    found = ports_of(service, context)
    assert [one.host for one in found] == ["host-2", "host-2"]


def test_again_after_half_of_it(servers, service, context, net, where):
    (made,) = servers.allocate(context, where, [Interface(network_id=net.id)])
    two = [Interface(network_id=net.id), Interface(network_id=net.id)]
    vifs = servers.allocate(context, where, two, again=True)
    assert made.port_id in {vif.port_id for vif in vifs}
    assert len(ports_of(service, context)) == 2


def test_a_failure_leaves_nothing(servers, world, service, context, net, where):
    port = own_port(world, net)
    own_port(world, net, address="10.1.0.9")
    wanted = [
        Interface(port_id=port.id, network_id=net.id),
        Interface(network_id=net.id),
        Interface(network_id=net.id, address="10.1.0.9"),
    ]
    with pytest.raises(FixedIpInUse):
        servers.allocate(context, where, wanted)
    assert ports_of(service, context) == ()
    found = service.ports.show(context, port.id)
    assert (found.device_id, found.host) == ("", "")


def test_a_binding_that_fails_leaves_nothing(servers, service, context, net, where):
    wanted = [Interface(network_id=net.id), Interface(network_id=net.id, vnic_type=MISSING_KIND)]
    with pytest.raises(PortBindingFailed):
        servers.allocate(context, where, wanted)
    assert ports_of(service, context) == ()


def test_ports_that_are_not_ours(servers, world, service, context, net, where):
    port = own_port(world, net)
    wanted = [Interface(port_id=port.id, network_id=net.id)]
    servers.allocate(context, replace(where, server_id=OTHER_SERVER), wanted)
    with pytest.raises(PortInUse):
        servers.allocate(context, where, wanted)
    assert service.ports.show(context, port.id).device_id == OTHER_SERVER
    service.ports.delete(context, port.id)
    with pytest.raises(PortNotFound):
        servers.allocate(context, where, wanted)


def test_a_port_with_another_name(servers, world, context, net, where):
    port = own_port(world, net, dns_name="mail")
    with pytest.raises(PortNotUsableDns):
        servers.allocate(context, where, [Interface(port_id=port.id, network_id=net.id)])


def test_deallocate_keeps_what_the_user_made(servers, world, service, context, net, where):
    port = own_port(world, net)
    wanted = [Interface(network_id=net.id), Interface(port_id=port.id, network_id=net.id)]
    servers.allocate(context, where, wanted)
    for _ in range(2):
        servers.deallocate(context, SERVER, preexisting={port.id})
    assert ports_of(service, context) == ()
    kept = service.ports.show(context, port.id)
    assert (kept.device_id, kept.device_owner, kept.host) == ("", "", "")
    assert servers.allocate(context, where, wanted)


def test_attach_and_detach(servers, world, service, context, net, where):
    servers.allocate(context, where, [Interface(network_id=net.id)])
    vif = servers.attach(context, where, Interface(network_id=net.id, address="10.1.0.8"))
    assert vif.fixed_ips == ("10.1.0.8",)
    servers.detach(context, OTHER_SERVER, vif.port_id, preexisting=False)
    assert len(ports_of(service, context)) == 2
    for _ in range(2):
        servers.detach(context, SERVER, vif.port_id, preexisting=False)
    assert len(ports_of(service, context)) == 1
    port = own_port(world, net)
    servers.attach(context, where, Interface(port_id=port.id))
    servers.detach(context, SERVER, port.id, preexisting=True)
    assert service.ports.show(context, port.id).device_id == ""


def test_rebind(servers, service, context, net, where):
    (vif,) = servers.allocate(context, where, [Interface(network_id=net.id)])
    moved = replace(where, host="host-2")
    servers.rebind(context, moved, {vif.port_id: {"migrating_to": "x"}})
    (port,) = ports_of(service, context)
    assert (port.host, port.profile) == ("host-2", {"migrating_to": "x"})


def test_info_is_read_anew(servers, world, service, context, net, where):
    port = own_port(world, net)
    wanted = [
        Interface(port_id=port.id, network_id=net.id, tag="second"),
        Interface(network_id=net.id, tag="first"),
    ]
    known = servers.allocate(context, where, wanted)
    assert servers.info(context, SERVER, known) == known
    assert servers.info(context, SERVER, known[::-1]) == known[::-1]
    service.ports.delete(context, known[0].port_id)
    assert servers.info(context, SERVER, known) == known[1:]


def test_info_of_many_takes_as_many_calls_as_of_one(servers, world, context, net, where):
    known = {}
    for number in range(6):
        server = f"00000000-0000-4000-a000-00000000000{number}"
        one = replace(where, server_id=server)
        known[server] = servers.allocate(context, one, [Interface(network_id=net.id)])
    start = len(world.observed.calls)
    assert servers.info_of_many(context, known) == known
    many = len(world.observed.since(start))
    start = len(world.observed.calls)
    servers.info(context, server, known[server])
    assert len(world.observed.since(start)) == many <= 2


def test_attaching_again_finds_what_came_of_it_and_nothing_else(
    servers, service, context, net, where
):
    """A server's other ports are not taken for the one that was made before a crash."""
    (first,) = servers.allocate(context, where, [Interface(network_id=net.id)])
    wanted = Interface(network_id=net.id)
    made = servers.attach(context, where, wanted)
    again = servers.attach(context, where, wanted, again=True, known=[first.port_id])
    assert again.port_id == made.port_id
    other = servers.attach(
        context, where, wanted, again=True, known=[first.port_id, made.port_id])
    assert len(ports_of(service, context)) == 3
    assert {one.id for one in servers.ports(context, SERVER, as_user=False)} == {
        first.port_id, made.port_id, other.port_id}


def test_a_port_as_its_user_sees_it(servers, world, context, net, where):
    (vif,) = servers.allocate(context, where, [Interface(network_id=net.id)])
    assert servers.port(context, vif.port_id).mac == vif.mac
    with pytest.raises(PortNotFound):
        servers.port(context, OTHER_SERVER)
