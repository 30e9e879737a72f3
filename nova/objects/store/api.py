"""The API database: one per cloud."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from nova.objects.cloud import (
    Aggregate,
    BuildRequest,
    CellMapping,
    HostMapping,
    InstanceMapping,
    KeyPair,
    RequestSpec,
    ServerGroup,
)
from nova.objects.decisions import Decision
from nova.objects.flavor import Flavor
from nova.objects.server import Instance
from nova.objects.store.page import WHOLE, Page

T = TypeVar("T")


class Cells(Protocol):
    def find(self) -> list[CellMapping]: ...
    def get(self, uuid: str) -> CellMapping: ...
    def create(self, cell: CellMapping) -> CellMapping: ...
    def update(self, uuid: str, changes: Mapping[str, Any]) -> CellMapping: ...
    def delete(self, uuid: str) -> None: ...


class Hosts(Protocol):
    """Which cell a host belongs to."""

    def cell_of(self, host: str) -> str:
        """The cell's uuid, or HostMappingNotFound."""

    def find(self, cell_uuid: str | None = None) -> list[HostMapping]: ...
    def add(self, mappings: Iterable[HostMapping]) -> None:
        """Idempotent; a host that is mapped elsewhere is left alone."""

    def delete(self, host: str) -> None: ...


class Flavors(Protocol):
    def get(self, flavor_id: str) -> Flavor: ...
    def find(
        self,
        page: Page,
        *,
        public: bool | None = True,
        project_id: str | None = None,
        min_ram: int | None = None,
        min_disk: int | None = None,
        name: str | None = None,
        disabled: bool | None = None,
    ) -> list[Flavor]:
        """`public` None: both kinds.  `project_id`: with public ones, also that project's
        private ones.  `name`: a regular expression, unanchored.  Sort keys: any column."""

    def create(self, flavor: Flavor, projects: Iterable[str] = ()) -> Flavor: ...
    def describe(self, flavor_id: str, description: str | None) -> Flavor: ...
    def delete(self, flavor_id: str) -> None: ...
    def set_specs(self, flavor_id: str, specs: Mapping[str, str]) -> None: ...
    def delete_spec(self, flavor_id: str, key: str) -> None: ...
    def access(self, flavor_id: str) -> list[str]:
        """The projects that may use a private flavor."""

    def grant(self, flavor_id: str, project_id: str) -> None: ...
    def revoke(self, flavor_id: str, project_id: str) -> None: ...


class KeyPairs(Protocol):
    def get(self, user_id: str, name: str) -> KeyPair: ...
    def find(self, user_id: str, page: Page) -> list[KeyPair]:
        """By name when the page has a limit or marker."""

    def create(self, keypair: KeyPair, limit: int) -> KeyPair:
        """KeypairExists, or KeypairLimitExceeded when the user has `limit` (-1: none) already."""

    def delete(self, user_id: str, name: str) -> None: ...
    def count(self, user_id: str) -> int: ...


class Aggregates(Protocol):
    def find(self) -> list[Aggregate]: ...
    def get(self, aggregate_id: int) -> Aggregate: ...
    def create(self, aggregate: Aggregate) -> Aggregate: ...
    def update(self, aggregate_id: int, changes: Mapping[str, Any]) -> Aggregate: ...
    def delete(self, aggregate_id: int) -> None: ...
    def add_host(self, aggregate_id: int, host: str) -> Aggregate: ...
    def remove_host(self, aggregate_id: int, host: str) -> Aggregate: ...
    def set_metadata(self, aggregate_id: int, metadata: Mapping[str, str | None]) -> Aggregate:
        """A None value removes its key."""


