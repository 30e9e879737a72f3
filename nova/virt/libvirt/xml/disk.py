"""Disks."""

# ruff: noqa: RUF009 - `at` makes fields

from dataclasses import dataclass

from nova.virt.libvirt.xml.address import Address
from nova.virt.libvirt.xml.codec import ON_OFF, Element, at


@dataclass(frozen=True)
class IoTune(Element):
    """Limits; bytes or operations a second."""

    TAG = "iotune"
    total_bytes_sec: int | None = at("total_bytes_sec")
    read_bytes_sec: int | None = at("read_bytes_sec")
    write_bytes_sec: int | None = at("write_bytes_sec")
    total_iops_sec: int | None = at("total_iops_sec")
    read_iops_sec: int | None = at("read_iops_sec")
    write_iops_sec: int | None = at("write_iops_sec")


@dataclass(frozen=True)
class Host(Element):
    """A server of a network disk."""

    TAG = "host"
    name: str | None = at("@name")
    port: str | None = at("@port")


@dataclass(frozen=True)
class Encryption(Element):
    """`secret` is the passphrase's name among the hypervisor's secrets."""

    TAG = "encryption"
    format: str | None = at("@format", "luks")
    secret_type: str | None = at("secret@type", "passphrase")
    secret: str | None = at("secret@uuid")


@dataclass(frozen=True)
class Disk(Element):
    """`type` file, block or network: then `file`, `dev`, or `protocol` and `name` say which."""

    TAG = "disk"
    type: str = at("@type", "file")
    device: str = at("@device", "disk")
    driver_name: str | None = at("driver@name", "qemu")
    format: str | None = at("driver@type")
    cache: str | None = at("driver@cache")
    io: str | None = at("driver@io")
    discard: str | None = at("driver@discard")
    iothread: int | None = at("driver@iothread")
    iommu: bool | None = at("driver@iommu", words=ON_OFF)
    auth_user: str | None = at("auth@username")
    secret_type: str | None = at("auth/secret@type")
    secret_uuid: str | None = at("auth/secret@uuid")
    file: str | None = at("source@file")
    dev: str | None = at("source@dev")
    protocol: str | None = at("source@protocol")
    name: str | None = at("source@name")
    hosts: tuple[Host, ...] = at("source/", ())
    config: str | None = at("source/config@file")
    encryption: Encryption | None = at("source/")
    target: str | None = at("target@dev")
    bus: str | None = at("target@bus")
    serial: str | None = at("serial")
    boot_order: int | None = at("boot@order")
    readonly: bool = at("readonly?", False)
    shareable: bool = at("shareable?", False)
    iotune: IoTune | None = at("")
    address: Address | None = at("")
    alias: str | None = at("alias@name")
