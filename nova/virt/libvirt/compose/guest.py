"""The whole definition."""

from nova.virt.contract.errors import UnsupportedGuest
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.compose import cpu as processors
from nova.virt.libvirt.compose import machine, network, numa, passed, peripherals, storage
from nova.virt.libvirt.compose.description import description
from nova.virt.libvirt.compose.disk_encryption import refuse_plain_disks
from nova.virt.libvirt.compose.encryption import encrypted
from nova.virt.libvirt.compose.memory import memory_backing
from nova.virt.libvirt.compose.site import Site
from nova.virt.libvirt.compose.wishes import Wishes
from nova.virt.libvirt.storage.disks import GuestDisks
from nova.virt.libvirt.storage.layout import CONSOLE_LOG
from nova.virt.libvirt.xml.devices import Devices
from nova.virt.libvirt.xml.domain import Domain

KIB_PER_MIB = 1024


def compose(guest: GuestSpec, files: GuestDisks, site: Site) -> Domain:
    """Raises UnsupportedGuest, BadGuest or PlugFailed for what cannot be had here."""
    wishes = Wishes.of(guest)
    wishes.refuse_unfulfilled()
    wishes.refuse_unclaimed(guest)
    refuse_plain_disks(guest, site)
    if guest.volumes:
        raise UnsupportedGuest(what="A volume", value=guest.volumes[0].volume_id)
    made = Domain(
        type=site.virt_type_of(guest),
        name=guest.name,
        uuid=guest.uuid,
        metadata=description(guest),
        memory_kib=guest.memory_mb * KIB_PER_MIB,
        memory_backing=memory_backing(guest, site),
        cpuset=numa.process_cpus(guest, site),
        vcpus=guest.vcpus,
        iothreads=1,
        cputune=numa.tuning(guest, site),
        numatune=numa.memory_nodes(guest),
        sysinfo=machine.identity(guest, site),
        os=machine.firmware(guest, files, site),
        features=machine.features(guest, site),
        perf=machine.counters(site),
        cpu=processors.cpu(guest, site),
        clock=machine.clock(guest, site),
        devices=_devices(guest, files, site),
    )
    return encrypted(made, guest, site)


def check(guest: GuestSpec, site: Site) -> None:
    """Raises what `compose` would, before any disk is made."""
    compose(guest, GuestDisks.none(), site)


def _devices(guest: GuestSpec, files: GuestDisks, site: Site) -> Devices:
    disks = storage.disks(guest, files, site)
    inputs = tuple(peripherals.inputs(guest, site))
    redirections = tuple(peripherals.redirections(guest, site))
    usb = "usb" in {disk.bus for disk in disks} | {input.bus for input in inputs} or bool(
        redirections
    )
    lines, consoles = peripherals.serials(guest, str(files.directory / CONSOLE_LOG), site)
    return Devices(
        emulator=dict(site.emulators).get(site.arch_of(guest)),
        disks=disks,
        controllers=(
            *storage.controllers(guest, disks),
            *peripherals.controllers(guest, site, usb),
        ),
        interfaces=network.interfaces(guest, site),
        serials=lines,
        consoles=consoles,
        channels=tuple(peripherals.channels(guest, site)),
        inputs=inputs,
        graphics=tuple(peripherals.graphics(guest, site)),
        videos=tuple(peripherals.videos(guest, site)),
        sounds=tuple(peripherals.sounds(guest, site)),
        watchdogs=tuple(peripherals.watchdogs(guest)),
        rngs=tuple(peripherals.rngs(guest, site)),
        tpms=tuple(passed.tpms(guest, site)),
        hostdevs=tuple(passed.host_devices(guest)),
        redirections=redirections,
        iommus=tuple(passed.iommus(guest, site)),
        balloon=peripherals.balloon(site),
    )
