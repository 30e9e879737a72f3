"""Everything else that is plugged in: lines, screens, sources of chance."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from oslo_utils import strutils

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.compose.site import X86, Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.xml.chardev import Channel, Console, Serial
from nova.virt.libvirt.xml.devices import (
    Balloon,
    Controller,
    Graphics,
    Input,
    Rng,
    Sound,
    UsbRedirection,
    Video,
    Watchdog,
)

VIDEOS = frozenset({"cirrus", "qxl", "vga", "vmvga", "virtio", "gop", "none", "bochs"})
SOUNDS = frozenset({"sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "virtio"})
WATCHDOGS = frozenset({"none", "pause", "poweroff", "reset"})
USB_MODELS = frozenset({"none", "nec-xhci", "qemu-xhci"})
AGENT = "org.qemu.guest_agent.0"
SPICE_AGENT = "com.redhat.spice.0"
MOST_REDIRECTIONS = 15
VERSION_OF_VIRTIO_SOUND = (10_004_000, 8_002_000)


def has_screen(guest: GuestSpec, site: Site) -> bool:
    enabled = site.conf.vnc.enabled or site.conf.spice.enabled
    return bool(enabled) and guest.image_properties.get("hw_video_model") != "none"


def serials(
    guest: GuestSpec, log: str, site: Site
) -> tuple[tuple[Serial, ...], tuple[Console, ...]]:
    """The first line is the console, and what goes over it is kept in `log`.  Lines that can
    be reached over the network get their ports later (see serial_ports)."""
    lines = tuple(
        replace(
            _line(site),
            log_file=log if port == 0 else None,
            log_append=True if port == 0 else None,
            target_port=port,
        )
        for port in range(_serial_count(Wishes.of(guest)))
    )
    if not lines or lines[0].type != "pty":
        return lines, ()
    return lines, (Console(log_file=log, log_append=True),)


def _line(site: Site) -> Serial:
    options = site.conf.serial_console
    if not options.enabled:
        return Serial()
    return Serial(type="tcp", source_mode="bind", source_host=str(options.proxyclient_address))


def graphics(guest: GuestSpec, site: Site) -> Iterator[Graphics]:
    if not has_screen(guest, site):
        return
    if site.conf.vnc.enabled:
        yield _listening("vnc", site.conf.vnc.server_listen)
    if site.conf.spice.enabled:
        yield _spice(site)


def videos(guest: GuestSpec, site: Site) -> Iterator[Video]:
    if not has_screen(guest, site):
        return
    wishes = Wishes.of(guest)
    wanted = guest.image_properties.get("hw_video_model")
    model = wishes.choice("The video model", wanted or _usual_video(guest, site), VIDEOS)
    yield Video(model=model, vram=_video_kib(wishes))


def inputs(guest: GuestSpec, site: Site) -> Iterator[Input]:
    """The emulator's own pointer and keyboard do, unless the image asks for a bus of theirs."""
    bus = guest.image_properties.get("hw_input_bus")
    wanted = guest.image_properties.get("hw_pointer_model") or site.conf.pointer_model
    if not has_screen(guest, site):
        return
    if (bus or wanted == "usbtablet") and not _agent_points(site):
        yield Input(type="tablet", bus=bus or "usb")
    if bus or site.arch_of(guest) == "aarch64":
        yield Input(type="keyboard", bus=bus or "usb")


def controllers(guest: GuestSpec, site: Site, uses_usb: bool) -> Iterator[Controller]:
    yield Controller(type="usb", index=0, model=_usb_model(guest, uses_usb))
    machine = site.machine_of(guest)
    ports: int = site.conf.libvirt.num_pcie_ports
    if ports and ("q35" in machine or machine.startswith("virt")):
        # Without a root the hypervisor would take the first port for it.
        yield Controller(type="pci", index=0, model="pcie-root")
        for _port in range(ports):
            yield Controller(type="pci", model="pcie-root-port")


def channels(guest: GuestSpec, site: Site) -> Iterator[Channel]:
    if site.conf.spice.enabled and site.conf.spice.agent_enabled and has_screen(guest, site):
        yield Channel(type="spicevmc", target_name=SPICE_AGENT)
    if strutils.bool_from_string(guest.image_properties.get("hw_qemu_guest_agent", "")):
        yield Channel(source_mode="bind", target_name=AGENT)


