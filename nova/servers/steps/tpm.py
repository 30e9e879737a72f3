"""What the states of servers' TPMs are encrypted with.

The host keeps it (`hw:tpm_secret_security` host), or the key service does: for the server's
user, who alone can have the server started then, or for this service (deployment).
"""

import logging
import secrets
from dataclasses import replace
from typing import Any

from nova.clients.keys.contract import KeysUnavailable, SecretNotFound
from nova.context import RequestContext, admin_context
from nova.core.call import Call
from nova.core.workflow import Run
from nova.errors import Conflict, NovaError
from nova.objects.server import Instance
from nova.seams import ApiSeams, HostSeams
from nova.servers.load import find
from nova.servers.steps.guest_spec import image_properties
from nova.virt.contract import GuestSpec

LOG = logging.getLogger(__name__)
SECRET = "vtpm_secret_uuid"
USER, HOST = "user", "host"
BYTES = 64


class TpmSecretAway(Conflict):
    template = "The secret of the vTPM of server {uuid} is not at hand: {reason}"


def ensure_tpm_secret(run: Run[HostSeams]) -> None:
    """A server that is built has one in the key service, if that is to keep it."""
    instance = run.instance
    keeper = _keeper(instance)
    if keeper in (None, HOST) or SECRET in instance.system_metadata:
        return
    name = f"vTPM secret for instance {instance.uuid}"
    try:
        made = run.seams.keys.keep(
            _owner(keeper, run.context, instance), name, secrets.token_hex(BYTES)
        )
    except KeysUnavailable as error:
        raise TpmSecretAway(uuid=instance.uuid, reason=str(error)) from error
    instance.system_metadata = {**instance.system_metadata, SECRET: made}
    run.changes["system_metadata"] = {**run.changes.get("system_metadata", {}), SECRET: made}
    # Known before the guest is: whoever cleans up after a crash must find it.
    run.show(system_metadata={SECRET: made})


def with_tpm_secret(
    seams: HostSeams, context: RequestContext, instance: Instance, guest: GuestSpec
) -> GuestSpec:
    """The guest, able to start.  Raises TpmSecretAway."""
    keeper = _keeper(instance)
    if keeper in (None, HOST):
        return guest
    known = instance.system_metadata.get(SECRET)
    if known is None:
        raise TpmSecretAway(uuid=instance.uuid, reason="nobody kept it")
    try:
        value = seams.keys.passphrase(_owner(keeper, context, instance), known)
    except (KeysUnavailable, SecretNotFound) as error:
        raise TpmSecretAway(uuid=instance.uuid, reason=str(error)) from error
    return replace(guest, tpm_secret=value)


def forget_tpm_secret(run: Run[Any]) -> None:
    """With the server; what cannot be forgotten is told to operators."""
    keeper, known = _keeper(run.instance), run.instance.system_metadata.get(SECRET)
    if known is None or keeper in (None, HOST):
        return
    try:
        run.seams.keys.forget(_owner(keeper, run.context, run.instance), known)
    except NovaError as error:
        LOG.warning("Secret %s of server %s stays: %s", known, run.instance.uuid, error)
        return
    left = {key: value for key, value in run.instance.system_metadata.items() if key != SECRET}
    run.instance.system_metadata = left
    run.changes["system_metadata"] = {**run.changes.get("system_metadata", {}), SECRET: None}


def forget_for_its_user(call: Call[ApiSeams], instance: Instance) -> None:
    """Before the user is answered, whose token is at hand, and after the server's end is
    certain; what fails now is tried by whoever ends it."""
    known = instance.system_metadata.get(SECRET)
    if known is None or _keeper(instance) != USER:
        return
    try:
        call.seams.keys.forget(call.context, known)
        cell = find(call, instance.uuid).require_cell()
        cell.instances.update(instance.uuid, {"system_metadata": {SECRET: None}})
    except NovaError as error:
        LOG.info("Secret %s of server %s is left to its host: %s", known, instance.uuid, error)


def _keeper(instance: Instance) -> str | None:
    """None: it has no TPM."""
    specs = instance.flavor.extra_specs or {}
    wanted = specs.get("hw:tpm_version") or image_properties(instance).get("hw_tpm_version")
    return (specs.get("hw:tpm_secret_security") or USER) if wanted else None


def _owner(keeper: str | None, context: RequestContext, instance: Instance) -> RequestContext:
    if keeper != USER:
        return admin_context(context.request_id)
    if not context.auth_token:
        raise TpmSecretAway(uuid=instance.uuid, reason="only its user can have it")
    return context