class ServerGroups(Protocol):
    def get(self, uuid: str) -> ServerGroup: ...
    def of_server(self, instance_uuid: str) -> ServerGroup | None: ...
    def of_servers(self, instance_uuids: Iterable[str]) -> dict[str, str]:
        """{instance uuid: group uuid} of those that are in a group."""

    def count(self, project_id: str, user_id: str | None = None) -> int:
        """How many groups the project (its user) has."""

    def find(self, page: Page = WHOLE, *, project_id: str | None = None) -> list[ServerGroup]:
        """Oldest first; the page has a limit and a marker (a group's uuid) only."""

    def create(self, group: ServerGroup) -> ServerGroup: ...
    def delete(self, uuid: str) -> None: ...

    def add_members(self, uuid: str, instance_uuids: Iterable[str]) -> None: ...
    def remove_member(self, instance_uuid: str) -> None: ...

    def decided(self, uuid: str, since: datetime) -> dict[str, str]:
        """{server: host} of members, as they were decided since then by any scheduler."""

    def settle(
        self, uuid: str, places: Mapping[str, str], known: Mapping[str, str], since: datetime
    ) -> bool:
        """Write down that members go to `places`, {server: host}, if the group's rule allows it
        beside all others: where cells `known` them to be, or where they were decided to be
        since.  One at a time for a group.  False, and nothing is written, if it does not.  A
        group that is gone allows everything."""

    def unsettle(self, instance_uuids: Iterable[str]) -> None:
        """They do not go where it was decided after all."""


class InstanceMappings(Protocol):
    def get(self, instance_uuid: str) -> InstanceMapping:
        """InstanceNotFound when there never was such a server."""

    def of(self, instance_uuids: Iterable[str]) -> dict[str, InstanceMapping]: ...
    def of_cells(
        self, cell_uuids: Iterable[str], project_id: str | None, limit: int
    ) -> list[InstanceMapping]:
        """Those of servers in these cells (of a project), not queued for delete."""

    def in_cell(self, cell_uuid: str) -> list[str]:
        """Uuids of all servers that are mapped to the cell."""

    def add(self, mappings: Iterable[InstanceMapping]) -> None:
        """Of servers that have none, to cells that there are."""

    def delete(self, instance_uuids: Iterable[str]) -> None: ...
    def cells_of_project(self, project_id: str) -> list[str]:
        """Where it has servers, deleted ones that were not archived yet included."""

    def count(self, project_id: str, user_id: str | None = None) -> int:
        """Of servers that are not queued for delete, with a cell or without."""

    def set_queued_for_delete(self, instance_uuid: str, queued: bool) -> None: ...


@dataclass(frozen=True)
class Turn:
    """Looking and writing as one: between the look and the end of the write nobody else has a
    turn of this `name`.

    `look` is given the creates that have no cell yet, of one project or of all, and raises what
    forbids the write.  It may ask cells, but not the API database.
    """

    name: str
    project_id: str | None
    look: Callable[[list[BuildRequest]], None]


