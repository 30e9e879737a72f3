"""The embedded Neutron as the stock SDK sees it, on the fabric of records."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from openstack import exceptions

from nova.core.clock import RealClock
from nova.standalone.identity.app import build_identity
from nova.standalone.identity.seed import Seed, SeedService, default_users
from nova.standalone.network.app import build_network
from tests.unit.standalone import sdk

SEED = Seed(
    users=default_users("secret"),
    services=(SeedService("network", "neutron", sdk.URLS["network"]),),
)
SERVER = "0dd2b5b5-2f0f-4a52-9c6b-5b9d9b0b3c11"


class Heard:
    """A notifier that remembers."""

    def __init__(self):
        self.events = []

    def notify(self, events):
        self.events += [(event.name, event.tag) for event in events]


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def apps(heard):
    identity = build_identity(SEED, RealClock())
    network = build_network(identity.tokens, RealClock(), notifier=heard, auto_networks=True)
    return {"identity": identity.app, "network": network.app}


@pytest.fixture
def admin(apps):
    return sdk.connect(apps)


@pytest.fixture
def demo(apps):
    return sdk.connect(apps, "demo", "demo")


@pytest.fixture
def net(demo):
    network = demo.network.create_network(name="private")
    demo.network.create_subnet(network_id=network.id, name="v4", ip_version=4, cidr="10.1.0.0/29")
    return network


def code(caught):
    return caught.value.response.json()["NeutronError"]["type"]


def test_a_network_and_its_subnet(demo, net):
    found = demo.network.find_network("private")
    assert (found.status, found.mtu, found.is_shared) == ("ACTIVE", 1500, False)
    subnet = demo.network.find_subnet("v4")
    assert found.subnet_ids == [subnet.id]
    assert (subnet.gateway_ip, subnet.cidr) == ("10.1.0.1", "10.1.0.0/29")
    assert subnet.allocation_pools == [{"start": "10.1.0.2", "end": "10.1.0.6"}]
    demo.network.update_subnet(subnet, dns_nameservers=["9.9.9.9"], name="new")
    assert demo.network.get_subnet(subnet.id).dns_nameservers == ["9.9.9.9"]


def test_a_port_gets_an_address_and_the_default_group(demo, net):
    port = demo.network.create_port(network_id=net.id, name="p")
    assert port.mac_address.startswith("fa:16:3e:")
    assert [one["ip_address"] for one in port.fixed_ips] == ["10.1.0.2"]
    group = demo.network.find_security_group("default")
    assert port.security_group_ids == [group.id]
    assert len(group.security_group_rules) == 4
    assert port.status == "DOWN"


def test_addresses_run_out(demo, net):
    made = [demo.network.create_port(network_id=net.id) for _ in range(5)]
    with pytest.raises(exceptions.ConflictException) as caught:
        demo.network.create_port(network_id=net.id)
    assert code(caught) == "IpAddressGenerationFailure"
    demo.network.delete_port(made[2])
    again = demo.network.create_port(network_id=net.id)
    assert again.fixed_ips == made[2].fixed_ips


def test_many_at_once_get_different_addresses(demo, apps):
    network = demo.network.create_network(name="wide")
    demo.network.create_subnet(network_id=network.id, ip_version=4, cidr="10.2.0.0/24")
    with ThreadPoolExecutor(8) as pool:
        ports = list(pool.map(lambda _: demo.network.create_port(network_id=network.id), range(40)))
    assert len({port.fixed_ips[0]["ip_address"] for port in ports}) == 40
    assert len({port.mac_address for port in ports}) == 40


def test_wished_addresses(demo, net):
    wish = [{"ip_address": "10.1.0.5"}]
    port = demo.network.create_port(network_id=net.id, fixed_ips=wish)
    assert port.fixed_ips[0]["ip_address"] == "10.1.0.5"
    with pytest.raises(exceptions.ConflictException) as caught:
        demo.network.create_port(network_id=net.id, fixed_ips=wish)
    assert code(caught) == "IpAddressAlreadyAllocated"
    with pytest.raises(exceptions.BadRequestException) as caught:
        demo.network.create_port(network_id=net.id, fixed_ips=[{"ip_address": "10.9.0.5"}])
    assert code(caught) == "InvalidIpForNetwork"
    with pytest.raises(exceptions.ConflictException) as caught:
        demo.network.create_port(network_id=net.id, mac_address=port.mac_address)
    assert code(caught) == "MacAddressInUse"


def test_binding_makes_a_port_active_and_tells_compute(admin, demo, net, heard):
    port = demo.network.create_port(network_id=net.id)
    bound = admin.network.update_port(
        port, binding_host_id="host1", device_id=SERVER, device_owner="compute:nova"
    )
    assert (bound.status, bound.binding_vif_type) == ("ACTIVE", "bridge")
    assert bound.binding_vif_details["bridge_name"] == f"brq{net.id[:11]}"
    seen = demo.network.get_port(port.id)
    assert (seen.status, seen.binding_host_id, seen.binding_vnic_type) == ("ACTIVE", None, "normal")
    unbound = admin.network.update_port(bound, binding_host_id="")
    assert (unbound.status, unbound.binding_vif_type) == ("DOWN", "unbound")
    admin.network.delete_port(port)
    assert heard.events == [
        ("network-vif-plugged", port.id),
        ("network-vif-unplugged", port.id),
        ("network-vif-deleted", port.id),
    ]


def test_a_move_between_hosts(admin, net, heard):
    port = admin.network.create_port(
        network_id=net.id, binding_host_id="a", device_id=SERVER, device_owner="compute:nova"
    )
    url = f"{sdk.URLS['network']}/v2.0/ports/{port.id}/bindings"
    made = admin.session.post(url, json={"binding": {"host": "b"}}).json()["binding"]
    assert (made["status"], made["vif_type"]) == ("INACTIVE", "bridge")
    twice = admin.session.post(url, json={"binding": {"host": "b"}}, raise_exc=False)
    assert twice.json()["NeutronError"]["type"] == "PortBindingAlreadyExists"
    admin.session.put(f"{url}/b/activate")
    assert admin.network.get_port(port.id).binding_host_id == "b"
    found = admin.session.get(url).json()["bindings"]
    assert {(one["host"], one["status"]) for one in found} == {("a", "INACTIVE"), ("b", "ACTIVE")}
    admin.session.delete(f"{url}/a")
    assert len(admin.session.get(url).json()["bindings"]) == 1
    assert heard.events == [("network-vif-plugged", port.id)] * 2


def test_lists_filter(demo, net):
    one = demo.network.create_port(network_id=net.id, name="one", device_id=SERVER)
    two = demo.network.create_port(network_id=net.id, name="two")

    def names(**query):
        return sorted(port.name for port in demo.network.ports(**query))

    assert names() == ["one", "two"]
    assert names(device_id=SERVER) == ["one"]
    assert names(id=[one.id, two.id]) == ["one", "two"]
    assert names(fixed_ips="ip_address=10.1.0.3") == ["two"]
    assert names(status="ACTIVE") == []
    demo.network.set_tags(two, ["red", "blue"])
    assert names(tags="red") == ["two"]
    assert names(not_tags="red") == ["one"]
    url = f"{sdk.URLS['network']}/v2.0/ports"
    fields = demo.session.get(url, params={"fields": ["id", "name"], "name": "one"}).json()
    assert fields == {"ports": [{"id": one.id, "name": "one"}]}
    first = demo.session.get(url, params={"limit": 1, "sort_key": "name", "sort_dir": "asc"})
    assert [port["name"] for port in first.json()["ports"]] == ["one"]
    second = demo.session.get(first.json()["ports_links"][0]["href"]).json()
    assert [port["name"] for port in second["ports"]] == ["two"]


def test_group_rules(demo):
    group = demo.network.create_security_group(name="web")
    rule = {"security_group_id": group.id, "direction": "ingress", "protocol": "tcp"}
    made = demo.network.create_security_group_rule(
        **rule, port_range_min=80, port_range_max=81, remote_ip_prefix="10.0.0.0/8"
    )
    assert (made.ether_type, made.port_range_max) == ("IPv4", 81)
    with pytest.raises(exceptions.ConflictException) as caught:
        demo.network.create_security_group_rule(
            **rule, port_range_min=80, port_range_max=81, remote_ip_prefix="10.0.0.0/8"
        )
    assert code(caught) == "SecurityGroupRuleExists"
    with pytest.raises(exceptions.BadRequestException):
        demo.network.create_security_group_rule(**rule, port_range_min=9, port_range_max=8)
    demo.network.delete_security_group_rule(made)
    demo.network.delete_security_group(group)
    assert demo.network.find_security_group("web") is None


def test_what_is_in_use_stays(demo, net):
    group = demo.network.create_security_group(name="web")
    demo.network.create_port(network_id=net.id, security_groups=[group.id])
    for delete, thing, kind in (
        (demo.network.delete_security_group, group, "SecurityGroupInUse"),
        (demo.network.delete_network, net, "NetworkInUse"),
        (demo.network.delete_subnet, demo.network.find_subnet("v4"), "SubnetInUse"),
    ):
        with pytest.raises(exceptions.ConflictException) as caught:
            delete(thing)
        assert code(caught) == kind


def test_strangers_see_nothing_and_shared_networks_have_limits(admin, demo, net):
    hidden = admin.network.create_network(name="hidden")
    shared = admin.network.create_network(name="shared", is_shared=True)
    admin.network.create_subnet(network_id=shared.id, ip_version=4, cidr="10.3.0.0/24")
    assert {one.name for one in demo.network.networks()} == {"private", "shared"}
    with pytest.raises(exceptions.NotFoundException) as caught:
        demo.network.get_network(hidden.id)
    assert code(caught) == "NetworkNotFound"
    port = demo.network.create_port(network_id=shared.id)
    assert port.fixed_ips[0]["ip_address"] == "10.3.0.2"
    for wish in ({"mac_address": "02:00:00:00:00:01"}, {"fixed_ips": [{"ip_address": "10.3.0.9"}]}):
        with pytest.raises(exceptions.ForbiddenException):
            demo.network.create_port(network_id=shared.id, **wish)
    with pytest.raises(exceptions.ForbiddenException):
        demo.network.create_network(name="mine", is_shared=True)
    with pytest.raises(exceptions.ForbiddenException):
        demo.network.delete_network(shared, ignore_missing=False)


def test_quotas_are_kept(admin, demo, net):
    project = demo.current_project_id
    admin.network.update_quota(project, ports=1)
    demo.network.create_port(network_id=net.id)
    with pytest.raises(exceptions.ConflictException) as caught:
        demo.network.create_port(network_id=net.id)
    assert code(caught) == "OverQuota"
    assert demo.network.get_quota(project).ports == 1
    assert demo.network.get_quota(project, details=True).ports["used"] == 1
    admin.network.delete_quota(project)
    demo.network.create_port(network_id=net.id)


def test_ipv6_and_several_subnets(demo, net):
    demo.network.create_subnet(
        network_id=net.id,
        ip_version=6,
        cidr="2001:db8::/64",
        ipv6_address_mode="slaac",
        ipv6_ra_mode="slaac",
    )
    port = demo.network.create_port(network_id=net.id, mac_address="02:00:00:00:00:01")
    assert [one["ip_address"] for one in port.fixed_ips] == ["10.1.0.2", "2001:db8::ff:fe00:1"]


def test_mistakes_are_named(demo, net):
    url = f"{sdk.URLS['network']}/v2.0"
    for path, body, word in (
        ("ports", {"port": {}}, "network_id"),
        ("ports", {"port": {"network_id": net.id, "colour": "red"}}, "colour"),
        ("subnets", {"subnet": {"network_id": net.id, "cidr": "10.1.0.0/30"}}, "overlaps"),
        ("networks", {"network": {"mtu": "big"}}, "mtu"),
    ):
        answer = demo.session.post(f"{url}/{path}", json=body, raise_exc=False)
        assert answer.status_code == 400
        assert word in answer.json()["NeutronError"]["message"]
    lost = demo.session.get(f"{url}/ports/none", raise_exc=False)
    assert lost.json()["NeutronError"] == {
        "type": "PortNotFound",
        "message": "Port none could not be found.",
        "detail": "",
    }


def test_extensions_are_those_that_work(demo):
    aliases = {extension.alias for extension in demo.network.extensions()}
    assert {"binding", "binding-extended", "security-group", "ip-substring-filtering"} <= aliases
    assert "router" not in aliases


def test_a_network_for_who_has_none(admin, demo):
    project = demo.current_project_id
    assert demo.network.validate_auto_allocated_topology(project).id == "dry-run=pass"
    assert list(demo.network.networks()) == []
    made = demo.network.get_auto_allocated_topology(project)
    assert demo.network.get_auto_allocated_topology(project).id == made.id
    port = demo.network.create_port(network_id=made.id)
    assert port.fixed_ips[0]["ip_address"] == "10.254.0.2"
    other = admin.network.get_auto_allocated_topology()
    assert next(admin.network.subnets(network_id=other.id)).cidr == "10.254.1.0/24"
    with pytest.raises(exceptions.ForbiddenException):
        demo.network.get_auto_allocated_topology(admin.current_project_id)
    with pytest.raises(exceptions.ConflictException):
        demo.network.delete_auto_allocated_topology(project, ignore_missing=False)
    demo.network.delete_port(port)
    demo.network.delete_auto_allocated_topology(project, ignore_missing=False)
    assert list(demo.network.networks()) == []


def test_names_of_ports(demo, net):
    demo.network.update_network(net, dns_domain="cloud.test.")
    port = demo.network.create_port(network_id=net.id, dns_name="web")
    assert port.dns_assignment == [
        {"hostname": "web", "fqdn": "web.cloud.test.", "ip_address": "10.1.0.2"}
    ]
