"""What a project holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    instances: int
    vcpus: int
    memory_mb: int
