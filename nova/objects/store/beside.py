"""What a cell keeps of servers beside their records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from nova.objects.beside import Migration, Share, Spell, TaskRun
from nova.objects.store.page import WHOLE, Page


@dataclass(frozen=True)
class MigrationFilter:
    """Conditions combine with AND.  `exact` maps columns to a value or a list of allowed
    ones; `host` is the source or the destination."""

    exact: Mapping[str, Any] = field(default_factory=dict)
    host: str | None = None
    changes_since: datetime | None = None
    changes_before: datetime | None = None


class Migrations(Protocol):
    def find(self, wanted: MigrationFilter, page: Page = WHOLE) -> list[Migration]:
        """Newest first; the page has a limit, and `after` with created_at and id."""

    def get(self, uuid: str) -> Migration | None: ...
    def of_server(self, instance_uuid: str, migration_id: int) -> Migration | None: ...
    def add(self, migration: Migration) -> Migration: ...
    def update(
        self, uuid: str, changes: Mapping[str, Any], statuses: Sequence[str] | None = None
    ) -> bool:
        """False, and nothing changed, unless its status is one of these."""


class Shares(Protocol):
    def of_server(self, instance_uuid: str) -> list[Share]: ...
    def get(self, instance_uuid: str, share_id: str) -> Share | None: ...
    def add(self, share: Share) -> Share:
        """ShareAttached when the server has it, or another one of that tag, already."""

    def update(
        self, uuid: str, changes: Mapping[str, Any], statuses: Sequence[str] | None = None
    ) -> bool:
        """False, and nothing changed, unless its status is one of these."""

    def delete(self, uuid: str) -> bool: ...


class Past(Protocol):
    """What was, for those who bill."""

    def spells(
        self, begin: datetime, end: datetime, project_id: str | None = None,
        limit: int | None = None, after: tuple[str, str] | None = None,
    ) -> list[Spell]:
        """Of all servers, deleted ones too, that ran between these times; by project and
        uuid, those after `after` (a project and a uuid)."""

    def owner_of(self, instance_uuid: str) -> str | None:
        """The project of a server that is or was; None: there never was such a one."""

    def task_runs(self, task: str, begin: datetime, end: datetime) -> list[TaskRun]:
        """Over exactly this period."""
