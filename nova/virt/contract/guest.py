"""The description of a guest: everything a hypervisor must know to run it.

Plain frozen values.  They know nothing of our records, of the database or of
other services; whoever has those makes a `GuestSpec` of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nova.virt.contract.devices import BlankDisk, ConfigDrive, Nic, RootDisk, Swap, VolumeDisk
from nova.virt.contract.mdev import ClaimedMdev
from nova.virt.contract.numa import GuestNuma
from nova.virt.contract.pci import ClaimedDevice
from nova.virt.contract.trust import NOBODY_SAID, Trust

Properties = Mapping[str, str]


@dataclass(frozen=True)
class Owner:
    """Who the guest belongs to; descriptive only."""

    user_id: str
    user_name: str
    project_id: str
    project_name: str


@dataclass(frozen=True)
class FlavorInfo:
    """The flavor as it was at boot; sizes are taken from `GuestSpec`, not from here."""

    name: str
    flavor_id: str = ""
    extra_specs: Properties = field(default_factory=dict)


@dataclass(frozen=True)
class GuestSpec:
    """One guest, in full.

    `name` is the hypervisor's name of it (instance-0000002a); `display_name`
    the user's.  `image_properties` are the properties of the image (hw_*,
    os_*), as text, under their present names.  `node` None is the driver's only
    one.  `saved` is what a driver answered from an earlier `spawn` of the same
    guest as worth keeping (machine type and the like).  `numa` is placed on the host's
    cells, `devices` and `mdevs` are the host's that were claimed for it.  `tpm_secret` is what
    the state of its TPM is encrypted with, to be known here no longer than it takes to start;
    None: the host keeps one itself.  `trust` is whose signatures under its images count.
    """

    uuid: str
    name: str
    vcpus: int
    memory_mb: int
    root: RootDisk
    display_name: str = ""
    hostname: str = ""
    created_at: datetime | None = None
    owner: Owner | None = None
    flavor: FlavorInfo = field(default_factory=lambda: FlavorInfo(name=""))
    image_properties: Properties = field(default_factory=dict)
    os_type: str | None = None
    node: str | None = None
    metadata: Properties = field(default_factory=dict)
    ephemerals: tuple[BlankDisk, ...] = ()
    swap: Swap | None = None
    volumes: tuple[VolumeDisk, ...] = ()
    nics: tuple[Nic, ...] = ()
    config_drive: ConfigDrive | None = None
    saved: Properties = field(default_factory=dict)
    numa: GuestNuma | None = None
    devices: tuple[ClaimedDevice, ...] = ()
    mdevs: tuple[ClaimedMdev, ...] = ()
    trust: Trust = NOBODY_SAID
    tpm_secret: str | None = field(default=None, repr=False)
