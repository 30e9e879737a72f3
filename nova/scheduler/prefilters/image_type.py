"""Hosts must be able to use the image's format."""

from nova.scheduler.asking.narrowing import Narrowing, root_needs
from nova.scheduler.prefilters.contract import Site
from nova.scheduler.request import Request


def require_image_type_support(request: Request, site: Site) -> Narrowing | None:
    format_ = (request.spec.image or {}).get("disk_format")
    wanted = site.conf.scheduler.query_placement_for_image_type_support
    if not wanted or request.spec.is_bfv or not format_:
        return None
    return root_needs(f"COMPUTE_IMAGE_TYPE_{str(format_).upper()}")
