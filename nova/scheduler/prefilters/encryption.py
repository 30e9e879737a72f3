"""Secrets on hosts: encrypted local disks, and TPMs whose secret somebody keeps."""

from nova.scheduler.asking.narrowing import Narrowing, root_needs
from nova.scheduler.prefilters.contract import Site
from nova.scheduler.request import Request

DISK = "COMPUTE_EPHEMERAL_ENCRYPTION"
TPM = "COMPUTE_SECURITY_TPM_SECRET_SECURITY_"
DEFAULT_SECURITY = "user"


def ephemeral_encryption_filter(request: Request, site: Site) -> Narrowing | None:
    if not request.enabled("hw:ephemeral_encryption", "hw_ephemeral_encryption"):
        return None
    format_ = request.setting("hw:ephemeral_encryption_format", "hw_ephemeral_encryption_format")
    return root_needs(DISK, f"{DISK}_{format_.upper()}") if format_ else root_needs(DISK)


def tpm_secret_security_filter(request: Request, site: Site) -> Narrowing | None:
    if not request.setting("hw:tpm_version", "hw_tpm_version"):
        return None
    keeper = request.extra_specs.get("hw:tpm_secret_security") or DEFAULT_SECURITY
    return root_needs(TPM + keeper.upper())
