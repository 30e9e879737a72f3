"""Aggregates that take only images of some kind."""

from nova.scheduler.filters.contract import Check, Filter, Refusal
from nova.scheduler.filters.known_properties import FLAGS, KNOWN
from nova.scheduler.hosts import HostState
from nova.scheduler.request import OLD_NAMES, Request, truth


class AggregateImagePropertiesIsolation(Filter):
    """A metadata key that names a property of the image lists the values it takes."""

    on_rebuild = True
    looks_at = "metadata"

    def check(self, request: Request) -> Check | None:
        options = self.conf.filter_scheduler
        namespace = options.aggregate_image_properties_isolation_namespace
        separator = options.aggregate_image_properties_isolation_separator
        prefix = f"{namespace}{separator}" if namespace else ""

        def check(host: HostState) -> Refusal | None:
            for key in host.metadata:
                name = OLD_NAMES.get(key, key)
                value = _value(request, name)
                if not key.startswith(prefix) or value is None:
                    continue
                if value not in host.values(key):
                    return Refusal(f"its aggregates take images with another {key}", value,
                                   ", ".join(sorted(host.values(key))))
            return None

        return check if request.properties else None


def _value(request: Request, name: str) -> str | None:
    """As aggregates have it; what is off, or means nothing here, is not compared."""
    value = request.properties.get(name) if name in KNOWN else None
    if name in FLAGS:
        return "True" if truth(value) else None
    return None if value in (None, "") else str(value)
