"""Counters of processors that the hypervisor can keep for a guest."""

from collections.abc import Iterable

ALWAYS = frozenset({
    "cache_misses", "cache_references", "instructions", "cpu_cycles", "branch_instructions",
    "branch_misses", "bus_cycles", "stalled_cycles_frontend", "stalled_cycles_backend",
    "ref_cpu_cycles", "cpu_clock", "task_clock", "page_faults", "context_switches",
    "cpu_migrations", "page_faults_min", "page_faults_maj", "alignment_faults",
    "emulation_faults",
})
FEATURE_OF = {"cmt": "cmt", "mbml": "mbm_local", "mbmt": "mbm_total"}
"""Counters that only processors with a feature have."""


def counted_by(features: Iterable[str]) -> frozenset[str]:
    """The counters of a processor with these features."""
    there = set(features)
    return ALWAYS | {event for event, feature in FEATURE_OF.items() if feature in there}
