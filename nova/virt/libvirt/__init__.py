"""KVM and QEMU through libvirt."""

from pathlib import Path

from oslo_config import cfg

from nova.core.clock import Clock
from nova.virt.contract.driver import Driver
from nova.virt.contract.images import ImageSource
from nova.virt.libvirt.assembly import Assembly
from nova.virt.libvirt.cpu_power import SYSFS


def build(
    conf: cfg.ConfigOpts, clock: Clock, images: ImageSource, *, sysfs: Path = SYSFS
) -> Driver:
    """A driver for the hypervisor of this host.  `sysfs` is where its processors are
    switched.

    Raises ConfigurationFailure for options that this host or this driver cannot
    follow, HypervisorUnavailable if there is no hypervisor.
    """
    parts = Assembly(conf, clock, images, Path(conf.instances_path), sysfs)
    parts.profile.check()
    inventory = parts.inventory()
    parts.look_after_processors(inventory)
    vnc, spice = conf.vnc, conf.spice
    return Driver(
        name="libvirt.LibvirtDriver",
        inventory=inventory,
        power=parts.power(),
        spawn=parts.spawn(),
        events=parts.events,
        console=parts.console(),
        addresses=parts.addresses(),
        images=parts.cache,
        vnc=parts.screen("vnc", vnc.server_proxyclient_address) if vnc.enabled else None,
        spice=parts.screen("spice", spice.server_proxyclient_address) if spice.enabled else None,
        serial=parts.serial() if conf.serial_console.enabled else None,
        agent=parts.agent(),
        crash_dump=parts.crash_dump(),
        diagnostics=parts.diagnostics(),
        hotplug=parts.hotplug(),
        host_cpu=parts.host_cpu(),
        rebuild=parts.rebuild(),
        rescue=parts.rescue(),
        snapshots=parts.snapshots(),
        leftovers=parts.leftovers(),
        ports=parts.ports(),
        close=parts.close,
    )
