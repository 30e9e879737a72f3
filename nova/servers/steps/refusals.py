"""What a server is made of that forbids what may be done to others."""

from oslo_utils import strutils

from nova.errors import Invalid
from nova.objects.server import Instance
from nova.servers.steps.guest_spec import image_properties


class MemoryEncrypted(Invalid):
    template = "Operation '{operation}' not supported for SEV-enabled instance ({instance_uuid})."


class SecretsInHardware(Invalid):
    template = "Operation '{operation}' not supported for vTPM-enabled instance ({instance_uuid})."


def refuse_tpm(operation: str, instance: Instance) -> None:
    """What a guest keeps in its TPM is of use to that very machine only."""
    asked = (
        instance.flavor.extra_specs.get("hw:tpm_version"),
        image_properties(instance).get("hw_tpm_version"),
    )
    if any(asked):
        raise SecretsInHardware(operation=operation, instance_uuid=instance.uuid)


def refuse_encrypted_memory(operation: str, instance: Instance) -> None:
    """Memory that only the guest can read cannot be saved or moved by its host."""
    asked = (
        instance.flavor.extra_specs.get("hw:mem_encryption"),
        image_properties(instance).get("hw_mem_encryption"),
    )
    if any(strutils.bool_from_string(one) for one in asked if one is not None):
        raise MemoryEncrypted(operation=operation, instance_uuid=instance.uuid)
