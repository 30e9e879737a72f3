"""A cell's database: its servers, operations and hosts."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from nova.core.states import Transition
from nova.objects.console import ConsoleToken
from nova.objects.host import ComputeNode, Pulse, Service
from nova.objects.server import BlockDevice, Event, Fault, Instance, Operation, Outcome
from nova.objects.store.api import ApiStore
from nova.objects.store.beside import Migrations, Past, Shares
from nova.objects.store.host import HostStore
from nova.objects.store.page import WHOLE, Page
from nova.objects.store.usage import Usage


@dataclass(frozen=True)
class InstanceFilter:
    """What a list of servers is narrowed to; fields combine with AND.

    `names` are display names in any letters, small or capital.
    `exact` maps columns to a value or a list of allowed ones; `matching` maps
    columns to regular expressions (unanchored, the database's own dialect);
    `states` are (vm_state, task_states or None for any not spoken for);
    `tags`: all of these, `tags_any`: one of them, `not_tags`: not all,
    `not_tags_any`: none.  `metadata` and `system_metadata` are key/value pairs
    that must all be there.  `deleted` None: both.  `ip`, `ip6` are regular
    expressions over fixed addresses.
    """

    project_id: str | None = None
    uuids: Sequence[str] | None = None
    names: Sequence[str] | None = None
    exact: Mapping[str, Any] = field(default_factory=dict)
    matching: Mapping[str, str] = field(default_factory=dict)
    states: Sequence[tuple[str, Sequence[str] | None]] = ()
    metadata: Sequence[tuple[str, str]] = ()
    system_metadata: Sequence[tuple[str, str]] = ()
    tags: Sequence[str] = ()
    tags_any: Sequence[str] = ()
    not_tags: Sequence[str] = ()
    not_tags_any: Sequence[str] = ()
    ip: str | None = None
    ip6: str | None = None
    changes_since: datetime | None = None
    changes_before: datetime | None = None
    deleted: bool | None = False
    locked: bool | None = None
    include_hidden: bool = False


class Instances(Protocol):
    def get(self, uuid: str, *, read_deleted: bool = False) -> Instance:
        """With flavor, metadata, system metadata, network info, tags, fault, keypairs and
        block devices: a constant number of statements."""

    def find(self, wanted: InstanceFilter, page: Page, *, detail: bool = True) -> list[Instance]:
        """The same fields for each when `detail`, else only columns of `instances`, and of
        those none that lists seldom need (user data, keys, devices) but the sort keys.
        A constant number of statements.  MarkerNotFound for an unknown marker."""

    def update(
        self, uuid: str, changes: Mapping[str, Any], expected: Mapping[str, Any] | None = None
    ) -> Instance:
        """Change columns; StateConflict unless `expected` columns hold (a list: one of).

        `changes` may also name `flavor`, `keypairs`, `trusted_certs` and `network_info`,
        which are replaced, `metadata` and `system_metadata`, which are merged (None
        removes a key).
        """

    def set_metadata(
        self, uuid: str, metadata: Mapping[str, str], *, replace: bool
    ) -> dict[str, str]: ...
    def delete_metadata(self, uuid: str, key: str) -> None: ...
    def set_tags(self, uuid: str, tags: Iterable[str]) -> list[str]: ...
    def add_tag(self, uuid: str, tag: str, limit: int) -> bool:
        """True when new; TagLimitExceeded is the caller's to say: False never means full,
        ValueError does."""

    def delete_tag(self, uuid: str, tag: str) -> bool: ...
    def set_network_info(self, uuid: str, network_info: Sequence[Mapping[str, Any]]) -> None: ...
    def usage(
        self, project_id: str, user_id: str | None = None, without: Iterable[str] = ()
    ) -> Usage:
        """Of live servers, those being deleted, and the uuids `without`, not counted."""

    def counts_by_host(self, hosts: Iterable[str] | None = None) -> dict[str, int]: ...


class Operations(Protocol):
    """The journal."""

    def begin(
        self,
        operation: Operation,
        moves: Transition,
        changes: Mapping[str, Any] | None = None,
        *,
        finished: bool = False,
    ) -> Operation:
        """Take the server's state and open the operation, in one transaction.

        StateConflict unless vm_state is in `moves.frm` and task_state in
        `moves.tasks`; sets task_state to `moves.via` when given, and `changes`.
        `finished` records an operation that is done with this very write.
        """

    def create(
        self, instance: Instance, operation: Operation, block_devices: Iterable[BlockDevice] = ()
    ) -> tuple[Instance, Operation]:
        """The instance with all its parts and its first operation: the end of scheduling.
        Idempotent by the instance's uuid: the second time answers what is there."""

    def bury(self, instance: Instance, operation: Operation, fault: Fault) -> None:
        """For cell0: the instance in ERROR with its failed operation.  Idempotent."""

    def discard(self, instance_uuid: str) -> None:
        """The user deleted the server before it was anywhere: its record is deleted and its
        open operation failed.  Idempotent."""

    def get(self, operation_id: int) -> Operation: ...
    def of_instance(
        self,
        instance_uuid: str,
        page: Page = WHOLE,
        *,
        changes_since: datetime | None = None,
        changes_before: datetime | None = None,
    ) -> list[Operation]:
        """Newest first, without events."""

    def by_request(self, instance_uuid: str, request_id: str) -> Operation:
        """With events, or ActionNotFound."""

    def claim(
        self, operation_id: int, owner: str, now: datetime, lease_expires_at: datetime
    ) -> tuple[Operation, Instance]:
        """Take an operation that is free, whose lease ended, or that is already `owner`'s;
        adds one to attempts.  OperationLost otherwise, or when it is over."""

    def save(
        self,
        operation: Operation,
        owner: str,
        *,
        cursor: int | None = None,
        progress: Mapping[str, Any] | None = None,
        state: str | None = None,
        new_owner: str | None = None,
        instance: Mapping[str, Any] | None = None,
        events: Iterable[Event] = (),
    ) -> None:
        """Move the cursor, remember progress, hand over, change the instance, show steps: one
        transaction.  `new_owner` "" frees the operation.  An event with a finish_time closes
        the unfinished one of its name.  OperationLost unless `owner` holds it; StateConflict
        when `instance` is given and another operation took the server over."""

    def settle(self, operation_id: int, owner: str, outcome: Outcome) -> bool:
        """End the operation, see Outcome.  Idempotent for the same owner.
        OperationLost unless `owner` holds it.  False: another operation had taken the server
        from it, so that the outcome is not kept."""

    def renew(
        self, owner: str, lease_expires_at: datetime, operation_ids: Iterable[int]
    ) -> None:
        """For those that `owner` really works on now; what it gave up lapses."""

    def stranded(
        self, now: datetime, unclaimed_before: datetime, limit: int
    ) -> list[Operation]:
        """Open ones that nobody claimed since `unclaimed_before`, whose lease ended, or whose
        deadline has passed; oldest first, without events."""

    def open_of_host(self, host: str) -> list[Operation]:
        """Open operations owned by any process of this host, or unowned for servers on it."""


class Services(Protocol):
    def find(self, *, host: str | None = None, binary: str | None = None) -> list[Service]: ...
    def pulses(self, binary: str) -> list[Pulse]:
        """Of all services of a kind: a tenth of the work of finding them."""

    def get(self, service_id: int | str) -> Service:
        """By integer id or uuid."""

    def register(self, service: Service) -> Service:
        """The row of (host, binary), made when missing; keeps disabled and forced_down."""

    def report(self, host: str, binary: str, now: datetime) -> Service: ...
    def update(self, service_id: int, changes: Mapping[str, Any]) -> Service: ...
    def delete(self, service_id: int) -> None: ...


class ComputeNodes(Protocol):
    def find(
        self,
        page: Page = WHOLE,
        *,
        host: str | None = None,
        pattern: str | None = None,
        uuids: Iterable[str] | None = None,
    ) -> list[ComputeNode]:
        """`pattern`: a substring of hypervisor_hostname."""

    def get(self, node_id: int | str) -> ComputeNode: ...
    def save(self, node: ComputeNode) -> ComputeNode:
        """Make or change the row of (host, hypervisor_hostname)."""

    def changed_since(self, moment: datetime | None) -> list[ComputeNode]: ...
    def unmapped(self) -> list[ComputeNode]: ...
    def set_mapped(self, uuids: Iterable[str], *, mapped: bool = True) -> None: ...
    def delete(self, node_id: int) -> None: ...


class BlockDevices(Protocol):
    """Disks and volumes of servers, one by one."""

    def of_instance(self, instance_uuid: str) -> list[BlockDevice]: ...
    def of_volume(self, volume_id: str) -> list[BlockDevice]: ...
    def add(self, device: BlockDevice) -> BlockDevice: ...
    def update(self, uuid: str, changes: Mapping[str, Any]) -> BlockDevice:
        """BlockDeviceNotFound for an unknown uuid."""

    def delete(self, uuid: str) -> bool:
        """False when it was not there."""


class ConsoleTokens(Protocol):
    """Tickets to consoles of servers; `secret` is what their holder shows."""

    def grant(self, secret: str, token: ConsoleToken) -> None: ...
    def find(self, secret: str) -> ConsoleToken | None:
        """None for one that is not known, or whose time is over."""

    def drop(self, instance_uuid: str) -> None: ...
    def drop_expired(self) -> int:
        """How many there were."""


class CellStore(Protocol):
    @property
    def uuid(self) -> str: ...
    @property
    def instances(self) -> Instances: ...
    @property
    def operations(self) -> Operations: ...
    @property
    def services(self) -> Services: ...
    @property
    def nodes(self) -> ComputeNodes: ...
    @property
    def devices(self) -> BlockDevices: ...
    @property
    def migrations(self) -> Migrations: ...
    @property
    def shares(self) -> Shares: ...
    @property
    def past(self) -> Past: ...
    @property
    def consoles(self) -> ConsoleTokens: ...

    def ping(self) -> None: ...


class Stores(Protocol):
    """The API database and every cell's."""

    @property
    def api(self) -> ApiStore: ...
    def cell(self, uuid: str) -> CellStore: ...
    def cells(self) -> list[CellStore]:
        """Every enabled cell that has been mapped, cell0 included."""

    def transport_url(self, cell_uuid: str) -> str | None:
        """Where the cell's messages go; None: nowhere of its own (cell0, or as the top)."""

    def of_instance(self, instance_uuid: str) -> CellStore:
        """The cell the server lives in; InstanceNotFound when it has none."""

    def servers(
        self, wanted: InstanceFilter, page: Page, *, detail: bool = True,
        within: Collection[str] | None = None,
    ) -> tuple[list[Instance], list[str]]:
        """One ordered page over all cells (or those `within`), cell0 included, and the uuids of
        cells that did not answer.  The marker may live in any cell, or be a build request (then
        all come after it); MarkerNotFound when it is none of these."""

    def each(self, ask: Callable[[CellStore], Any]) -> dict[str, Any]:
        """Ask all cells side by side: {cell uuid: answer, or the error it raised}."""

    def ask(
        self, cells: Sequence[CellStore], question: Callable[[CellStore], Any]
    ) -> dict[str, Any]:
        """As `each`, of some cells."""


__all__ = ["CellStore", "HostStore", "InstanceFilter", "Stores", "Usage"]
