"""Prefilters: what placement can sort out before any host is looked at."""

from nova.scheduler.prefilters.availability_zone import map_az_to_placement_aggregate
from nova.scheduler.prefilters.compute_status import compute_status_filter
from nova.scheduler.prefilters.contract import Prefilter, Site
from nova.scheduler.prefilters.devices import (
    accelerators_filter,
    packed_virtqueue_filter,
    remote_managed_ports_filter,
    virtio_sound_filter,
)
from nova.scheduler.prefilters.encryption import (
    ephemeral_encryption_filter,
    tpm_secret_security_filter,
)
from nova.scheduler.prefilters.image_metadata import transform_image_metadata
from nova.scheduler.prefilters.image_type import require_image_type_support
from nova.scheduler.prefilters.isolated_aggregates import isolate_aggregates
from nova.scheduler.prefilters.owner import owner_nova_filter
from nova.scheduler.prefilters.routed_networks import routed_networks_filter
from nova.scheduler.prefilters.tenant_aggregate import require_tenant_aggregate

PREFILTERS: tuple[Prefilter, ...] = (
    require_tenant_aggregate,
    map_az_to_placement_aggregate,
    require_image_type_support,
    compute_status_filter,
    isolate_aggregates,
    transform_image_metadata,
    accelerators_filter,
    packed_virtqueue_filter,
    routed_networks_filter,
    remote_managed_ports_filter,
    ephemeral_encryption_filter,
    virtio_sound_filter,
    tpm_secret_security_filter,
    owner_nova_filter,
)

__all__ = ["PREFILTERS", "Prefilter", "Site"]
