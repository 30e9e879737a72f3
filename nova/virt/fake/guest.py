"""A guest of the fake hypervisor."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from string import ascii_lowercase
from typing import Any

from nova.virt.contract.guest import GuestSpec
from nova.virt.contract.states import PowerState
from nova.virt.fake.locks import locks_of

BOOT_LOG = "FAKE CONSOLE OUTPUT\nANOTHER\nLAST LINE"


@dataclass(frozen=True)
class FakeGuest:
    """`defined` False: only its disks are here, from an unfinished build or by request.

    `saved_memory` is what suspending leaves behind, `rescue_image` what it was started
    from instead of its own disk, `written` and `ephemeral` what it wrote on its disks,
    `locks` hashes of what its encrypted disks are encrypted with ("root 1f.."), by which it
    is known whether who starts it knows.
    """

    uuid: str
    name: str
    node: str
    vcpus: int
    memory_mb: int
    disk_gb: int
    image_id: str | None
    taps: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    disks: tuple[str, ...] = ("vda",)
    locks: tuple[str, ...] = ()
    mdevs: tuple[str, ...] = ()
    defined: bool = False
    state: PowerState = PowerState.SHUTDOWN
    saved_memory: bool = False
    console: str = ""
    rescue_image: str | None = None
    written: str = ""
    ephemeral: str = ""

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "FakeGuest":
        kept = {**value, "state": PowerState(value["state"]), "taps": tuple(value["taps"])}
        kept |= {name: tuple(value[name]) for name in ("macs", "disks")}
        kept["locks"] = tuple(value.get("locks", ()))
        kept["mdevs"] = tuple(value.get("mdevs", ()))
        return cls(**kept)

    @property
    def running(self) -> bool:
        return self.defined and self.state in (PowerState.RUNNING, PowerState.PAUSED)

    @property
    def root(self) -> str:
        """What is on its root disk."""
        return f"disk of image {self.image_id}\n{self.written}"

    def booted(self) -> "FakeGuest":
        """As it is when it has just started anew."""
        start = BOOT_LOG if self.rescue_image is None else f"RESCUE {self.rescue_image}\n{BOOT_LOG}"
        log = f"{self.console}\n{start}" if self.console else start
        return dataclasses.replace(
            self, defined=True, state=PowerState.RUNNING, saved_memory=False, console=log
        )


def disk_gb(spec: GuestSpec) -> int:
    """The local storage that the guest may fill, in GiB."""
    root = spec.root.size_gb if spec.root.image else 0
    swap = -(-spec.swap.size_mb // 1024) if spec.swap else 0
    return root + sum(disk.size_gb for disk in spec.ephemerals) + swap


def of_spec(spec: GuestSpec, node: str) -> FakeGuest:
    """What will become the guest: disks, no definition yet."""
    return FakeGuest(
        uuid=spec.uuid,
        name=spec.name,
        node=spec.node or node,
        vcpus=spec.vcpus,
        memory_mb=spec.memory_mb,
        disk_gb=disk_gb(spec),
        image_id=spec.root.image.image_id if spec.root.image else None,
        taps=tuple(nic.tap or nic.port_id for nic in spec.nics),
        macs=tuple(nic.mac for nic in spec.nics),
        disks=_disks(spec),
        locks=locks_of(spec),
        mdevs=tuple(one.uuid for one in spec.mdevs),
    )


def _disks(spec: GuestSpec) -> tuple[str, ...]:
    """Names: the root's may be wished for, the others take what is free."""
    root = (spec.root.device or "vda").removeprefix("/dev/")
    free = (f"vd{letter}" for letter in ascii_lowercase if f"vd{letter}" != root)
    return root, *islice(free, len(spec.ephemerals) + (spec.swap is not None))