def redirections(guest: GuestSpec, site: Site) -> Iterator[UsbRedirection]:
    """USB devices of the user's machine, through SPICE."""
    wishes = Wishes.of(guest)
    count = int(wishes.text("redirected_usb_ports") or 0)
    if not count:
        return
    if not site.conf.spice.enabled or not has_screen(guest, site):
        raise UnsupportedGuest(what="hw:redirected_usb_ports", value="without SPICE")
    if count > MOST_REDIRECTIONS:
        raise UnsupportedGuest(what="hw:redirected_usb_ports", value=count)
    for _port in range(count):
        yield UsbRedirection()


def rngs(guest: GuestSpec, site: Site) -> Iterator[Rng]:
    specs = guest.flavor.extra_specs
    if not strutils.bool_from_string(specs.get("hw_rng:allowed", "true")):
        return
    wishes = Wishes.of(guest)
    rate = wishes.number("hw_rng:rate_bytes")
    source = site.conf.libvirt.rng_dev_path or "/dev/urandom"
    if not Path(source).exists():
        raise UnsupportedGuest(what="[libvirt]rng_dev_path", value=source)
    yield Rng(
        backend=source,
        rate_bytes=rate,
        rate_period=wishes.number("hw_rng:rate_period") if rate else None,
    )


def balloon(site: Site) -> Balloon:
    period = site.conf.libvirt.mem_stats_period_seconds
    return Balloon(stats_period=period) if period > 0 else Balloon(model="none")


def watchdogs(guest: GuestSpec) -> Iterator[Watchdog]:
    wishes = Wishes.of(guest)
    action = wishes.text("watchdog_action")
    if action and action != "disabled":
        yield Watchdog(action=wishes.choice("The watchdog action", action, WATCHDOGS))


def sounds(guest: GuestSpec, site: Site) -> Iterator[Sound]:
    wishes = Wishes.of(guest)
    if model := wishes.text("sound_model"):
        yield Sound(model=wishes.choice("The sound model", model, sound_models(site)))


def sound_models(site: Site) -> frozenset[str]:
    """Those of this hypervisor's version."""
    return SOUNDS if site.at_least(*VERSION_OF_VIRTIO_SOUND) else SOUNDS - {"virtio"}


def _spice(site: Site) -> Graphics:
    options = site.conf.spice
    return replace(
        _listening("spice", options.server_listen),
        default_mode="secure" if options.require_secure else None,
        image=options.image_compression,
        jpeg=options.jpeg_compression,
        zlib=options.zlib_compression,
        playback=options.playback_compression,
        streaming=options.streaming_mode,
    )


def _agent_points(site: Site) -> bool:
    """Whether the only screen is one whose agent moves the pointer itself."""
    spice = site.conf.spice
    return bool(spice.enabled and spice.agent_enabled and not site.conf.vnc.enabled)


def _listening(kind: str, address: str) -> Graphics:
    return Graphics(
        type=kind, port=-1, autoport=True, listen_type="address", listen_address=str(address)
    )


def _usual_video(guest: GuestSpec, site: Site) -> str:
    arch = site.arch_of(guest)
    return "vga" if arch.startswith("ppc") else "virtio" if arch in X86 | {"aarch64"} else "vga"


def _video_kib(wishes: Wishes) -> int | None:
    """The image may ask for video memory up to what the flavor grants."""
    wanted = wishes.number("hw_video_ram")
    if not wanted:
        return None
    granted = wishes.number("hw_video:ram_max_mb") or 0
    if wanted > granted:
        raise UnsupportedGuest(what="Video memory above that of the flavor", value=f"{wanted} MiB")
    return wanted * 1024


def _usb_model(guest: GuestSpec, uses_usb: bool) -> str:
    wishes = Wishes.of(guest)
    if wanted := wishes.text("usb_model"):
        return wishes.choice("The USB controller model", wanted, USB_MODELS)
    return "qemu-xhci" if uses_usb else "none"


def _serial_count(wishes: Wishes) -> int:
    flavor = wishes.number("hw:serial_port_count")
    image = wishes.number("hw_serial_port_count")
    if flavor is not None and image is not None and image > flavor:
        raise wishes.refusal("the image asks for more serial ports than the flavor has")
    return image if image is not None else 1 if flavor is None else flavor
