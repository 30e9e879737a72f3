"""The passphrases of encrypted disks, as the hypervisor is told of them: for as long as it
takes to open the disks, and never in a way that it would tell others.

A secret is used as that of a volume GUEST_DISK, by which those of a guest are found again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import libvirt

from nova.virt.libvirt.compose.disk_encryption import disk_secret
from nova.virt.libvirt.connection import Connection

DEFINITION = """<secret ephemeral='yes' private='yes'>
  <uuid>{uuid}</uuid>
  <description>Disk {name} of guest {guest}</description>
  <usage type='volume'><volume>{guest}_{name}</volume></usage>
</secret>"""


class DiskSecrets:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def known(self, guest_uuid: str, passphrases: Mapping[str, str]) -> Iterator[None]:
        """By the names of the disks."""
        if not passphrases:
            yield
            return
        try:
            self._tell(guest_uuid, passphrases)
            yield
        finally:
            self.forget(guest_uuid)

    def forget(self, guest_uuid: str) -> None:
        """All of the guest.  Safe to repeat."""

        def drop(connection: libvirt.virConnect) -> None:
            for secret in connection.listAllSecrets(libvirt.VIR_CONNECT_LIST_SECRETS_EPHEMERAL):
                if _is_of(secret, guest_uuid):
                    secret.undefine()

        self._connection.call("forget the secrets of disks", drop)

    def _tell(self, guest_uuid: str, passphrases: Mapping[str, str]) -> None:
        def make(connection: libvirt.virConnect) -> None:
            for name, value in passphrases.items():
                uuid = disk_secret(guest_uuid, name)
                definition = DEFINITION.format(uuid=uuid, guest=guest_uuid, name=name)
                connection.secretDefineXML(definition).setValue(value.encode(), 0)

        self._connection.call("tell the secrets of disks", make)


def _is_of(secret: libvirt.virSecret, guest_uuid: str) -> bool:
    """One that somebody else removes meanwhile is nobody's."""
    try:
        of_volume = secret.usageType() == libvirt.VIR_SECRET_USAGE_TYPE_VOLUME
        return bool(of_volume and secret.usageID().startswith(f"{guest_uuid}_"))
    except libvirt.libvirtError:
        return False
