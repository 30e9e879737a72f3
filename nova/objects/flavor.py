"""Flavors."""

from datetime import datetime

from nova.objects.registry import NovaObject, versioned


@versioned("1.0")
class Flavor(NovaObject):
    """A size on offer: `memory_mb` and `swap` MiB, `root_gb` and `ephemeral_gb` GiB."""

    id: int
    flavorid: str
    name: str
    memory_mb: int
    vcpus: int
    root_gb: int
    ephemeral_gb: int
    swap: int
    rxtx_factor: float | None
    vcpu_weight: int | None
    disabled: bool
    is_public: bool
    description: str | None
    extra_specs: dict[str, str]
    created_at: datetime | None
    updated_at: datetime | None