class BuildRequests(Protocol):
    """Creates that have no cell yet."""

    def record(
        self,
        builds: Iterable[tuple[BuildRequest, RequestSpec]],
        group: str | None = None,
        *,
        in_turn: bool = False,
        turn: Turn | None = None,
    ) -> None:
        """Build request, request spec, instance mapping (no cell) and group membership of each,
        in one transaction: the intent of a create.  A constant number of statements.

        `in_turn`: after this, whoever has seen a build of the project sees all of its builds
        with lower ids, as long as they are there.  One statement more.  `turn`: nothing is
        recorded unless it allows."""

    def after(self, turn: Turn, write: Callable[[], T]) -> T:
        """`write`, which changes cells only, in a turn; it may be done twice."""

    def get(self, instance_uuid: str) -> BuildRequest | None: ...
    def find(self, *, project_id: str | None = None) -> list[BuildRequest]: ...
    def claim(
        self, instance_uuids: Iterable[str], owner: str, now: datetime, lease_expires_at: datetime
    ) -> list[tuple[BuildRequest, RequestSpec]]:
        """Take those that are free or whose lease ended; the others are left out.
        Adds one to `attempts` of each taken."""

    def renew(
        self, owner: str, lease_expires_at: datetime, instance_uuids: Iterable[str]
    ) -> None:
        """For those that `owner` really works on now; what it gave up lapses."""

    def release(self, owner: str, instance_uuids: Iterable[str]) -> None:
        """Nothing could be done now, and it was not their fault: this attempt does not count."""

    def stranded(self, now: datetime, unclaimed_before: datetime, limit: int) -> list[str]:
        """Uuids whose lease ended, or that nobody claimed since `unclaimed_before`."""

    def place(self, instance_uuid: str, cell_uuid: str, spec: RequestSpec | None = None) -> bool:
        """The server now lives in the cell: set its mapping, drop the build request.
        False (and nothing written) when the build request is gone: the user deleted it."""

    def change(
        self, instance_uuid: str, columns: Mapping[str, Any], turn: Turn | None = None
    ) -> Instance | None:
        """Change columns of the server that is to be built, unless somebody builds it this
        very moment: then None, and nothing is written; nor is it unless `turn` allows."""

    def cancel(self, instance_uuid: str) -> bool:
        """The user deletes it before it has a cell: drop the build request and spec, mark the
        mapping queued for delete.  False when there was none.  A note is kept of one that
        somebody works on, for `cancelled`."""

    def cancelled(self, before: datetime, limit: int) -> list[str]:
        """Those that were cancelled before this time while somebody worked on them: what
        they hold in placement is nobody's."""

    def forget(self, instance_uuids: Iterable[str]) -> None:
        """Nothing is held for them any more."""


class RequestSpecs(Protocol):
    def get(self, instance_uuid: str) -> RequestSpec: ...
    def of(self, instance_uuids: Iterable[str]) -> dict[str, RequestSpec]:
        """Those that there are, by instance uuid, with one statement."""

    def save(self, spec: RequestSpec) -> None: ...
    def delete(self, instance_uuid: str) -> None: ...


class Quotas(Protocol):
    def limits(self, project_id: str, user_id: str | None = None) -> dict[str, int]:
        """Limits set for the project (and user), by resource; absent: the configured default."""

    def both(self, project_id: str, user_id: str) -> tuple[dict[str, int], dict[str, int]]:
        """`limits` of the project, and of the user in it; one statement."""

    def class_limits(self, quota_class: str) -> dict[str, int]: ...

    def set(
        self, project_id: str, limits: Mapping[str, int], user_id: str | None = None
    ) -> None:
        """Those of the other resources stay as they are."""

    def set_class(self, quota_class: str, limits: Mapping[str, int]) -> None: ...
    def drop(self, project_id: str, user_id: str | None = None) -> None:
        """Back to the defaults: of the user, or of the project and all its users."""


class Decisions(Protocol):
    """What the scheduler found out, for a while."""

    def add(self, decisions: Sequence[Decision]) -> None:
        """One statement."""

    def of_server(self, instance_uuid: str, limit: int = 100) -> list[Decision]:
        """The latest first."""

    def prune(self, before: datetime) -> int:
        """Drop what was decided earlier; how many."""


class ApiStore(Protocol):
    @property
    def cells(self) -> Cells: ...
    @property
    def hosts(self) -> Hosts: ...
    @property
    def flavors(self) -> Flavors: ...
    @property
    def keypairs(self) -> KeyPairs: ...
    @property
    def aggregates(self) -> Aggregates: ...
    @property
    def groups(self) -> ServerGroups: ...
    @property
    def mappings(self) -> InstanceMappings: ...
    @property
    def builds(self) -> BuildRequests: ...
    @property
    def specs(self) -> RequestSpecs: ...
    @property
    def quotas(self) -> Quotas: ...
    @property
    def decisions(self) -> Decisions: ...

    def ping(self) -> None:
        """Raise DatabaseUnavailable unless the database answers."""
