"""One wish and what comes of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from xml.etree import ElementTree as ET

from nova.virt.contract import GuestSpec
from nova.virt.contract.mdev import ClaimedMdev
from nova.virt.contract.pci import ClaimedDevice
from nova.virt.libvirt.compose.guest import compose
from nova.virt.libvirt.compose.site import Site
from nova.virt.topology.fit import Terms, place
from nova.virt.topology.guest import guest_numa
from nova.virt.topology.host import CellUse, PageUse
from tests.unit.virt.guests import files, guest, nic, settings, site

Expected = str | bool
"""A text or the value of an attribute; whether there is such an element or attribute."""

# The name of an attribute stands behind whatever picks the element.
PLACE = re.compile(r"(.*?)(?:@(\w+))?")
SHARED, DEDICATED = "0-1,8-9", "2-7,10-15"


@dataclass(frozen=True)
class Shape:
    """`wants` maps places in the definition (path, or path@attribute) to what is there.
    `options` are the operator's: of the group libvirt, or group.name (.name: of none);
    `guest` and `site` what else there is of both; `disks` the guest's besides its root
    disk; `cards` and `mdevs` devices of the host that were claimed for it."""

    name: str
    wants: Mapping[str, Expected]
    specs: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    guest: Mapping[str, Any] = field(default_factory=dict)
    site: Mapping[str, Any] = field(default_factory=dict)
    disks: tuple[str, ...] = ()
    cards: tuple[ClaimedDevice, ...] = ()
    mdevs: tuple[ClaimedMdev, ...] = ()

    @property
    def keys(self) -> set[str]:
        return {*self.specs, *self.properties}

    @property
    def emulated(self) -> bool:
        """Whether a host without hardware help can have it."""
        return self.options.get("virt_type", "qemu") == "qemu"

    def asked(self) -> GuestSpec:
        claimed = {"devices": self.cards, "mdevs": self.mdevs, **self.guest}
        plain = guest(dict(self.specs), dict(self.properties), nics=(nic(),), **claimed)
        wanted = guest_numa(self.specs, self.properties, plain.vcpus, plain.memory_mb)
        if wanted is None:
            return plain
        placed = place(wanted, _cells(), Terms())
        assert placed is not None
        return guest(
            dict(self.specs), dict(self.properties), nics=(nic(),), numa=placed, **claimed)

    def text(self) -> str:
        return compose(self.asked(), files(*self.disks), self._place()).to_text()

    @cached_property
    def definition(self) -> ET.Element:
        return ET.fromstring(self.text())

    def _place(self) -> Site:
        plain = {key: value for key, value in self.options.items() if "." not in key}
        conf = settings(**plain)
        conf.set_override("cpu_shared_set", SHARED, group="compute")
        conf.set_override("cpu_dedicated_set", DEDICATED, group="compute")
        for key in self.options.keys() - plain.keys():
            group, _, name = key.partition(".")
            conf.set_override(name, self.options[key], group=group or None)
        known = {
            "efi": True, "secure_boot": True, "library": 10_004_000, "hypervisor": 8_002_000,
            "tpm_models": frozenset({"tpm-tis", "tpm-crb"}),
            "tpm_versions": frozenset({"1.2", "2.0"}),
            "cells": {0: frozenset(range(8)), 1: frozenset(range(8, 16))},
        }
        return site(conf, **{**known, **self.site})


def found(definition: ET.Element, place_: str) -> str | None:
    """None: it is not there."""
    path, attribute = PLACE.fullmatch(place_).groups()
    element = definition.find(path) if path else definition
    if element is None:
        return None
    return element.get(attribute) if attribute else element.text or ""


def agrees(there: str | None, wanted: Expected) -> bool:
    return (there is not None) is wanted if isinstance(wanted, bool) else there == wanted


def _cells() -> list[CellUse]:
    """Of a host with two memory nodes, whose cores have two threads each."""
    return [
        CellUse(
            number,
            shared=frozenset({first, first + 1}),
            dedicated=frozenset(range(first + 2, first + 8)),
            memory_mb=4096,
            cores=tuple(frozenset({cpu, cpu + 1}) for cpu in range(first, first + 8, 2)),
            pages=(PageUse(4, 400_000), PageUse(2048, 1000)),
        )
        for number, first in ((0, 0), (1, 8))
    ]
