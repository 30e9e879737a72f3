"""What the house needs of a hypervisor; see `driver`."""

from nova.virt.contract.addresses import Addresses, DeviceAddress
from nova.virt.contract.agent import Agent
from nova.virt.contract.console import MAX_OUTPUT_BYTES, Console, Screen, ScreenAddress
from nova.virt.contract.crash_dump import CrashDump
from nova.virt.contract.devices import (
    BlankDisk,
    ConfigDrive,
    DiskEncryption,
    ImageRef,
    Nic,
    RootDisk,
    Swap,
    VolumeDisk,
)
from nova.virt.contract.diagnostics import CpuUse, Diagnostics, DiskUse, GuestUse, NicUse
from nova.virt.contract.driver import Driver
from nova.virt.contract.events import Events, LifecycleEvent, Subscriber, Transition, Unsubscribe
from nova.virt.contract.guest import FlavorInfo, GuestSpec, Owner
from nova.virt.contract.host_cpu import CpuTimes, HostCpu
from nova.virt.contract.hotplug import Hotplug
from nova.virt.contract.images import CachedImage, Images, ImageSource, ImageStream
from nova.virt.contract.inventory import HostFacts, Inventory
from nova.virt.contract.leftovers import Leftovers
from nova.virt.contract.ports import Ports
from nova.virt.contract.power import Power
from nova.virt.contract.rebuild import Rebuild
from nova.virt.contract.rescue import Rescue, RescueDisk
from nova.virt.contract.snapshot import Picture, Quiesce, Snapshots, SnapshotWish
from nova.virt.contract.spawn import GuestInfo, OnProgress, Spawn, WaitForPlug, unwatched
from nova.virt.contract.states import PowerState

__all__ = [
    "MAX_OUTPUT_BYTES",
    "Addresses",
    "Agent",
    "BlankDisk",
    "CachedImage",
    "ConfigDrive",
    "Console",
    "CpuTimes",
    "CpuUse",
    "CrashDump",
    "DeviceAddress",
    "Diagnostics",
    "DiskEncryption",
    "DiskUse",
    "Driver",
    "Events",
    "FlavorInfo",
    "GuestInfo",
    "GuestSpec",
    "GuestUse",
    "HostCpu",
    "HostFacts",
    "Hotplug",
    "ImageRef",
    "ImageSource",
    "ImageStream",
    "Images",
    "Inventory",
    "Leftovers",
    "LifecycleEvent",
    "Nic",
    "NicUse",
    "OnProgress",
    "Owner",
    "Picture",
    "Ports",
    "Power",
    "PowerState",
    "Quiesce",
    "Rebuild",
    "Rescue",
    "RescueDisk",
    "RootDisk",
    "Screen",
    "ScreenAddress",
    "SnapshotWish",
    "Snapshots",
    "Spawn",
    "Subscriber",
    "Swap",
    "Transition",
    "Unsubscribe",
    "VolumeDisk",
    "WaitForPlug",
    "unwatched",
]
