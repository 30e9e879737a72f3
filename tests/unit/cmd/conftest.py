"""A cloud's databases on disk, and the commands that look after them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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
from tests.databases import fresh_database
from tests.unit.cmd.places import add_host

Manage = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def kind() -> str:
    """Of the databases; tests of a file that say so run on all that are here."""
    return "sqlite"


@pytest.fixture
def urls(kind: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """{'api', 'main', 'cell0': URL of an empty database}"""
    if kind == "sqlite":
        names = {"api": "api.db", "main": "nova.db", "cell0": "nova.db_cell0"}
        yield {key: f"sqlite:///{tmp_path}/{name}" for key, name in names.items()}
        return
    with ExitStack() as ends:
        made = {name: ends.enter_context(fresh_database(kind, tmp_path))
                for name in ("api", "main", "cell0")}  # fmt: skip
        yield {name: url.render_as_string(hide_password=False) for name, url in made.items()}


@pytest.fixture
def folder(tmp_path: Path, urls: dict[str, str]) -> Path:
    (tmp_path / "nova.conf").write_text(
        "[DEFAULT]\ntransport_url = rabbit://user:secret@one:1,user:secret@two:2/\n"
        f"[api_database]\nconnection = {urls['api']}\n"
        f"[database]\nconnection = {urls['main']}\n"
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
def ready(manage: Manage, urls: dict[str, str]) -> None:
    """Schemas, and a cell0."""
    manage("api_db", "sync")
    manage("cell_v2", "map_cell0", "--database_connection", urls["cell0"])
    assert manage("db", "sync")[0] == 0


@pytest.fixture
def cell(urls: dict[str, str], ready: None) -> Iterator[SqlCellStore]:
    database = Database(database_url(urls["main"], "test"), RealClock())
    yield SqlCellStore("main", database)
    database.close()


@pytest.fixture
def api(urls: dict[str, str], ready: None) -> Iterator[SqlApiStore]:
    database = Database(database_url(urls["api"], "test"), RealClock())
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
