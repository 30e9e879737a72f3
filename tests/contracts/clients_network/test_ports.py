"""Networks, ports and bindings as the service has them."""

import pytest

from nova.clients.network.contract import (
    CannotAutoAllocate,
    FixedIpInUse,
    FixedIpInvalid,
    MacInUse,
    NetworkNotFound,
    NoMoreFixedIps,
    PortAddress,
    PortChange,
    PortLimitExceeded,
    PortNotFound,
    PortQuery,
    PortQuota,
)
from tests.contracts.clients_network.worlds import OTHER_SERVER, SERVER, draft, own_port

ABSENT = "11111111-2222-4333-8444-555555555555"


def test_usable_networks(world, service, context):
    own = world.add_network("own")
    shared = world.add_network("shared", owner=world.stranger, shared=True)
    world.add_network("foreign", owner=world.stranger)
    outside = world.add_network("outside", owner=world.stranger, external=True)
    assert {one.id for one in service.networks.usable(context)} == {own.id, shared.id}
    chosen = service.networks.usable(context, [outside.id, ABSENT, own.id])
    assert [one.id for one in chosen] == [outside.id, own.id]
    assert chosen[0].external and not chosen[0].shared


def test_facts_of_a_network(world, service, context, net):
    (found,) = service.networks.list(context, [net.id])
    (subnet,) = service.networks.subnets(context, [net.id])
    assert (found.name, found.project_id) == ("private", context.project_id)
    assert found.subnet_ids == (subnet.id,)
    assert found.mtu and found.port_security_enabled
    assert (subnet.cidr, subnet.version, subnet.gateway) == ("10.1.0.0/28", 4, "10.1.0.1")
    assert subnet.enable_dhcp
    assert service.networks.subnets_of(context, [subnet.id]) == (subnet,)


def test_a_bound_port(service, context, net):
    (port,) = service.ports.create(context, [draft(context, net, host="host-1")])
    assert (port.network_id, port.project_id, port.device_id) == (
        net.id, context.project_id, SERVER,
    )  # fmt: skip
    assert (port.host, port.device_owner, port.vnic_type) == ("host-1", "compute:nova", "normal")
    assert port.vif_type not in ("unbound", "binding_failed")
    assert [one.ip for one in port.addresses] == ["10.1.0.2"]
    assert port.mac.startswith("fa:16:3e:")
    assert service.ports.show(context, port.id) == port


def test_an_unbound_port(world, service, context, net):
    port = own_port(world, net)
    assert (port.host, port.vif_type, port.device_id) == ("", "unbound", "")


def test_several_in_one_call_in_order(world, service, context, net):
    second = world.add_network("second", "10.2.0.0/28")
    start = len(world.observed.calls)
    made = service.ports.create(context, [draft(context, one) for one in (second, net, second)])
    assert len(world.observed.since(start)) == 1
    assert [one.network_id for one in made] == [second.id, net.id, second.id]
    assert len({one.id for one in made}) == 3


def test_all_or_none(service, context, net):
    good = draft(context, net)
    bad = draft(context, net, address="192.0.2.1")
    with pytest.raises(FixedIpInvalid):
        service.ports.create(context, [good, bad])
    assert service.ports.list(context, PortQuery(device_ids=(SERVER,))) == ()


def test_a_wanted_address_and_mac(service, context, net):
    wanted = {"address": "10.1.0.9", "mac": "fa:16:3e:00:99:01"}
    (port,) = service.ports.create(context, [draft(context, net, **wanted)])
    assert (port.addresses[0].ip, port.mac) == ("10.1.0.9", "fa:16:3e:00:99:01")
    with pytest.raises(FixedIpInUse):
        service.ports.create(context, [draft(context, net, address="10.1.0.9")])
    with pytest.raises(MacInUse):
        service.ports.create(context, [draft(context, net, mac="fa:16:3e:00:99:01")])


def test_addresses_run_out(world, service, context):
    tiny = world.add_network("tiny", "10.3.0.0/30")
    (port,) = service.ports.create(context, [draft(context, tiny)])
    with pytest.raises(NoMoreFixedIps):
        service.ports.create(context, [draft(context, tiny)])
    service.ports.delete(context, port.id)
    assert service.ports.create(context, [draft(context, tiny)])


def test_a_network_that_is_not_there(service, context, net):
    with pytest.raises(NetworkNotFound):
        service.ports.create(context, [draft(context, type(net)(ABSENT, "", ""))])


