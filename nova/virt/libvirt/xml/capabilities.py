"""What a host and its emulator can do, as the hypervisor reports it."""

# ruff: noqa: RUF009 - `at` makes fields

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from nova.virt.libvirt.xml.codec import Element, at
from nova.virt.libvirt.xml.machine import Feature


@dataclass(frozen=True)
class HostCpu(Element):
    TAG = "cpu"
    arch: str | None = at("arch")
    model: str | None = at("model")
    vendor: str | None = at("vendor")
    sockets: int | None = at("topology@sockets")
    dies: int | None = at("topology@dies")
    cores: int | None = at("topology@cores")
    threads: int | None = at("topology@threads")
    maxphysaddr_mode: str | None = at("maxphysaddr@mode")
    maxphysaddr_bits: int | None = at("maxphysaddr@bits")
    features: tuple[Feature, ...] = at("", ())


@dataclass(frozen=True)
class PagePool(Element):
    """Memory pages of one size."""

    TAG = "pages"
    size_kib: int | None = at("@size")
    count: int | None = at(".")


@dataclass(frozen=True)
class Processor(Element):
    """`siblings` are the threads of its core, as 0-1."""

    TAG = "cpu"
    id: int | None = at("@id")
    socket: int | None = at("@socket_id")
    siblings: str | None = at("@siblings")


@dataclass(frozen=True)
class Cell(Element):
    TAG = "cell"
    id: int | None = at("@id")
    memory_kib: int | None = at("memory")
    pages: tuple[PagePool, ...] = at("", ())
    cpus: tuple[Processor, ...] = at("cpus/", ())


@dataclass(frozen=True)
class EmulatedDomain(Element):
    TAG = "domain"
    type: str | None = at("@type")


@dataclass(frozen=True)
class EmulatedGuest(Element):
    TAG = "guest"
    os_type: str | None = at("os_type")
    arch: str | None = at("arch@name")
    emulator: str | None = at("arch/emulator")
    domains: tuple[EmulatedDomain, ...] = at("arch/", ())


@dataclass(frozen=True)
class Capabilities(Element):
    TAG = "capabilities"
    host_uuid: str | None = at("host/uuid")
    cpu: HostCpu | None = at("host/")
    cells: tuple[Cell, ...] = at("host/topology/cells/", ())
    guests: tuple[EmulatedGuest, ...] = at("", ())


@dataclass(frozen=True)
class DomainCapabilities:
    """What one emulator offers one machine type.  `enums` maps a device and its
    feature ("disk.bus") to the values there are; an unsupported device has none.
    `host_model` is the CPU element of the mode host-model, as text.  `encryption` says how
    many guests may have their memory encrypted, by the way to do it (0: it does not say)."""

    emulator: str
    machine: str
    enums: dict[str, frozenset[str]]
    cpu_modes: frozenset[str]
    usable_models: frozenset[str]
    host_model: str | None
    firmwares: frozenset[str]
    secure_loader: bool
    encryption: Mapping[str, int] = dataclasses.field(default_factory=dict)
    c_bit: int | None = None
    lost_bits: int | None = None

    def beside(self, other: "DomainCapabilities") -> "DomainCapabilities":
        """This machine type, with the devices of the other one as well."""
        keys = self.enums.keys() | other.enums.keys()
        none: frozenset[str] = frozenset()
        enums = {key: self.enums.get(key, none) | other.enums.get(key, none) for key in keys}
        return dataclasses.replace(self, enums=enums)

    @classmethod
    def from_text(cls, text: str) -> "DomainCapabilities":
        root = ET.fromstring(text)
        modes = [mode for mode in root.iterfind("cpu/mode") if mode.get("supported") == "yes"]
        models = root.iterfind("cpu/mode[@name='custom']/model")
        return cls(
            emulator=root.findtext("path", ""),
            machine=root.findtext("machine", ""),
            enums=dict(_enums(root)),
            cpu_modes=frozenset(mode.get("name", "") for mode in modes),
            usable_models=frozenset(m.text or "" for m in models if m.get("usable") == "yes"),
            host_model=next((_cpu(m) for m in modes if m.get("name") == "host-model"), None),
            firmwares=_values(root.find("os/enum[@name='firmware']")),
            secure_loader="yes" in _values(root.find("os/loader/enum[@name='secure']")),
            encryption=dict(_encryption(root.find("features"))),
            c_bit=_number(root, "features/sev/cbitpos"),
            lost_bits=_number(root, "features/sev/reducedPhysBits"),
        )


def _encryption(features: ET.Element | None) -> Iterator[tuple[str, int]]:
    """Encrypted registers (ES) and pages (SNP) draw from the same slots."""
    if features is None:
        return
    ways = _values(features.find("launchSecurity/enum[@name='sectype']"))
    if features.find("sev[@supported='yes']") is not None:
        plain, stronger = (_number(features, f"sev/{name}") or 0
                           for name in ("maxGuests", "maxESGuests"))
        yield "amd-sev", plain
        yield "amd-sev-es", stronger
        if "sev-snp" in ways:
            yield "amd-sev-snp", stronger
    if "tdx" in ways or features.find("tdx[@supported='yes']") is not None:
        yield "intel-tdx", 0


def _number(root: ET.Element, path: str) -> int | None:
    text = root.findtext(path)
    return int(text) if text else None


def _enums(root: ET.Element) -> list[tuple[str, frozenset[str]]]:
    return [
        (f"{device.tag}.{enum.get('name')}", _values(enum))
        for device in root.iterfind("devices/*")
        if device.get("supported") == "yes"
        for enum in device.iterfind("enum")
    ]


def _values(enum: ET.Element | None) -> frozenset[str]:
    found = enum.iterfind("value") if enum is not None else ()
    return frozenset(value.text or "" for value in found)


def _cpu(mode: ET.Element) -> str:
    """The mode's content as a CPU element of its own."""
    cpu = ET.Element("cpu", {"mode": "custom", "match": "exact"})
    cpu.extend(list(mode))
    return ET.tostring(cpu, encoding="unicode")
