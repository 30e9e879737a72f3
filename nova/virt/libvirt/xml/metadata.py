"""The description of a server inside a guest's definition, for tools on the host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

NAMESPACE = "http://openstack.org/xmlns/libvirt/nova/1.1"


@dataclass(frozen=True)
class Port:
    uuid: str
    addresses: Sequence[str] = ()


@dataclass(frozen=True)
class Description:
    """Sizes: memory and swap in MiB, disk and ephemeral in GiB; `created` as text."""

    package: str
    name: str
    created: str
    flavor: str
    flavor_id: str
    extra_specs: Mapping[str, str]
    memory: int
    disk: int
    swap: int
    ephemeral: int
    vcpus: int
    image: str | None
    image_properties: Mapping[str, str]
    owner: tuple[tuple[str, str], tuple[str, str]] | None
    ports: Sequence[Port]

    def to_xml(self) -> ET.Element:
        instance = ET.Element("nova:instance", {"xmlns:nova": NAMESPACE})
        _put(instance, "package", version=self.package)
        _put(instance, "name", self.name)
        _put(instance, "creationTime", self.created)
        self._flavor(instance)
        self._image(instance)
        if self.owner is not None:
            owner = _put(instance, "owner")
            for kind, (uuid, name) in zip(("user", "project"), self.owner, strict=True):
                _put(owner, kind, name, uuid=uuid)
        if self.image:
            _put(instance, "root", type="image", uuid=self.image)
        self._ports(instance)
        return instance

    def _flavor(self, instance: ET.Element) -> None:
        flavor = _put(instance, "flavor", name=self.flavor, id=self.flavor_id)
        for size in ("memory", "disk", "swap", "ephemeral", "vcpus"):
            _put(flavor, size, str(getattr(self, size)))
        specs = _put(flavor, "extraSpecs")
        for key, value in sorted(self.extra_specs.items()):
            _put(specs, "extraSpec", value, name=key)

    def _image(self, instance: ET.Element) -> None:
        image = _put(instance, "image", uuid=self.image or "")
        properties = _put(image, "properties")
        for key, value in sorted(self.image_properties.items()):
            _put(properties, "property", value, name=key)

    def _ports(self, instance: ET.Element) -> None:
        ports = _put(instance, "ports")
        for port in self.ports:
            element = _put(ports, "port", uuid=port.uuid)
            for address in port.addresses:
                version = "6" if ":" in address else "4"
                _put(element, "ip", type="fixed", address=address, ipVersion=version)


def prefixed(element: ET.Element, prefix: str, namespace: str) -> ET.Element:
    """The same element, changed to be one of the namespace, with all that is in it."""
    for one in element.iter():
        one.tag = f"{prefix}:{one.tag}"
    element.set(f"xmlns:{prefix}", namespace)
    return element


def _put(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, f"nova:{tag}", attributes)
    element.text = text or None
    return element
