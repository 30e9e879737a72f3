"""The smaller devices, and all of them together."""

# ruff: noqa: RUF009 - `at` makes fields

from dataclasses import dataclass

from nova.virt.libvirt.xml.address import Address
from nova.virt.libvirt.xml.chardev import Channel, Console, Serial
from nova.virt.libvirt.xml.codec import ON_OFF, Element, at
from nova.virt.libvirt.xml.disk import Disk
from nova.virt.libvirt.xml.interface import Interface


@dataclass(frozen=True)
class Controller(Element):
    TAG = "controller"
    type: str = at("@type", "pci")
    index: int | None = at("@index")
    model: str | None = at("@model")
    queues: int | None = at("driver@queues")
    iommu: bool | None = at("driver@iommu", words=ON_OFF)


@dataclass(frozen=True)
class Graphics(Element):
    """`port` -1 lets the hypervisor choose; on a running guest it is the true one.
    `default_mode` secure: no channel without TLS."""

    TAG = "graphics"
    type: str = at("@type", "vnc")
    port: int | None = at("@port")
    tls_port: int | None = at("@tlsPort")
    autoport: bool | None = at("@autoport")
    default_mode: str | None = at("@defaultMode")
    listen_address: str | None = at("listen@address")
    listen_type: str | None = at("listen@type")
    image: str | None = at("image@compression")
    jpeg: str | None = at("jpeg@compression")
    zlib: str | None = at("zlib@compression")
    playback: bool | None = at("playback@compression", words=ON_OFF)
    streaming: str | None = at("streaming@mode")


@dataclass(frozen=True)
class Video(Element):
    """`vram` in KiB."""

    TAG = "video"
    model: str | None = at("model@type")
    vram: int | None = at("model@vram")
    iommu: bool | None = at("driver@iommu", words=ON_OFF)


@dataclass(frozen=True)
class Input(Element):
    TAG = "input"
    type: str = at("@type", "tablet")
    bus: str | None = at("@bus")
    iommu: bool | None = at("driver@iommu", words=ON_OFF)


@dataclass(frozen=True)
class Rng(Element):
    """`rate_period` in milliseconds."""

    TAG = "rng"
    model: str | None = at("@model", "virtio")
    rate_bytes: int | None = at("rate@bytes")
    rate_period: int | None = at("rate@period")
    backend_model: str | None = at("backend@model", "random")
    backend: str | None = at("backend")
    iommu: bool | None = at("driver@iommu", words=ON_OFF)


@dataclass(frozen=True)
class Balloon(Element):
    TAG = "memballoon"
    model: str | None = at("@model", "virtio")
    stats_period: int | None = at("stats@period")
    iommu: bool | None = at("driver@iommu", words=ON_OFF)


@dataclass(frozen=True)
class Watchdog(Element):
    TAG = "watchdog"
    model: str | None = at("@model", "i6300esb")
    action: str | None = at("@action")


@dataclass(frozen=True)
class Sound(Element):
    TAG = "sound"
    model: str | None = at("@model")


@dataclass(frozen=True)
class Tpm(Element):
    """Emulated; its state is kept encrypted by the value of `secret`."""

    TAG = "tpm"
    model: str | None = at("@model")
    type: str | None = at("backend@type", "emulator")
    version: str | None = at("backend@version")
    secret: str | None = at("backend/encryption@secret")


@dataclass(frozen=True)
class Iommu(Element):
    TAG = "iommu"
    model: str | None = at("@model")
    intremap: bool | None = at("driver@intremap", words=ON_OFF)
    caching_mode: bool | None = at("driver@caching_mode", words=ON_OFF)
    eim: bool | None = at("driver@eim", words=ON_OFF)
    iotlb: bool | None = at("driver@iotlb", words=ON_OFF)
    aw_bits: int | None = at("driver@aw_bits")


@dataclass(frozen=True)
class HostDevice(Element):
    """A PCI device of the host, or a mediated one, that has a `mdev` id and a `model`."""

    TAG = "hostdev"
    mode: str | None = at("@mode", "subsystem")
    type: str | None = at("@type", "pci")
    model: str | None = at("@model")
    managed: bool | None = at("@managed")
    source: Address | None = at("source/")
    mdev: str | None = at("source/address@uuid")
    alias: str | None = at("alias@name")


@dataclass(frozen=True)
class UsbRedirection(Element):
    TAG = "redirdev"
    bus: str | None = at("@bus", "usb")
    type: str | None = at("@type", "spicevmc")


@dataclass(frozen=True)
class Devices(Element):
    TAG = "devices"
    emulator: str | None = at("emulator")
    disks: tuple[Disk, ...] = at("", ())
    controllers: tuple[Controller, ...] = at("", ())
    interfaces: tuple[Interface, ...] = at("", ())
    serials: tuple[Serial, ...] = at("", ())
    consoles: tuple[Console, ...] = at("", ())
    channels: tuple[Channel, ...] = at("", ())
    inputs: tuple[Input, ...] = at("", ())
    graphics: tuple[Graphics, ...] = at("", ())
    videos: tuple[Video, ...] = at("", ())
    sounds: tuple[Sound, ...] = at("", ())
    watchdogs: tuple[Watchdog, ...] = at("", ())
    rngs: tuple[Rng, ...] = at("", ())
    tpms: tuple[Tpm, ...] = at("", ())
    hostdevs: tuple[HostDevice, ...] = at("", ())
    redirections: tuple[UsbRedirection, ...] = at("", ())
    iommus: tuple[Iommu, ...] = at("", ())
    balloon: Balloon | None = at("")
