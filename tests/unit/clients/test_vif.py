"""The stored form of network information is one that others know."""

import json

import pytest

from nova.clients.network.contract import (
    FixedIp,
    FloatingIp,
    Network,
    Port,
    PortAddress,
    Route,
    Subnet,
    Vif,
    VifNetwork,
    VifSubnet,
    vifs_from_json,
    vifs_to_json,
)
from nova.clients.network.facts import NetworkFacts
from nova.clients.network.vifs import VifMaker

PORT = "1f2e3d4c-5b6a-4789-8abc-0123456789ab"
SUBNET = VifSubnet(
    cidr="10.0.0.0/24",
    gateway="10.0.0.1",
    dns=("9.9.9.9",),
    routes=(Route("10.9.0.0/16", "10.0.0.254"),),
    ips=(FixedIp("10.0.0.5", ("192.0.2.7",)),),
    dhcp_server="10.0.0.2",
    enable_dhcp=True,
)
VIF = Vif(
    port_id=PORT,
    mac="fa:16:3e:00:00:01",
    network=VifNetwork("net-1", "private", "br-int", (SUBNET,), "project-1", 1450),
    vif_type="ovs",
    details={"port_filter": True},
    devname="tap1f2e3d4c-5b",
    active=True,
    ovs_interfaceid=PORT,
)


def test_names_of_the_stored_form():
    told = VIF.to_json()
    assert set(told) == {
        "id", "address", "network", "type", "details", "devname", "ovs_interfaceid",
        "qbh_params", "qbg_params", "active", "vnic_type", "profile", "preserve_on_delete",
        "delegate_create", "meta",
    }  # fmt: skip
    assert set(told["network"]) == {"id", "bridge", "label", "subnets", "meta"}
    assert told["network"]["meta"]["mtu"] == 1450
    assert told["network"]["meta"]["tenant_id"] == "project-1"
    (subnet,) = told["network"]["subnets"]
    assert subnet["gateway"] == {
        "address": "10.0.0.1", "type": "gateway", "version": 4, "meta": {},
    }  # fmt: skip
    assert subnet["meta"] == {"dhcp_server": "10.0.0.2", "enable_dhcp": True}
    (ip,) = subnet["ips"]
    assert (ip["address"], ip["type"]) == ("10.0.0.5", "fixed")
    assert [one["address"] for one in ip["floating_ips"]] == ["192.0.2.7"]


@pytest.mark.parametrize(
    "vif",
    [
        VIF,
        Vif("p", "m", VifNetwork("n"), tag="t", preexisting=True, profile={"a": {"b": 1}}),
        Vif("p", "m", VifNetwork("n", subnets=(VifSubnet("fd00::/64", 6, enable_dhcp=True),))),
    ],
)
def test_there_and_back(vif):
    text = json.dumps(vifs_to_json([vif]))
    assert vifs_from_json(json.loads(text)) == (vif,)


def test_a_row_written_by_others():
    """Keys that newer or older writers leave out are not needed."""
    row = {
        "id": PORT,
        "address": "fa:16:3e:00:00:01",
        "network": {
            "id": "n",
            "bridge": "br-int",
            "label": "private",
            "subnets": [{"cidr": "10.0.0.0/24", "gateway": None, "ips": [{"address": "10.0.0.5"}]}],
            "meta": {},
        },
    }
    (vif,) = vifs_from_json([row])
    assert vif.fixed_ips == ("10.0.0.5",)
    assert (vif.vif_type, vif.vnic_type, vif.active, vif.mtu) == ("unbound", "normal", False, None)


def facts():
    network = Network("net-1", "private", "project-1", ("s4", "s6"), mtu=1450,
                      physical_network="phys", network_type="vlan")  # fmt: skip
    subnets = (
        Subnet("s4", "net-1", "10.0.0.0/24", gateway="10.0.0.1", dns=("9.9.9.9",)),
        Subnet("s6", "net-1", "fd00::/64", 6, gateway="fd00::1"),
    )
    return NetworkFacts(network, subnets, {"s4": "10.0.0.2"})


def port(**told):
    addresses = (PortAddress("s4", "10.0.0.5"), PortAddress("s6", "fd00::5"))
    return Port(PORT, "net-1", "project-1", "fa:16:3e:00:00:01", addresses=addresses, **told)


@pytest.mark.parametrize(
    ("told", "bridge", "interface"),
    [
        ({"vif_type": "ovs"}, "br-int", PORT),
        ({"vif_type": "ovs", "details": {"bridge_name": "br-x"}}, "br-x", PORT),
        ({"vif_type": "bridge"}, "brqnet-1", None),
        ({"vif_type": "bridge", "details": {"bridge_name": "brqabc"}}, "brqabc", None),
        ({"vif_type": "vhostuser", "details": {"vhostuser_ovs_plug": True}}, "br-int", PORT),
        ({"vif_type": "hw_veb"}, None, None),
    ],
)
def test_bridges(told, bridge, interface):
    vif = VifMaker().make(port(**told), facts())
    assert (vif.network.bridge, vif.ovs_interfaceid) == (bridge, interface)


def test_making_a_vif():
    floating = [FloatingIp("f", "192.0.2.7", "out", "project-1", PORT, "10.0.0.5")]
    vif = VifMaker("br-own").make(
        port(vif_type="ovs", status="ACTIVE"), facts(), floating, preexisting=True, tag="front"
    )
    assert (vif.network.bridge, vif.active, vif.preexisting, vif.tag) == (
        "br-own", True, True, "front",
    )  # fmt: skip
    four, six = vif.network.subnets
    assert four.ips == (FixedIp("10.0.0.5", ("192.0.2.7",)),)
    assert (four.dhcp_server, six.dhcp_server) == ("10.0.0.2", None)
    assert six.version == 6
    assert vif.network.physical_network == "phys"
    assert not vif.network.tunneled


@pytest.mark.parametrize(
    ("told", "active"),
    [({"status": "DOWN"}, False), ({"status": "DOWN", "admin_state_up": False}, True)],
)
def test_a_port_that_is_switched_off_is_not_waited_for(told, active):
    assert VifMaker().make(port(**told), facts()).active is active
