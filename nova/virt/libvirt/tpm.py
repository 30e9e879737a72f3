"""What the state of guests' TPMs is encrypted with: kept by the hypervisor of this host, or
told to it by others for as long as it takes to start a guest.

The names are made of the guests' ids, so nothing has to be remembered to find them.
"""

import secrets

import libvirt

from nova.virt.libvirt.compose.passed import tpm_secret
from nova.virt.libvirt.connection import Connection

LENGTH = 64
DEFINITION = """<secret ephemeral='{brief}' private='{brief}'>
  <uuid>{uuid}</uuid>
  <description>TPM of guest {guest}</description>
  <usage type='vtpm'><name>{guest}_vtpm</name></usage>
</secret>"""


class TpmSecrets:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ensure(self, guest_uuid: str) -> None:
        """One that is there stays as it is: the TPM's state depends on it."""

        def make(connection: libvirt.virConnect) -> None:
            if _find(connection, tpm_secret(guest_uuid)) is None:
                _define(connection, guest_uuid, "no", secrets.token_hex(LENGTH))

        self._connection.call("keep the secret of a TPM", make)

    def tell(self, guest_uuid: str, value: str) -> None:
        """Nobody can ask the hypervisor for it."""

        def make(connection: libvirt.virConnect) -> None:
            _define(connection, guest_uuid, "yes", value)

        self._connection.call("tell the secret of a TPM", make)

    def forget(self, guest_uuid: str) -> None:
        """Safe to repeat."""
        name = tpm_secret(guest_uuid)

        def drop(connection: libvirt.virConnect) -> None:
            found = _find(connection, name)
            if found is not None:
                found.undefine()

        self._connection.call("forget the secret of a TPM", drop)


def _define(connection: libvirt.virConnect, guest_uuid: str, brief: str, value: str) -> None:
    definition = DEFINITION.format(uuid=tpm_secret(guest_uuid), guest=guest_uuid, brief=brief)
    connection.secretDefineXML(definition).setValue(value.encode(), 0)


def _find(connection: libvirt.virConnect, name: str) -> libvirt.virSecret | None:
    try:
        return connection.secretLookupByUUIDString(name)
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_NO_SECRET:
            return None
        raise
