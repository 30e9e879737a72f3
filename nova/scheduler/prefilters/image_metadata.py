"""Device models and architectures of an image as required traits."""

import os_traits

from nova.scheduler.asking.narrowing import Narrowing, root_needs
from nova.scheduler.prefilters.contract import Site
from nova.scheduler.request import Request

PREFIXES = {
    "hw_cdrom_bus": "COMPUTE_STORAGE_BUS_",
    "hw_disk_bus": "COMPUTE_STORAGE_BUS_",
    "hw_video_model": "COMPUTE_GRAPHICS_MODEL_",
    "hw_vif_model": "COMPUTE_NET_VIF_MODEL_",
    "hw_architecture": "HW_ARCH_",
    "hw_emulation_architecture": "COMPUTE_ARCH_",
    "hw_viommu_model": "COMPUTE_VIOMMU_",
}


def transform_image_metadata(request: Request, site: Site) -> Narrowing | None:
    """All or none: a value without a trait leaves the query as it was."""
    if not site.conf.scheduler.image_metadata_prefilter:
        return None
    properties = request.properties
    traits = [_trait(prefix, properties[name]) for name, prefix in PREFIXES.items()
              if properties.get(name) is not None]
    if not traits or set(traits) - set(os_traits.get_traits()):
        return None
    return root_needs(*sorted(set(traits)))


def _trait(prefix: str, value: object) -> str:
    return prefix + str(value).upper().replace("-", "_")
