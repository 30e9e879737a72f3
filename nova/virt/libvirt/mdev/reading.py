"""What mediated devices can be cut from, those that exist, and the guests that have them."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree as ET

import libvirt

from nova.virt.contract.mdev import Mdev, MdevParent
from nova.virt.libvirt.connection import Connection, means_lost
from nova.virt.libvirt.xml.metadata import NAMESPACE
from nova.virt.libvirt.xml.node_device import NodeDevice
from nova.virt.mdev.offers import Found, MdevOffer, absent, parents_of

LOG = logging.getLogger(__name__)
LISTED = (
    libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV_TYPES
    | libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV
)
HOLDS = "devices/hostdev[@type='mdev']/source/address"
# By the id of a device: the guest that has it, and whether it is none of ours.
Holders = Mapping[str, tuple[str, bool]]


class HostMdevs:
    """Asks nothing where no type is offered."""

    def __init__(self, connection: Connection, offers: Sequence[MdevOffer]) -> None:
        self._connection = connection
        self._offers = offers
        self._warned: frozenset[str] = frozenset()

    def parents(self) -> tuple[MdevParent, ...]:
        """Three questions at most: a list of devices, of guests, and what each one is."""
        if not self._offers:
            return ()
        devices = self._connection.call("list mediated devices", listed)
        there = any(one.kind == "mdev" for one in devices)
        holders = self._connection.call("list who has them", _holders) if there else {}
        found = found_of(devices, holders)
        self._warn(frozenset(absent(self._offers, found)))
        return parents_of(self._offers, found)

    def _warn(self, told: frozenset[str]) -> None:
        for one in sorted(told - self._warned):
            LOG.warning("[devices]enabled_mdev_types: %s", one)
        self._warned = told


def listed(connection: libvirt.virConnect) -> list[NodeDevice]:
    """By name; what went away meanwhile is left out."""
    texts = (_text(device) for device in connection.listAllDevices(LISTED))
    devices = (NodeDevice.from_text(text) for text in texts if text is not None)
    return sorted(devices, key=lambda one: one.name)


def found_of(devices: Sequence[NodeDevice], holders: Holders) -> list[Found]:
    cut: dict[str, dict[str, tuple[Mdev, ...]]] = {}
    for one in devices:
        if one.kind == "mdev":
            kinds = cut.setdefault(one.parent, {})
            guest, foreign = holders.get(one.uuid, (None, False))
            kinds[one.mdev_type] = (*kinds.get(one.mdev_type, ()), Mdev(one.uuid, guest, foreign))
    return [Found(one.name, one.address or one.name, dict(one.mdev_types), cut.get(one.name, {}))
            for one in devices if one.mdev_types]


def held_by(definition: str) -> Iterator[tuple[str, tuple[str, bool]]]:
    """What of the host's the guest has."""
    if "mdev" not in definition:
        return
    root = ET.fromstring(definition)
    ours = root.find(f"metadata/{{{NAMESPACE}}}instance") is not None
    for source in root.iterfind(HOLDS):
        yield source.get("uuid", "").lower(), (root.findtext("uuid", ""), not ours)


def _holders(connection: libvirt.virConnect) -> Holders:
    texts = (_text(domain) for domain in connection.listAllDomains())
    return dict(pair for text in texts if text is not None for pair in held_by(text))


def _text(thing: libvirt.virNodeDevice | libvirt.virDomain) -> str | None:
    try:
        return str(thing.XMLDesc(0))
    except libvirt.libvirtError as error:
        if means_lost(error):
            raise
        return None
