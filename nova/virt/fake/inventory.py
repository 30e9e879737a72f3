"""What the fake host has."""

from collections.abc import Sequence

from nova.virt.contract.inventory import HostFacts
from nova.virt.contract.mdev import parts_of
from nova.virt.fake.hypervisor import FakeHypervisor
from nova.virt.fake.mdevs import FakeMdevs
from nova.virt.mdev.offers import MdevOffer

CPU_INFO = {
    "arch": "x86_64",
    "model": "Nehalem",
    "vendor": "Intel",
    "features": ["pge", "clflush"],
    "topology": {"cells": 1, "sockets": 4, "cores": 1, "threads": 1},
}
IMAGE_TYPES = ("AKI", "AMI", "ARI", "ISO", "QCOW2", "RAW", "VDI", "VHD", "VHDX", "VMDK")
USUAL_TRAITS = frozenset(
    {
        "COMPUTE_ARCH_X86_64",
        "COMPUTE_EPHEMERAL_ENCRYPTION",
        "COMPUTE_EPHEMERAL_ENCRYPTION_LUKS",
        "COMPUTE_NET_VIF_MODEL_VIRTIO",
        "COMPUTE_NET_VIF_MODEL_E1000",
        "COMPUTE_STORAGE_BUS_VIRTIO",
        "COMPUTE_STORAGE_BUS_SCSI",
        "COMPUTE_STORAGE_BUS_SATA",
        "COMPUTE_STORAGE_BUS_USB",
        "HW_ARCH_X86_64",
        "HW_CPU_X86_SSE",
        "HW_CPU_X86_SSE2",
        *(f"COMPUTE_IMAGE_TYPE_{kind}" for kind in IMAGE_TYPES),
    }
)


class FakeInventory:
    """`excluded` are image types not to be offered, `offers` types of mediated devices that
    are, `remote_ports` whether ports that others manage are."""

    def __init__(
        self, hypervisor: FakeHypervisor, excluded: frozenset[str],
        offers: Sequence[MdevOffer] = (), *, remote_ports: bool = False,
    ) -> None:
        self._hypervisor = hypervisor
        self._mdevs, self._offers = FakeMdevs(hypervisor), offers
        hidden = {f"COMPUTE_IMAGE_TYPE_{kind.upper()}" for kind in excluded}
        remote = {"COMPUTE_REMOTE_MANAGED_PORTS"} if remote_ports else frozenset()
        self._traits = (USUAL_TRAITS - hidden) | hypervisor.size.traits | remote

    def nodes(self) -> Sequence[str]:
        return self._hypervisor.nodes

    def facts(self, node: str) -> HostFacts:
        self._hypervisor.faults.strike("facts")
        size = self._hypervisor.size
        guests = [guest for guest in self._hypervisor.all() if guest.node == node]
        disk_used = sum(guest.disk_gb for guest in guests)
        mdevs = self._mdevs.parents(self._offers)
        return HostFacts(
            node=node,
            hypervisor_type="fake",
            hypervisor_version=1,
            vcpus=size.vcpus,
            memory_mb=size.memory_mb,
            disk_gb=size.disk_gb,
            vcpus_used=sum(guest.vcpus for guest in guests if guest.defined),
            memory_mb_used=sum(guest.memory_mb for guest in guests if guest.defined),
            disk_gb_used=disk_used,
            disk_available_least_gb=size.disk_gb - disk_used,
            cpu_info=CPU_INFO,
            supported_instances=(("x86_64", "fake", "hvm"),),
            traits=self._traits,
            cells=size.cells,
            pci_devices=size.pci_devices,
            parts=(*size.parts, *parts_of(mdevs)),
            mdevs=mdevs,
        )

    def uptime(self, node: str) -> str | None:
        return None

    def alive(self) -> bool:
        self._hypervisor.faults.strike("alive")
        return True
