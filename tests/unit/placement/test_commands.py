"""placement-manage and placement-status."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from nova.cmd import placement_manage, placement_status
from nova.core.clock import RealClock
from nova.placement.db import schema, sync
from nova.placement.db.engine import Database
from tests.api.placement.service import uuid


class Site:
    """A configuration file and its database."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/placement.db"
        self.config = folder / "placement.conf"
        self.config.write_text(f"[placement_database]\nconnection = {self.url}\n")

    def manage(self, *words: str) -> int:
        return placement_manage.main(["--config-file", str(self.config), "db", *words])

    def status(self) -> int:
        return placement_status.main(["--config-file", str(self.config), "upgrade", "check"])

    def add(self, table: sa.Table, *rows: dict[str, object]) -> None:
        database = Database(self.url, clock=RealClock())
        database.write(lambda connection: connection.execute(sa.insert(table), list(rows)))
        database.dispose()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def _allocation(number: int) -> dict[str, object]:
    return {
        "resource_provider_id": 1,
        "consumer_id": uuid(number),
        "resource_class_id": 0,
        "used": 1,
    }


def test_sync_and_version(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.manage("version") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0"
    assert site.status() == 2
    assert site.manage("sync") == 0
    assert site.manage("sync") == 0
    capsys.readouterr()
    assert site.manage("version") == 0
    assert capsys.readouterr().out.splitlines()[-1] == sync.head()
    assert site.status() == 0


def test_an_unknown_revision(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.manage("sync", "--version", "0123456789ab") == 1
    assert "Cannot upgrade the database" in capsys.readouterr().err


def test_incomplete_consumers(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.manage("sync")
    site.add(schema.ALLOCATIONS, *(_allocation(number) for number in (1, 2, 2, 3)))
    capsys.readouterr()
    assert site.status() == 1
    assert "3 consumers" in capsys.readouterr().out
    assert site.manage("online_data_migrations", "--max-count", "2") == 1
    assert site.manage("create_incomplete_consumers") == 0
    assert "Created 1 " in capsys.readouterr().out
    assert site.status() == 0
    assert site.manage("online_data_migrations") == 0


def test_providers_without_root(site: Site) -> None:
    site.manage("sync")
    site.add(
        schema.PROVIDERS,
        {"id": 1, "uuid": uuid(1), "name": "one", "parent_provider_id": None},
        {"id": 2, "uuid": uuid(2), "name": "two", "parent_provider_id": 1},
        {"id": 3, "uuid": uuid(3), "name": "three", "parent_provider_id": 2},
    )
    assert site.status() == 2
    assert site.manage("online_data_migrations") == 0
    assert site.status() == 0
    database = Database(site.url, clock=RealClock())
    roots = sa.select(schema.PROVIDERS.c.root_provider_id)
    assert database.read(lambda connection: connection.scalars(roots).all()) == [1, 1, 1]
    database.dispose()


def test_bad_input(site: Site) -> None:
    site.manage("sync")
    assert site.manage("online_data_migrations", "--max-count", "0") == 127
