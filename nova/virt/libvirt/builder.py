"""Puts a guest together: its files, its definition, its wires."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from nova.virt.contract.devices import Nic
from nova.virt.contract.errors import GuestNotFound
from nova.virt.contract.guest import GuestSpec
from nova.virt.libvirt.addresses import LibvirtAddresses
from nova.virt.libvirt.compose.guest import check, compose
from nova.virt.libvirt.compose.network import interface
from nova.virt.libvirt.compose.passed import has_tpm
from nova.virt.libvirt.domains import Domains
from nova.virt.libvirt.mdev.making import MdevMaker
from nova.virt.libvirt.plugging.plugs import Plugs
from nova.virt.libvirt.profile import Profile
from nova.virt.libvirt.secrets_of_disks import DiskSecrets
from nova.virt.libvirt.serial_ports import SerialPorts
from nova.virt.libvirt.storage.backend import Origin
from nova.virt.libvirt.storage.disks import DiskBuilder, GuestDisks
from nova.virt.libvirt.storage.encryption import passphrases
from nova.virt.libvirt.tpm import TpmSecrets
from nova.virt.libvirt.xml.domain import Domain
from nova.virt.libvirt.xml.interface import Interface

PICTURE = "picture"


class GuestBuilder:
    def __init__(
        self, domains: Domains, disks: DiskBuilder, plugs: Plugs, profile: Profile,
        tpms: TpmSecrets, disk_secrets: DiskSecrets, serial_ports: SerialPorts,
        mdevs: MdevMaker,
    ) -> None:
        self._domains = domains
        self._disks = disks
        self._plugs = plugs
        self._profile = profile
        self._tpms = tpms
        self._disk_secrets = disk_secrets
        self._serial_ports = serial_ports
        self._mdevs = mdevs

    def fetch(self, guest: GuestSpec) -> Mapping[str, Origin]:
        """Everything that may be refused is refused here, before a disk is made."""
        check(guest, self._profile.site())
        return self._disks.fetch(guest)

    def build_files(self, guest: GuestSpec, bases: Mapping[str, Origin]) -> GuestDisks:
        return self._disks.build(guest, bases)

    def renew_files(self, guest: GuestSpec, bases: Mapping[str, Origin]) -> GuestDisks:
        """As `build_files`, with the ephemeral disks that there are."""
        return self._disks.renew(guest, bases)

    def files(self, guest: GuestSpec) -> GuestDisks:
        """Those that are there; raises GuestNotFound."""
        found = self._disks.find(guest)
        if found is None:
            raise GuestNotFound(uuid=guest.uuid)
        return found

    def define(self, guest: GuestSpec, files: GuestDisks) -> str:
        """Returns the machine type that the guest should keep."""
        site = self._profile.site()
        self.install(guest, compose(guest, files, site))
        return site.machine_of(guest)

    def install(self, guest: GuestSpec, definition: Domain) -> None:
        """With ports for its serial lines, and a note of what will be plugged for it."""
        noted = self._plugs.noted(definition, guest.nics)
        self._domains.define(self._serial_ports.numbered(noted))

    @contextmanager
    def secrets(self, guest: GuestSpec) -> Iterator[None]:
        """While it starts, the hypervisor knows what the state of its TPM, and its disks, are
        encrypted with."""
        known = self._disk_secrets.known(guest.uuid, passphrases(guest))
        with known, self._tpm_secret(guest):
            yield

    def picture_secret(self, uuid: str, passphrase: str) -> AbstractContextManager[None]:
        """While a picture is begun, the hypervisor knows what it is to be encrypted with."""
        return self._disk_secrets.known(uuid, {PICTURE: passphrase})

    @contextmanager
    def _tpm_secret(self, guest: GuestSpec) -> Iterator[None]:
        if not has_tpm(guest):
            yield
        elif guest.tpm_secret is None:
            self._tpms.ensure(guest.uuid)
            yield
        else:
            self._tpms.tell(guest.uuid, guest.tpm_secret)
            try:
                yield
            finally:
                self._tpms.forget(guest.uuid)

    def tell_places(self, guest: GuestSpec) -> None:
        """Tell a guest that wants to know where its devices are, now that that is known."""
        drive = guest.config_drive
        if drive is not None and drive.placed is not None:
            places = LibvirtAddresses(self._domains).of(guest.uuid)
            self._disks.tell(guest, drive.placed(places))

    def plug(self, guest: GuestSpec) -> None:
        """All that the guest is to find when it starts is there.  Raises PlugFailed,
        HypervisorError."""
        self._mdevs.ensure(guest.mdevs)
        self._plugs.plug(guest.uuid, guest.nics)

    def unplug(self, uuid: str) -> None:
        """All of it; the guest is off, and defined still if it ever was."""
        self._plugs.unplug(uuid)

    def wire(self, guest: GuestSpec, nic: Nic) -> Interface:
        """One more interface, with something to plug it into."""
        made = interface(nic, guest, self._profile.site())
        self._plugs.plug(guest.uuid, (nic,))
        return made

    def wired(self, uuid: str) -> None:
        """The running guest has the interface now."""
        self._plugs.started(uuid)

    def unwire(self, uuid: str, mac: str) -> None:
        """The guest has no such interface any more."""
        self._plugs.unplug_nic(uuid, mac)

    def remove_files(self, uuid: str) -> None:
        self._disks.remove(uuid)
        self._tpms.forget(uuid)
        self._disk_secrets.forget(uuid)
        self._serial_ports.release(uuid)