def test_quota(world, service, context, net):
    world.limit_ports(2)
    service.ports.create(context, [draft(context, net)])
    assert service.ports.quota(context, context.project_id) == PortQuota(2, 1)
    with pytest.raises(PortLimitExceeded):
        service.ports.create(context, [draft(context, net), draft(context, net)])
    assert service.ports.quota(context, context.project_id).free == 1


def test_lists_by_condition(world, service, context, net):
    other = draft(context, net, device_id=OTHER_SERVER, host="host-2")
    mine, yours = service.ports.create(context, [draft(context, net, host="host-1"), other])

    def ids(**conditions):
        return {one.id for one in service.ports.list(context, PortQuery(**conditions))}

    assert ids(device_ids=(SERVER,)) == {mine.id}
    assert ids(device_ids=(SERVER, OTHER_SERVER)) == {mine.id, yours.id}
    assert ids(ids=(yours.id, ABSENT)) == {yours.id}
    assert ids(network_ids=(net.id,), host="host-2") == {yours.id}
    assert ids(network_ids=(net.id,), fixed_ip=mine.addresses[0].ip) == {mine.id}
    assert ids(device_ids=(ABSENT,)) == set()


def test_many_ids_in_a_list(service, context, net):
    ids = tuple(f"00000000-0000-4000-8000-{n:012x}" for n in range(300))
    (port,) = service.ports.create(context, [draft(context, net)])
    found = service.ports.list(context, PortQuery(ids=(*ids, port.id)))
    assert [one.id for one in found] == [port.id]


def test_update_and_unbind(service, context, net):
    (port,) = service.ports.create(context, [draft(context, net, host="host-1")])
    change = PortChange(host="host-2", profile={"migrating_to": "host-3"}, device_owner="compute:z")
    moved = service.ports.update(context, port.id, change)
    assert (moved.host, moved.device_owner, moved.device_id) == ("host-2", "compute:z", SERVER)
    assert moved.profile == {"migrating_to": "host-3"}
    loose = service.ports.update(context, port.id, PortChange(device_id="", host=""))
    assert (loose.device_id, loose.host, loose.vif_type) == ("", "", "unbound")
    with pytest.raises(PortNotFound):
        service.ports.update(context, ABSENT, PortChange(host="x"))


def test_addresses_are_changed(service, context, net):
    (port,) = service.ports.create(context, [draft(context, net)])
    subnet = port.addresses[0].subnet_id
    wanted = (port.addresses[0], PortAddress(subnet, "10.1.0.7"))
    changed = service.ports.update(context, port.id, PortChange(addresses=wanted))
    assert {one.ip for one in changed.addresses} == {"10.1.0.2", "10.1.0.7"}


def test_delete_twice(service, context, net):
    (port,) = service.ports.create(context, [draft(context, net)])
    assert service.ports.delete(context, port.id)
    assert not service.ports.delete(context, port.id)
    with pytest.raises(PortNotFound):
        service.ports.show(context, port.id)


def test_a_user_does_not_see_ports_of_others(world, service, context):
    theirs = world.add_network("theirs", "10.4.0.0/28", owner=world.stranger)
    (port,) = service.ports.create(world.stranger, [draft(world.stranger, theirs)])
    assert service.ports.show(context, port.id).id == port.id
    with pytest.raises(PortNotFound):
        service.ports.show(context, port.id, as_user=True)
    assert service.ports.list(context, PortQuery(ids=(port.id,)), as_user=True) == ()


def test_a_port_on_two_hosts(service, context, net):
    (port,) = service.ports.create(context, [draft(context, net, host="host-1")])
    made = service.bindings.create(context, port.id, "host-2", profile={"a": "b"})
    assert (made.host, made.active, made.profile) == ("host-2", False, {"a": "b"})
    assert made.vif_type == port.vif_type
    service.bindings.create(context, port.id, "host-2", profile={"a": "c"})
    active = {one.host: one.active for one in service.bindings.list(context, port.id)}
    assert active == {"host-1": True, "host-2": False}
    for _ in range(2):
        service.bindings.activate(context, port.id, "host-2")
    assert service.ports.show(context, port.id).host == "host-2"
    assert service.bindings.delete(context, port.id, "host-1")
    assert not service.bindings.delete(context, port.id, "host-1")
    with pytest.raises(PortNotFound):
        service.bindings.create(context, ABSENT, "host-2")


def test_networks_made_by_themselves_are_not_offered(service, context):
    assert not service.networks.can_auto_allocate(context, context.project_id)
    with pytest.raises(CannotAutoAllocate):
        service.networks.auto_allocated(context, context.project_id)
