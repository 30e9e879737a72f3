"""A cloud's databases on disk, and the commands that look after them."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from nova.clients.network.memory import NetworkMemory, NetworkState
from nova.clients.placement.memory import PlacementMemory
from nova.clients.placement.memory.state import PlacementState
from nova.cmd import adapters
from nova.cmd.manage import main
from nova.core.clock import RealClock
from nova.db.api.store import SqlApiStore
from nova.db.cell.store import SqlCellStore
from nova.db.engine import Database
from nova.db.urls import database_url
from tests.unit.cmd.places import add_host

Manage = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "nova.conf").write_text(
        "[DEFAULT]\ntransport_url = rabbit://user:secret@one:1,user:secret@two:2/\n"
        f"[api_database]\nconnection = sqlite:///{tmp_path}/api.db\n"
        f"[database]\nconnection = sqlite:///{tmp_path}/nova.db\n"
    )
    return tmp_path


@pytest.fixture
def manage(folder: Path, capsys: pytest.CaptureFixture[str]) -> Manage:
    """(exit code, lines of output) of a command."""

    def manage(*words: str) -> tuple[int, list[str]]:
        code = main(["--config-file", str(folder / "nova.conf"), *words])
        return code, capsys.readouterr().out.splitlines()

    return manage


@pytest.fixture
def ready(manage: Manage) -> None:
    """Schemas, and a cell0."""
    manage("api_db", "sync")
    manage("cell_v2", "map_cell0")
    assert manage("db", "sync")[0] == 0


@pytest.fixture
def cell(folder: Path, ready: None) -> Iterator[SqlCellStore]:
    database = Database(database_url(f"sqlite:///{folder}/nova.db", "test"), RealClock())
    yield SqlCellStore("main", database)
    database.close()


@pytest.fixture
def api(folder: Path, ready: None) -> Iterator[SqlApiStore]:
    database = Database(database_url(f"sqlite:///{folder}/api.db", "test"), RealClock())
    yield SqlApiStore(database)
    database.close()


@pytest.fixture
def cell1(manage: Manage, ready: None) -> str:
    return manage("cell_v2", "create_cell", "--name", "cell1", "--verbose")[1][0]


@pytest.fixture
def placement(monkeypatch: pytest.MonkeyPatch) -> PlacementMemory:
    made = PlacementMemory(PlacementState(threading.Lock))
    monkeypatch.setattr(adapters, "clients", lambda *_: SimpleNamespace(placement=made))
    return made


@pytest.fixture
def wires(monkeypatch: pytest.MonkeyPatch) -> NetworkState:
    """The network service's state."""
    made = NetworkState(threading.Lock)
    monkeypatch.setattr(adapters, "network_service", lambda *_: NetworkMemory(made))
    return made


@pytest.fixture
def node(
    cell: SqlCellStore, api: SqlApiStore, cell1: str, placement: PlacementMemory,
    wires: NetworkState,
) -> str:
    """A host with room."""
    return add_host(cell, api, cell1, placement, "h1")
