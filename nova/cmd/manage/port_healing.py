"""What ports of servers hold in placement, found where it was never written down."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nova.clients.network.contract import NetworkService, Port, PortChange, PortQuery
from nova.clients.placement.contract import (
    AllocationRequest,
    CandidateQuery,
    PlacementService,
    RequestGroup,
    Resources,
)
from nova.context import RequestContext
from nova.errors import NovaError
from nova.scheduler.asking.devices import subtrees
from nova.servers.create.port_groups import allocation_of, groups_of, requested_resources

# Of placement's answers one is wanted, and a second says that it is not the only one.
ENOUGH = 2
Tree = Mapping[str, Resources]


class PortsUnknown(NovaError):
    template = "Unable to query ports of instance {instance}: {reason}"


class PortNotUpdated(NovaError):
    template = "Unable to update port {port} of instance {instance}: {reason}"


class PortNotRestored(NovaError):
    template = (
        "Unable to roll back binding:profile of these ports of instance {instance}: {ports}."
        " Remove the key allocation from it by hand."
    )


class NoPlaceForPorts(NovaError):
    template = "There is not one place in the tree of {node} for the ports of {instance}: {reason}"


@dataclass(frozen=True)
class PortClaims:
    """What ports of a server hold by provider, and what is to be said so in which."""

    instance: str
    resources: Tree = field(default_factory=dict)
    notes: Sequence[tuple[Port, Any]] = ()


class PortHealer:
    def __init__(
        self, context: RequestContext, network: NetworkService, placement: PlacementService
    ) -> None:
        self._context = context
        self._network = network
        self._placement = placement

    def find(self, instance: str, node_of: Callable[[], str]) -> PortClaims:
        """For the ports that do not say whose resources they hold.  Changes nothing.

        Raises PortsUnknown, NoPlaceForPorts."""
        ports = [port for port in self._ports(instance) if "allocation" not in port.profile]
        entries = [one for one in requested_resources(ports) if one["resources"]]
        if not entries:
            return PortClaims(instance)
        way = self._way(instance, node_of(), entries)
        providers = {suffix: found[0] for suffix, found in way.mappings.items() if suffix}
        return PortClaims(instance, way.resources, tuple(_notes(ports, providers)))

    def note(self, claims: PortClaims) -> None:
        """Say it in the ports, in all or in none.  Raises PortNotUpdated, PortNotRestored."""
        for number, (port, allocation) in enumerate(claims.notes):
            try:
                self._write(port, {**port.profile, "allocation": allocation})
            except NovaError as error:
                self.take_back(PortClaims(claims.instance, notes=claims.notes[:number]))
                raise PortNotUpdated(
                    port=port.id, instance=claims.instance, reason=error.message
                ) from error

    def take_back(self, claims: PortClaims) -> None:
        """Raises PortNotRestored, when all were tried."""
        failed = [port.id for port, _ in claims.notes if not self._restored(port)]
        if failed:
            raise PortNotRestored(instance=claims.instance, ports=", ".join(failed))

    def _ports(self, instance: str) -> Sequence[Port]:
        try:
            return self._network.ports.list(self._context, PortQuery(device_ids=(instance,)))
        except NovaError as error:
            raise PortsUnknown(instance=instance, reason=error.message) from error

    def _way(
        self, instance: str, node: str, entries: Sequence[Mapping[str, Any]]
    ) -> AllocationRequest:
        query = CandidateQuery(
            groups=tuple(_group(one, node) for one in entries), limit=ENOUGH,
            group_policy="none", same_subtree=subtrees(entries),
        )  # fmt: skip
        found = self._placement.search.candidates(self._context, query).requests
        if len(found) != 1:
            reason = "several would do" if found else "nothing has room for them"
            raise NoPlaceForPorts(node=node, instance=instance, reason=reason)
        return found[0]

    def _restored(self, port: Port) -> bool:
        try:
            self._write(port, port.profile)
        except NovaError:
            return False
        return True

    def _write(self, port: Port, profile: Mapping[str, Any]) -> None:
        self._network.ports.update(self._context, port.id, PortChange(profile=profile))


def _group(entry: Mapping[str, Any], node: str) -> RequestGroup:
    return RequestGroup(
        resources=entry["resources"], suffix=entry["requester_id"], in_tree=node,
        required=frozenset(entry["required"]), forbidden=frozenset(entry["forbidden"]),
    )  # fmt: skip


def _notes(ports: Sequence[Port], providers: Mapping[str, str]) -> Iterator[tuple[Port, Any]]:
    groups = groups_of(ports)
    for port in ports:
        allocation = allocation_of(port.id, groups.get(port.id, ()), providers)
        if allocation is not None:
            yield port, allocation
