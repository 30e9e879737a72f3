"""What a user asked for: resolved, verified, refused."""

import pytest

from nova.clients.network.contract import (
    CannotAutoAllocate,
    ExternalNetworkForbidden,
    FixedIpInUse,
    Interface,
    NetworkAmbiguous,
    NetworkAsk,
    NetworkNotFound,
    NetworkPlan,
    NetworkRequiresSubnet,
    PortChange,
    PortInUse,
    PortLimitExceeded,
    PortNotFound,
    PortRequiresFixedIp,
    SecurityGroupCannotBeApplied,
    SecurityGroupNotFound,
)
from tests.contracts.clients_network.worlds import OTHER_SERVER, draft, own_port

ABSENT = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def check(world, context):
    def ask(*interfaces, **facts):
        chosen = interfaces[0] if interfaces in (("auto",), ("none",)) else interfaces or None
        return world.servers.check(context, NetworkAsk(chosen, **facts))

    return ask


def test_none_means_none(check, world):
    assert check("none", count=3) == NetworkPlan(count=3)
    assert world.observed.calls == []


def test_nothing_said_and_nothing_there(check):
    assert check() == NetworkPlan()


@pytest.mark.parametrize("said", [(), ("auto",)])
def test_the_only_network(check, net, said):
    plan = check(*said, count=2)
    assert [one.network_id for one in plan.interfaces] == [net.id]
    assert (plan.count, plan.auto) == (2, False)


@pytest.mark.parametrize("said", [(), ("auto",)])
def test_several_networks_are_ambiguous(check, world, net, said):
    world.add_network("second", "10.2.0.0/28")
    with pytest.raises(NetworkAmbiguous):
        check(*said)


def test_auto_needs_a_service_that_can(check):
    with pytest.raises(CannotAutoAllocate):
        check("auto")


def test_a_named_network(check, world, net):
    world.add_network("second", "10.2.0.0/28")
    wanted = Interface(network_id=net.id, tag="front")
    start = len(world.observed.calls)
    assert check(wanted, wanted).interfaces == (wanted, wanted)
    assert len(world.observed.since(start)) == 2  # the networks, the quota


def test_networks_that_cannot_be_used(check, world):
    bare = world.add_network("bare")
    with pytest.raises(NetworkRequiresSubnet):
        check(Interface(network_id=bare.id))
    with pytest.raises(NetworkNotFound, match=ABSENT):
        check(Interface(network_id=ABSENT))
    foreign = world.add_network("foreign", "10.5.0.0/28", owner=world.stranger)
    with pytest.raises(NetworkNotFound):
        check(Interface(network_id=foreign.id))


def test_external_networks_need_permission(check, world):
    outside = world.add_network("out", "192.0.2.0/28", owner=world.stranger, external=True)
    wanted = Interface(network_id=outside.id)
    with pytest.raises(ExternalNetworkForbidden):
        check(wanted)
    assert check(wanted, allow_external=True).interfaces == (wanted,)


def test_a_port(check, world, net):
    port = own_port(world, net)
    start = len(world.observed.calls)
    plan = check(Interface(port_id=port.id))
    assert plan.interfaces == (Interface(port_id=port.id, network_id=net.id),)
    assert [one.id for one in plan.ports] == [port.id]
    assert len(world.observed.since(start)) == 1


def test_ports_that_cannot_be_used(check, world, service, context, net):
    with pytest.raises(PortNotFound):
        check(Interface(port_id=ABSENT))
    (busy,) = service.ports.create(context, [draft(context, net, device_id=OTHER_SERVER)])
    with pytest.raises(PortInUse):
        check(Interface(port_id=busy.id))
    port = own_port(world, net)
    with pytest.raises(PortInUse):
        check(Interface(port_id=port.id), Interface(port_id=port.id))
    service.ports.update(context, port.id, PortChange(addresses=()))
    with pytest.raises(PortRequiresFixedIp):
        check(Interface(port_id=port.id))


def test_a_port_of_somebody_else(check, world, service):
    shared = world.add_network("shared", "10.6.0.0/28", owner=world.stranger, shared=True)
    (port,) = service.ports.create(
        world.stranger, [draft(world.stranger, shared, device_id="", device_owner="")]
    )
    with pytest.raises(PortNotFound):
        check(Interface(port_id=port.id))


def test_an_address_in_use(check, world, net):
    own_port(world, net, address="10.1.0.9")
    with pytest.raises(FixedIpInUse):
        check(Interface(network_id=net.id, address="10.1.0.9"))
    assert check(Interface(network_id=net.id, address="10.1.0.10"))


def test_the_port_quota_trims_the_count(check, world, net):
    world.limit_ports(5)
    two = (Interface(network_id=net.id), Interface(network_id=net.id))
    assert check(*two, count=3).count == 2
    assert check(*two, count=1).count == 1
    for _ in range(4):
        port = own_port(world, net)
    with pytest.raises(PortLimitExceeded):
        check(*two)
    assert check(Interface(port_id=port.id), count=1).count == 1


def test_security_groups(check, world, service, context, net):
    web = service.security_groups.create(context, "web", "")
    assert check(security_groups=["web"]).security_groups == (web.id,)
    assert check(security_groups=["default"]).security_groups == ()
    with pytest.raises(SecurityGroupNotFound):
        check(security_groups=["absent"])
    bare = world.add_network("open", "10.7.0.0/28", port_security_enabled=False)
    with pytest.raises(SecurityGroupCannotBeApplied):
        check(Interface(network_id=bare.id), security_groups=["web"])
