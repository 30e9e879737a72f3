"""Devices that only some hosts can give a guest, each by its trait."""

from nova.scheduler.asking.narrowing import Narrowing, root_needs
from nova.scheduler.prefilters.contract import Site
from nova.scheduler.request import Request

REMOTE_MANAGED = "remote-managed"


def accelerators_filter(request: Request, site: Site) -> Narrowing | None:
    asked = request.extra_specs.get("accel:device_profile")
    return root_needs("COMPUTE_ACCELERATORS") if asked else None


def packed_virtqueue_filter(request: Request, site: Site) -> Narrowing | None:
    asked = request.enabled("hw:virtio_packed_ring", "hw_virtio_packed_ring")
    return root_needs("COMPUTE_NET_VIRTIO_PACKED") if asked else None


def virtio_sound_filter(request: Request, site: Site) -> Narrowing | None:
    asked = request.setting("hw:sound_model", "hw_sound_model") == "virtio"
    return root_needs("COMPUTE_SOUND_MODEL_VIRTIO") if asked else None


def remote_managed_ports_filter(request: Request, site: Site) -> Narrowing | None:
    entries = request.spec.requested_resources or ()
    asked = any(entry.get("vnic_type") == REMOTE_MANAGED for entry in entries)
    return root_needs("COMPUTE_REMOTE_MANAGED_PORTS") if asked else None
