"""nova-policy policy check: what it prints for whom."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nova.cmd import policy
from nova.core.states import VmState
from nova.db.api.store import SqlApiStore
from nova.db.cell.store import SqlCellStore
from nova.objects.cloud import InstanceMapping
from tests import records

Manage = Callable[..., tuple[int, list[str]]]
Check = Callable[..., tuple[int, list[str]]]
PAUSE = "os_compute_api:os-pause-server:pause"
LIST_ALL = "os_compute_api:servers:index:get_all_tenants"


@pytest.fixture
def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    def check(*words: str) -> tuple[int, list[str]]:
        code = policy.main(["--config-file", str(folder / "nova.conf"), "policy", "check", *words])
        return code, capsys.readouterr().out.splitlines()

    return check


def test_roles_count(check: Check) -> None:
    mine = ("--os-user-id", "u", "--os-tenant-id", "p")
    code, reader = check("--os-roles", "reader", *mine)
    assert code == 0 and PAUSE not in reader and "os_compute_api:servers:show" in reader
    assert PAUSE in check("--os-roles", "member,reader", *mine)[1]
    assert LIST_ALL not in check("--os-roles", "member,reader", *mine)[1]
    assert LIST_ALL in check("--os-roles", "admin", *mine)[1]


def test_the_environment_may_say_who(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("OS_ROLES", "admin"), ("OS_USER_ID", "u"), ("OS_TENANT_ID", "p")):
        monkeypatch.setenv(name, value)
    assert LIST_ALL in check()[1]


def test_a_part_of_the_name_is_enough(check: Check) -> None:
    member = ("--os-roles", "member", "--os-tenant-id", "p", "--os-user-id", "u")
    assert check("--api-name", PAUSE, *member) == (0, [PAUSE])
    assert check("--api-name", "pause-server", *member) == (
        0, [PAUSE, PAUSE.replace(":pause", ":unpause")])  # fmt: skip
    assert check("--api-name", "get_all_tenants", *member)[0] == 1


def test_targets_count(check: Check) -> None:
    member = ("--os-roles", "member", "--os-tenant-id", "p", "--os-user-id", "u")
    named = ("--api-name", PAUSE)
    assert check(*named, *member, "--target", "project_id=p")[0] == 0
    assert check(*named, *member, "--target", "project_id=other", "user_id=u")[0] == 1
    assert check(*named, *member, "--target", "nonsense=1")[0] == 1
    assert check(*named, *member, "--target", "nonsense")[0] == 1


def test_a_server_tells_its_owner(
    check: Check, manage: Manage, cell: SqlCellStore, api: SqlApiStore
) -> None:
    uuid = manage("cell_v2", "create_cell", "--name", "cell1", "--verbose")[1][0]
    made = records.instance(vm_state=VmState.ACTIVE.value)
    cell.operations.create(made, records.operation(made.uuid))
    api.mappings.add([InstanceMapping(
        instance_uuid=made.uuid, cell_uuid=uuid, project_id=records.PROJECT, user_id="u",
        queued_for_delete=False)])  # fmt: skip
    target = ("--api-name", PAUSE, "--os-roles", "member", "--target", f"instance_id={made.uuid}")
    assert check(*target, "--os-tenant-id", records.PROJECT)[0] == 0
    assert check(*target, "project_id=p", "--os-tenant-id", "p")[0] == 1
    assert check(*target[:-1], f"instance_id={records.new_uuid()}")[0] == 1
