"""How the parts of the driver are put together."""

import contextlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from oslo_config import cfg

from nova.core.clock import Clock
from nova.errors import ConfigurationFailure
from nova.version import PRODUCT, RELEASE
from nova.virt.contract.events import LifecycleEvent, Transition
from nova.virt.contract.images import ImageSource
from nova.virt.contract.states import PowerState
from nova.virt.imagery.inspection import Rules
from nova.virt.imagery.vetting import Vetting, VettingRules
from nova.virt.libvirt.addresses import LibvirtAddresses
from nova.virt.libvirt.agent import LibvirtAgent
from nova.virt.libvirt.builder import GuestBuilder
from nova.virt.libvirt.connection import Connection
from nova.virt.libvirt.console import LibvirtConsole
from nova.virt.libvirt.copying import DiskCopies
from nova.virt.libvirt.cpu_power import SYSFS, cpu_power
from nova.virt.libvirt.cpus import cpus_of
from nova.virt.libvirt.crash_dump import LibvirtCrashDump
from nova.virt.libvirt.diagnostics import LibvirtDiagnostics
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.doomed import Doomed
from nova.virt.libvirt.events import LibvirtEvents
from nova.virt.libvirt.host_cpu import LibvirtHostCpu
from nova.virt.libvirt.hotplug import LibvirtHotplug
from nova.virt.libvirt.inventory import LibvirtInventory
from nova.virt.libvirt.leftovers import LibvirtLeftovers
from nova.virt.libvirt.mdev.making import MdevMaker
from nova.virt.libvirt.mdev.reading import HostMdevs
from nova.virt.libvirt.native import native_of
from nova.virt.libvirt.plugging.bridges import Bridges
from nova.virt.libvirt.plugging.debts import Debts
from nova.virt.libvirt.plugging.library import VifLibrary
from nova.virt.libvirt.plugging.plugs import Plugs
from nova.virt.libvirt.plugging.record import Records
from nova.virt.libvirt.plugging.switch import Switch
from nova.virt.libvirt.ports import LibvirtPorts
from nova.virt.libvirt.power import LibvirtPower
from nova.virt.libvirt.profile import Profile
from nova.virt.libvirt.rebuild import LibvirtRebuild
from nova.virt.libvirt.rescue import LibvirtRescue
from nova.virt.libvirt.rescue_disks import RescueDisks, RescueOptions
from nova.virt.libvirt.screens import LibvirtScreen, LibvirtSerial
from nova.virt.libvirt.secrets_of_disks import DiskSecrets
from nova.virt.libvirt.serial_ports import SerialPorts
from nova.virt.libvirt.snapshot import LibvirtSnapshots, SnapshotOptions
from nova.virt.libvirt.spawn import LibvirtSpawn
from nova.virt.libvirt.storage.blank import BlankDisks
from nova.virt.libvirt.storage.cache import ImageCache
from nova.virt.libvirt.storage.choice import Ground, choose, source_of
from nova.virt.libvirt.storage.config_drive import ConfigDriveMaker
from nova.virt.libvirt.storage.direct_io import supports_direct_io
from nova.virt.libvirt.storage.disks import DiskBuilder
from nova.virt.libvirt.storage.layout import Layout
from nova.virt.libvirt.storage.lock import FileLocks
from nova.virt.libvirt.storage.qemu_img import Limits, QemuImg
from nova.virt.libvirt.tools import Tools
from nova.virt.libvirt.tpm import TpmSecrets
from nova.virt.libvirt.workshop import Workshop
from nova.virt.mdev.offers import offers_of

AWAKE = (PowerState.RUNNING, PowerState.PAUSED)
OFF = (Transition.STOPPED, Transition.CRASHED, Transition.SUSPENDED)
URIS = {"kvm": "qemu:///system", "qemu": "qemu:///system"}


