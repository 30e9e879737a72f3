"""Processors for pinned guests sleep while no guest has them: [libvirt]cpu_power_management.

They are switched in files of the operating system, below /sys/devices/system/cpu.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from oslo_config import cfg

from nova.core.clock import Clock
from nova.errors import ConfigurationFailure
from nova.virt.contract.errors import HypervisorError
from nova.virt.libvirt.cpus import parse_cpus

LOG = logging.getLogger(__name__)
SYSFS = Path("/sys/devices/system/cpu")


class Switch(Protocol):
    def turn(self, cpu: int, on: bool) -> None:
        """What cannot be switched (the first one, usually) stays as it is."""

    def check(self, cpus: Collection[int]) -> None:
        """Raises ConfigurationFailure if they were left by another kind of switch."""


class Online:
    """Processors that sleep are not there for the operating system."""

    def __init__(self, sysfs: Path) -> None:
        self._sysfs = sysfs

    def turn(self, cpu: int, on: bool) -> None:
        _write(_online(self._sysfs, cpu), "1" if on else "0")

    def check(self, cpus: Collection[int]) -> None:
        found = {_read(_governor(self._sysfs, cpu)) for cpu in cpus}
        if len(found - {None}) > 1:
            raise ConfigurationFailure(
                reason="All the cores need to have the same governor strategy before modifying "
                "the CPU states. You can reboot the compute node if you prefer."
            )


class Governed:
    """Processors that sleep go on, more slowly."""

    def __init__(self, sysfs: Path, high: str, low: str) -> None:
        self._sysfs = sysfs
        self._high, self._low = high, low

    def turn(self, cpu: int, on: bool) -> None:
        _write(_governor(self._sysfs, cpu), self._high if on else self._low)

    def check(self, cpus: Collection[int]) -> None:
        if any(_read(_online(self._sysfs, cpu)) == "0" for cpu in cpus):
            raise ConfigurationFailure(
                reason="All the cores need to be online before modifying the governor strategy."
            )


class CpuPower:
    """`dedicated` are those that it may switch."""

    def __init__(self, clock: Clock, dedicated: frozenset[int], switch: Switch) -> None:
        self._lock = clock.lock()
        self._dedicated = dedicated
        self._switch = switch
        self._held: dict[str, frozenset[int]] = {}
        self._starting: set[str] = set()

    def wake_all(self) -> None:
        """So that all of them can be counted.  Raises ConfigurationFailure."""
        self._switch.check(self._dedicated)
        for cpu in sorted(self._dedicated):
            self._switch.turn(cpu, True)

    def adopt(self, held: Mapping[str, frozenset[int]]) -> None:
        """What each guest that runs has; what nobody has sleeps."""
        with self._lock:
            self._held |= {uuid: cpus & self._dedicated for uuid, cpus in held.items()}
            self._rest(self._dedicated)

    @contextmanager
    def starting(self, uuid: str, cpus: frozenset[int]) -> Iterator[None]:
        """They are awake for the guest, which has them until it stopped."""
        self._starting.add(uuid)
        try:
            self._give(uuid, cpus & self._dedicated)
            yield
        except BaseException:
            self._starting.discard(uuid)
            self.stopped(uuid)
            raise
        self._starting.discard(uuid)

    def stopped(self, uuid: str) -> None:
        """Safe to repeat; a guest that starts again already keeps what it has."""
        with self._lock:
            if uuid not in self._starting:
                self._rest(self._held.pop(uuid, frozenset()))

    def _give(self, uuid: str, cpus: frozenset[int]) -> None:
        with self._lock:
            former = self._held.get(uuid, frozenset())
            self._held[uuid] = cpus
            for cpu in sorted(cpus):
                self._switch.turn(cpu, True)
            self._rest(former)

    def _rest(self, cpus: Collection[int]) -> None:
        busy = frozenset().union(*self._held.values())
        for cpu in sorted({*cpus} - busy):
            try:
                self._switch.turn(cpu, False)
            except HypervisorError as error:
                LOG.warning("Processor %s stays awake: %s", cpu, error)


def cpu_power(conf: cfg.ConfigOpts, clock: Clock, sysfs: Path = SYSFS) -> CpuPower | None:
    """With all of them awake.  None: processors are left alone.  Raises
    ConfigurationFailure."""
    wish = conf.libvirt
    if not wish.cpu_power_management:
        return None
    if not conf.compute.cpu_dedicated_set:
        raise ConfigurationFailure(
            reason="'[compute]/cpu_dedicated_set' is mandatory to be set if "
            "'[libvirt]/cpu_power_management' is set."
        )
    if wish.cpu_power_management_strategy == "governor":
        switch: Switch = Governed(sysfs, wish.cpu_power_governor_high, wish.cpu_power_governor_low)
    else:
        switch = Online(sysfs)
    made = CpuPower(clock, parse_cpus(conf.compute.cpu_dedicated_set), switch)
    made.wake_all()
    return made


def _online(sysfs: Path, cpu: int) -> Path:
    return sysfs / f"cpu{cpu}" / "online"


def _governor(sysfs: Path, cpu: int) -> Path:
    return sysfs / f"cpu{cpu}" / "cpufreq" / "scaling_governor"


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None


def _write(path: Path, value: str) -> None:
    if _read(path) in (None, value):
        return
    try:
        path.write_text(value)
    except OSError as error:
        raise HypervisorError(verb=f"write {value} to {path}", reason=str(error)) from error
