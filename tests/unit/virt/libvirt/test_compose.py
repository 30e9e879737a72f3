"""Who wins when flavor, image and operator disagree, and what is refused."""

import pytest

from nova.virt.contract.errors import BadGuest, PlugFailed, UnsupportedGuest
from nova.virt.libvirt.compose.cpu import Topology, cpu, topology
from nova.virt.libvirt.compose.guest import check, compose
from nova.virt.libvirt.compose.network import interface
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.plugging.plug import plug_of
from tests.unit.virt.guests import files, guest, nic, settings, site


@pytest.mark.parametrize(
    ("vcpus", "specs", "properties", "expected"),
    [
        (4, {}, {}, (4, 1, 1)),
        (4, {"hw:cpu_sockets": "1"}, {}, (1, 4, 1)),
        (4, {"hw:cpu_sockets": "2", "hw:cpu_threads": "2"}, {}, (2, 1, 2)),
        (4, {"hw:cpu_max_sockets": "2"}, {}, (2, 2, 1)),
        (4, {}, {"hw_cpu_cores": "2"}, (2, 2, 1)),
        (4, {"hw:cpu_cores": "4"}, {"hw_cpu_cores": "2"}, (1, 4, 1)),
        (6, {"hw:cpu_cores": "4"}, {}, (6, 1, 1)),
        (8, {"hw:cpu_max_sockets": "1", "hw:cpu_max_cores": "4"}, {}, (1, 4, 2)),
    ],
)
def test_topology(vcpus, specs, properties, expected):
    assert topology(guest(specs, properties, vcpus=vcpus)) == Topology(*expected)


@pytest.mark.parametrize(
    ("specs", "properties"),
    [
        ({"hw:cpu_max_sockets": "1", "hw:cpu_max_cores": "1", "hw:cpu_max_threads": "1"}, {}),
        ({"hw:cpu_max_cores": "2"}, {"hw_cpu_max_cores": "4"}),
        ({"hw:cpu_max_cores": "2"}, {"hw_cpu_cores": "4"}),
        ({"hw:cpu_cores": "many"}, {}),
    ],
)
def test_impossible_topologies_are_refused(specs, properties):
    with pytest.raises(BadGuest):
        topology(guest(specs, properties, vcpus=4))


@pytest.mark.parametrize(
    ("specs", "properties"),
    [
        ({"hw:cpu_policy": "dedicated"}, {}),
        ({}, {"hw_cpu_policy": "mixed"}),
        ({"hw:numa_nodes": "2"}, {}),
        ({"hw:mem_page_size": "large"}, {}),
        ({}, {"hw_tpm_version": "2.0"}),
        ({"pci_passthrough:alias": "gpu:1"}, {}),
        ({}, {"hw_disk_bus": "lxc"}),
        ({}, {"hw_vif_model": "sriov"}),
        ({}, {"hw_video_model": "xen"}),
        ({"hw:watchdog_action": "explode"}, {}),
        ({}, {"hw_firmware_type": "uefi"}),
        ({"hw_video:ram_max_mb": "16"}, {"hw_video_ram": "32"}),
        ({"hw:serial_port_count": "1"}, {"hw_serial_port_count": "2"}),
    ],
)
def test_promises_that_cannot_be_kept_are_refused(specs, properties):
    with pytest.raises((UnsupportedGuest, BadGuest)):
        check(guest(specs, properties, nics=(nic(),)), site())


@pytest.mark.parametrize(
    "specs",
    [{"hw:mem_page_size": "small"}, {"hw:cpu_policy": "shared"}, {"hw:mem_encryption": "False"}],
)
def test_promises_that_are_kept_anyway_are_not(specs):
    check(guest(specs), site())


@pytest.mark.parametrize(
    "changes",
    [
        {"vif_type": "binding_failed"},
        {"vif_type": "unbound"},
        {"vnic_type": "direct"},
        {"bridge": None},
    ],
)
def test_ports_that_are_not_bound_here_are_refused(changes):
    with pytest.raises(PlugFailed):
        interface(nic(**changes), guest(), site())


def test_open_vswitch_has_a_port_for_the_device_already():
    made = interface(nic(vif_type="ovs", tap=None), guest(), site())
    assert (made.type, made.bridge, made.virtualport) == ("ethernet", None, None)
    assert (made.target, made.mtu) == ("tapbbbbbbbb-00", 1450)


