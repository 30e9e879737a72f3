"""Memory nodes of a guest, and the pages of its memory."""

from dataclasses import dataclass

from nova.virt.libvirt.xml.codec import Element, at


@dataclass(frozen=True)
class Cell(Element):
    """`cpus` as 0-3,8."""

    TAG = "cell"
    id: int | None = at("@id")
    cpus: str | None = at("@cpus")
    memory: int | None = at("@memory")
    unit: str | None = at("@unit")
    access: str | None = at("@memAccess")


@dataclass(frozen=True)
class MemoryNode(Element):
    TAG = "memnode"
    cellid: int | None = at("@cellid")
    mode: str | None = at("@mode")
    nodeset: str | None = at("@nodeset")


@dataclass(frozen=True)
class NumaTune(Element):
    """`nodeset` of the host."""

    TAG = "numatune"
    mode: str | None = at("memory@mode")
    nodeset: str | None = at("memory@nodeset")
    nodes: tuple[MemoryNode, ...] = at("", ())


@dataclass(frozen=True)
class Page(Element):
    """`nodeset` of the guest."""

    TAG = "page"
    size: int | None = at("@size")
    unit: str | None = at("@unit")
    nodeset: str | None = at("@nodeset")
