"""Services of all cells."""

from dataclasses import dataclass

from nova.core.call import Call
from nova.core.formats import is_uuid
from nova.microversions import SERVICE_UUIDS
from nova.objects.host import Service
from nova.objects.store.cell import CellStore
from nova.objects.store.errors import ServiceNotFound
from nova.resources.services.errors import ServiceAmbiguous, UuidInvalid
from nova.seams import ApiSeams

# The rule that once stood for all of /os-services.
OLD_RULE = ("os_compute_api:os-services", "rule:admin_api")

# Those of the API itself answer over HTTP and are not told here.
_HIDDEN = frozenset({"nova-osapi_compute", "nova-metadata"})


@dataclass(frozen=True)
class Found:
    service: Service
    cell: CellStore


@dataclass(frozen=True)
class Everywhere:
    """All services that could be read, and the cells that could not be asked."""

    services: list[Service]
    silent: list[str]


def all_services(
    call: Call[ApiSeams], host: str | None = None, binary: str | None = None
) -> Everywhere:
    """A constant number of statements per cell."""
    answers = call.seams.stores.each(lambda cell: cell.services.find(host=host, binary=binary))
    found: list[Service] = []
    for answer in answers.values():
        if isinstance(answer, list):
            found.extend(each for each in answer if each.binary not in _HIDDEN)
    silent = [uuid for uuid, answer in answers.items() if not isinstance(answer, list)]
    return Everywhere(found, silent)


def service_of(call: Call[ApiSeams], text: str) -> Found:
    """By uuid from SERVICE_UUIDS on, by number before; 400 or 404."""
    key: int | str = text
    if call.has(SERVICE_UUIDS):
        if not is_uuid(text):
            raise UuidInvalid(id=text)
    elif not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise ServiceNotFound(service_id=text)
    else:
        key = int(text)
    found = [Found(service, cell) for cell in call.seams.stores.cells()
             if (service := _in(cell, key)) is not None]
    if not found:
        raise ServiceNotFound(service_id=text)
    if len(found) > 1:
        raise ServiceAmbiguous
    return found[0]


def _in(cell: CellStore, key: int | str) -> Service | None:
    try:
        return cell.services.get(key)
    except ServiceNotFound:
        return None