def test_filters_stand_on_a_bridge_before_open_vswitch():
    made = interface(nic(vif_type="ovs", details={"ovs_hybrid_plug": True}), guest(), site())
    assert (made.type, made.bridge, made.target) == ("bridge", "qbrbbbbbbbb-00", "tapbbbbbbbb-00")


def test_a_port_that_others_plug_in_is_passed_through():
    where = {"pci_slot": "0000:0a:02.1", "vf_num": 1, "card_serial_number": "MT2113X00000"}
    bound = nic(vif_type="ovs", vnic_type="remote-managed", profile=where)
    made = interface(bound, guest(), site())
    assert (made.type, made.managed, made.mac, made.vlan) == ("hostdev", True, bound.mac, None)
    assert (made.source_address.bus, made.source_address.function) == ("0x0a", "0x1")
    assert plug_of(bound) is None


def test_open_vswitch_limits_its_ports_itself():
    limited = guest({"quota:vif_inbound_average": "1000"})
    assert interface(nic(vif_type="ovs"), limited, site()).bandwidth is None
    hybrid = nic(vif_type="ovs", details={"ovs_hybrid_plug": True})
    for one in (nic(), nic(vif_type="tap"), hybrid):
        assert interface(one, limited, site()).bandwidth.inbound_average == 1000


@pytest.mark.parametrize(("told", "mode"), [("client", "client"), ("server", "server"),
                                            (None, "server")])  # fmt: skip
def test_the_binding_tells_which_end_of_a_socket_the_guest_is(told, mode):
    details = {"vhostuser_socket": "/run/vhu1", **({"vhostuser_mode": told} if told else {})}
    made = interface(nic(vif_type="vhostuser", details=details), guest(), site())
    assert (made.type, made.source_path, made.source_mode) == ("vhostuser", "/run/vhu1", mode)


def test_machine_type_image_then_past_then_operator_then_usual():
    conf = settings(hw_machine_type=["x86_64=pc-q35-6.2"])
    place: Site = site(conf)
    assert site().machine_of(guest()) == "pc"
    assert place.machine_of(guest()) == "pc-q35-6.2"
    kept = guest(saved={"image_hw_machine_type": "pc"})
    assert place.machine_of(kept) == "pc"
    asked = guest(properties={"hw_machine_type": "microvm"}, saved=kept.saved)
    assert place.machine_of(asked) == "microvm"


def test_emulating_another_architecture_needs_the_emulator():
    foreign = guest(properties={"hw_emulation_architecture": "aarch64", "hw_firmware_type": "bios"})
    definition = compose(foreign, files(), site(settings(virt_type="kvm")))
    assert definition.type == "qemu"
    assert (definition.os.arch, definition.os.machine) == ("aarch64", "virt")
    assert definition.cpu.mode is None


def test_a_custom_model_is_chosen_by_required_traits():
    conf = settings(cpu_mode="custom", cpu_models=["Nehalem", "Haswell"])
    place = site(conf, flags_of_models={"Nehalem": frozenset(), "Haswell": frozenset({"avx2"})})
    assert cpu(guest(), place).model == "Nehalem"
    wanting = guest(specs={"trait:HW_CPU_X86_AVX2": "required"})
    assert cpu(wanting, place).model == "Haswell"


def test_extra_flags_are_required_or_disabled():
    conf = settings(cpu_model_extra_flags=["pcid", "-vmx", "+SSBD"])
    features = [(f.policy, f.name) for f in cpu(guest(), site(conf)).features]
    assert features == [("require", "pcid"), ("disable", "vmx"), ("require", "ssbd")]


def test_volumes_are_refused_until_they_can_be_attached():
    from nova.virt.contract import VolumeDisk

    with pytest.raises(UnsupportedGuest):
        check(guest(volumes=(VolumeDisk("v-1", {}),)), site())


def test_names_asked_for_are_kept_and_others_avoid_them():
    from nova.virt.contract import BlankDisk, RootDisk, Swap

    wanted = guest(
        root=RootDisk(guest().root.image, device="/dev/vdb"),
        ephemerals=(BlankDisk(1), BlankDisk(1, device="vda")),
        swap=Swap(1, device="sda"),
    )
    names = files("disk.eph0", "disk.eph1", "disk.swap")
    targets = [disk.target for disk in compose(wanted, names, site()).devices.disks]
    assert targets == ["vdb", "vda", "vdc", "vdd"]
