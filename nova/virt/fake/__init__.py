"""A hypervisor in memory.  It keeps the contract, and breaks on request (`faults`)."""

import contextlib
from pathlib import Path

from oslo_config import cfg

from nova.core.clock import Clock
from nova.virt.contract.driver import Driver
from nova.virt.contract.errors import CannotSpawn
from nova.virt.contract.images import ImageSource
from nova.virt.fake import options
from nova.virt.fake.addresses import FakeAddresses
from nova.virt.fake.agent import FakeAgent
from nova.virt.fake.console import FakeConsole
from nova.virt.fake.crash_dump import FakeCrashDump
from nova.virt.fake.diagnostics import FakeDiagnostics
from nova.virt.fake.events import FakeEvents
from nova.virt.fake.hardware import with_hardware
from nova.virt.fake.hotplug import FakeHotplug
from nova.virt.fake.hypervisor import FakeHypervisor, Size
from nova.virt.fake.images import FakeImages
from nova.virt.fake.inventory import FakeInventory
from nova.virt.fake.journal import Journal
from nova.virt.fake.leftovers import FakeLeftovers
from nova.virt.fake.ports import FakePorts
from nova.virt.fake.power import FakePower
from nova.virt.fake.rebuild import FakeRebuild
from nova.virt.fake.rescue import FakeRescue
from nova.virt.fake.screens import FakeScreen
from nova.virt.fake.snapshot import FakeSnapshots
from nova.virt.fake.spawn import FakeSpawn
from nova.virt.imagery.vetting import VettingRules
from nova.virt.mdev.offers import offers_of
from nova.virt.pci.offers import is_managed_remotely
from nova.virt.pci.offers import offers_of as pci_offers_of

SIZES: dict[str, Size] = {
    "fake.SmallFakeDriver": Size(vcpus=2, memory_mb=8192, disk_gb=1028),
    "fake.MediumFakeDriver": Size(vcpus=10, memory_mb=8192, disk_gb=1028),
}


def build(
    conf: cfg.ConfigOpts,
    clock: Clock,
    images: ImageSource | None = None,
    hypervisor: FakeHypervisor | None = None,
) -> Driver:
    """A driver of a fake hypervisor: of the one given, else of one as `conf` says."""
    options.register(conf)
    own = hypervisor is None
    hypervisor = hypervisor or hypervisor_of(conf, clock)
    events = FakeEvents(hypervisor)
    cache = FakeImages(hypervisor, images, VettingRules.of(conf))
    spawn = FakeSpawn(hypervisor, cache)
    most = conf.max_concurrent_snapshots

    def close() -> None:
        events.close()
        if own:
            hypervisor.close()

    return Driver(
        name="fake.FakeDriver",
        inventory=FakeInventory(
            hypervisor, frozenset(conf.compute.image_type_exclude_list), offers_of(conf),
            remote_ports=is_managed_remotely(pci_offers_of(conf.pci.device_spec)),
        ),
        power=FakePower(hypervisor),
        spawn=spawn,
        events=events,
        console=FakeConsole(hypervisor),
        addresses=FakeAddresses(hypervisor),
        images=cache,
        vnc=FakeScreen(hypervisor, "vnc"),
        spice=FakeScreen(hypervisor, "spice"),
        serial=FakeScreen(hypervisor, "serial"),
        rebuild=FakeRebuild(hypervisor, spawn, cache),
        rescue=FakeRescue(hypervisor, cache),
        snapshots=FakeSnapshots(
            hypervisor, clock.semaphore(most) if most else contextlib.nullcontext()
        ),
        agent=FakeAgent(hypervisor),
        crash_dump=FakeCrashDump(hypervisor),
        diagnostics=FakeDiagnostics(hypervisor),
        hotplug=FakeHotplug(hypervisor),
        host_cpu=hypervisor.cpu,
        leftovers=FakeLeftovers(hypervisor),
        ports=FakePorts(hypervisor),
        close=close,
    )


def hypervisor_of(conf: cfg.ConfigOpts, clock: Clock) -> FakeHypervisor:
    """A fake host with the nodes, sizes, memory and misfortunes that `conf.fake` wishes."""
    options.register(conf)
    wish = conf.fake
    usual = SIZES.get(conf.compute_driver or "", Size())
    journal = Path(wish.state_directory, f"{conf.host}.guests") if wish.state_directory else None
    size = Size(
        vcpus=wish.vcpus or usual.vcpus,
        memory_mb=wish.memory_mb or usual.memory_mb,
        disk_gb=usual.disk_gb if wish.disk_gb is None else wish.disk_gb,
        traits=frozenset(wish.traits),
    )
    hypervisor = FakeHypervisor(
        clock,
        nodes=tuple(wish.nodes) or (conf.host,),
        size=with_hardware(size, wish),
        journal=Journal(journal),
    )
    _order_misfortunes(hypervisor, wish)
    return hypervisor


def _order_misfortunes(hypervisor: FakeHypervisor, wish: cfg.ConfigOpts.GroupAttr) -> None:
    hypervisor.faults.delay("spawn", wish.spawn_seconds)
    for verb in ("power_on", "power_off", "reboot_soft", "reboot_hard"):
        hypervisor.faults.delay(verb, wish.power_seconds)
    if nth := wish.fail_every_nth_spawn:
        failure = CannotSpawn(uuid="any", reason="every so many builds fail, as configured")
        hypervisor.faults.fail("spawn", failure, nth=nth, every=nth, times=None)