class Assembly:
    def __init__(
        self,
        conf: cfg.ConfigOpts,
        clock: Clock,
        images: ImageSource,
        root: Path,
        sysfs: Path = SYSFS,
    ) -> None:
        self._conf = conf
        self._clock = clock
        native = native_of(conf)
        self._tools = Tools(native)
        images = source_of(conf, images, self._tools)
        self._layout = Layout(root, conf.image_cache.subdirectory_name)
        self._doomed = Doomed()
        self._workshop = Workshop(Path(conf.libvirt.snapshots_directory))
        self._connection = Connection(_uri(conf), clock, native)
        self._power = cpu_power(conf, clock, sysfs)
        self._domains = Domains(self._connection, clock, self._power)
        direct_io = supports_direct_io(root)
        self.profile = Profile(conf, self._connection, clock, direct_io)
        self.events = LibvirtEvents(self._connection, clock, native)
        locks = FileLocks(clock, self._layout.locks)
        options = conf.libvirt
        qemu_img = QemuImg(
            self._tools, _slots(conf, clock), direct=direct_io,
            limits=Limits(options.images_cpu_time_limit, options.images_address_space_limit),
        )
        self.cache = ImageCache(
            self._layout,
            images,
            qemu_img,
            locks,
            clock,
            raw=conf.force_raw_images,
            rules=Rules(
                tuple(conf.compute.vmdk_allowed_types),
                deep=not conf.workarounds.disable_deep_image_inspection,
            ),
            vetting=Vetting(images, VettingRules.of(conf)),
        )
        self.backend = choose(Ground(conf, clock, images, self._layout, self._tools, qemu_img))
        self._images = images
        self._qemu_img = qemu_img
        self._config_drives = self._config_drive_maker()
        self._guest_disks = disks = self._disks(locks)
        self._plugs = self._make_plugs()
        self._domains.on_start(self._plugs.started)
        self._builder = GuestBuilder(
            self._domains, disks, self._plugs, self.profile,
            TpmSecrets(self._connection), DiskSecrets(self._connection),
            SerialPorts(conf, clock, self._domains),
            MdevMaker(self._connection),
        )

    def power(self) -> LibvirtPower:
        return LibvirtPower(
            self._domains, self._builder, self.profile, self._clock, self._doomed
        )

    def spawn(self) -> LibvirtSpawn:
        return LibvirtSpawn(self._domains, self._builder, self._workshop, self._doomed)

    def rebuild(self) -> LibvirtRebuild:
        return LibvirtRebuild(self._domains, self._builder)

    def rescue(self) -> LibvirtRescue:
        options = self._conf.libvirt
        usual = RescueOptions(
            options.rescue_image_id, options.rescue_kernel_id, options.rescue_ramdisk_id
        )
        disks = RescueDisks(
            self._layout, self._images, self._guest_disks, self._config_drives, usual
        )
        return LibvirtRescue(self._domains, self._builder, disks, self.profile, self._layout)

    def snapshots(self) -> LibvirtSnapshots:
        conf, most = self._conf, self._conf.max_concurrent_snapshots
        return LibvirtSnapshots(
            self._domains,
            self._builder,
            DiskCopies(self._domains, self._clock),
            self.backend,
            self._qemu_img,
            self._workshop,
            self._clock.semaphore(most) if most else contextlib.nullcontext(),
            SnapshotOptions(
                conf.libvirt.snapshot_image_format,
                conf.libvirt.snapshot_compression,
                live=not conf.workarounds.disable_libvirt_livesnapshot,
            ),
        )

    def console(self) -> LibvirtConsole:
        return LibvirtConsole(self._domains, self._layout)

    def agent(self) -> LibvirtAgent:
        return LibvirtAgent(self._domains)

    def crash_dump(self) -> LibvirtCrashDump:
        return LibvirtCrashDump(self._domains)

    def diagnostics(self) -> LibvirtDiagnostics:
        return LibvirtDiagnostics(self._domains, self._conf.libvirt.virt_type)

    def hotplug(self) -> LibvirtHotplug:
        wish = self._conf.libvirt
        return LibvirtHotplug(
            self._domains, self._builder, self._clock, self._doomed,
            wish.device_detach_attempts, wish.device_detach_timeout,
        )

    def host_cpu(self) -> LibvirtHostCpu:
        return LibvirtHostCpu(self._connection)

    def addresses(self) -> LibvirtAddresses:
        return LibvirtAddresses(self._domains)

    def screen(self, kind: str, host: str) -> LibvirtScreen:
        return LibvirtScreen(self._domains, kind, host)

    def serial(self) -> LibvirtSerial:
        return LibvirtSerial(self._domains)

    def inventory(self) -> LibvirtInventory:
        return LibvirtInventory(
            self._conf, self._connection, self.profile, self.backend, self._tools, self._clock,
            HostMdevs(self._connection, offers_of(self._conf)),
        )

    def leftovers(self) -> LibvirtLeftovers:
        return LibvirtLeftovers(self._layout, self._plugs)

    def ports(self) -> LibvirtPorts:
        return LibvirtPorts(self._domains, self._plugs)

    def look_after_processors(self, inventory: LibvirtInventory) -> None:
        """Those that no guest has sleep, once all were counted."""
        if self._power is None:
            return
        inventory.nodes()
        awake = [guest.uuid for guest in self._domains.all() if guest.state in AWAKE]
        self._power.adopt({uuid: cpus_of(self._domains.definition(uuid)) for uuid in awake})
        self.events.subscribe(self._heard)

    def _heard(self, event: LifecycleEvent) -> None:
        if event.transition in OFF:
            self._domains.rest_if_off(event.uuid)

    def close(self) -> None:
        self.events.close()
        self._connection.close()

    def _make_plugs(self) -> Plugs:
        debts = Debts(self._layout.unplug / self._conf.host)
        switch = Switch(VifLibrary(self._conf), debts, self._clock)
        return Plugs(Bridges(self._tools), switch, Records(self._domains))

    def _disks(self, locks: FileLocks) -> DiskBuilder:
        conf = self._conf
        return DiskBuilder(
            self._layout,
            self.cache,
            BlankDisks(
                self._layout,
                self._tools,
                locks,
                default=conf.default_ephemeral_format,
                custom=dict(entry.split("=", 1) for entry in conf.virt_mkfs),
            ),
            self._config_drives,
            self.backend,
        )

    def _config_drive_maker(self) -> ConfigDriveMaker:
        return ConfigDriveMaker(
            self._tools,
            format=self._conf.config_drive_format,
            mkisofs=self._conf.mkisofs_cmd,
            publisher=f"{PRODUCT} {RELEASE}",
        )


def _uri(conf: cfg.ConfigOpts) -> str:
    kind = conf.libvirt.virt_type
    if kind not in URIS:
        raise ConfigurationFailure(reason=f"[libvirt]virt_type {kind} is not supported")
    return conf.libvirt.connection_uri or URIS[kind]


def _slots(conf: cfg.ConfigOpts, clock: Clock) -> AbstractContextManager[Any]:
    most = conf.compute.max_concurrent_disk_ops
    return clock.semaphore(most) if most else contextlib.nullcontext()
