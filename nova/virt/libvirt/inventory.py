"""What the host has."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import libvirt
from oslo_config import cfg

from nova.core.clock import Clock
from nova.virt.contract.encryption import parts_of
from nova.virt.contract.inventory import HostFacts
from nova.virt.contract.mdev import parts_of as mdev_parts_of
from nova.virt.contract.pci import PciDevice
from nova.virt.libvirt.connection import Connection
from nova.virt.libvirt.hardware import pci_devices
from nova.virt.libvirt.host_traits import host_traits
from nova.virt.libvirt.mdev.reading import HostMdevs
from nova.virt.libvirt.profile import Profile
from nova.virt.libvirt.storage.backend import DiskBackend
from nova.virt.libvirt.tools import Tools

KIB_PER_MIB = 1024


class LibvirtInventory:
    def __init__(
        self,
        conf: cfg.ConfigOpts,
        connection: Connection,
        profile: Profile,
        disks: DiskBackend,
        tools: Tools,
        clock: Clock,
        mdevs: HostMdevs,
    ) -> None:
        self._conf = conf
        self._connection = connection
        self._profile = profile
        self._disks = disks
        self._tools = tools
        self._mdevs = mdevs
        self._asking = clock.lock()
        self._static: HostFacts | None = None

    def nodes(self) -> Sequence[str]:
        return (self._fixed().node,)

    def facts(self, node: str) -> HostFacts:
        fixed = self._fixed()
        usage = self._disks.usage()
        memory = self._connection.call("read memory", lambda c: c.getMemoryStats(-1, 0))
        mdevs = self._mdevs.parents()
        return dataclasses.replace(
            fixed,
            parts=(*fixed.parts, *mdev_parts_of(mdevs)),
            mdevs=mdevs,
            storage=usage.place or None,
            disk_gb=usage.total_gb,
            disk_gb_used=usage.used_gb,
            disk_available_least_gb=usage.free_gb - usage.promised_gb,
            pci_devices=self._pci_devices(),
            memory_mb_used=(memory["total"] - _free_kib(memory)) // KIB_PER_MIB,
            vcpus_used=self._connection.call("count vCPUs", _vcpus_used),
        )

    def uptime(self, node: str) -> str | None:
        return self._tools.run("env", "LANG=C", "uptime", seconds=10).strip()

    def alive(self) -> bool:
        return self._connection.alive()

    def _fixed(self) -> HostFacts:
        """What does not change while the host is up."""
        with self._asking:
            if self._static is None:
                self._static = self._ask()
            return self._static

    def _ask(self) -> HostFacts:
        info = self._connection.call("read the node", lambda c: c.getInfo())
        memory = self._connection.call("read memory", lambda c: c.getMemoryStats(-1, 0))
        hardware = self._profile.capabilities()
        kind = self._conf.libvirt.virt_type
        return HostFacts(
            node=self._connection.call("read its name", lambda c: c.getHostname()),
            hypervisor_type=self._connection.call("read its type", lambda c: c.getType()),
            hypervisor_version=self._connection.call("read its version", lambda c: c.getVersion()),
            vcpus=int(info[2]),
            memory_mb=self._conf.libvirt.file_backed_memory or memory["total"] // KIB_PER_MIB,
            disk_gb=0,
            cpu_info=_cpu_info(self._profile),
            supported_instances=tuple(
                (guest.arch or "", domain.type or "", guest.os_type or "")
                for guest in hardware.guests
                for domain in guest.domains
                if domain.type in (kind, "qemu")
            ),
            traits=host_traits(self._profile, self._conf),
            cells=self._profile.cells(),
            parts=parts_of(self._profile.encryption()),
        )

    def _pci_devices(self) -> tuple[PciDevice, ...]:
        """Only asked for where some may be given away: a big host has hundreds."""
        return pci_devices(self._connection) if self._conf.pci.device_spec else ()


def _cpu_info(profile: Profile) -> Mapping[str, Any]:
    hardware = profile.capabilities()
    cpu = hardware.cpu
    if cpu is None:
        return {}
    return {
        "arch": cpu.arch,
        "model": cpu.model,
        "vendor": cpu.vendor,
        "features": sorted(feature.name for feature in cpu.features if feature.name),
        "topology": {
            "cells": max(1, len(hardware.cells)),
            "sockets": cpu.sockets,
            "cores": cpu.cores,
            "threads": cpu.threads,
            "dies": cpu.dies,
        },
        "maxphysaddr": {"mode": cpu.maxphysaddr_mode, "bits": cpu.maxphysaddr_bits},
    }


def _free_kib(memory: Mapping[str, int]) -> int:
    return sum(memory.get(part, 0) for part in ("free", "buffers", "cached"))


def _vcpus_used(connection: libvirt.virConnect) -> int:
    """Of the guests that run, by one question."""
    found = connection.getAllDomainStats(
        libvirt.VIR_DOMAIN_STATS_VCPU,
        libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE
        | libvirt.VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT,
    )
    return sum(int(stats.get("vcpu.current", 0)) for _domain, stats in found)
