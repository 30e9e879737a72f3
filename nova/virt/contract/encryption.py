"""Ways to encrypt the memory of guests, as placement counts them: so many guests each."""

from collections.abc import Mapping

from nova.virt.contract.parts import HostPart

# By the name that flavors and images use.
TRAITS: Mapping[str, str] = {
    "amd-sev": "HW_CPU_X86_AMD_SEV",
    "amd-sev-es": "HW_CPU_X86_AMD_SEV_ES",
    "amd-sev-snp": "HW_CPU_X86_AMD_SEV_SNP",
    "intel-tdx": "HW_CPU_X86_INTEL_TDX",
}
CONTEXT = "MEM_ENCRYPTION_CONTEXT"


def parts_of(guests: Mapping[str, int]) -> tuple[HostPart, ...]:
    """`guests` is how many there may be of each way; none of a way: it is left out."""
    return tuple(
        HostPart(model.replace("-", "_"), {CONTEXT: count}, frozenset({TRAITS[model]}))
        for model, count in sorted(guests.items())
        if count > 0
    )
