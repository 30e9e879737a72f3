"""What a binding asks of a switch, in our words and in the library's."""

import pytest

from nova.virt.contract.errors import PlugFailed
from nova.virt.libvirt.plugging.library import vif_of
from nova.virt.libvirt.plugging.plug import Plug, plug_of
from nova.virt.libvirt.plugging.record import Ports, recorded
from nova.virt.libvirt.xml.domain import Domain
from tests.unit.virt.guests import nic

PORT = "bbbbbbbb-0000-4000-8000-000000000000"
SLOT = {"pci_slot": "0000:0a:00.1"}
SOCKET = {"vhostuser_socket": "/run/vhu1", "vhostuser_ovs_plug": True}


@pytest.fixture(autouse=True, scope="module")
def objects():
    pytest.importorskip("os_vif").objects.register_all()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"vif_type": "tap"},
        {"vif_type": "macvtap"},
        {"vif_type": "vhostuser", "details": {"vhostuser_socket": "/run/vhu1"}},
        {"vif_type": "hw_veb", "vnic_type": "direct", "profile": SLOT},
        {"vif_type": "unbound"},
    ],
)
def test_most_bindings_ask_nothing_of_a_switch(changes):
    assert plug_of(nic(**changes)) is None


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"vif_type": "ovs", "bridge": None}, "bridge"),
        ({"vif_type": "ovs", "vnic_type": "direct"}, "PCI device"),
        ({"vif_type": "vhostuser", "details": {"vhostuser_ovs_plug": True}}, "socket"),
    ],
)
def test_what_a_binding_leaves_out_is_told(changes, missing):
    with pytest.raises(PlugFailed, match=f"Port {PORT} could not be plugged.* no {missing}"):
        plug_of(nic(**changes))


def test_a_device_is_a_port():
    plug = plug_of(nic(vif_type="ovs", bridge="br-int", details={"datapath_type": "netdev"}))
    assert plug == Plug(PORT, "tap", "fa:16:3e:00:00:01", "br-int", "tapbbbbbbbb-00", "netdev")
    assert plug.port == "tapbbbbbbbb-00"
    made = vif_of(plug, 1450)
    assert type(made).__name__ == "VIFOpenVSwitch"
    assert (made.id, made.address, made.plugin) == (PORT, "fa:16:3e:00:00:01", "ovs")
    assert (made.vif_name, made.bridge_name) == ("tapbbbbbbbb-00", "br-int")
    assert (made.network.bridge, made.network.mtu) == ("br-int", 1450)
    profile = made.port_profile
    assert (profile.interface_id, profile.datapath_type, profile.create_port) == (
        PORT, "netdev", True)  # fmt: skip


def test_a_trunk_has_a_bridge_of_its_own_and_a_port_a_name_anyway():
    wish = nic(vif_type="OVS", bridge="br-int", tap=None, details={"bridge_name": "tbr-1"})
    plug = plug_of(wish)
    assert (plug.bridge, plug.name, plug.datapath) == ("tbr-1", "tapbbbbbbbb-00", None)
    made = vif_of(plug, None)
    assert (made.network.bridge, made.network.mtu) == ("tbr-1", None)
    assert not made.port_profile.obj_attr_is_set("datapath_type")


def test_filters_want_a_bridge_between():
    plug = plug_of(nic(vif_type="ovs", bridge="br-int", details={"ovs_hybrid_plug": True}))
    assert (plug.kind, plug.name, plug.port) == ("hybrid", "qbrbbbbbbbb-00", "qvobbbbbbbb-00")
    made = vif_of(plug, 1450)
    assert type(made).__name__ == "VIFBridge"
    assert (made.bridge_name, made.network.bridge) == ("qbrbbbbbbbb-00", "br-int")
    assert made.port_profile.interface_id == PORT


@pytest.mark.parametrize("vnic_type", ["direct", "vdpa"])
def test_a_part_of_a_card_is_represented(vnic_type):
    plug = plug_of(nic(vif_type="ovs", vnic_type=vnic_type, bridge="br-int", profile=SLOT))
    assert (plug.kind, plug.slot, plug.port) == ("representor", "0000:0a:00.1", None)
    made = vif_of(plug, 1450)
    assert type(made).__name__ == "VIFHostDevice"
    assert (made.dev_type, made.dev_address) == ("ethernet", "0000:0a:00.1")
    assert made.port_profile.interface_id == PORT
    assert made.port_profile.datapath_offload.representor_address == "0000:0a:00.1"


def test_a_socket_may_be_the_switch_s():
    plug = plug_of(nic(vif_type="vhostuser", bridge="br-int",
                       details={**SOCKET, "vhostuser_mode": "client"}))  # fmt: skip
    assert (plug.kind, plug.port, plug.mode) == ("socket", "vhubbbbbbbb-00", "client")
    made = vif_of(plug, 1450)
    assert type(made).__name__ == "VIFVHostUser"
    assert (made.path, made.mode, made.network.bridge) == ("/run/vhu1", "client", "br-int")
    assert plug_of(nic(vif_type="vhostuser", details=SOCKET)).mode == "server"


def test_the_definition_tells_all_that_is_needed_to_undo_it():
    plugs = (
        plug_of(nic(vif_type="ovs", bridge="br-int", details={"datapath_type": "netdev"})),
        plug_of(nic(vif_type="ovs", vnic_type="direct", bridge="br-int", profile=SLOT)),
    )
    metadata = recorded(Domain(), plugs).to_xml().find("metadata")
    assert [one.tag for one in metadata] == ["plugged:ports"]
    assert [one.tag for one in metadata[0]] == ["plugged:port"] * 2
    assert Ports.from_text(Ports(plugs).to_text()).plugs == plugs
    assert recorded(Domain(), ()) == Domain()
