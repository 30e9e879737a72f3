"""Where a service is, according to a catalogue that came with a user's token."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wanted:
    """The options of a client that choose among endpoints; `interfaces` in order of liking."""

    service_type: str
    service_name: str | None = None
    interfaces: tuple[str, ...] = ("internal", "public")
    region: str | None = None


def find_url(catalog: Iterable[Mapping[str, Any]], wanted: Wanted) -> str | None:
    """Both shapes are read: {interface, url} of version 3 and {publicURL, ...} of 2."""
    found = dict(reversed(list(_urls(catalog, wanted))))
    return next((found[name] for name in wanted.interfaces if name in found), None)


def _urls(catalog: Iterable[Mapping[str, Any]], wanted: Wanted) -> Iterator[tuple[str, str]]:
    for service in catalog:
        if _is_wanted(service, wanted):
            for endpoint in service.get("endpoints") or ():
                if wanted.region in (None, endpoint.get("region_id"), endpoint.get("region")):
                    yield from _interfaces(endpoint, wanted.interfaces)


def _is_wanted(service: Mapping[str, Any], wanted: Wanted) -> bool:
    named = wanted.service_name in (None, service.get("name"))
    return named and service.get("type") == wanted.service_type


def _interfaces(
    endpoint: Mapping[str, Any], interfaces: Sequence[str]
) -> Iterator[tuple[str, str]]:
    if "interface" in endpoint:
        yield endpoint["interface"], endpoint["url"]
        return
    for name in interfaces:
        url = endpoint.get(f"{name}URL")
        if url:
            yield name, url
