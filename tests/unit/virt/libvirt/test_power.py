"""Guests that are asked to shut down, and take their time to be gone."""

from collections.abc import Callable
from typing import Any

import libvirt
import pytest

from nova.core.clock import RealClock
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.doomed import Doomed
from nova.virt.libvirt.power import LibvirtPower

UUID = "11111111-1111-4111-8111-111111111111"


class Guest(RealClock):
    """And its time: `obeys` seconds after the button it has shut down, and `leaves` seconds
    later its process is gone."""

    def __init__(self, obeys: float, leaves: float) -> None:
        self.moment, self.obeys, self.leaves = 0.0, obeys, leaves
        self.gone_at: float | None = None
        self.done: list[str] = []

    def monotonic(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += seconds

    def isActive(self) -> bool:
        return self.gone_at is None or self.moment < self.gone_at

    def state(self, _flags: int = 0) -> list[int]:
        if not self.isActive():
            return [libvirt.VIR_DOMAIN_SHUTOFF, 0]
        ending = self.gone_at is not None and self.moment >= self.gone_at - self.leaves
        return [libvirt.VIR_DOMAIN_SHUTDOWN if ending else libvirt.VIR_DOMAIN_RUNNING, 0]

    def shutdown(self) -> None:
        self.done.append("button")
        if self.state()[0] != libvirt.VIR_DOMAIN_RUNNING:
            raise AssertionError("nobody is there to press it")
        self.gone_at = self.gone_at or self.moment + self.obeys + self.leaves

    def destroy(self) -> None:
        self.done.append("cut")
        self.gone_at = self.moment

    def createWithFlags(self, _flags: int) -> None:
        self.done.append("start")
        self.gone_at = None


class Line:
    """A connection with one guest."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest

    def call(self, _verb: str, function: Callable[[Any], Any]) -> Any:
        return function(self)

    def lookupByUUIDString(self, _uuid: str) -> Guest:
        return self._guest


def power(guest: Guest) -> LibvirtPower:
    domains = Domains(Line(guest), guest)  # type: ignore[arg-type]
    return LibvirtPower(domains, None, None, guest, Doomed())  # type: ignore[arg-type]


@pytest.mark.parametrize(("obeys", "leaves"), [(0.7, 0.0), (0.7, 0.2), (0.7, 3.0), (0.0, 9.0)])
def test_a_guest_starts_again_once_it_is_gone_and_not_before(obeys: float, leaves: float) -> None:
    guest = Guest(obeys, leaves)
    assert power(guest).reboot_soft(UUID, timeout=30)
    assert guest.done == ["button", "start"]
    assert guest.state()[0] == libvirt.VIR_DOMAIN_RUNNING


def test_a_guest_that_is_not_gone_in_time_is_not_started() -> None:
    guest = Guest(1.0, 60.0)
    assert not power(guest).reboot_soft(UUID, timeout=30)
    assert guest.done == ["button"]


def test_nobody_presses_the_button_of_a_guest_that_has_shut_down() -> None:
    guest = Guest(1.0, 6.0)
    power(guest).power_off(UUID, timeout=30, retry_interval=2)
    assert guest.done == ["button"]
    guest = Guest(1.0, 60.0)
    power(guest).power_off(UUID, timeout=30, retry_interval=2)
    assert guest.done == ["button", "cut"]
