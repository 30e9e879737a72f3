"""All that the key service keeps for a server: of its TPM, and of its disks."""

from typing import Any

from nova.context import RequestContext
from nova.core.workflow import Run, Side, Step
from nova.objects.server import Instance
from nova.seams import HostSeams
from nova.servers.steps.disk_secrets import (
    ensure_disk_secrets,
    forget_disk_secrets,
    with_disk_secrets,
)
from nova.servers.steps.guest_spec import guest_spec
from nova.servers.steps.tpm import ensure_tpm_secret, forget_tpm_secret, with_tpm_secret
from nova.virt.contract import GuestSpec


class KeepSecrets(Step):
    """Before there is anything that is encrypted with them.  Without the server, they are
    nobody's."""

    on = Side.HOST
    undo_on = Side.EITHER

    def do(self, run: Run[HostSeams]) -> None:
        ensure_tpm_secret(run)
        ensure_disk_secrets(run)

    def undo(self, run: Run[Any]) -> None:
        forget_secrets(run)


def with_secrets(
    seams: HostSeams, context: RequestContext, instance: Instance, guest: GuestSpec
) -> GuestSpec:
    """The guest, able to start.  Raises TpmSecretAway, DiskSecretAway."""
    legible = with_disk_secrets(seams, context, guest)
    return with_tpm_secret(seams, context, instance, legible)


def startable(run: Run[HostSeams]) -> GuestSpec:
    """The guest of a server that is here, able to start."""
    guest = guest_spec(run.seams.conf, run.instance, context=run.context)
    return with_secrets(run.seams, run.context, run.instance, guest)


def forget_secrets(run: Run[Any]) -> None:
    """Safe to repeat; on a host, or for one that is down."""
    forget_tpm_secret(run)
    forget_disk_secrets(run)
