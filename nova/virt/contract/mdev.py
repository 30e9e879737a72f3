"""Mediated devices: parts of a physical device that are cut off while they are needed."""

from collections.abc import Iterable
from dataclasses import dataclass

from nova.virt.contract.parts import HostPart


@dataclass(frozen=True)
class Mdev:
    """One that there is.  `guest` has it in its definition, whether it runs or not; `foreign`:
    that guest is none of this house's."""

    uuid: str
    guest: str | None = None
    foreign: bool = False


@dataclass(frozen=True)
class MdevParent:
    """A physical device that devices of one type are cut from.

    `name` is the hypervisor's (pci_0000_84_00_0).  There can be `total` of the type, those in
    `devices` included; they are counted as `resource_class`.
    """

    name: str
    type: str
    resource_class: str
    total: int
    devices: tuple[Mdev, ...] = ()


@dataclass(frozen=True)
class ClaimedMdev:
    """A device that is a guest's.  It is made, on that parent, whenever it is not there."""

    uuid: str
    type: str
    parent: str


def parts_of(parents: Iterable[MdevParent]) -> tuple[HostPart, ...]:
    """As placement counts them; what guests have that nobody knows of is kept from others."""
    return tuple(
        HostPart(
            parent.name,
            {parent.resource_class: parent.total},
            reserved=min(sum(one.foreign for one in parent.devices), parent.total),
            most=parent.total,
            verbatim=True,
        )
        for parent in parents
        if parent.total > 0
    )
