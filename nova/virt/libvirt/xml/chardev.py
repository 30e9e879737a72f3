"""Serial lines, consoles and channels."""

from dataclasses import dataclass

from nova.virt.libvirt.xml.codec import ON_OFF, Element, at


@dataclass(frozen=True)
class Serial(Element):
    """`log_file` gets a copy of everything the guest writes, whoever reads the line."""

    TAG = "serial"
    type: str = at("@type", "pty")
    source_mode: str | None = at("source@mode")
    source_host: str | None = at("source@host")
    source_service: int | None = at("source@service")
    log_file: str | None = at("log@file")
    log_append: bool | None = at("log@append", words=ON_OFF)
    target_port: int | None = at("target@port")


@dataclass(frozen=True)
class Console(Element):
    TAG = "console"
    type: str = at("@type", "pty")
    log_file: str | None = at("log@file")
    log_append: bool | None = at("log@append", words=ON_OFF)
    target_type: str | None = at("target@type", "serial")
    target_port: int | None = at("target@port", 0)


@dataclass(frozen=True)
class Channel(Element):
    TAG = "channel"
    type: str = at("@type", "unix")
    source_mode: str | None = at("source@mode")
    source_path: str | None = at("source@path")
    target_type: str | None = at("target@type", "virtio")
    target_name: str | None = at("target@name")
