"""Traits that settings of flavor and image imply, as a table."""

from nova.scheduler.request import Request

# (extra spec, image property, value asked for): trait.
IMPLIED: dict[tuple[str, str, str], str] = {
    ("hw:cpu_thread_policy", "hw_cpu_thread_policy", "require"): "HW_CPU_HYPERTHREADING",
    ("os:secure_boot", "os_secure_boot", "required"): "COMPUTE_SECURITY_UEFI_SECURE_BOOT",
    ("hw:tpm_version", "hw_tpm_version", "1.2"): "COMPUTE_SECURITY_TPM_1_2",
    ("hw:tpm_version", "hw_tpm_version", "2.0"): "COMPUTE_SECURITY_TPM_2_0",
    ("hw:tpm_model", "hw_tpm_model", "tpm-tis"): "COMPUTE_SECURITY_TPM_TIS",
    ("hw:tpm_model", "hw_tpm_model", "tpm-crb"): "COMPUTE_SECURITY_TPM_CRB",
    ("hw:maxphysaddr_mode", "hw_maxphysaddr_mode", "passthrough"):
        "COMPUTE_ADDRESS_SPACE_PASSTHROUGH",
    ("hw:maxphysaddr_mode", "hw_maxphysaddr_mode", "emulate"): "COMPUTE_ADDRESS_SPACE_EMULATED",
    ("hw:pci_numa_affinity_policy", "hw_pci_numa_affinity_policy", "socket"):
        "COMPUTE_SOCKET_PCI_NUMA_AFFINITY",
}
ENCRYPTION = {
    "amd-sev": "HW_CPU_X86_AMD_SEV",
    "amd-sev-es": "HW_CPU_X86_AMD_SEV_ES",
    "amd-sev-snp": "HW_CPU_X86_AMD_SEV_SNP",
    "intel-tdx": "HW_CPU_X86_INTEL_TDX",
}
DEFAULT_ENCRYPTION = "amd-sev"


def required(request: Request) -> frozenset[str]:
    found = {
        trait for (spec, image_property, value), trait in IMPLIED.items()
        if request.setting(spec, image_property) == value
    }
    if request.enabled("", "hw_firmware_stateless"):
        found.add("COMPUTE_SECURITY_STATELESS_FIRMWARE")
    return frozenset(found | _encryption(request) | _default_tpm(request))


def forbidden(request: Request) -> frozenset[str]:
    isolated = request.setting("hw:cpu_thread_policy", "hw_cpu_thread_policy") == "isolate"
    return frozenset({"HW_CPU_HYPERTHREADING"} if isolated else ())


def _encryption(request: Request) -> set[str]:
    if not request.enabled("hw:mem_encryption", "hw_mem_encryption"):
        return set()
    model = request.setting("hw:mem_encryption_model", "hw_mem_encryption_model")
    return {ENCRYPTION[model or DEFAULT_ENCRYPTION]}


def _default_tpm(request: Request) -> set[str]:
    """A TPM without a model is a TIS one."""
    version = request.setting("hw:tpm_version", "hw_tpm_version")
    model = request.setting("hw:tpm_model", "hw_tpm_model")
    return {"COMPUTE_SECURITY_TPM_TIS"} if version and not model else set()
