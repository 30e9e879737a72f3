"""Hypervisors with their services, across cells."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nova.core.call import Call
from nova.core.formats import is_uuid
from nova.core.paging import Cut
from nova.errors import Invalid, NotFound
from nova.microversions import SERVICE_UUIDS
from nova.objects.host import ComputeNode, Service
from nova.objects.server import Instance
from nova.objects.store.cell import CellStore, InstanceFilter
from nova.objects.store.errors import ComputeHostNotFound, MarkerNotFound
from nova.objects.store.page import Page
from nova.resources.services.zones import COMPUTE
from nova.seams import ApiSeams


class HypervisorNotFound(NotFound):
    template = "Hypervisor with ID '{id}' could not be found."


class NoneMatches(NotFound):
    template = "No hypervisor matching '{pattern}' could be found."


class UuidInvalid(Invalid):
    template = "Invalid uuid {id}"


@dataclass(frozen=True)
class Hypervisor:
    """`servers` None: not asked for.  `uptime` None: not known."""

    node: ComputeNode
    service: Service
    cell: CellStore
    servers: list[Instance] | None = None
    uptime: str | None = None

    def id(self, uuids: bool) -> int | str:
        return self.node.uuid if uuids else self.node.id


@dataclass
class _Rest:
    """How much of a page is still wanted, while going through the cells."""

    limit: int | None
    marker: str | None
    found: list[Hypervisor] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return self.limit is not None and self.limit <= 0

    def take(self, hypervisors: list[Hypervisor], read: int) -> None:
        self.found.extend(hypervisors)
        if self.limit is not None:
            self.limit -= read


def everywhere(call: Call[ApiSeams], pattern: str | None = None) -> list[Hypervisor]:
    """All of them, or those whose name holds `pattern`; cells that do not answer are left out."""
    answers = call.seams.stores.each(
        lambda cell: _with_services(cell, cell.nodes.find(pattern=pattern))
    )
    return [each for answer in answers.values() if isinstance(answer, list) for each in answer]


def one_page(call: Call[ApiSeams], cut: Cut) -> tuple[list[Hypervisor], bool]:
    """The page, and whether more may follow.  Cell by cell, each by its own order."""
    rest = _Rest(cut.limit, _marker(call, cut.marker))
    for cell in call.seams.stores.cells():
        if rest.full:
            break
        _read(cell, rest)
    if rest.marker is not None:
        raise MarkerNotFound(marker=cut.marker)
    return rest.found, rest.full and bool(rest.found)


def _read(cell: CellStore, rest: _Rest) -> None:
    """Cells before the one that holds the marker are passed over."""
    try:
        nodes = cell.nodes.find(Page(rest.limit, rest.marker, ("id",), ("asc",)))
    except MarkerNotFound:
        return
    rest.marker = None
    rest.take(_with_services(cell, nodes), len(nodes))


def _marker(call: Call[ApiSeams], marker: str | None) -> str | None:
    """The uuid behind a marker that may be a number."""
    if marker is None or call.has(SERVICE_UUIDS):
        return marker
    try:
        return one(call, marker).node.uuid
    except HypervisorNotFound:
        raise MarkerNotFound(marker=marker) from None


def one(call: Call[ApiSeams], text: str) -> Hypervisor:
    """By uuid from SERVICE_UUIDS on, by number before; 400 or 404."""
    key: int | str = text
    if call.has(SERVICE_UUIDS):
        if not is_uuid(text):
            raise UuidInvalid(id=text)
    elif not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise HypervisorNotFound(id=text)
    else:
        key = int(text)
    for cell in call.seams.stores.cells():
        try:
            node = cell.nodes.get(key)
        except ComputeHostNotFound:
            continue
        for hypervisor in _with_services(cell, [node]):
            return hypervisor
    raise HypervisorNotFound(id=text)


def _with_services(cell: CellStore, nodes: Iterable[ComputeNode]) -> list[Hypervisor]:
    """A node whose service is gone is being removed, and is not shown."""
    listed = list(nodes)
    if not listed:
        return []
    hosts = {node.host for node in listed}
    wanted = hosts.pop() if len(hosts) == 1 else None
    services = {each.host: each for each in cell.services.find(host=wanted, binary=COMPUTE)}
    return [
        Hypervisor(node, services[node.host], cell) for node in listed if node.host in services
    ]


def with_servers(hypervisors: list[Hypervisor]) -> list[Hypervisor]:
    """One statement per cell, however many hypervisors."""
    by_node: dict[tuple[str, str | None, str | None], list[Instance]] = {}
    for cell in {each.cell.uuid: each.cell for each in hypervisors}.values():
        hosts = [each.node.host for each in hypervisors if each.cell.uuid == cell.uuid]
        for instance in cell.instances.find(_on(hosts), Page(), detail=False):
            by_node.setdefault((cell.uuid, instance.host, instance.node), []).append(instance)
    return [
        Hypervisor(each.node, each.service, each.cell, by_node.get(_key(each), []))
        for each in hypervisors
    ]


def _on(hosts: list[str]) -> InstanceFilter:
    return InstanceFilter(exact={"host": hosts})


def _key(each: Hypervisor) -> tuple[str, str | None, str | None]:
    return each.cell.uuid, each.node.host, each.node.hypervisor_hostname
