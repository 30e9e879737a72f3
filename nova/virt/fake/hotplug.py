"""Interfaces of fake guests that come and go."""

import dataclasses

from nova.virt.contract.devices import Nic
from nova.virt.contract.errors import PlugFailed
from nova.virt.contract.guest import GuestSpec
from nova.virt.fake.hypervisor import FakeHypervisor


class FakeHotplug:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor

    def attach_nic(self, guest: GuestSpec, nic: Nic) -> None:
        self._hypervisor.faults.strike("attach_nic", guest.uuid)
        known = self._hypervisor.defined(guest.uuid)
        if nic.mac in known.macs:
            return
        if nic.vif_type == "unbound":
            raise PlugFailed(port_id=nic.port_id, reason="the port is not bound")
        self._hypervisor.put(dataclasses.replace(
            known, macs=(*known.macs, nic.mac), taps=(*known.taps, nic.tap or nic.port_id)
        ))

    def detach_nic(self, uuid: str, mac: str) -> None:
        self._hypervisor.faults.strike("detach_nic", uuid)
        known = self._hypervisor.defined(uuid)
        kept = [(m, t) for m, t in zip(known.macs, known.taps, strict=True) if m != mac]
        self._hypervisor.put(dataclasses.replace(
            known, macs=tuple(m for m, _ in kept), taps=tuple(t for _, t in kept)
        ))
