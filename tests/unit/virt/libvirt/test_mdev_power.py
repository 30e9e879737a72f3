"""Suspending guests that have mediated devices."""

from types import SimpleNamespace
from typing import Any

import pytest

from nova.core.clock import RealClock
from nova.virt.contract.errors import CannotSuspend
from nova.virt.contract.states import PowerState
from nova.virt.libvirt.doomed import Doomed
from nova.virt.libvirt.power import LibvirtPower
from nova.virt.libvirt.xml.devices import Devices, HostDevice
from nova.virt.libvirt.xml.domain import Domain
from tests.unit.virt.guests import site

NEW = {"library": 8_006_000, "hypervisor": 8_001_000}
MDEV = HostDevice(type="mdev", model="vfio-pci", mdev="u")


class Guests:
    """One guest that runs."""

    def __init__(self, *devices: HostDevice) -> None:
        self._devices = devices
        self.saved = False

    def state(self, _uuid: str) -> PowerState:
        return PowerState.RUNNING

    def has_memory(self, _uuid: str) -> bool:
        return self.saved

    def definition(self, _uuid: str) -> Domain:
        return Domain(devices=Devices(hostdevs=self._devices))

    def ask(self, _verb: str, _uuid: str, _function: Any) -> None:
        self.saved = True


def suspend(guests: Guests, **versions: Any) -> None:
    profile = SimpleNamespace(site=lambda: site(**versions))
    power = LibvirtPower(guests, None, profile, RealClock(), Doomed())  # type: ignore[arg-type]
    power.suspend("u")


@pytest.mark.parametrize("old", [
    {**NEW, "library": 8_005_999}, {**NEW, "hypervisor": 8_000_999}])
def test_old_hypervisors_cannot_save_them(old: dict[str, int]) -> None:
    guests = Guests(MDEV)
    with pytest.raises(CannotSuspend, match="having attached mediated devices"):
        suspend(guests, **old)
    assert not guests.saved
    suspend(Guests(HostDevice()), **old)


def test_new_ones_are_asked() -> None:
    guests = Guests(MDEV)
    suspend(guests, **NEW)
    assert guests.saved
