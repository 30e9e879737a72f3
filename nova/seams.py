"""What the halves of an action can reach, on each kind of process.

These are contracts only; nova/cmd picks the adapters and fills them in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from oslo_config import cfg

from nova.clients.baremetal.contract import BaremetalService, NoBaremetal
from nova.clients.identity.contract import IdentityService
from nova.clients.image.contract import ImageService
from nova.clients.keys.contract import KeyService, NoKeys
from nova.clients.network.contract import ServerNetworks
from nova.clients.placement.contract import PlacementService, Resources
from nova.clients.vendordata.contract import VendorData, nobody
from nova.clients.volume.contract import NoVolumes, VolumeService
from nova.context import RequestContext
from nova.core.clock import Clock
from nova.objects.cloud import RequestSpec, Selection
from nova.objects.host import ComputeNode
from nova.objects.server import Instance
from nova.objects.store import HostStore, Stores
from nova.rpc.calls import ConductorCalls, HostCalls
from nova.virt.contract import Driver, HostFacts
from nova.virt.contract.pci import ClaimedDevice
from nova.virt.topology.holdings import Holdings


class Scheduler(Protocol):
    def select(
        self, context: RequestContext, specs: Sequence[RequestSpec], alternates: int
    ) -> list[list[Selection]]: ...


class AskedScheduler(Protocol):
    """What the API may ask, and tells, the schedulers."""

    def would(
        self, context: RequestContext, question: str, arguments: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The answer to a question that changes nothing."""

    def refresh(self, context: RequestContext) -> None:
        """Aggregates or services changed."""


class Plugs(Protocol):
    """Waiting for the network service to say that ports are wired."""

    def expect(
        self, instance_uuid: str, port_ids: Sequence[str], *, anew: bool = False
    ) -> None:
        """From now on, what is said of these ports is remembered.  `anew`: they were wired
        before, so that only the event tells that they are again."""

    def wait(self, context: RequestContext, instance_uuid: str) -> None:
        """Return when all expected ones are plugged; VifPlugFailed otherwise."""

    def forget(self, instance_uuid: str) -> None: ...


class Books(Protocol):
    """Who has which processors, memory pages and devices of a host."""

    def claim(
        self,
        instance: Instance,
        mappings: Mapping[str, Sequence[str]],
        allocated: Callable[[], Mapping[str, Resources]] = ...,
    ) -> dict[str, Any]:
        """Columns of the instance with what it got, {} when it wishes for nothing special;
        `system_metadata` there is to be merged.  `mappings`: providers by group of its claim in
        placement; `allocated` tells, if that matters, the amounts by provider.  Claiming
        again changes nothing.  Raises NoRoomOnHost."""

    def release(self, uuid: str) -> None:
        """Safe to repeat."""

    def open(self, instances: Sequence[Instance]) -> None:
        """Learn from the records of all servers of the host what they have; at a start,
        and at every audit."""

    def of(self, facts: HostFacts) -> Holdings:
        """Of a node, as its hypervisor describes it."""

    def devices(self) -> list[ClaimedDevice]:
        """All that somebody has."""

    def given(self) -> set[str]:
        """Addresses of devices that somebody got since this was last asked."""

    def watch(self, heard: Callable[[], None]) -> None:
        """Call `heard` whenever somebody got or gave back something."""


@dataclass(frozen=True)
class ApiSeams:
    conf: cfg.ConfigOpts
    clock: Clock
    stores: Stores
    network: ServerNetworks
    image: ImageService
    identity: IdentityService
    placement: PlacementService
    hosts: HostCalls
    conductor: ConductorCalls
    scheduler: AskedScheduler
    volume: VolumeService = field(default_factory=NoVolumes)
    baremetal: BaremetalService = field(default_factory=NoBaremetal)
    keys: KeyService = field(default_factory=NoKeys)
    # What the whole house remembers between requests and may lose at any time.
    memory: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ConductorSeams:
    conf: cfg.ConfigOpts
    clock: Clock
    stores: Stores
    network: ServerNetworks
    placement: PlacementService
    image: ImageService
    scheduler: Scheduler
    hosts: HostCalls
    keys: KeyService = field(default_factory=NoKeys)


@dataclass(frozen=True)
class HostSeams:
    """`nodes` are this host's hypervisors by name, as registered."""

    conf: cfg.ConfigOpts
    clock: Clock
    host: str
    store: HostStore
    network: ServerNetworks
    placement: PlacementService
    image: ImageService
    driver: Driver
    plugs: Plugs
    nodes: dict[str, ComputeNode]
    books: Books
    vendor: VendorData = field(default_factory=nobody)
    keys: KeyService = field(default_factory=NoKeys)
