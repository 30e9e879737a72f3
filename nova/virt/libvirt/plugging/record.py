"""What is plugged for a guest stands in its definition.

It is written before the switch is touched, and taken out after: so whoever has only the
guest's id, at any time, can undo all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import libvirt

from nova.virt.contract.errors import GuestNotFound
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.plugging.plug import Plug
from nova.virt.libvirt.xml.codec import Element, at
from nova.virt.libvirt.xml.domain import Domain, Written
from nova.virt.libvirt.xml.metadata import prefixed

PREFIX = "plugged"
NAMESPACE = "urn:openstack:nova:plugged:1"
KEPT, LIVE = libvirt.VIR_DOMAIN_AFFECT_CONFIG, libvirt.VIR_DOMAIN_AFFECT_LIVE
ELEMENT = libvirt.VIR_DOMAIN_METADATA_ELEMENT


@dataclass(frozen=True)
class Ports(Element):
    TAG = "ports"
    plugs: tuple[Plug, ...] = at("", ())


def recorded(domain: Domain, plugs: Sequence[Plug]) -> Domain:
    """The definition, with what is about to be plugged for it."""
    if not plugs:
        return domain
    element = prefixed(Ports(tuple(plugs)).to_xml(), PREFIX, NAMESPACE)
    others = domain.metadata.elements if domain.metadata else ()
    return replace(domain, metadata=Written((*others, element)))


class Records:
    """The saved definition counts, for it outlives the machine; the running machine's is
    kept like it."""

    def __init__(self, domains: Domains) -> None:
        self._domains = domains

    def of(self, uuid: str) -> tuple[Plug, ...]:
        """Nothing for a guest that is not here."""
        try:
            text = self._domains.ask("read what is plugged", uuid, _read)
        except GuestNotFound:
            return ()
        return Ports.from_text(text).plugs if text else ()

    def add(self, uuid: str, plugs: Sequence[Plug]) -> None:
        """Raises GuestNotFound, as the others do."""
        known = self.of(uuid)
        added = [plug for plug in plugs if plug not in known]
        if added:
            self._write(uuid, [*known, *added])

    def remove(self, uuid: str, plugs: Sequence[Plug]) -> None:
        known = self.of(uuid)
        left = [plug for plug in known if plug not in plugs]
        if len(left) < len(known):
            self._write(uuid, left)

    def _write(self, uuid: str, plugs: Sequence[Plug]) -> None:
        text = Ports(tuple(plugs)).to_text() if plugs else None

        def write(domain: libvirt.virDomain) -> None:
            where = KEPT | LIVE if domain.isActive() else KEPT
            domain.setMetadata(ELEMENT, text, PREFIX, NAMESPACE, where)

        self._domains.ask("note what is plugged", uuid, write)


def _read(domain: libvirt.virDomain) -> str | None:
    try:
        found: str = domain.metadata(ELEMENT, NAMESPACE, KEPT)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN_METADATA:
            return None
        raise
    return found
