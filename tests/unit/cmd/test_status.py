"""nova-status upgrade check: each check fails for its own reason."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nova.cmd import status
from nova.db.api.store import SqlApiStore
from nova.db.cell.store import SqlCellStore
from nova.objects.cloud import HostMapping
from nova.objects.host import Service
from nova.standalone.web.serving import listen
from tests import records

Manage = Callable[..., tuple[int, list[str]]]
Check = Callable[[], tuple[int, dict[str, tuple[str, str]]]]


class Versions:
    """A service that tells its versions."""

    def __init__(self) -> None:
        self.newest = "1.39"
        self.status = "200 OK"
        self.listener = listen("versions", self._answer, "127.0.0.1", 0, 1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.port}"

    def _answer(self, environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response(self.status, [("Content-Type", "application/json")])
        told = {"versions": [{"id": "v1.0", "max_version": self.newest, "min_version": "1.0"}]}
        return [json.dumps(told).encode()]


@pytest.fixture
def service() -> Iterator[Versions]:
    made = Versions()
    yield made
    made.listener.stop()


@pytest.fixture
def check(folder: Path, service: Versions, capsys: pytest.CaptureFixture[str]) -> Check:
    """(exit code, {check: (result, details)})"""
    conf = folder / "nova.conf"
    conf.write_text(
        conf.read_text()
        + "[service_user]\nsend_service_user_token = true\n"
        + f"[placement]\nauth_type = none\nendpoint_override = {service.url}\n"
        + f"[cinder]\nendpoint_template = {service.url}/v3/%(project_id)s\n"
    )

    def check() -> tuple[int, dict[str, tuple[str, str]]]:
        code = status.main(["--config-file", str(conf), "upgrade", "check"])
        told = capsys.readouterr()
        return code, read(told.out)

    return check


def read(table: str) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for row in "\n".join(line.strip("|").strip() for line in table.splitlines()).split("+--"):
        parts = dict(part.split(": ", 1) for part in row.replace("\n  ", " ").splitlines()
                     if ": " in part)  # fmt: skip
        if "Check" in parts:
            details = row.partition("Details: ")[2].replace("\n", " ").strip()
            found[parts["Check"]] = (parts["Result"], details)
    return found


@pytest.fixture
def healthy(manage: Manage, cell: SqlCellStore, api: SqlApiStore) -> str:
    """A cell with a host and nothing wrong; its uuid."""
    uuid = manage("cell_v2", "create_cell", "--name", "cell1", "--verbose")[1][0]
    api.hosts.add([HostMapping(host="h1", cell_uuid=uuid)])
    cell.nodes.save(records.compute_node("h1"))
    return uuid


def test_a_healthy_cloud(check: Check, healthy: str) -> None:
    code, found = check()
    assert code == 0
    assert found == {name: ("Success", "") for name, _ in status.CHECKS}


def test_no_tables_is_a_surprise(check: Check) -> None:
    assert check()[0] == 255


def test_cells(check: Check, manage: Manage, ready: None, cell: SqlCellStore) -> None:
    code, found = check()
    assert code == 2 and found["Cells v2"][0] == "Failure"
    manage("cell_v2", "create_cell", "--name", "cell1")
    code, found = check()
    assert code == 0 and found["Cells v2"][1].startswith("No host mappings or compute nodes")
    cell.nodes.save(records.compute_node("h1"))
    assert check()[1]["Cells v2"][0] == "Failure"


def test_placement(check: Check, healthy: str, service: Versions) -> None:
    service.newest = "1.35"
    code, found = check()
    assert code == 2
    assert found["Placement API"] == (
        "Failure", "Placement API version 1.36 needed, you have 1.35.")  # fmt: skip
    service.status = "404 Not Found"
    assert check()[1]["Placement API"] == ("Failure", "Placement API endpoint not found.")


def test_cinder(check: Check, healthy: str, service: Versions, folder: Path) -> None:
    service.newest = "3.43"
    conf = folder / "nova.conf"
    conf.write_text(conf.read_text().replace(
        "[cinder]\n", "[cinder]\nauth_type = none\n"))
    code, found = check()
    assert code == 2 and found["Cinder API"][0] == "Failure"
    service.newest = "3.71"
    assert check()[1]["Cinder API"] == ("Success", "")
    service.status = "503 Unavailable"
    assert check()[1]["Cinder API"][0] == "Warning"


def test_policy_file(check: Check, healthy: str, folder: Path) -> None:
    (folder / "policy.json").write_text('{"os_compute_api:servers:index": "@"}')
    conf = folder / "nova.conf"
    conf.write_text(conf.read_text() + f"[oslo_policy]\npolicy_file = {folder}/policy.json\n")
    code, found = check()
    assert code == 2 and found["Policy File JSON to YAML Migration"][0] == "Failure"
    (folder / "policy.json").write_text("os_compute_api:servers:index: '@'\n")
    assert check()[0] == 0


def test_computes_machine_types_and_tokens(
    check: Check, healthy: str, cell: SqlCellStore, folder: Path
) -> None:
    cell.services.register(Service(host="h1", binary="nova-compute", topic="compute", version=0))
    made = records.instance()
    cell.operations.create(made, records.operation(made.uuid))
    conf = folder / "nova.conf"
    conf.write_text(conf.read_text().replace("_token = true", "_token = false"))
    code, found = check()
    assert code == 2
    assert "h1 (0)" in found["Older than N-1 computes"][1]
    assert found["hw_machine_type unset"][0] == "Warning"
    assert found["Service User Token Configuration"][0] == "Failure"
    assert found["Cells v2"][0] == "Success"


