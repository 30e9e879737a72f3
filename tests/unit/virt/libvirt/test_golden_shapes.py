"""Whole definitions of guests with a hardware of their own; see test_golden.py."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest

from nova.virt.contract.numa import GuestCell, GuestNuma
from nova.virt.contract.pci import ClaimedDevice
from nova.virt.libvirt.compose.guest import compose
from nova.virt.libvirt.xml.domain import Domain
from tests.unit.virt.guests import files, guest, nic, settings, site

GOLDEN = Path(__file__).parent / "golden"
CELLS = {0: frozenset(range(8)), 1: frozenset(range(8, 16))}


def _kvm(**more: Any):
    conf = settings(virt_type="kvm", **more)
    conf.set_override("cpu_shared_set", "0-1,8-9", group="compute")
    conf.set_override("cpu_dedicated_set", "2-7,10-15", group="compute")
    return conf


def _numa(**more: Any) -> GuestNuma:
    cells = (
        GuestCell(frozenset(), frozenset({0, 1}), 256, 2048, host_cell=1, pins={0: 10, 1: 11}),
        GuestCell(frozenset({3}), frozenset({2}), 256, 2048, host_cell=0, pins={2: 2}),
    )
    return GuestNuma(cells, policy="mixed", **more)


SPECS = {
    "hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "0-2", "hw:numa_nodes": "2",
    "hw:mem_page_size": "2MB",
}


def _mixed_on_two_nodes():
    specs = SPECS | {"hw:numa_cpus.0": "0,1", "hw:numa_cpus.1": "2,3",
                     "hw:numa_mem.0": "256", "hw:numa_mem.1": "256"}
    made = guest(specs, vcpus=4, numa=_numa(), nics=(
        nic(vif_type="vhostuser",
            details={"vhostuser_socket": "/run/s", "vhostuser_mode": "client"}),
    ))
    return made, files(), site(_kvm(), cells=CELLS)


def _realtime():
    specs = {"hw:cpu_policy": "dedicated", "hw:cpu_realtime": "yes", "hw:cpu_realtime_mask": "^0",
             "hw:emulator_threads_policy": "isolate", "hw:locked_memory": "true",
             "hw:mem_page_size": "small"}
    cell = GuestCell(frozenset(), frozenset({0, 1}), 512, 4, host_cell=0, pins={0: 2, 1: 3},
                     reserved=frozenset({4}))
    numa = GuestNuma((cell,), policy="dedicated", emulator="isolate")
    return guest(specs, numa=numa), files(), site(_kvm(), cells=CELLS)


def _pinned_without_hardware_help():
    conf = settings()
    conf.set_override("cpu_dedicated_set", "2-7", group="compute")
    cell = GuestCell(frozenset(), frozenset({0, 1}), 512, host_cell=0, pins={0: 2, 1: 3})
    specs = {"hw:cpu_policy": "dedicated"}
    numa = GuestNuma((cell,), policy="dedicated")
    return guest(specs, numa=numa), files(), site(conf, cells=CELLS)


def _trusted_and_passed_through():
    conf = settings(swtpm_enabled=True, hw_machine_type=["x86_64=q35"])
    specs = {
        "hw:tpm_version": "2.0", "hw:tpm_model": "tpm-crb", "hw:viommu_model": "intel",
        "pci_passthrough:alias": "gpu:1", "hw:maxphysaddr_mode": "emulate",
        "hw:maxphysaddr_bits": "40", "hw:pmu": "false",
    }
    card = ClaimedDevice("0000:81:00.0", "request-1", tags={"managed": "false"}, alias="gpu")
    made = guest(
        specs, {"hw_firmware_type": "uefi", "hw_firmware_stateless": "true"}, devices=(card,),
        nics=(
            nic(vif_type="hw_veb", vnic_type="direct", details={"vlan": "100"},
                profile={"pci_slot": "0000:0a:00.1"}),
            nic(vif_type="macvtap", details={"macvtap_source": "eth1", "macvtap_mode": "bridge"}),
        ),
    )
    place = site(conf, efi=True, tpm_models=frozenset({"tpm-tis", "tpm-crb"}),
                 tpm_versions=frozenset({"1.2", "2.0"}))
    return made, files(), place


def _seen_through_spice():
    conf = settings(num_pcie_ports=2)
    conf.set_override("enabled", True, group="spice")
    specs = {"hw:redirected_usb_ports": "2", "hw:usb_model": "nec-xhci", "hw:sound_model": "ich6"}
    return guest(specs, {"hw_input_bus": "virtio"}), files(), site(conf)


CASES = {
    "mixed-on-two-nodes": _mixed_on_two_nodes,
    "realtime": _realtime,
    "pinned-without-hardware-help": _pinned_without_hardware_help,
    "trusted-and-passed-through": _trusted_and_passed_through,
    "seen-through-spice": _seen_through_spice,
}


@pytest.mark.parametrize("name", CASES)
def test_definition(name):
    text = compose(*CASES[name]()).to_text() + "\n"
    path = GOLDEN / f"{name}.xml"
    if os.environ.get("NOVA_RENEW_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("name", CASES)
def test_what_is_written_is_read_back(name):
    definition = compose(*CASES[name]())
    read = Domain.from_text(definition.to_text())
    for part in dataclasses.fields(Domain):
        if part.name not in ("metadata", "devices"):
            assert getattr(read, part.name) == getattr(definition, part.name)
    assert read.devices.tpms == definition.devices.tpms
    assert read.devices.iommus == definition.devices.iommus
    assert len(read.devices.hostdevs) == len(definition.devices.hostdevs)
